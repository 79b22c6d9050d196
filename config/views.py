from django.shortcuts import render
from django.utils.translation import gettext as _


def csrf_failure(request, reason=""):
    """A form that was open too long, or that came from elsewhere."""
    sentence = _("This page was open for too long, or in a browser without cookies. Go back, reload it and try again.")
    return render(request, "403.html", {"exception": sentence}, status=403)
