"""Either side ends a job that is not done."""

from django.utils import timezone

from accounts.models import User
from collaborators.models import Side
from jobs.actions import steps
from jobs.actions.proposals import close_waiting
from jobs.actions.records import report
from jobs.errors import NotOpenAnyMore, OnlyTheStoreCancels
from jobs.models import CompletionRequest, Job
from partners.models import Partner


@steps.clock_first
def cancel_job(job: Job, *, side: Side, partner: Partner | None = None, reason: str, by: User) -> Job:
    """End it, open or in progress. Its access goes on; what waits for an answer does not.

    `partner`: for whom `by` cancels, on the partner's side. Raises NotAllowed, OwnPartnersJob, JobMovedOn,
    OnlyTheStoreCancels, NotOpenAnyMore.
    """
    locked = steps.lock(job, partner_id=partner.pk if partner else None)
    job, now = locked.job, timezone.now()
    if partner is None:
        steps.require_store_side(by, locked.store, locked.partner)
        steps.require_no_stake(by, locked.store, job)
    else:
        steps.require_partner_side(by, partner)
        _require_own_job(job, partner)
    if job.status == Job.Status.CANCELLED and job.cancelled_by_id == by.pk:
        return job  # the same said twice
    job.require(Job.Status.CANCELLED)
    concerned = partner or _concerned(job)
    for completion in job.completions.filter(status=CompletionRequest.Status.PENDING):
        completion.decide(CompletionRequest.Status.WITHDRAWN, by=by, at=now)
    job.cancel(side=side, reason=reason, by=by, at=now)
    report("job.cancelled", job, by=by, partner=concerned, side=side.value)
    close_waiting(job, by=by, now=now, tell=concerned is None)
    return job


def _require_own_job(job: Job, partner: Partner) -> None:
    """The partner is hired, or began the job itself."""
    if job.partner_id == partner.pk or job.beginning == Job.Beginning.PROPOSED:
        return
    raise OnlyTheStoreCancels if job.status == Job.Status.OPEN else NotOpenAnyMore


def _concerned(job: Job) -> Partner | None:
    """Whom the job is with: who is hired, or the only one who was asked or proposed it. None where it was posted."""
    if job.partner or job.beginning == Job.Beginning.POSTED:
        return job.partner
    return job.candidates.select_related("partner").get().partner
