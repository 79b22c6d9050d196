"""What becomes of invitations that nobody answers: two reminders, then their time is over.

A sweep finds the rows; each is looked at again under the locks, in a transaction of its own.
"""

import logging
from datetime import datetime, timedelta

from accounts.sweeps import one_of_many
from notifications import events
from reviews.actions.steps import lock
from reviews.models import REMIND_AFTER, ReviewInvitation

logger = logging.getLogger(__name__)


def remind_all(*, now: datetime, limit: int = 500) -> int:
    """Remind stores of every review that waits 7 or 21 days. Returns how many it tried."""
    found = list(ReviewInvitation.objects.to_remind_of(now).order_by("opened_at", "pk")[:limit])
    for invitation in found:
        with one_of_many(logger, "The reminder of review invitation %s waits", invitation.pk):
            _remind(invitation, now=now)
    return len(found)


def _remind(invitation: ReviewInvitation, *, now: datetime) -> None:
    """Send the latest reminder that is due; one that was missed on the way is not made up for."""
    invitation = lock(invitation).invitation
    due = invitation.reminders_due(now)
    if not invitation.is_open_at(now) or due <= invitation.reminders:
        return  # written, or reminded of, while we waited
    invitation.reminders = due
    invitation.save(update_fields=["reminders"])
    days = REMIND_AFTER[due - 1] // timedelta(days=1)
    events.post(
        "review.reminded",
        dedupe_key=f"invitation:{invitation.pk}:day-{days}",
        by=None,
        store=invitation.store_id,
        partner=invitation.partner_id,
        review_invitation=invitation.pk,
    )


def lapse_all(*, now: datetime, limit: int = 500) -> int:
    """Close invitations whose time is over. Nobody is told: there is nothing to do any more. Returns how many it
    tried."""
    found = list(ReviewInvitation.objects.past_their_end(now).order_by("expires_at", "pk")[:limit])
    for invitation in found:
        with one_of_many(logger, "The end of review invitation %s waits", invitation.pk):
            _lapse(invitation, now=now)
    return len(found)


def _lapse(invitation: ReviewInvitation, *, now: datetime) -> None:
    invitation = lock(invitation).invitation
    if invitation.status == ReviewInvitation.Status.OPEN and now >= invitation.expires_at:
        invitation.settle(ReviewInvitation.Status.LAPSED, by=None, at=invitation.expires_at)
