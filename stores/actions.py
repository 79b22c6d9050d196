"""What people do with stores and their staff."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import NotAllowed
from accounts.models import User
from notifications import events
from stores import access, activity
from stores.errors import AlreadyInStore, GrantsMoreThanHeld, HandleTaken, NoSeatLeft
from stores.models import Domain, Role, Staff, Store
from stores.permissions import in_order


@transaction.atomic
def open_store(
    *,
    name: str,
    handle: str,
    country: str,
    industry: str,
    time_zone: str,
    currency: str,
    by: User,
    domain: str = "",
    staff_limit: int = 2,
) -> Store:
    """A new store owned by `by`. `domain` is an A-label; it finds the store once an operator verifies it.

    Raises HandleTaken.
    """
    try:
        with transaction.atomic():
            store = Store.objects.create(
                name=name,
                handle=handle,
                owner=by,
                country=country,
                industry=industry,
                time_zone=time_zone,
                currency=currency,
                staff_limit=staff_limit,
            )
    except IntegrityError as error:
        if "store_handle_once" in str(error):
            raise HandleTaken from error
        raise
    if domain:
        Domain.objects.create(store=store, name=domain)
    entry = activity.record(store, "store.opened", by=by, after={"name": name})
    events.post("store.opened", dedupe_key=f"activity:{entry.pk}", by=by, store=store.pk)
    return store


@transaction.atomic
def add_staff(store: Store, *, user: User, role: Role, by: User) -> Staff:
    """Give `user` a seat with `role`. Raises NotAllowed, GrantsMoreThanHeld, AlreadyInStore, NoSeatLeft."""
    store = Store.objects.lock(store.pk)
    access.require(by, "users.manage", store)
    if not role.for_staff or role.store_id not in {None, store.pk}:
        raise NotAllowed
    if beyond := set(role.permissions) - access.permissions_of(by, store):
        raise GrantsMoreThanHeld(in_order(beyond))
    if store.owner_id == user.pk or Staff.objects.filter(store=store, user=user).exists():
        raise AlreadyInStore
    if Staff.objects.filter(store=store).count() >= store.staff_limit:
        raise NoSeatLeft(store.staff_limit)
    staff = Staff.objects.create(store=store, user=user, role=role)
    entry = activity.record(store, "staff.joined", by=by, after={"name": user.name, "role": role.key or role.name})
    events.post("staff.joined", dedupe_key=f"activity:{entry.pk}", by=by, store=store.pk, person=user.pk)
    return staff


@transaction.atomic
def change_staff_limit(store: Store, *, limit: int, by: User) -> Store:
    """An operator gives the store more or fewer seats. Staff who are there stay. Raises NotAllowed."""
    if not by.is_staff:
        raise NotAllowed
    store = Store.objects.lock(store.pk)
    before, store.staff_limit = store.staff_limit, limit
    if before != limit:
        store.save(update_fields=["staff_limit"])
        activity.record(store, "staff_limit.changed", by=by, before={"limit": before}, after={"limit": limit})
    return store


@transaction.atomic
def verify_domain(domain: Domain, *, by: User) -> Domain:
    """An operator vouches that the domain is the store's; from now on it finds the store. Raises IntegrityError if
    another store's is verified under the same name."""
    if not by.is_staff:
        raise NotAllowed
    store = Store.objects.lock(domain.store_id)
    domain = Domain.objects.select_for_update().get(pk=domain.pk)
    if domain.verified_at is None:
        domain.verified_at = timezone.now()
        domain.save(update_fields=["verified_at"])
        activity.record(store, "domain.verified", by=by, after={"domain": domain.name})
    return domain
