"""The partner says that the job is done; the store approves, or says what is missing."""

from collections.abc import Sequence

from django.utils import timezone

from accounts.models import User
from collaborators.models import Side
from jobs.actions.approvals import approve
from jobs.actions.steps import Locked, clock_first, lock, report, require_partner_side, require_side
from jobs.errors import (
    CompletionExtended,
    NoClock,
    NothingMissing,
    PaymentFirst,
    TooManyMissing,
    completion_moved_on,
    job_moved_on,
)
from jobs.models import MOST_MISSING, CompletionRequest, CompletionRules, Job, JobItem

Status = CompletionRequest.Status


@clock_first
def request_completion(job: Job, *, message: str, by: User) -> CompletionRequest:
    """Say that the job is done.

    Raises NotAllowed, JobMovedOn, CompletionMovedOn (one waits already), PaymentFirst.
    """
    locked = lock(job)
    if locked.partner is None:
        raise job_moved_on(locked.job)
    require_partner_side(by, locked.partner)
    job = locked.job
    job.require_in_progress()
    if waiting := job.completions.filter(status=Status.PENDING).first():
        raise completion_moved_on(waiting)
    if not job.may_be_completed:
        raise PaymentFirst
    rules, now = CompletionRules.current(), timezone.now()
    completion = CompletionRequest.objects.create(
        job=job,
        message=message,
        requested_by=by,
        requested_at=now,
        deadline=rules.deadline_of(now),
        more_days=rules.more_days,
    )
    _report("completion.requested", completion, by=by)
    return completion


@clock_first
def withdraw_completion(completion: CompletionRequest, *, by: User) -> CompletionRequest:
    """The partner takes its request back; the work goes on. Raises NotAllowed, CompletionMovedOn."""
    _locked, completion = _lock(completion, Side.PARTNER, by)
    if _said_before(completion, Status.WITHDRAWN, by):
        return completion
    completion.require(Status.WITHDRAWN)
    completion.decide(Status.WITHDRAWN, by=by, at=timezone.now())
    _report("completion.withdrawn", completion, by=by)
    return completion


@clock_first
def approve_completion(completion: CompletionRequest, *, by: User, access_days: int = 0) -> CompletionRequest:
    """The store says yes: the job is completed. `access_days`: how long access that belongs to it goes on; 0: it ends
    at once.

    Raises NotAllowed, OwnPartnersJob, CompletionMovedOn.
    """
    locked, completion = _lock(completion, Side.STORE, by)
    if _said_before(completion, Status.APPROVED, by):
        return completion
    completion.require(Status.APPROVED)
    approve(completion, job=locked.job, by=by, at=timezone.now(), access_days=access_days)
    return completion


@clock_first
def decline_completion(completion: CompletionRequest, *, items: Sequence[str], by: User) -> CompletionRequest:
    """The store says what is still to be done. The items join the list of the job, however long that is: nobody keeps
    a store from declining by filling it.

    Raises NotAllowed, OwnPartnersJob, NothingMissing, TooManyMissing, CompletionMovedOn.
    """
    if not items:
        raise NothingMissing
    if len(items) > MOST_MISSING:
        raise TooManyMissing
    locked, completion = _lock(completion, Side.STORE, by)
    if _said_before(completion, Status.DECLINED, by) and [*items] == _missing(completion):
        return completion
    completion.require(Status.DECLINED)
    now = timezone.now()
    completion.decide(Status.DECLINED, by=by, at=now)
    JobItem.objects.bulk_create(
        JobItem(
            job=locked.job,
            text=text,
            origin=JobItem.Origin.DECLINE,
            completion=completion,
            added_by=by,
            added_at=now,
        )
        for text in items
    )
    _report("completion.declined", completion, by=by)
    return completion


@clock_first
def extend_completion(completion: CompletionRequest, *, by: User) -> CompletionRequest:
    """The store takes more days, once. Raises NotAllowed, OwnPartnersJob, CompletionMovedOn, NoClock,
    CompletionExtended."""
    _locked, completion = _lock(completion, Side.STORE, by)
    if completion.status != Status.PENDING:
        raise completion_moved_on(completion)
    if completion.extended_at is not None:
        if completion.extended_by_id == by.pk:
            return completion  # the same decision said twice
        raise CompletionExtended(completion)
    if completion.deadline is None:
        raise NoClock
    completion.extend(by=by, at=timezone.now())
    _report("completion.extended", completion, by=by)
    return completion


def _lock(completion: CompletionRequest, side: Side, by: User) -> tuple[Locked, CompletionRequest]:
    """The job locked, what was due in it settled, and the request as it is now, which the lock of the job guards."""
    locked = lock(completion.job)
    require_side(side, by, locked)
    completion = locked.job.completions.select_related("decided_by", "extended_by").get(pk=completion.pk)
    completion.job = locked.job
    return locked, completion


def _said_before(completion: CompletionRequest, status: CompletionRequest.Status, by: User) -> bool:
    """Whether this person decided just that already: said again, it is answered like the first time."""
    return completion.status == status and completion.decided_by_id == by.pk


def _missing(completion: CompletionRequest) -> list[str]:
    return list(completion.missing_items.order_by("pk").values_list("text", flat=True))


def _report(topic: str, completion: CompletionRequest, *, by: User) -> None:
    report(topic, completion.job, by=by, completion=completion.pk, asked_by=completion.requested_by_id)
