"""Acts for which somebody shows once more that it is them: they signed in, or confirmed it, within five minutes."""

import time
from collections.abc import Callable
from functools import wraps

from allauth.account import app_settings
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse

from accounts import sessions


def is_renewed(request: HttpRequest) -> bool:
    """Whether the person behind this session signed in, or confirmed who they are, within the last five minutes.

    Never for a token: it proves what it is, not who holds it.
    """
    session = getattr(request, "session", None)
    if session is None or not request.user.is_authenticated or session.get(SESSION_KEY) != str(request.user.pk):
        return False
    return sessions.confirmed_at(request) > time.time() - app_settings.REAUTHENTICATION_TIMEOUT


def require_renewed(request: HttpRequest) -> None:
    """Go on only if the sign-in is renewed. Else the person confirms who they are, and comes back here: to the same
    page, or with the same form sent again as it was."""
    if not is_renewed(request):
        raise ReauthenticationRequired


def renewed_sign_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a page behind a door: stands under `store_page`, `partner_page` or `login_required`, so that strangers learn
    nothing. A POST that had to wait is answered in place of the page that asked for the password: forms on the page it
    draws name their `action`."""

    @wraps(view)
    def page(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        require_renewed(request)
        return view(request, *args, **kwargs)

    return page
