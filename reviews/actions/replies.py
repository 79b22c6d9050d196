"""The partner answers a review in public: once, and may edit or withdraw what it said. Whoever wrote the review is told
each time."""

from typing import cast

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from reviews import ratings
from reviews.actions.records import report
from reviews.actions.steps import Locked, lock_review, require_replier
from reviews.errors import reply_moved_on, reply_was_edited, review_was_removed
from reviews.models import Reply, ReplyVersion, Review


@transaction.atomic
def publish_reply(review: Review, *, text: str, by: User) -> Reply:
    """Gives the reply, and to whoever says the same again the same one.

    Raises NotAllowed, ReviewMovedOn (removed), ReplyMovedOn (somebody replied).
    """
    locked, live = _lock(review, by=by)
    if live is not None:
        if live.author_id == by.pk and live.text == text:
            return live
        raise reply_moved_on(live)
    now = timezone.now()
    with ratings.recounted(locked.partner, locked.store.pk):
        reply = Reply.objects.create(review=_of(locked), partner=locked.partner, text=text, author=by, published_at=now)
        _show(locked, answered_at=now)
    _tell("reply.published", reply, locked, by=by)
    return reply


@transaction.atomic
def edit_reply(reply: Reply, *, text: str, by: User, edits: int | None = None) -> Reply:
    """`edits`: how often the text had been edited that `by` had before their eyes; None asks nothing. The same text
    again changes nothing, and nobody is told.

    Raises NotAllowed, ReviewMovedOn (removed), ReplyMovedOn (withdrawn, removed, or edited meanwhile).
    """
    locked, live = _lock(reply.review, by=by)
    if live is None or live.pk != reply.pk:
        raise reply_moved_on(Reply.objects.select_related("withdrawn_by").get(pk=reply.pk))
    if live.text == text:
        return live
    if edits is not None and edits != live.edits:
        raise reply_was_edited(live)
    now = timezone.now()
    with ratings.recounted(locked.partner, locked.store.pk):
        ReplyVersion.objects.create(reply=live, text=live.text, replaced_at=now, replaced_by=by)
        live.text, live.edited_at = text, now
        live.save(update_fields=["text", "edited_at"])
        _show(locked, answered_at=live.published_at)
    _tell("reply.edited", live, locked, by=by)
    return live


@transaction.atomic
def withdraw_reply(reply: Reply, *, by: User) -> Reply:
    """A new one may be written afterwards. To whoever withdrew it, saying so again is answered like the first time.

    Raises NotAllowed, ReviewMovedOn (removed), ReplyMovedOn (withdrawn by somebody else, removed).
    """
    locked, live = _lock(reply.review, by=by)
    if live is None or live.pk != reply.pk:
        gone = Reply.objects.select_related("withdrawn_by").get(pk=reply.pk)
        if gone.withdrawn_by_id == by.pk:
            return gone
        raise reply_moved_on(gone)
    live.withdrawn_at, live.withdrawn_by = timezone.now(), by
    with ratings.recounted(locked.partner, locked.store.pk):
        live.save(update_fields=["withdrawn_at", "withdrawn_by"])
        _show(locked, answered_at=None)
    _tell("reply.withdrawn", live, locked, by=by)
    return live


# --- Steps ----------------------------------------------------------------------------------------------------------


def _lock(review: Review, *, by: User) -> tuple[Locked, Reply | None]:
    """The review, which is still there for the partner to answer, with its live reply."""
    locked = lock_review(review)
    require_replier(by, locked.partner)
    if not _of(locked).is_live:
        raise review_was_removed(_of(locked))
    return locked, Reply.objects.live().filter(review=locked.review).select_related("author").first()


def _of(locked: Locked) -> Review:
    """Replies are to reviews that were written."""
    return cast("Review", locked.review)


def _show(locked: Locked, *, answered_at) -> None:
    """Keep with the review what its public page shows of the reply."""
    review = _of(locked)
    review.answered_at = answered_at
    review.version += 1
    review.save(update_fields=["answered_at", "version"])


def _tell(topic: str, reply: Reply, locked: Locked, *, by: User) -> None:
    report(topic, store=locked.store, partner=locked.partner, by=by, review=_of(locked).pk, reply=reply.pk)
