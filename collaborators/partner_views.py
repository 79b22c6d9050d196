"""The partner's side: Partner dashboard › Stores."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.invitations import verified_addresses
from accounts.keyset import page
from collaborators import actions, consequences
from collaborators.errors import TransitionNotAllowed
from collaborators.models import AccessRequest, Collaboration, ExpertInvitation, Side, with_unread
from collaborators.views import PEOPLE
from partners.models import Partner
from partners.pages import partner_page
from partners.permissions import TeamPermission
from stores import phrases
from stores.development import stores_built_by
from stores.permissions import grouped

INVITATIONS_SHOWN = 5  # the newest; each is in a mail, too


@require_safe
@partner_page(TeamPermission.MANAGE_STORES)
def store_list(request, partner: Partner):
    """Where the partner works, and what it asked for. An unanswered request shows the address that was typed."""
    mine = with_unread(Collaboration.objects.filter(partner=partner), request.user, Side.PARTNER)
    asked = with_unread(AccessRequest.objects.filter(partner=partner), request.user, Side.PARTNER)
    unanswered = asked.exclude(status=AccessRequest.Status.APPROVED).select_related("asked_by", "store")
    collaborations = page(mine.active().with_use().select_related("store"), after=request.GET.get("after"), among=mine)
    requests = page(unanswered, after=request.GET.get("requests_after"), among=asked)
    context = {
        "partner": partner,
        "collaborations": [
            {
                "collaboration": row,
                "groups": phrases.group_names(row.permissions),
                "end": phrases.end(row.ends_at, row.store.time_zone),
            }
            for row in collaborations
        ],
        "page": collaborations,
        "requests": [{"request": row, "groups": phrases.group_names(row.permissions)} for row in requests],
        "requests_page": requests,
        "built": page(stores_built_by(partner), after=request.GET.get("built_after")),
        "invitations": ExpertInvitation.objects.open_for(verified_addresses(request.user))[:INVITATIONS_SHOWN],
    }
    return render(request, "collaborators/partner_store_list.html", context)


@require_safe
@partner_page(TeamPermission.MANAGE_STORES)
def past_list(request, partner: Partner):
    """Access that is over, newest first."""
    mine = Collaboration.objects.filter(partner=partner)
    over = mine.exclude(pk__in=mine.active().values("pk")).select_related("store", "ended_by")
    found = page(over, after=request.GET.get("after"))
    return render(request, "collaborators/partner_past_list.html", {"partner": partner, "page": found})


# --- One request ----------------------------------------------------------------------------------------------------


def _request(request, partner: Partner, public_id) -> AccessRequest:
    rows = AccessRequest.objects.visible_to(request.user).filter(partner=partner)
    related = rows.select_related("store", "asked_by", "decided_by", "collaboration")
    return get_object_or_404(with_unread(related, request.user, Side.PARTNER), public_id=public_id)


@require_safe
@partner_page(TeamPermission.MANAGE_STORES)
def request_detail(request, partner: Partner, public_id):
    access_request = _request(request, partner, public_id)
    granted = set(access_request.granted or ())
    context = {
        "partner": partner,
        "access_request": access_request,
        "asked": phrases.labels(access_request.permissions),
        "granted": phrases.labels(granted),
        "left_out": phrases.labels(set(access_request.permissions) - granted),
        "new": phrases.labels(access_request.added) if access_request.is_for_more else [],
        "asked_end": phrases.end_day(access_request.ends_at, access_request.store.time_zone),
    }
    return render(request, "collaborators/partner_request_detail.html", context)


@require_POST
@partner_page(TeamPermission.MANAGE_STORES)
def request_withdrawal(request, partner: Partner, public_id):
    access_request = _request(request, partner, public_id)
    try:
        actions.withdraw_request(access_request, by=request.user)
        messages.success(request, _("Withdrawn. The merchant no longer has to answer."))
    except TransitionNotAllowed as already:
        messages.warning(request, str(already))
    return redirect("collaborators:partner-request", partner.slug, public_id)


# --- One collaboration ----------------------------------------------------------------------------------------------


def _collaboration(request, partner: Partner, public_id) -> Collaboration:
    rows = Collaboration.objects.visible_to(request.user).filter(partner=partner)
    rows = with_unread(rows, request.user, Side.PARTNER).with_use()
    return get_object_or_404(rows.select_related("store", "granted_by", "ended_by"), public_id=public_id)


@require_safe
@partner_page(TeamPermission.MANAGE_STORES)
def collaboration_detail(request, partner: Partner, public_id):
    collaboration = _collaboration(request, partner, public_id)
    context = {
        "partner": partner,
        "collaboration": collaboration,
        "consequences": consequences.told(collaboration, side=Side.PARTNER, reader=request.user),
        "groups": grouped(collaboration.permissions),
        "count": len(collaboration.permissions),
        "end": phrases.end(collaboration.ends_at, collaboration.store.time_zone),
        "uses": collaboration.uses.select_related("user").order_by("-last_used_at")[:PEOPLE],
    }
    return render(request, "collaborators/partner_collaboration_detail.html", context)


@require_POST
@partner_page(TeamPermission.MANAGE_STORES)
def collaboration_departure(request, partner: Partner, public_id):
    collaboration = _collaboration(request, partner, public_id)
    try:
        actions.leave(collaboration, by=request.user)
        messages.success(request, _("You left %(store)s.") % {"store": collaboration.store})
    except TransitionNotAllowed as already:
        messages.warning(request, str(already))
    return redirect("collaborators:partner-collaboration", partner.slug, public_id)
