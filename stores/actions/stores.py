from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import two_step
from accounts.errors import NotAllowed, TwoStepFirst
from accounts.models import User
from notifications import events
from partners.actions import require as require_in_team
from partners.models import Partner
from partners.permissions import TeamPermission
from stores import access, activity
from stores.errors import HandleTaken
from stores.models import Domain, Store


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
    store = _made(
        name=name,
        handle=handle,
        owner=by,
        country=country,
        industry=industry,
        time_zone=time_zone,
        currency=currency,
        staff_limit=staff_limit,
    )
    if domain:
        Domain.objects.create(store=store, name=domain)
    entry = activity.record(store, "store.opened", by=by, after={"name": name})
    events.post("store.opened", dedupe_key=f"activity:{entry.pk}", by=by, store=store.pk)
    return store


@transaction.atomic
def build_store(
    partner: Partner,
    *,
    name: str,
    handle: str,
    country: str,
    industry: str,
    time_zone: str,
    currency: str,
    by: User,
) -> Store:
    """A development store: nobody owns it, and the partner's people may do everything there until it is handed over.

    Raises NotAllowed, HandleTaken.
    """
    partner = Partner.objects.lock(partner.pk)
    require_in_team(by, TeamPermission.MANAGE_STORES, partner)
    store = _made(
        name=name,
        handle=handle,
        built_by=partner,
        country=country,
        industry=industry,
        time_zone=time_zone,
        currency=currency,
    )
    entry = activity.record(store, "store.built", by=by, partner=partner, after={"name": name})
    events.post("store.opened", dedupe_key=f"activity:{entry.pk}", by=by, store=store.pk)
    return store


def _made(**fields) -> Store:
    """Raises HandleTaken."""
    try:
        with transaction.atomic():
            return Store.objects.create(**fields)
    except IntegrityError as error:
        if "store_handle_once" in str(error):
            raise HandleTaken from error
        raise


@transaction.atomic
def require_two_step(store: Store, *, required: bool, by: User) -> Store:
    """Ask everybody who enters for two-step sign-in, or no longer, from their next request on. Only somebody who has it
    asks for it: nobody locks themselves out. Raises NotAllowed, TwoStepFirst."""
    store = Store.objects.lock(store.pk)
    access.require(by, "users.manage", store)
    if required and not two_step.has_two_step(by):
        raise TwoStepFirst
    if store.requires_two_step != required:
        store.requires_two_step = required
        store.save(update_fields=["requires_two_step"])
        activity.record(store, "two_step.changed", by=by, after={"required": required})
    return store


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
