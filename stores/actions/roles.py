from collections.abc import Collection

from django.db import IntegrityError, transaction

from accounts.models import User
from notifications import events
from stores import access, activity
from stores.errors import (
    GrantsMoreThanHeld,
    NoPermissions,
    RoleInUse,
    RoleIsGone,
    RoleNameTaken,
    ShippedRoleStays,
    TooManyRoles,
)
from stores.models import OwnershipOffer, Role, StaffInvitation, Store
from stores.permissions import closed, closed_for_collaborator, in_order

MOST_ROLES = 50  # of a store's own: they stand in one list to choose from


@transaction.atomic
def make_role(store: Store, *, name: str, for_staff: bool, permissions: Collection[str], by: User) -> Role:
    """A role of the store's own, for staff or for collaborators.

    Raises NotAllowed, PermissionsRefused (also what `by` lacks), RoleNameTaken.
    """
    store = Store.objects.lock(store.pk)
    access.require(by, "users.manage", store)
    chosen = _chosen(permissions, for_staff=for_staff)
    _require_held(by, store, chosen)
    if store.roles.count() >= MOST_ROLES:
        raise TooManyRoles
    role = _saved(Role(store=store, name=name, for_staff=for_staff, permissions=chosen))
    activity.record(store, "role.made", by=by, after={"name": name, "permissions": chosen})
    return role


@transaction.atomic
def change_role(role: Role, *, name: str, permissions: Collection[str], by: User) -> Role:
    """Change one of the store's own roles: staff who have it may do the new set at once, collaborators keep theirs.

    Raises NotAllowed, ShippedRoleStays, RoleIsGone, PermissionsRefused (also what `by` adds and lacks), RoleNameTaken.
    """
    store = _lock_store_of(role)
    access.require(by, "users.manage", store)
    role = _lock(role)
    chosen = _chosen(permissions, for_staff=role.for_staff)
    before = {"name": role.name, "permissions": in_order(role.permissions)}
    after = {"name": name, "permissions": chosen}
    if after == before:
        return role
    _require_held(by, store, set(chosen) - set(role.permissions))
    role.name, role.permissions = name, chosen
    _saved(role, update_fields=["name", "permissions"])
    entry = activity.record(store, "role.changed", by=by, before=before, after=after)
    if role.for_staff and before["permissions"] != chosen:
        events.post("role.changed", dedupe_key=f"activity:{entry.pk}", by=by, store=store.pk, role=role.pk)
    return role


@transaction.atomic
def remove_role(role: Role, *, by: User) -> None:
    """Remove one of the store's own roles that nobody has.

    Raises NotAllowed, ShippedRoleStays, RoleIsGone, RoleInUse.
    """
    store = _lock_store_of(role)
    access.require(by, "users.manage", store)
    role = _lock(role)
    invited = StaffInvitation.objects.filter(role=role).open().exists()
    kept = OwnershipOffer.objects.filter(keeps_role=role).open().exists()
    if role.staff.exists() or invited or kept:
        raise RoleInUse
    activity.record(store, "role.removed", by=by, before={"name": role.name, "permissions": in_order(role.permissions)})
    role.delete()


def _lock_store_of(role: Role) -> Store:
    if role.store_id is None:
        raise ShippedRoleStays
    return Store.objects.lock(role.store_id)


def _lock(role: Role) -> Role:
    found = Role.objects.select_for_update(of=("self",)).filter(pk=role.pk).first()
    if found is None:
        raise RoleIsGone
    return found


def _chosen(permissions: Collection[str], *, for_staff: bool) -> list[str]:
    if not permissions:
        raise NoPermissions
    return closed(permissions) if for_staff else closed_for_collaborator(permissions)


def _require_held(by: User, store: Store, keys: Collection[str]) -> None:
    if beyond := set(keys) - access.permissions_of(by, store):
        raise GrantsMoreThanHeld(in_order(beyond))


def _saved(role: Role, **how) -> Role:
    try:
        with transaction.atomic():
            role.save(**how)
    except IntegrityError as error:
        if "role_name_once_per_store" in str(error):
            raise RoleNameTaken from error
        raise
    return role
