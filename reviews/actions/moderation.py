"""Operators decide about what was reported: it stays, or it is removed for one of the reasons. That it is negative is
none, so whoever decides sees neither stars nor ratings."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.errors import NotAllowed
from accounts.models import User
from partners.models import Partner
from reviews import ratings
from reviews.actions.records import report as record
from reviews.actions.steps import Locked, lock_review
from reviews.errors import DecidedAlready, ExplanationNeeded, NotImpartial, ReasonNeeded
from reviews.models import Reason, Reply, Report, Review
from stores.models import Store

MAY_DECIDE = "reviews.change_report"


def require_impartial(by: User, partner: Partner, store: Store) -> None:
    """Raise NotAllowed unless `by` is an operator who may decide, NotImpartial if they belong to one of the sides."""
    if not (by.is_active and by.is_staff and by.has_perm(MAY_DECIDE)):
        raise NotAllowed
    require_apart(by, partner, store)


def require_apart(by: User, partner: Partner, store: Store) -> None:
    """Raise NotImpartial if `by` belongs to one of the sides: they are not to read who reported it, either."""
    if partner.membership_of(by) or Store.objects.belonging_to(by).filter(pk=store.pk).exists():
        raise NotImpartial


@transaction.atomic
def keep(report: Report, *, explanation: str = "", by: User) -> Report:
    """What was reported stays. Settles everything that waits about the same thing; both sides and all who reported are
    told.

    Whoever decides the same again is answered like the first time. Raises NotAllowed, NotImpartial, DecidedAlready.
    """
    locked, report = _lock(report, by=by)
    if _is_repeated(report, Report.Status.KEPT, by=by):
        return report
    return _settle(locked, report, Report.Status.KEPT, explanation=explanation, by=by, at=timezone.now())


@transaction.atomic
def remove(report: Report, *, reason: Reason | str, explanation: str, by: User) -> Report:
    """Take what was reported down, as `keep` leaves it.

    Raises ReasonNeeded, ExplanationNeeded too.
    """
    if reason not in Reason.values:
        raise ReasonNeeded
    if not explanation.strip():
        raise ExplanationNeeded
    locked, report = _lock(report, by=by)
    if _is_repeated(report, Report.Status.REMOVED, by=by):
        return report
    now = timezone.now()
    with ratings.recounted(locked.partner, locked.store.pk):
        _take_down(report.thing, reason, at=now)
    return _settle(locked, report, Report.Status.REMOVED, reason=reason, explanation=explanation, by=by, at=now)


def _lock(report: Report, *, by: User) -> tuple[Locked, Report]:
    """The report as it is now, and what it is about."""
    report = Report.objects.select_related("review", "reply__review").get(pk=report.pk)
    locked = lock_review(report.about)
    require_impartial(by, locked.partner, locked.store)
    return locked, Report.objects.select_related("review", "reply__review", "decided_by").get(pk=report.pk)


def _is_repeated(report: Report, verdict: Report.Status, *, by: User) -> bool:
    """Whether `by` decided just this before. Raises DecidedAlready if it was somebody else, or otherwise."""
    if report.is_open:
        return False
    if report.decided_by == by and report.status == verdict:
        return True
    raise DecidedAlready(report)


def _take_down(thing: Review | Reply, reason: Reason | str, *, at: datetime) -> None:
    """What was removed before, for an earlier report, keeps its first reason."""
    if thing.removed_at is not None:
        return
    review, was_live = (thing.review, thing.is_live) if isinstance(thing, Reply) else (thing, True)
    thing.removed_at, thing.removed_for = at, reason
    thing.save(update_fields=["removed_at", "removed_for"])
    if isinstance(thing, Reply) and was_live:
        review.answered_at = None
    review.version += 1
    review.save(update_fields=["answered_at", "version"])


def _settle(
    locked: Locked,
    report: Report,
    verdict: Report.Status,
    *,
    explanation: str,
    by: User,
    at: datetime,
    reason: Reason | str = "",
) -> Report:
    decided = {"status": verdict, "decided_at": at, "decided_by": by, "decided_for": reason, "explanation": explanation}
    Report.objects.of(report.thing).open().update(**decided)
    thing = "reply" if report.reply_id else "review"
    record(
        "report.decided",
        store=locked.store,
        partner=locked.partner,
        by=None,  # operators decide as one
        after={"reported": thing, "verdict": str(verdict), "removed_for": str(reason)},
        report=report.pk,
        review=report.about.pk,
    )
    report.refresh_from_db()
    return report
