"""A partner hands a development store over: it offers, the merchant accepts or declines, the partner takes back."""

import logging
from collections.abc import Collection
from datetime import date, datetime

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import invitations, two_step
from accounts.invitations import InvitationClosed
from accounts.models import User
from accounts.sweeps import one_of_many
from notifications import events
from partners.actions import require as require_in_team
from partners.models import Membership, Partner
from partners.permissions import TeamPermission
from stores import activity
from stores.ends import end_of
from stores.errors import HandedOverAlready, OfferOpen, OwnTeamsAddress
from stores.models import Activity, HandoverOffer, Store
from stores.permissions import closed_for_collaborator

logger = logging.getLogger(__name__)


@transaction.atomic
def offer_handover(
    store: Store, *, email: str, message: str = "", wished: Collection[str] = (), by: User
) -> HandoverOffer:
    """Offer a development store to a merchant's address for 14 days. `wished`: what the partner asks to keep.

    Raises NotAllowed, HandedOverAlready, OwnTeamsAddress, PermissionsRefused, OfferOpen, TooLongAddress,
    TooManyInvitations.
    """
    partner, store = Partner.objects.lock(store.built_by_id), Store.objects.lock(store.pk)  # type: ignore[arg-type]
    require_in_team(by, TeamPermission.MANAGE_STORES, partner)
    if not store.is_development:
        raise HandedOverAlready
    wished = closed_for_collaborator(wished)
    now = timezone.now()
    for before in _unanswered(store):
        _lapse_if_due(before, store, now=now)
    if email.lower() in _addresses_of(partner):
        raise OwnTeamsAddress
    try:
        offer: HandoverOffer = invitations.send(
            HandoverOffer.objects.filter(store=store),
            email=email,
            by=by,
            store=store,
            partner=partner,
            message=message,
            wished=wished,
        )
    except IntegrityError as error:
        if "handover_offer_one_open" in str(error):
            raise OfferOpen from error
        raise
    _report("handover.offered", offer, store, by=by, after={"email": offer.email, "permissions": wished})
    return offer


@transaction.atomic
def take_back_handover(offer: HandoverOffer, *, by: User) -> HandoverOffer:
    """Keep building. Raises NotAllowed, InvitationClosed (it was accepted or declined, or is too old)."""
    partner, store, offer = _lock(offer)
    require_in_team(by, TeamPermission.MANAGE_STORES, partner)
    if offer.accepted_at or offer.declined_at or offer.has_lapsed:
        raise InvitationClosed(_closed_for_its_sender(offer))
    if not offer.taken_back_at:
        _take_back(offer, store, by=by)
    return offer


@transaction.atomic
def accept_handover(offer: HandoverOffer, *, keeps: Collection[str], ends_on: date | None, by: User) -> Store:
    """Become the owner. `keeps`: what the partner may still do, until the end of `ends_on` (None: open end).

    Raises InvitationClosed (somebody else's, accepted, declined, taken back, too old, or its sender could no longer
    offer it), PermissionsRefused, EndsInThePast, TwoStepRequired.
    """
    partner, store, offer = _lock(offer)
    kept = closed_for_collaborator(keeps)
    is_repeat = offer.accepted_by_id == by.pk and store.owner_id == by.pk
    kept_until = end_of(ends_on, store) if kept else None
    if is_repeat and (offer.kept, offer.kept_until) == (kept, kept_until):
        return store  # the same answer said twice
    offer.require_open_to(by)
    if not store.is_development or store.built_by_id != partner.pk or not _could_still_offer(offer, partner):
        raise InvitationClosed(
            _("Whoever offered you this store can no longer do so. Ask %(partner)s for a new offer.")
            % {"partner": partner}
        )
    two_step.require(by, asked_by=store.name, asked=store.requires_two_step)
    now = timezone.now()
    offer.settle(accepted_at=now, accepted_by=by, kept=kept, kept_until=kept_until)
    store.owner, store.handed_over_at = by, now
    store.save(update_fields=["owner", "handed_over_at"])
    ends_at = {"ends_at": kept_until.isoformat() if kept_until else None} if kept else {}
    after = {"name": by.name, "permissions": kept, **ends_at}
    entry = _report("handover.accepted", offer, store, by=by, after=after, person=by.pk)
    events.post(
        "store.handed_over",
        dedupe_key=f"activity:{entry.pk}",
        by=by,
        store=store.pk,
        partner=partner.pk,
        person=by.pk,
        handover=offer.pk,
    )
    return store


