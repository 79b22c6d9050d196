"""Access that belongs to a job, so that it ends with it."""

from django.utils import timezone

from accounts.models import User
from collaborators.actions import lapse_due
from collaborators.models import Collaboration
from jobs.actions.steps import Locked, clock_first, lock, require_store_side
from jobs.errors import NoAccess, job_moved_on
from jobs.models import Job, JobAccess
from stores import access, activity


@clock_first
def link_access(job: Job, *, by: User) -> JobAccess:
    """Let the access that the partner has now end with the job. Said twice, it is said once.

    Raises NotAllowed, OwnPartnersJob, JobMovedOn, NoAccess.
    """
    locked = _lock(job, by)
    job = locked.job
    job.require_in_progress()
    collaboration = Collaboration.objects.active().filter(partner=job.partner, store=job.store).first()
    if collaboration is None:
        raise NoAccess
    row, is_new = JobAccess.objects.get_or_create(job=job, collaboration=collaboration, defaults={"added_by": by})
    if is_new:
        _record("job_access.linked", job, by)
    return row


@clock_first
def unlink_access(job: Job, *, by: User) -> None:
    """Let the access go on whatever becomes of the job. Said twice, it is said once.

    Raises NotAllowed, OwnPartnersJob, JobMovedOn.
    """
    locked = _lock(job, by)
    locked.job.require_in_progress()
    deleted, _by_model = locked.job.access.all().delete()
    if deleted:
        _record("job_access.unlinked", locked.job, by)


def _lock(job: Job, by: User) -> Locked:
    locked = lock(job)
    require_store_side(by, locked.store, locked.partner)
    access.require(by, "users.manage", locked.store)
    if locked.partner is None:
        raise job_moved_on(locked.job)
    lapse_due(locked.partner, locked.store, now=timezone.now())
    return locked


def _record(kind: str, job: Job, by: User) -> None:
    """Nobody is told: nothing changes until the job is done."""
    activity.record(job.store, kind, by=by, partner=job.partner, after={"job": job.title})
