"""The steps that acts share: lock, let the clock go first, look at the right again.

Locks in this order: partner → store → (collaboration) → job. Candidates, proposals, completion requests, items and
payments are written under the lock of their job.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.errors import Refused
from accounts.models import User
from collaborators.models import Side
from jobs.actions.clock import settle_due
from jobs.actions.records import report
from jobs.errors import NotOpenAnyMore, OwnPartnersJob, job_moved_on
from jobs.models import Candidate, CompletionRequest, Job, Proposal
from partners.actions import require as require_in_team
from partners.models import Membership, Partner
from partners.permissions import TeamPermission
from stores import access
from stores.models import Store

__all__ = [
    "Locked",
    "clock_first",
    "clock_holds",
    "lock",
    "report",
    "require_no_stake",
    "require_partner_side",
    "require_side",
    "require_store_side",
]


@dataclass(frozen=True)
class Locked:
    """A job with its parents, locked until the transaction ends. What was past its time is settled."""

    job: Job
    store: Store
    partner: Partner | None  # who is hired, or the one that the act is about


def lock(job: Job, *, partner_id: int | None = None, now: datetime | None = None) -> Locked:
    """Lock the partner (`partner_id`, else the one who is hired), the store and the job, and settle what is due.

    Whoever is hired is locked even when the act is about another partner: the clock may complete the job. Raises
    NotOpenAnyMore if a partner was hired meanwhile, between looking and locking.
    """
    hired = Job.objects.values_list("partner", flat=True).get(pk=job.pk)
    wanted = {pk for pk in (hired, partner_id) if pk is not None}
    partners = {pk: Partner.objects.lock(pk) for pk in sorted(wanted)}
    partner = partners.get(partner_id or hired or 0)
    store = Store.objects.lock(job.store_id)
    job = Job.objects.select_for_update(of=("self",)).get(pk=job.pk)
    if job.partner_id and partner_id is None and job.partner_id != hired:
        raise NotOpenAnyMore  # whoever asks need not know who was
    job.store = store
    if job.partner_id is not None and job.partner_id in partners:
        job.partner = partners[job.partner_id]
    settle_due(job, now=now or timezone.now())
    return Locked(job, store, partner)


@contextmanager
def clock_holds(job: Job) -> Iterator[None]:
    """Around an act about the job, or around the transaction of which it is a part: what the clock decided holds even
    when the act is refused for it. It is then settled by itself."""
    try:
        yield
    except Refused:
        now = timezone.now()
        due = (rows.overdue(now).filter(job=job) for rows in (CompletionRequest.objects, Candidate.objects))
        if any(found.exists() for found in due):
            with transaction.atomic():
                lock(job)
        raise


def clock_first[**P, R](act: Callable[P, R]) -> Callable[P, R]:
    """A transaction for an act about a job, or about a row of one, in which the clock goes first. Who makes it a part
    of their own (`accounts.once`) puts `clock_holds` around that."""

    @wraps(act)
    def acting(*args: P.args, **kwargs: P.kwargs) -> R:
        with clock_holds(_job_of(args[0])), transaction.atomic():
            return act(*args, **kwargs)

    return acting


def _job_of(row: Any) -> Job:
    if isinstance(row, Proposal):
        row = row.candidate
    return row if isinstance(row, Job) else row.job


def require_partner_side(by: User, partner: Partner) -> None:
    """Raise NotAllowed unless `by` manages the partner's jobs now. The partner is locked."""
    require_in_team(by, TeamPermission.MANAGE_JOBS, partner)


def require_store_side(by: User, store: Store, partner: Partner | None) -> None:
    """Raise unless `by` manages jobs here now and stands apart from the partner that this decides about; the owner may
    even so. The store is locked. Raises NotAllowed, OwnPartnersJob."""
    access.require(by, "jobs.manage", store)
    if partner is not None and store.owner_id != by.pk and partner.membership_of(by):
        raise OwnPartnersJob(partner)


def require_no_stake(by: User, store: Store, job: Job) -> None:
    """Nobody but the owner decides between candidates one of which is their own. Raises OwnPartnersJob. The job is
    locked."""
    if store.owner_id == by.pk:
        return
    waiting = job.candidates.filter(status__in=Candidate.WAITING).values("partner")
    mine = Membership.objects.filter(user=by, partner__in=waiting).select_related("partner").order_by("pk").first()
    if mine is not None:
        raise OwnPartnersJob(mine.partner)


def require_side(side: Side, by: User, locked: Locked) -> None:
    """As the two above, for what both sides do."""
    if side is Side.STORE:
        require_store_side(by, locked.store, locked.partner)
    elif locked.partner is None:
        raise job_moved_on(locked.job)
    else:
        require_partner_side(by, locked.partner)
