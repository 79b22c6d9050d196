"""The right to write a review: opened in the transaction of what happened to a job or a store, and answered once."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from jobs.models import CompletionRequest
from notifications.models import Event
from partners.models import Membership, Partner, PublicListing
from reviews.actions.records import report
from reviews.actions.steps import Locked, lock, require_writer
from reviews.errors import NothingAsked, invitation_moved_on
from reviews.models import ReviewInvitation, Source
from stores import activity
from stores.models import HandoverOffer

Status = ReviewInvitation.Status


def invite_after_job(event: Event) -> None:
    """An approved completion asks for a review, unless the store's word was the partner's own."""
    if not event.payload["counted"]:
        return
    completion = CompletionRequest.objects.select_related("job__store").get(pk=event.payload["completion"])
    job = completion.job
    invitation, is_new = ReviewInvitation.objects.get_or_create(
        completion=completion,
        defaults={
            "store": job.store,
            "partner": Partner.objects.get(pk=event.payload["partner"]),
            "source": Source.JOB,
            "subject": job.title,
            "services": job.services,
            "asked_id": completion.decided_by_id,
            "opened_at": timezone.now(),
        },
    )
    if is_new:
        _report_opened(invitation)


def invite_after_handover(event: Event) -> None:
    """A hand-over asks for a review if the partner shows itself in public, and the new owner stands apart from it."""
    partner, person = event.payload["partner"], event.payload["person"]
    if not PublicListing.objects.published().filter(partner=partner).exists():
        return
    if Membership.objects.filter(partner=partner, user=person).exists():
        return
    handover = HandoverOffer.objects.select_related("store", "partner").get(pk=event.payload["handover"])
    invitation, is_new = ReviewInvitation.objects.get_or_create(
        handover=handover,
        defaults={
            "store": handover.store,
            "partner": handover.partner,
            "source": Source.HANDOVER,
            "asked_id": person,
            "opened_at": timezone.now(),
        },
    )
    if is_new:
        _report_opened(invitation)


def _report_opened(invitation: ReviewInvitation) -> None:
    """Nobody did this: whoever approved is asked like the others, and finds the mail if they leave the page."""
    report(
        "review.invited",
        store=invitation.store,
        partner=invitation.partner,
        by=None,
        after={"about": invitation.title},
        review_invitation=invitation.pk,
    )


@transaction.atomic
def answer_handover(invitation: ReviewInvitation, *, worked_here: bool, by: User) -> ReviewInvitation:
    """ "Did they work on this store before it was handed over to you?" Yes: a review may be written. No: closed for
    good.

    Raises NotAllowed, OwnPartnersReview, NothingAsked, InvitationMovedOn.
    """
    locked = lock_for_writing(invitation, by=by)
    invitation = locked.invitation
    if invitation.source != Source.HANDOVER:
        raise NothingAsked
    if not worked_here and invitation.status == Status.CLOSED and invitation.settled_by_id == by.pk:
        return invitation  # the same answer said twice
    now = timezone.now()
    require_open(invitation, now)
    if invitation.worked_here == worked_here:
        return invitation
    invitation.worked_here = worked_here
    invitation.save(update_fields=["worked_here"])
    if not worked_here:
        invitation.settle(Status.CLOSED, by=by, at=now)
    activity.record(
        locked.store,
        "review.question_answered",
        by=by,
        partner=locked.partner,
        after={"worked_here": worked_here},
    )
    return invitation


def lock_for_writing(invitation: ReviewInvitation, *, by: User) -> Locked:
    """Locked, with the right looked at again. Raises NotAllowed, OwnPartnersReview."""
    locked = lock(invitation)
    require_writer(by, locked.store, locked.partner)
    return locked


def require_open(invitation: ReviewInvitation, now: datetime) -> None:
    """Raise InvitationMovedOn, saying what became of it, unless it is open. It must be locked."""
    if not invitation.is_open_at(now):
        raise invitation_moved_on(invitation)
