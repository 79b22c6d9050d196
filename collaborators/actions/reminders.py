"""What the store and the partner are reminded of while access lasts: its end, that nobody uses it.

A sweep finds the rows; each is looked at again under the locks, in a transaction of its own.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from django.db.models import QuerySet

from accounts.sweeps import one_of_many
from collaborators.actions.clock import lapse_due
from collaborators.actions.records import iso
from collaborators.models import BEFORE_END, Collaboration
from notifications import events
from partners.models import Partner
from stores.models import Store

logger = logging.getLogger(__name__)


def remind_all_of_their_end(*, now: datetime, limit: int = 500) -> int:
    """Tell both sides of access that ends in 7 days, or in 1 day. Returns how many were looked at."""
    return _each(Collaboration.objects.to_remind(now).order_by("ends_at")[:limit], _remind_of_its_end, now)


def question_all_unused(*, now: datetime, limit: int = 500) -> int:
    """Ask the stores whether they want to keep access that nobody uses. Returns how many were looked at."""
    return _each(Collaboration.objects.to_question(now).order_by("pk")[:limit], _question_unused, now)


def _each(rows: QuerySet[Collaboration], act: Callable, now: datetime) -> int:
    found = list(rows.values_list("pk", "partner_id", "store_id"))
    for pk, partner_id, store_id in found:
        with one_of_many(logger, "The reminder of collaboration %s waits", pk):
            partner, store = Partner.objects.lock(partner_id), Store.objects.lock(store_id)
            lapse_due(partner, store, now=now)
            act(pk, now)
    return len(found)


def _remind_of_its_end(pk: int, now: datetime) -> None:
    """The latest reminder that is due; one that came due before it was slept through and is not sent."""
    collaboration = Collaboration.objects.to_remind(now).select_for_update(of=("self",)).filter(pk=pk).first()
    if collaboration is None or collaboration.ends_at is None:
        return  # ended, or reminded of, or given another end while we waited
    ends_at = collaboration.ends_at
    before = min(before for before in BEFORE_END if ends_at - before <= now)
    collaboration.reminded_at = now
    collaboration.save(update_fields=["reminded_at"])
    _post("access.ending", collaboration, f"{iso(ends_at)}:{before.days}", ends_at=ends_at.isoformat())


def _question_unused(pk: int, now: datetime) -> None:
    collaboration = Collaboration.objects.to_question(now).select_for_update(of=("self",)).filter(pk=pk).first()
    if collaboration is None:
        return
    collaboration.questioned_at = now
    collaboration.save(update_fields=["questioned_at"])
    stretch = collaboration.stretch.isoformat()  # type: ignore[attr-defined]  # annotated by to_question()
    _post("access.unused", collaboration, stretch, stretch=stretch)


def _post(topic: str, collaboration: Collaboration, which: str, **said: str) -> None:
    events.post(
        topic,
        by=None,
        dedupe_key=f"collaboration:{collaboration.pk}:{which}",
        partner=collaboration.partner_id,
        store=collaboration.store_id,
        collaboration=collaboration.pk,
        **said,
    )
