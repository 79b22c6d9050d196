"""The steps that acts share: lock, look at the right again, take what was chosen."""

from collections.abc import Collection, Iterable

from django.utils import timezone

from accounts.models import User
from collaborators.actions.clock import lapse_due
from collaborators.errors import OnlyTheStoreExtends, OwnPartner
from collaborators.models import AccessRequest, Collaboration
from partners.models import Partner
from stores import access
from stores.errors import GrantsMoreThanHeld, NoPermissions
from stores.models import Store
from stores.permissions import closed_for_collaborator, in_order


def lock_parents(row: AccessRequest | Collaboration) -> tuple[Partner, Store]:
    return Partner.objects.lock(row.partner_id), Store.objects.lock(row.store_id)


def lock_request(access_request: AccessRequest, partner: Partner, store: Store) -> AccessRequest:
    lapse_due(partner, store, now=timezone.now())
    return AccessRequest.objects.select_for_update(of=("self",)).get(pk=access_request.pk)


def lock_collaboration(collaboration: Collaboration, partner: Partner, store: Store) -> Collaboration:
    lapse_due(partner, store, now=timezone.now())
    return Collaboration.objects.select_for_update(of=("self",)).get(pk=collaboration.pk)


def require_decider(by: User, store: Store, partner: Partner) -> None:
    """Raise unless `by` manages users here and stands apart from the partner; the owner may decide even so."""
    access.require(by, "users.manage", store)
    if store.owner_id != by.pk and partner.membership_of(by):
        raise OwnPartner(partner)


def require_renewer(by: User, store: Store, partner: Partner) -> None:
    """As `require_decider`, with a sentence of its own for the partner's people: they cannot extend their access."""
    if partner.membership_of(by) and "users.manage" not in access.permissions_of(by, store):
        raise OnlyTheStoreExtends
    require_decider(by, store, partner)


def require_held(by: User, store: Store, keys: Iterable[str]) -> None:
    if beyond := set(keys) - access.permissions_of(by, store):
        raise GrantsMoreThanHeld(in_order(beyond))


def chosen(permissions: Collection[str]) -> list[str]:
    if not permissions:
        raise NoPermissions
    return closed_for_collaborator(permissions)
