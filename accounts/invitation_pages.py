"""The page behind an invitation's link: looking is GET, accepting is POST."""

from collections.abc import Callable, Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.errors import Refused
from accounts.invitations import Invitation, InvitationClosed


def invitation_page(
    request: HttpRequest,
    invitation: Invitation,
    *,
    heading: str,
    stranger_heading: str,
    offered: Sequence[tuple[str, object]],
    button: str,
    accept: Callable[[], str],
) -> HttpResponse:
    """Show what is `offered` to whom it is for, and why not to anybody else. `accept` acts, and says where to go."""
    refused: Refused | None = None
    status = 200
    try:
        if request.method == "POST":
            return redirect(accept())
        invitation.require_open_to(request.user)
    except InvitationClosed as no:
        refused, status = no, 409 if request.method == "POST" else 200
    except Refused as no:
        refused, status = no, 409
    is_mine = invitation.is_for(request.user)
    context = {
        "heading": heading if is_mine else stranger_heading,
        "invitation": invitation if is_mine else None,
        "offered": offered,
        "refused": refused,
        "button": button,
    }
    return render(request, "accounts/invitation.html", context, status=status)
