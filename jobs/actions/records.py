"""What every act leaves behind: a row of the store's activity, and the event that tells people."""

from accounts.models import User
from jobs.models import Job
from notifications import events
from partners.models import Partner
from stores import activity
from stores.models import Activity


def report(
    topic: str,
    job: Job,
    *,
    by: User | None,
    partner: Partner | None = None,
    before: dict | None = None,
    after: dict | None = None,
    **ids: int | str,
) -> Activity:
    """Record the act in the store's activity, and post the event that tells people: once per act.

    `partner`: the one that it concerns, else the one who is hired. `by` None: the clock.
    """
    partner = partner or job.partner
    after = {"job": job.title} | (after or {})
    entry = activity.record(job.store, topic, by=by, partner=partner, before=before, after=after)
    if partner is not None:
        ids["partner"] = partner.pk
    events.post(topic, dedupe_key=f"activity:{entry.pk}", by=by, store=job.store_id, job=job.pk, **ids)
    return entry
