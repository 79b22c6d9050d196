"""Writing a review, and correcting it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from partners.services import in_order
from reviews import ratings
from reviews.actions.invitations import lock_for_writing, require_open
from reviews.actions.records import report
from reviews.actions.steps import lock_review, require_writer
from reviews.errors import (
    AnswerFirst,
    CorrectedMeanwhile,
    NotTheAuthor,
    ServicesNeeded,
    TextNeeded,
    review_moved_on,
)
from reviews.models import LOW, Review, ReviewInvitation, ReviewVersion, Source


class Opinion(TypedDict, total=False):
    """What a merchant says."""

    communication: int
    quality: int
    text: str
    services: Sequence[str]  # after a hand-over; a job has its own


@transaction.atomic
def publish_review(
    invitation: ReviewInvitation,
    *,
    communication: int,
    quality: int,
    text: str,
    by: User,
    services: Sequence[str] = (),
) -> Review:
    """Write the one review of this invitation; it is public from now on.

    Raises NotAllowed, OwnPartnersReview, TextNeeded, ServicesNeeded, AnswerFirst, InvitationMovedOn.
    """
    locked = lock_for_writing(invitation, by=by)
    _require_reasons(communication, quality, text)
    invitation = locked.invitation
    about = _services(invitation, services)
    said = Opinion(communication=communication, quality=quality, text=text, services=about)
    if locked.review is not None and locked.review.author_id == by.pk and _says(locked.review) == said:
        return locked.review  # the same review sent twice
    now = timezone.now()
    require_open(invitation, now)
    if invitation.source == Source.HANDOVER:
        if not invitation.worked_here:
            raise AnswerFirst
        if not about:
            raise ServicesNeeded
    with ratings.recounted(locked.partner, locked.store.pk):
        review = Review.objects.create(
            invitation=invitation,
            store=locked.store,
            partner=locked.partner,
            source=invitation.source,
            author=by,
            published_at=now,
            **said,
        )
    invitation.settle(ReviewInvitation.Status.WRITTEN, by=by, at=now)
    _report("review.published", review, by=by)
    return review


@transaction.atomic
def correct_review(
    review: Review,
    *,
    communication: int,
    quality: int,
    text: str,
    edited_at: datetime | None,
    by: User,
    services: Sequence[str] = (),
) -> Review:
    """The author says it better, within 14 days. What it said before is kept. `edited_at`: of the review as the author
    had it before them; None if it was never edited.

    Raises NotAllowed, OwnPartnersReview, NotTheAuthor, TextNeeded, ServicesNeeded, ReviewMovedOn, CorrectedMeanwhile.
    """
    locked = lock_review(review)
    require_writer(by, locked.store, locked.partner)
    review = locked.review  # type: ignore[assignment]
    if review.author_id != by.pk:
        raise NotTheAuthor
    _require_reasons(communication, quality, text)
    now = timezone.now()
    if not review.is_correctable_at(now):
        raise review_moved_on(review)
    about = _services(locked.invitation, services)
    if review.source == Source.HANDOVER and not about:
        raise ServicesNeeded
    said = Opinion(communication=communication, quality=quality, text=text, services=about)
    before = _says(review)
    if before == said:
        return review
    if review.edited_at != edited_at:
        raise CorrectedMeanwhile
    with ratings.recounted(locked.partner, locked.store.pk):
        ReviewVersion.objects.create(review=review, replaced_at=now, replaced_by=by, **before)
        for name, value in said.items():
            setattr(review, name, value)
        review.edited_at = now
        review.version += 1
        review.save(update_fields=[*said, "edited_at", "version"])
    _report("review.edited", review, by=by, before=before)
    return review


def _says(review: Review) -> Opinion:
    return Opinion(
        communication=review.communication, quality=review.quality, text=review.text, services=review.services
    )


def _services(invitation: ReviewInvitation, chosen: Sequence[str]) -> list[str]:
    return list(invitation.services) if invitation.source == Source.JOB else in_order(chosen)


def _require_reasons(communication: int, quality: int, text: str) -> None:
    if not text and min(communication, quality) <= LOW:
        raise TextNeeded


def _report(topic: str, review: Review, *, by: User, before: Opinion | None = None) -> None:
    report(
        topic,
        store=review.store,
        partner=review.partner,
        by=by,
        before=_ratings(before) if before else None,
        after={"about": review.invitation.title, **_ratings(_says(review))},
        review=review.pk,
        review_invitation=review.invitation_id,
    )


def _ratings(said: Opinion) -> dict[str, int]:
    return {"communication": said["communication"], "quality": said["quality"]}
