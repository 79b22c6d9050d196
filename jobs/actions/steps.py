"""The steps that acts share: lock, let the clock go first, look at the right again, report.

Locks in this order: partner → store → (collaboration) → job. Candidates, proposals, completion requests, items and
payments are written under the lock of their job.
"""

from dataclasses import dataclass

from django.utils import timezone

from accounts.models import User
from collaborators.models import Side
from jobs.actions.clock import settle_due
from jobs.errors import OwnPartnersJob, job_moved_on
from jobs.models import Job
from notifications import events
from partners.actions import require as require_in_team
from partners.models import Partner
from partners.permissions import TeamPermission
from stores import access, activity
from stores.models import Activity, Store


@dataclass(frozen=True)
class Locked:
    """A job with its parents, locked until the transaction ends. What was past its time is settled."""

    job: Job
    store: Store
    partner: Partner | None  # who is hired, or the one that the act is about


def lock(job: Job, *, partner_id: int | None = None) -> Locked:
    """Lock the partner (`partner_id`, else the one who is hired), the store and the job, and settle what is due.

    Raises JobMovedOn if another partner was hired meanwhile, between looking and locking.
    """
    wanted = partner_id or Job.objects.values_list("partner", flat=True).get(pk=job.pk)
    partner = Partner.objects.lock(wanted) if wanted else None
    store = Store.objects.lock(job.store_id)
    job = Job.objects.select_for_update(of=("self",)).get(pk=job.pk)
    if job.partner_id and partner_id is None and job.partner_id != wanted:
        raise job_moved_on(job)
    settle_due(job, now=timezone.now())
    return Locked(job, store, partner)


def require_partner_side(by: User, partner: Partner) -> None:
    """Raise NotAllowed unless `by` manages the partner's jobs now. The partner is locked."""
    require_in_team(by, TeamPermission.MANAGE_JOBS, partner)


def require_store_side(by: User, store: Store, partner: Partner | None) -> None:
    """Raise unless `by` manages jobs here now and stands apart from the partner that this decides about; the owner may
    even so. The store is locked. Raises NotAllowed, OwnPartnersJob."""
    access.require(by, "jobs.manage", store)
    if partner is not None and store.owner_id != by.pk and partner.membership_of(by):
        raise OwnPartnersJob(partner)


def require_side(side: Side, by: User, locked: Locked) -> None:
    """As the two above, for what both sides do."""
    if side is Side.STORE:
        require_store_side(by, locked.store, locked.partner)
    elif locked.partner is None:
        raise job_moved_on(locked.job)
    else:
        require_partner_side(by, locked.partner)


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
