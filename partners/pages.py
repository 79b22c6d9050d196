"""The door of every partner page: who you are, whether this exists for you, whether you may."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from accounts import two_step
from accounts.errors import NotAllowed
from accounts.sessions import require_awake
from partners.models import Membership, Partner


def enter(request: HttpRequest, slug: str, *permissions: str) -> Partner:
    """The partner, for members who hold one of `permissions`. Strangers get 404, other members 403; page and API alike.

    Sets `request.partner` and `request.membership`.
    """
    mine = Membership.objects.filter(partner__in=Partner.objects.visible_to(request.user), user_id=request.user.pk)
    membership = mine.filter(partner__slug=slug).select_related("partner").first()
    if membership is None:
        raise Http404
    require_awake(request)
    partner = membership.partner
    two_step.require(request.user, asked_by=partner.name, asked=partner.requires_two_step)
    request.partner, request.membership = membership.partner, membership  # type: ignore[attr-defined]
    if permissions and not any(map(membership.may, permissions)):
        raise NotAllowed
    return membership.partner


def partner_page(*permissions: str) -> Callable:
    """Call the view with the partner that the person may `enter`; send whoever is signed out to sign in."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        @login_required
        def page(request: HttpRequest, slug: str, **kwargs) -> HttpResponse:
            return view(request, enter(request, slug, *permissions), **kwargs)

        return page

    return decorate
