"""What Django shows when something is wrong: our pages, and to whoever asks the API, JSON."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import defaults

from config.api.errors import is_for_the_api, plain


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return plain("bad_request", 400) if is_for_the_api(request) else defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return plain("not_found", 404) if is_for_the_api(request) else defaults.page_not_found(request, exception)


def broken(request: HttpRequest) -> HttpResponse:
    return plain("error", 500) if is_for_the_api(request) else defaults.server_error(request)


def csrf_failure(request, reason=""):
    """A form that was open too long, or that came from elsewhere."""
    sentence = _("This page was open for too long, or in a browser without cookies. Go back, reload it and try again.")
    return render(request, "403.html", {"exception": sentence}, status=403)


def permission_denied(request, exception=None):
    """Somebody who is known here lacks the right, or the second step of signing in that opens the door."""
    if is_for_the_api(request):
        return plain("permission_denied", 403)
    template = "two_step_required.html" if getattr(exception, "sets_up_two_step", False) else "403.html"
    return render(request, template, {"exception": exception}, status=403)
