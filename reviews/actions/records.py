"""What every act leaves behind: a row of the store's activity, and the event that tells people."""

from accounts.models import User
from notifications import events
from partners.models import Partner
from stores import activity
from stores.models import Activity, Store


def report(
    topic: str,
    *,
    store: Store,
    partner: Partner,
    by: User | None,
    before: dict | None = None,
    after: dict | None = None,
    **ids: int | str,
) -> Activity:
    """Record the act in the store's activity, and post the event that tells people: once per act. `by` None: the clock,
    or an operator who is not named."""
    entry = activity.record(store, topic, by=by, partner=partner, before=before, after=after)
    events.post(topic, dedupe_key=f"activity:{entry.pk}", by=by, store=store.pk, partner=partner.pk, **ids)
    return entry
