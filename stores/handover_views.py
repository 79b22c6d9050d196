"""Development stores: the partner that builds them, then the merchant behind the link."""

from datetime import timedelta
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import Conflict, Refused
from accounts.invitations import InvitationClosed
from accounts.keyed import made_once
from accounts.renewed import renewed_sign_in, require_renewed
from partners.models import Partner
from partners.pages import partner_page
from partners.permissions import TeamPermission
from stores import actions, phrases
from stores.development import stores_built_by
from stores.handover_forms import DevelopmentStoreForm, HandoverAcceptanceForm, HandoverForm
from stores.models import HandoverOffer, Store
from stores.permissions import in_order
from stores.trees import split, tree

USUAL_LENGTH = timedelta(days=90)  # what the form proposes
OFFERS_SHOWN = 10  # earlier ones, the newest

# --- The partner ----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@partner_page(TeamPermission.MANAGE_STORES)
def development_making(request, partner: Partner):
    form = DevelopmentStoreForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = made_once(
            form,
            lambda: actions.build_store(partner, **form.terms, by=request.user),
            by=request.user,
            path=request.path,
        )
        if made is not None:
            messages.success(request, _("%(store)s is there. Enter it and build.") % {"store": form.terms["name"]})
            return redirect("stores:development-store", partner.slug, made)
    context = {"partner": partner, "form": form}
    return render(request, "stores/development_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@partner_page(TeamPermission.MANAGE_STORES)
def development_store(request, partner: Partner, public_id):
    """How it stands with a store that the partner builds or built, and the form that offers it to a merchant."""
    store = _built(partner, public_id)
    if request.method != "POST":
        return _store_page(request, partner, store, HandoverForm())
    form = HandoverForm(request.POST)
    if form.is_valid():
        require_renewed(request)
        try:
            made = made_once(
                form,
                lambda: actions.offer_handover(store, **form.terms, by=request.user),
                by=request.user,
                path=request.path,
            )
        except Conflict as moved_on:
            messages.warning(request, str(moved_on))
            return redirect("stores:development-store", partner.slug, public_id)
        if made is not None:
            messages.success(request, _("Offered to %(email)s.") % {"email": form.terms["email"].lower()})
            return redirect("stores:development-store", partner.slug, public_id)
    return _store_page(request, partner, store, form, status=422)


@require_POST
@partner_page(TeamPermission.MANAGE_STORES)
@renewed_sign_in
def handover_withdrawal(request, partner: Partner, public_id):
    store = _built(partner, public_id)
    offer = store.handover_offers.order_by("-pk").first()
    try:
        if offer:
            actions.take_back_handover(offer, by=request.user)
            messages.success(request, _("The offer is taken back. The store stays with you."))
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect("stores:development-store", partner.slug, public_id)


def _built(partner: Partner, public_id) -> Store:
    return get_object_or_404(stores_built_by(partner), public_id=public_id)


def _store_page(request, partner: Partner, store: Store, form: HandoverForm, status: int = 200) -> HttpResponse:
    ticked = form["permissions"].value() or ()
    offers = list(store.handover_offers.select_related("invited_by", "accepted_by").order_by("-pk")[:OFFERS_SHOWN])
    standing = next((offer for offer in offers if offer.is_open), None)
    taken = next((offer for offer in offers if offer.accepted_at), None)
    shown = standing or taken
    context = {
        "partner": partner,
        "store": store,
        "offer": standing,
        "taken": taken,
        "wished": phrases.opens(shown.wished) if shown and shown.wished else [],
        "kept": phrases.opens(taken.kept) if taken and taken.kept else [],
        "kept_until": phrases.end(taken.kept_until, store.time_zone) if taken else "",
        "earlier": [offer for offer in offers if offer is not shown],
        "form": form,
        "branches": tree(ticked=ticked),
        "sentences": True,
    }
    return render(request, "stores/development_store.html", context, status=status)


# --- The merchant ---------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def handover(request, token: str):
    """Who gets what; to accept."""
    offer = _with_token(token)
    try:
        if request.method != "POST" or offer.accepted_by_id != request.user.pk:
            offer.require_open_to(request.user)
        form = _acceptance_form(request, offer)
        if form.is_valid():
            require_renewed(request)
            store = actions.accept_handover(offer, **form.kept, by=request.user)
            messages.success(request, _("%(store)s is yours.") % {"store": store})
            return redirect("store-home", store.handle)
    except InvitationClosed as no:
        return _closed_page(request, offer, no)
    except Refused as refused:
        refused.stand_in(form)
    ticked = form["permissions"].value() or ()
    branches, more = split(tree(ticked=ticked, asked=offer.wished))
    context = {
        "offer": offer,
        "store": offer.store,
        "form": form,
        "wished": phrases.labels(offer.wished),
        "branches": branches,
        "more": more,
        "sentences": True,
    }
    return render(request, "stores/handover.html", context, status=422 if form.is_bound else 200)


@require_POST
@login_required
def handover_refusal(request, token: str):
    offer = _with_token(token)
    try:
        actions.decline_handover(offer, by=request.user)
    except InvitationClosed as no:
        return _closed_page(request, offer, no)
    messages.success(request, _("Declined. %(partner)s is told.") % {"partner": offer.partner})
    return redirect("home")


def _with_token(token: str) -> HandoverOffer:
    return get_object_or_404(HandoverOffer.objects.select_related("store", "partner", "invited_by").with_token(token))


def _acceptance_form(request, offer: HandoverOffer) -> HandoverAcceptanceForm:
    zone = offer.store.time_zone
    if request.method == "POST":
        return HandoverAcceptanceForm(request.POST, zone=zone)
    form = HandoverAcceptanceForm(zone=zone)
    form.initial = {
        "keeping": form.SOME if offer.wished else form.NOTHING,
        "permissions": in_order(offer.wished),
        "how_long": form.UNTIL,
        "ends_on": form.today + USUAL_LENGTH,
    }
    return form


def _closed_page(request, offer: HandoverOffer, no: InvitationClosed) -> HttpResponse:
    is_mine = offer.is_for(request.user)
    context = {
        "heading": _("Take over %(store)s") % {"store": offer.store} if is_mine else _("Offer"),
        "invitation": offer if is_mine else None,
        "offered": [(_("Store"), offer.store), (_("Built by"), offer.partner)] if is_mine else [],
        "refused": no,
    }
    status = HTTPStatus.CONFLICT if request.method == "POST" else HTTPStatus.OK
    return render(request, "accounts/invitation.html", context, status=status)
