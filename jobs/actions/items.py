"""The list of what is to be done: the partner adds to it and ticks it off while the work goes on."""

from django.utils import timezone

from accounts.models import User
from collaborators.models import Side
from jobs.actions import steps
from jobs.errors import TooManyItems
from jobs.models import MOST_ITEMS, Job, JobItem


@steps.clock_first
def add_item(job: Job, *, text: str, by: User) -> JobItem:
    """Raises NotAllowed, JobMovedOn, TooManyItems."""
    job = _work_of(job, by).job
    if JobItem.objects.filter(job=job).count() >= MOST_ITEMS:
        raise TooManyItems
    return JobItem.objects.create(job=job, text=text, origin=JobItem.Origin.ADDED, added_by=by)


@steps.clock_first
def tick_item(item: JobItem, *, is_done: bool, by: User) -> JobItem:
    """Say that it is done, or that it is not after all. To say so again changes nothing: who was first stays there.

    Raises NotAllowed, JobMovedOn.
    """
    _work_of(item.job, by)
    item = JobItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if is_done != (item.done_at is not None):
        item.done_at, item.done_by = (timezone.now(), by) if is_done else (None, None)
        item.save(update_fields=["done_at", "done_by"])
    return item


def _work_of(job: Job, by: User) -> steps.Locked:
    """The job, locked and in progress, for somebody who manages it for the partner that was hired."""
    locked = steps.lock(job)
    steps.require_side(Side.PARTNER, by, locked)
    locked.job.require_in_progress()
    return locked
