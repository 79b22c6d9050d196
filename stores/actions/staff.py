from django.db import transaction
from django.utils.translation import gettext as _

from accounts import invitations
from accounts.invitations import InvitationClosed
from accounts.models import User
from notifications import events
from stores import access, activity
from stores.errors import AlreadyInStore, GrantsMoreThanHeld, NoLongerInStore, NoSeatLeft, NotARole
from stores.models import OwnershipOffer, Role, Staff, StaffInvitation, Store
from stores.permissions import in_order


@transaction.atomic
def invite(store: Store, *, email: str, role: Role, by: User) -> StaffInvitation:
    """Offer a seat with `role` to an address; it is taken while the invitation is open.

    Raises NotAllowed, DevelopmentStore, NotARole, GrantsMoreThanHeld, AlreadyInStore, NoSeatLeft, AlreadyInvited,
    TooManyInvitations.
    """
    store = Store.objects.lock(store.pk)
    access.require(by, "users.manage", store)
    access.require_owned(store)
    role = giveable(role, store, by)
    require_from_outside(store, email)
    if store.seats_taken() >= store.staff_limit:
        raise NoSeatLeft(store.staff_limit)
    invitation = invitations.send(
        StaffInvitation.objects.filter(store=store), email=email, by=by, store=store, role=role
    )
    entry = activity.record(store, "staff.invited", by=by, after={"email": invitation.email, **_named(role)})
    events.post(
        "staff.invited",
        dedupe_key=f"activity:{entry.pk}",
        by=by,
        store=store.pk,
        staff_invitation=invitation.pk,
        role=role.pk,
    )
    return invitation


def require_from_outside(store: Store, email: str) -> None:
    """Raise AlreadyInStore for the address of its owner or of somebody of its staff. The store must be locked."""
    at_this_address = User.objects.filter(email=email.lower())
    if at_this_address.filter(owned_stores=store).exists() or store.staff.filter(user__in=at_this_address).exists():
        raise AlreadyInStore


@transaction.atomic
def take_back_invitation(invitation: StaffInvitation, *, by: User) -> StaffInvitation:
    """End an invitation, which frees its seat. Raises NotAllowed, InvitationClosed (somebody joined with it)."""
    store = Store.objects.lock(invitation.store_id)
    access.require(by, "users.manage", store)
    invitation = StaffInvitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if invitation.accepted_at:
        raise InvitationClosed(_("Somebody joined with this invitation already."))
    if not invitation.taken_back_at:
        invitation.take_back()
        activity.record(store, "staff.invitation_taken_back", by=by, before={"email": invitation.email})
    return invitation


@transaction.atomic
def accept_invitation(invitation: StaffInvitation, *, by: User) -> Staff:
    """Take the seat, if it is still there and whoever offered it could still do so.

    Raises InvitationClosed (somebody else's, used, taken back, too old), AlreadyInStore, NoSeatLeft.
    """
    store = Store.objects.lock(invitation.store_id)
    invitation = StaffInvitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    there = store.staff.filter(user=by).first()
    if there and invitation.accepted_by_id == by.pk:
        return there  # the same answer said twice
    invitation.require_open_to(by)
    if there or store.owner_id == by.pk:
        raise AlreadyInStore(_("You work in this store already."))
    role = invitation.role
    if role is None or not _could_still_offer(invitation, store):
        raise InvitationClosed(_("Whoever invited you can no longer offer this. Ask the store for a new invitation."))
    if store.staff.count() >= store.staff_limit:  # the plan may have become smaller meanwhile
        raise NoSeatLeft(store.staff_limit)
    invitation.accept(by)
    staff = Staff.objects.create(store=store, user=by, role=role)
    entry = activity.record(store, "staff.joined", by=by, after={"name": by.name, **_named(role)})
    events.post(
        "staff.joined",
        dedupe_key=f"activity:{entry.pk}",
        by=by,
        store=store.pk,
        person=by.pk,
        invited_by=invitation.invited_by_id,
    )
    return staff