@transaction.atomic
def decline_handover(offer: HandoverOffer, *, by: User) -> HandoverOffer:
    """Say no. Raises InvitationClosed."""
    _partner, store, offer = _lock(offer)
    if offer.declined_by_id == by.pk:
        return offer
    offer.require_open_to(by)
    offer.settle(declined_at=timezone.now(), declined_by=by)
    _report("handover.declined", offer, store, by=by, before={"email": offer.email})
    return offer


def take_back_of(person_id: int, partner_id: int, *, by: User | None) -> None:
    """Open offers of somebody who can no longer make them. The partner is locked."""
    sent = HandoverOffer.objects.filter(partner=partner_id, invited_by=person_id).unanswered()
    for pk in sent.order_by("store", "pk").values_list("pk", flat=True):
        partner, store, offer = _lock(HandoverOffer.objects.get(pk=pk))
        if offer.is_open and not _could_still_offer(offer, partner):
            _take_back(offer, store, by=by)


def lapse_all_due(*, now: datetime) -> int:
    """Close offers that nobody answered in time. Returns how many."""
    due = HandoverOffer.objects.unanswered().filter(expires_at__lte=now)
    lapsed = 0
    for offer in due.order_by("pk"):
        with one_of_many(logger, "Handover offer %s waits to lapse", offer.pk):
            _partner, store, locked = _lock(offer)
            lapsed += _lapse_if_due(locked, store, now=now)
    return lapsed


# --- Shared steps ---------------------------------------------------------------------------------------------------


def _lock(offer: HandoverOffer) -> tuple[Partner, Store, HandoverOffer]:
    partner, store = Partner.objects.lock(offer.partner_id), Store.objects.lock(offer.store_id)
    rows = HandoverOffer.objects.select_for_update(of=("self",)).select_related("invited_by", "accepted_by")
    return partner, store, rows.get(pk=offer.pk)


def _unanswered(store: Store) -> list[HandoverOffer]:
    rows = HandoverOffer.objects.filter(store=store).unanswered()
    return list(rows.order_by("pk").select_for_update(of=("self",)))


def _addresses_of(partner: Partner) -> set[str]:
    """Every verified address of everybody in the team, in lower case."""
    rows = EmailAddress.objects.filter(user__memberships__partner=partner, verified=True)
    return {address.lower() for address in rows.values_list("email", flat=True)}


def _could_still_offer(offer: HandoverOffer, partner: Partner) -> bool:
    place = Membership.objects.filter(partner=partner, user=offer.invited_by, user__is_active=True).first()
    return place is not None and place.may(TeamPermission.MANAGE_STORES)


def _closed_for_its_sender(offer: HandoverOffer) -> str:
    if offer.accepted_at:
        return _("%(person)s accepted this offer already.") % {"person": offer.accepted_by}
    return _("This offer was declined already.") if offer.declined_at else _("This offer is too old by now.")


def _take_back(offer: HandoverOffer, store: Store, *, by: User | None) -> None:
    offer.settle(taken_back_at=timezone.now())
    _report("handover.taken_back", offer, store, by=by, before={"email": offer.email})


def _lapse_if_due(offer: HandoverOffer, store: Store, *, now: datetime) -> bool:
    if not offer.is_undecided or now < offer.expires_at:
        return False
    offer.settle(lapsed_at=now)
    _report("handover.lapsed", offer, store, by=None, before={"email": offer.email}, invited_by=offer.invited_by_id)
    return True


def _report(
    topic: str, offer: HandoverOffer, store: Store, *, by: User | None, before=None, after=None, **ids
) -> Activity:
    entry = activity.record(store, topic, by=by, partner=offer.partner, before=before, after=after)
    events.post(
        topic,
        dedupe_key=f"activity:{entry.pk}",
        by=by,
        store=store.pk,
        partner=offer.partner_id,
        handover=offer.pk,
        **ids,
    )
    return entry
