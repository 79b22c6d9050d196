"""What becomes of completion requests that nobody answers: reminders, then the clock approves.

A sweep finds the rows; each is looked at again under the locks, in a transaction of its own.
"""

import logging
from datetime import datetime, timedelta

from accounts.sweeps import one_of_many
from jobs.actions.steps import lock
from jobs.models import REMIND_AFTER, CompletionRequest
from notifications import events

logger = logging.getLogger(__name__)


def approve_all_due(*, now: datetime, limit: int = 500) -> int:
    """Let the clock approve all that is past its deadline. Returns how many it tried."""
    due = CompletionRequest.objects.overdue(now).order_by("deadline", "pk").select_related("job")[:limit]
    found = list(due)
    for completion in found:
        with one_of_many(logger, "The clock of completion request %s waits", completion.pk):
            lock(completion.job, now=now)  # settles what is due
    return len(found)


def remind_all_of_completions(*, now: datetime, limit: int = 500) -> int:
    """Remind stores of every request that waits 3 or 7 days. Returns how many it tried."""
    due = CompletionRequest.objects.to_remind_of(now).order_by("requested_at", "pk").select_related("job")[:limit]
    found = list(due)
    for completion in found:
        with one_of_many(logger, "The reminder of completion request %s waits", completion.pk):
            _remind(completion, now=now)
    return len(found)


def _remind(completion: CompletionRequest, *, now: datetime) -> None:
    """Send the latest reminder that is due; one that was missed on the way is not made up for."""
    job = lock(completion.job, now=now).job
    locked = job.completions.to_remind_of(now).filter(pk=completion.pk).first()
    if locked is None or job.partner_id is None:
        return  # answered, or reminded of, while we waited
    days = max(days for days in REMIND_AFTER if timedelta(days=days) <= now - locked.requested_at)
    locked.reminded_after = days
    locked.save(update_fields=["reminded_after"])
    events.post(
        "completion.reminded",
        dedupe_key=f"completion:{locked.pk}:day-{days}",
        by=None,
        job=job.pk,
        partner=job.partner_id,
        store=job.store_id,
        completion=locked.pk,
        asked_by=locked.requested_by_id,
    )
