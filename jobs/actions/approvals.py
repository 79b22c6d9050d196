"""What an approval does, whoever gives it: a person, or the clock."""

from datetime import datetime, timedelta

from accounts.models import User
from collaborators.actions import end_with_job
from jobs import track_records
from jobs.actions.records import report
from jobs.errors import job_moved_on
from jobs.models import CLOCK_ENDS_ACCESS_AFTER, CompletionRequest, Job
from notifications import events

Status = CompletionRequest.Status


def completion_due(job: Job, *, now: datetime) -> None:
    """Approve by the clock what waits past its deadline, as of the deadline. The job, its store and whoever is hired
    must be locked; `job` is brought up to date."""
    if job.status != Job.Status.IN_PROGRESS:
        return
    for completion in job.completions.overdue(now):  # one at most
        at = completion.deadline or now
        approve(completion, job=job, by=None, at=at, access_days=CLOCK_ENDS_ACCESS_AFTER)


def approve(completion: CompletionRequest, *, job: Job, by: User | None, at: datetime, access_days: int) -> None:
    """Complete the job. It, its store and its partner must be locked, and the completion be pending.

    `access_days`: how long access that belongs to the job goes on. `by` None: the clock.
    """
    partner = job.partner
    if partner is None:
        raise job_moved_on(job)
    job.require(Job.Status.COMPLETED)
    completion.require(Status.APPROVED)
    completion.decide(Status.APPROVED, by=by, at=at)
    # Nobody is rated by themselves; where the clock speaks, it speaks for the store's owner.
    speaker = by or job.store.owner
    is_counted = speaker is not None and partner.membership_of(speaker) is None
    job.complete(at=at, is_counted=is_counted)
    track_records.count_completion(job, completion)
    topic = "completion.approved" if by else "completion.approved_by_clock"
    report(topic, job, by=by, completion=completion.pk, asked_by=completion.requested_by_id)
    events.post(
        "job.completed",
        dedupe_key=f"completion:{completion.pk}",
        by=by,
        job=job.pk,
        partner=partner.pk,
        store=job.store_id,
        completion=completion.pk,
        counted=int(is_counted),
    )
    _end_access(job, days=access_days, at=at, by=by)


def _end_access(job: Job, *, days: int, at: datetime, by: User | None) -> None:
    """What belongs to another unfinished job too goes on, and ends with the last of them."""
    for row in job.access.held_by_others().select_related("collaboration__partner", "collaboration__store"):
        row.days_after = days
        row.save(update_fields=["days_after"])
        if not row.others:
            end_with_job(row.collaboration, at=at + timedelta(days=days), by=by)
