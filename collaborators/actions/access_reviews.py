"""The access review of a quarter: it opens by itself, and the store answers it line by line."""

import logging
from collections.abc import Collection
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from accounts.sweeps import one_of_many
from collaborators import quarters
from collaborators.actions.collaborations import end_now, record_kept, replace_permissions
from collaborators.actions.steps import chosen, lock_collaboration, lock_parents, require_decider
from collaborators.errors import (
    AddsInReview,
    ChangedMeanwhile,
    EverythingTaken,
    NothingTaken,
    NotInReview,
    ReviewAnswered,
    ReviewClosed,
)
from collaborators.models import AccessReview, AccessReviewAnswer, Collaboration
from notifications import events
from stores.models import Store
from stores.permissions import in_order

logger = logging.getLogger(__name__)

Decision = AccessReviewAnswer.Decision


def open_all_reviews(*, now: datetime, limit: int = 500) -> int:
    """Open the review of each store whose quarter began and that somebody may enter since before.

    Each store in a transaction of its own. Returns how many were looked at.
    """
    found = _stores_without_review(now)[:limit]
    for pk in found:
        with one_of_many(logger, "The access review of store %s waits", pk):
            _open_review(Store.objects.lock(pk), now)
    return len(found)


def _stores_without_review(now: datetime) -> list[int]:
    """Around the turn of a quarter some zones are in the next one already: one query for each of the two. Where it
    began is asked zone by zone, as the review asks: a store found without anything to ask would be found again and
    again, before those that wait."""
    active = Collaboration.objects.active(now)
    zones = Store.objects.filter(pk__in=active.values("store")).order_by().values_list("time_zone", flat=True)
    by_quarter: dict = {}
    for zone in zones.distinct():
        by_quarter.setdefault(quarters.first_day(now, zone), []).append(zone)
    found: list[int] = []
    for quarter, in_it in by_quarter.items():
        granted_before = reduce(or_, (Q(store__time_zone=z, since__lt=quarters.begins(quarter, z)) for z in in_it))
        old_enough = active.filter(granted_before, store=OuterRef("pk"))
        reviewed = AccessReview.objects.filter(store=OuterRef("pk"), quarter=quarter)
        stores = Store.objects.filter(Exists(old_enough), ~Exists(reviewed), time_zone__in=in_it)
        found += stores.order_by("pk").values_list("pk", flat=True)
    return found


def _open_review(store: Store, now: datetime) -> None:
    """The store must be locked."""
    quarter = quarters.first_day(now, store.time_zone)
    review = AccessReview(
        store=store,
        quarter=quarter,
        begins_at=quarters.begins(quarter, store.time_zone),
        closes_at=quarters.begins(quarters.next_first_day(quarter), store.time_zone),
    )
    if AccessReview.objects.filter(store=store, quarter=quarter).exists() or not review.covered().active(now).exists():
        return
    review.save(force_insert=True)
    events.post("access_review.due", dedupe_key=f"access_review:{review.pk}", store=store.pk, access_review=review.pk)


@transaction.atomic
def answer_review(
    review: AccessReview,
    collaboration: Collaboration,
    *,
    decision: str,
    version: str,
    permissions: Collection[str] = (),
    by: User,
) -> AccessReviewAnswer:
    """Keep, reduce (to `permissions`) or end one collaboration that the review asks about.

    `version` is that of the access as `by` saw it. Raises NotAllowed, OwnPartner, ReviewClosed, NotInReview,
    ReviewAnswered, TransitionNotAllowed (it is over), ChangedMeanwhile, and for *reduce* PermissionsRefused,
    NothingTaken, EverythingTaken, AddsInReview.
    """
    partner, store = lock_parents(collaboration)
    require_decider(by, store, partner)
    collaboration = lock_collaboration(collaboration, partner, store)
    if not review.is_open:
        raise ReviewClosed
    if not review.covered().filter(pk=collaboration.pk).exists():
        raise NotInReview
    before = in_order(collaboration.permissions)
    after = {Decision.KEEP: before, Decision.END: []}.get(Decision(decision))
    if after is None:
        after = _reduced(permissions)
    given = AccessReviewAnswer.objects.filter(review=review, collaboration=collaboration).first()
    if given is not None:
        if (given.decision, given.answered_by_id) == (decision, by.pk) and set(given.after) == set(
            after or given.after
        ):
            return given  # the same answer said twice
        raise ReviewAnswered(given)
    collaboration.require_active()
    if version != collaboration.version:
        raise ChangedMeanwhile
    if decision == Decision.REDUCE:
        _require_less(after, before)
    answer = AccessReviewAnswer.objects.create(
        review=review,
        collaboration=collaboration,
        decision=decision,
        before=before,
        after=after,
        answered_by=by,
        answered_at=timezone.now(),
    )
    why = {"review": review.quarter.isoformat()}
    if decision == Decision.END:
        end_now(collaboration, how=Collaboration.EndedBy.REVOKED, by=by, **why)
    elif decision == Decision.REDUCE:
        collaboration.keep(by=by, at=answer.answered_at)
        replace_permissions(collaboration, after, by=by, **why)
    else:
        record_kept(collaboration, by=by, **why)
    return answer


def _reduced(permissions: Collection[str]) -> list[str]:
    if not permissions:
        raise EverythingTaken
    return chosen(permissions)


def _require_less(after: Collection[str], before: Collection[str]) -> None:
    if not set(after) <= set(before):
        raise AddsInReview
    if set(after) == set(before):
        raise NothingTaken
