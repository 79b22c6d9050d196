"""Reminding the merchant of what waits for an answer."""

import logging
from datetime import datetime, timedelta

from accounts.sweeps import one_of_many
from collaborators.actions.clock import lapse_due
from collaborators.actions.records import iso
from collaborators.actions.steps import lock_parents
from collaborators.models import REMIND_AFTER, AccessRequest
from notifications import events

logger = logging.getLogger(__name__)


def remind_all_due(*, now: datetime, limit: int = 500) -> int:
    """Remind of every request that waits 3 or 14 days, each in a transaction of its own. Returns how many it tried."""
    due = list(AccessRequest.objects.to_remind_of(now).order_by("expires_at")[:limit])
    for access_request in due:
        with one_of_many(logger, "The reminder of access request %s waits", access_request.pk):
            _remind(access_request, now=now)
    return len(due)


def _remind(access_request: AccessRequest, *, now: datetime) -> None:
    """Send the latest reminder that is due; one that was missed on the way is not made up for."""
    partner, store = lock_parents(access_request)
    lapse_due(partner, store, now=now)
    due = AccessRequest.objects.to_remind_of(now).filter(pk=access_request.pk)
    locked = due.select_for_update(of=("self",)).first()
    if locked is None:
        return
    waited = now - locked.waiting_since
    days = max(days for days in REMIND_AFTER if timedelta(days=days) <= waited)
    locked.reminded_after = days
    locked.save(update_fields=["reminded_after"])
    events.post(
        "access.reminded",
        # The act is this reminder of this wait: after a reopening the days are counted anew.
        dedupe_key=f"access_request:{locked.pk}:{iso(locked.waiting_since)}:day-{days}",
        by=None,
        partner=partner.pk,
        store=store.pk,
        access_request=locked.pk,
        asked_by=locked.asked_by_id,
    )