@transaction.atomic
def assign_role(staff: Staff, *, role: Role, by: User) -> Staff:
    """Give somebody another role, at once. Raises NotAllowed, NoLongerInStore, NotARole, GrantsMoreThanHeld."""
    store = Store.objects.lock(staff.store_id)
    access.require(by, "users.manage", store)
    staff = _lock_staff(staff)
    if staff.role_id == role.pk:
        return staff
    role = giveable(role, store, by)
    before = _named(staff.role)
    staff.role = role
    staff.save(update_fields=["role"])
    take_back_what_cannot_be_offered(store, staff.user)
    name = {"name": staff.user.name}
    entry = activity.record(store, "staff.changed", by=by, before=name | before, after=name | _named(role))
    events.post(
        "staff.changed", dedupe_key=f"activity:{entry.pk}", by=by, store=store.pk, person=staff.user_id, role=role.pk
    )
    return staff


@transaction.atomic
def remove_staff(staff: Staff, *, by: User) -> None:
    """Out, on the next request. Raises NotAllowed, NoLongerInStore."""
    store = Store.objects.lock(staff.store_id)
    access.require(by, "users.manage", store)
    staff = _lock_staff(staff)
    _end(store, staff, "staff.left" if staff.user_id == by.pk else "staff.removed", by=by)


@transaction.atomic
def leave_store(store: Store, *, by: User) -> None:
    """Go. Raises NoLongerInStore: the owner is not staff, and passes the store on instead."""
    store = Store.objects.lock(store.pk)
    staff = Staff.objects.select_for_update(of=("self",)).filter(store=store, user=by).first()
    if staff is None:
        raise NoLongerInStore
    _end(store, staff, "staff.left", by=by)


def _end(store: Store, staff: Staff, topic: str, *, by: User) -> None:
    person = staff.user
    entry = activity.record(store, topic, by=by, before={"name": person.name, **_named(staff.role)})
    staff.delete()
    take_back_what_cannot_be_offered(store, person)
    for offer in OwnershipOffer.objects.filter(store=store, email=person.email).unanswered():
        offer.take_back()
    events.post(topic, dedupe_key=f"activity:{entry.pk}", by=by, store=store.pk, person=person.pk)


# --- Shared steps ---------------------------------------------------------------------------------------------------


def giveable(role: Role, store: Store, by: User) -> Role:
    """The role as it is now, if `by` may give it to staff here. Nobody grants what they lack. Under the store's lock.

    Raises NotARole, GrantsMoreThanHeld.
    """
    found = Role.objects.of(store).filter(for_staff=True, pk=role.pk).first()
    if found is None:
        raise NotARole
    if beyond := set(found.permissions) - access.permissions_of(by, store):
        raise GrantsMoreThanHeld(in_order(beyond))
    return found


def take_back_what_cannot_be_offered(store: Store, person: User) -> None:
    """Open invitations of somebody who lost what they offered in them."""
    sent = StaffInvitation.objects.filter(store=store, invited_by=person).select_related("role", "invited_by")
    for invitation in sent.unanswered().order_by("pk"):
        if not _could_still_offer(invitation, store):
            invitation.take_back()


def _could_still_offer(invitation: StaffInvitation, store: Store) -> bool:
    held = access.permissions_of(invitation.invited_by, store)
    return "users.manage" in held and invitation.role is not None and held >= set(invitation.role.permissions)


def _lock_staff(staff: Staff) -> Staff:
    found = Staff.objects.select_for_update(of=("self",)).select_related("role", "user").filter(pk=staff.pk).first()
    if found is None:
        raise NoLongerInStore
    return found


def _named(role: Role) -> dict[str, str]:
    """How activity names a role: shipped ones by key, so that each reader sees the name in their language."""
    return {"role": role.key or role.name}
