from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import two_step
from accounts.invitations import InvitationClosed
from accounts.models import User
from notifications import events
from stores import access, activity
from stores.actions.staff import giveable, take_back_what_cannot_be_offered
from stores.errors import NoLongerInStore, OfferOpen
from stores.models import OwnershipOffer, Role, Staff, Store


@transaction.atomic
def offer_ownership(staff: Staff, *, keeps_role: Role | None, by: User) -> OwnershipOffer:
    """The owner offers the store to somebody of its staff. `keeps_role`: what the owner then is here, None to go.

    Raises NotAllowed (only the owner), NoLongerInStore, NotARole, OfferOpen.
    """
    store = Store.objects.lock(staff.store_id)
    access.require_owner(by, store)
    person = User.objects.filter(staff_places=staff.pk, is_active=True).first()
    if person is None:
        raise NoLongerInStore
    if keeps_role:
        keeps_role = giveable(keeps_role, store, by)
    for lapsed in OwnershipOffer.objects.filter(store=store).unanswered():
        if lapsed.has_lapsed:
            lapsed.take_back()
    try:
        with transaction.atomic():
            offer = OwnershipOffer.objects.create(store=store, email=person.email, invited_by=by, keeps_role=keeps_role)
    except IntegrityError as error:
        if "ownership_offer_one_open" in str(error):
            raise OfferOpen from error
        raise
    entry = activity.record(store, "ownership.offered", by=by, after={"name": person.name})
    events.post(
        "ownership.offered",
        dedupe_key=f"activity:{entry.pk}",
        by=by,
        store=store.pk,
        person=person.pk,
        ownership_offer=offer.pk,
    )
    return offer


@transaction.atomic
def take_back_offer(offer: OwnershipOffer, *, by: User) -> OwnershipOffer:
    """Keep the store after all. Raises NotAllowed (only the owner), InvitationClosed (it was accepted)."""
    store = Store.objects.lock(offer.store_id)
    access.require_owner(by, store)
    offer = OwnershipOffer.objects.select_for_update(of=("self",)).get(pk=offer.pk)
    if offer.accepted_at:
        raise InvitationClosed(_("This offer was accepted already."))
    if not offer.taken_back_at:
        offer.take_back()
        activity.record(store, "ownership.offer_taken_back", by=by)
    return offer


@transaction.atomic
def accept_ownership(offer: OwnershipOffer, *, by: User) -> Store:
    """Become the owner: the seat is left, and taken by the one before if they keep a role. All or nothing.

    Raises InvitationClosed (somebody else's, used, taken back, too old, no longer staff, owner changed meanwhile).
    """
    store = Store.objects.lock(offer.store_id)
    offer = OwnershipOffer.objects.select_for_update(of=("self",)).get(pk=offer.pk)
    if store.owner_id == by.pk and offer.accepted_by_id == by.pk:
        return store  # the same answer said twice
    offer.require_open_to(by)
    place = Staff.objects.select_for_update(of=("self",)).filter(store=store, user=by).first()
    if place is None or store.owner_id != offer.invited_by_id:
        raise InvitationClosed(_("This offer no longer stands. Ask the owner of the store for a new one."))
    two_step.require(by, asked_by=store.name, asked=store.requires_two_step)
    before = offer.invited_by
    offer.accept(by)
    place.delete()
    store.owner = by
    store.save(update_fields=["owner"])
    if offer.keeps_role:
        Staff.objects.create(store=store, user=before, role=offer.keeps_role)
    take_back_what_cannot_be_offered(store, before)
    entry = activity.record(store, "ownership.passed", by=by, before={"name": before.name}, after={"name": by.name})
    events.post(
        "ownership.passed", dedupe_key=f"activity:{entry.pk}", by=by, store=store.pk, person=by.pk, before=before.pk
    )
    return store
