"""The partner's side: Partner dashboard › Stores."""

from datetime import timedelta
from http import HTTPStatus

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.errors import KeyUsedOtherwise, Refused
from accounts.invitations import verified_addresses
from accounts.keyset import page
from accounts.once import Answer, once
from accounts.zones import known_zone
from collaborators import actions
from collaborators.errors import TransitionNotAllowed
from collaborators.forms import RequestForm
from collaborators.models import AccessRequest, Collaboration, ExpertInvitation, Side, with_unread
from partners.models import Partner
from partners.pages import partner_page
from partners.permissions import TeamPermission
from stores import phrases
from stores.permissions import grouped
from stores.roles import SHIPPED
from stores.trees import tree

USUAL_LENGTH = timedelta(days=90)  # what the form proposes
INVITATIONS_SHOWN = 5  # the newest; each is in a mail, too

PRESETS = [role for role in SHIPPED.values() if not role.for_staff]


@require_safe
@partner_page(TeamPermission.MANAGE_STORES)
def store_list(request, partner: Partner):
    """Where the partner works, and what it asked for. An unanswered request shows the address that was typed."""
    mine = with_unread(Collaboration.objects.filter(partner=partner), request.user, Side.PARTNER)
    asked = with_unread(AccessRequest.objects.filter(partner=partner), request.user, Side.PARTNER)
    unanswered = asked.exclude(status=AccessRequest.Status.APPROVED).select_related("asked_by", "store")
    collaborations = page(mine.active().select_related("store"), after=request.GET.get("after"), among=mine)
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


@require_http_methods(["GET", "HEAD", "POST"])
@partner_page(TeamPermission.MANAGE_STORES)
def store_request(request, partner: Partner):
    zone = known_zone(request.user.time_zone)
    if request.method != "POST":
        form = RequestForm(zone=zone, initial={"how_long": RequestForm.UNTIL})
        form.initial["ends_on"] = form.today + USUAL_LENGTH
        return _request_form(request, partner, form)
    if preset := SHIPPED.get(request.POST.get("preset", "")):
        typed = {name: request.POST.get(name, "") for name in RequestForm.base_fields}
        form = RequestForm(zone=zone, initial={**typed, "permissions": preset.permissions})
        return _request_form(request, partner, form)
    form = RequestForm(request.POST, zone=zone)
    if form.is_valid():
        try:
            _status, sent = once(
                lambda: _sent(actions.request_access(partner, **form.terms, by=request.user)),
                by=request.user,
                key=form.cleaned_data["key"],
                asked=[request.path, form.terms],
            )
        except KeyUsedOtherwise:
            form = form.with_new_key()
            form.add_error(None, _("You sent this form once already. What it holds now was not sent: send it again."))
        except Refused as refused:
            refused.stand_in(form)
        else:
            messages.success(request, _("Sent. You are told as soon as the merchant answers."))
            return redirect("collaborators:partner-request", partner.slug, sent)
    return _request_form(request, partner, form, status=422)


def _sent(access_request: AccessRequest) -> Answer:
    return HTTPStatus.FOUND, str(access_request.public_id)


def _request_form(request, partner: Partner, form: RequestForm, status: int = 200):
    context = {
        "partner": partner,
        "form": form,
        "branches": tree(ticked=form["permissions"].value() or ()),
        "presets": PRESETS,
    }
    return render(request, "collaborators/request_form.html", context, status=status)


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
    rows = with_unread(rows, request.user, Side.PARTNER)
    return get_object_or_404(rows.select_related("store", "granted_by", "ended_by"), public_id=public_id)


@require_safe
@partner_page(TeamPermission.MANAGE_STORES)
def collaboration_detail(request, partner: Partner, public_id):
    collaboration = _collaboration(request, partner, public_id)
    context = {
        "partner": partner,
        "collaboration": collaboration,
        "groups": grouped(collaboration.permissions),
        "count": len(collaboration.permissions),
        "end": phrases.end(collaboration.ends_at, collaboration.store.time_zone),
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
