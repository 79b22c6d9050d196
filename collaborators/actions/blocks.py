"""A store does not want to hear from a partner any more, or does again. The partner is told nothing of either."""

from django.db import transaction

from accounts.models import User
from collaborators.actions.steps import require_decider
from collaborators.models import PartnerBlock
from partners.models import Partner
from stores import access, activity
from stores.models import Store


@transaction.atomic
def block(store: Store, partner: Partner, *, by: User) -> PartnerBlock:
    """From now on its requests get the one answer. Decides nothing about what is there: access and requests go on.

    Raises NotAllowed, OwnPartner, DevelopmentStore. Said twice it is said once.
    """
    store = Store.objects.lock(store.pk)
    require_decider(by, store, partner)
    access.require_owned(store)
    row, is_new = PartnerBlock.objects.get_or_create(store=store, partner=partner, defaults={"blocked_by": by})
    if is_new:
        activity.record(store, "partner.blocked", by=by, after=_named(partner))
    return row


@transaction.atomic
def unblock(row: PartnerBlock, *, by: User) -> None:
    """It may ask again. Raises NotAllowed, OwnPartner. Lifted already: nothing happens."""
    store = Store.objects.lock(row.store_id)
    require_decider(by, store, row.partner)
    deleted, _by_model = PartnerBlock.objects.filter(pk=row.pk).delete()
    if deleted:
        activity.record(store, "partner.unblocked", by=by, before=_named(row.partner))


def _named(partner: Partner) -> dict[str, str]:
    """In words of the store alone: a row that named the partner itself would stand in the partner's own view."""
    return {"partner": partner.name}
