"""Saying that a review or a reply should not stand. It stays online until operators decide (`moderation.py`)."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from notifications import events
from partners.permissions import TeamPermission
from reviews.actions.steps import Locked, lock_review
from reviews.errors import AlreadyReported, NothingToReport, OwnReply, OwnReview, TooManyReports
from reviews.models import REPORTS_A_DAY, Reason, Reply, Report, Review


@transaction.atomic
def report_review(review: Review, *, reason: Reason | str, details: str = "", by: User) -> Report:
    """Ask the operators to look at a review.

    Raises AlreadyReported, OwnReview, NothingToReport, TooManyReports.
    """
    _one_at_a_time(by)
    locked = lock_review(review)
    review = locked.written
    _require_first(review, by)
    if review.author_id == by.pk:
        raise OwnReview
    if not review.is_live:
        raise NothingToReport
    return _report(locked, by=by, reason=reason, details=details, review=review)


@transaction.atomic
def report_reply(reply: Reply, *, reason: Reason | str, details: str = "", by: User) -> Report:
    """Ask the operators to look at a reply. Whoever may withdraw it has no need to.

    Raises AlreadyReported, OwnReply, NothingToReport, TooManyReports.
    """
    _one_at_a_time(by)
    locked = lock_review(reply.review)
    reply = Reply.objects.get(pk=reply.pk)
    _require_first(reply, by)
    membership = locked.partner.membership_of(by)
    if membership and membership.may(TeamPermission.MANAGE_PUBLIC_LISTINGS):
        raise OwnReply
    if not (reply.is_live and locked.written.is_live):
        raise NothingToReport
    return _report(locked, by=by, reason=reason, details=details, reply=reply)


def _one_at_a_time(by: User) -> None:
    """Two reports of one person, of two things, are counted one after the other."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)


def _require_first(thing: Review | Reply, by: User) -> None:
    earlier = Report.objects.of(thing).filter(reported_by=by).first()
    if earlier is not None:
        raise AlreadyReported(earlier)


def _report(locked: Locked, *, by: User, **what) -> Report:
    a_day_ago = timezone.now() - timedelta(days=1)
    if Report.objects.filter(reported_by=by, reported_at__gt=a_day_ago).count() >= REPORTS_A_DAY:
        raise TooManyReports
    report = Report.objects.create(reported_by=by, **what)
    # No row of the store's activity: who reports is known to operators alone.
    events.post(
        "report.made",
        dedupe_key=f"report:{report.pk}",
        by=by,
        report=report.pk,
        partner=locked.partner.pk,
        store=locked.store.pk,
    )
    return report
