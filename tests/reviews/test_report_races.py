"""Two at once: each review counts, one operator decides, one person reports once and not too often. Red without the
locks, certainly: without them all meet before they write."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from notifications.models import Event
from partners.models import PartnerRating
from reviews import ratings
from reviews.actions import moderation, steps
from reviews.actions.reports import report_review
from reviews.errors import AlreadyReported, DecidedAlready, TooManyReports
from reviews.models import REPORTS_A_DAY, Report, Review
from reviews.models.reports import ReportQuerySet
from tests.factories import PartnerFactory, ReportFactory, ReviewFactory, ReviewInvitationFactory, UserFactory
from tests.races import together, without_locks

pytestmark = pytest.mark.django_db(transaction=True)

WHY = {"reason": "advertising", "explanation": "It is an advertisement."}


# --- Two stores review one partner ----------------------------------------------------------------------------------


@pytest.fixture
def invitations():
    partner = PartnerFactory.create()
    PartnerRating.objects.create(partner=partner)
    return ReviewInvitationFactory.create_batch(2, partner=partner)


def write(invitation):
    """As every act does: under the lock of the partner."""

    def act():
        with transaction.atomic():
            locked = steps.lock(invitation)
            with ratings.recounted(locked.partner, locked.store.pk):
                return Review.objects.create(
                    invitation=invitation,
                    store=locked.store,
                    partner=locked.partner,
                    source=invitation.source,
                    communication=4,
                    quality=5,
                    author=locked.store.owner,
                    published_at=timezone.now(),
                )

    return act


def test_two_reviews_of_one_partner_at_once_both_count(invitations):
    assert all(isinstance(done, Review) for done in together([write(invitation) for invitation in invitations]))
    rating = PartnerRating.objects.get(partner=invitations[0].partner)
    assert (rating.reviews, rating.stores, rating.quality) == (2, 2, 10)
    assert ratings.rebuild(rating.partner_id) is False


def test_without_the_lock_one_of_them_is_lost(invitations, monkeypatch):
    with without_locks(monkeypatch, meet_at=(PartnerRating, "save"), parties=2):
        together([write(invitation) for invitation in invitations])
    assert Review.objects.count() == 2
    assert PartnerRating.objects.get(partner=invitations[0].partner).reviews == 1


# --- Two operators decide -------------------------------------------------------------------------------------------


@pytest.fixture
def report():
    report = ReportFactory.create()
    ratings.rebuild(report.review.partner_id)
    return report


def decisions(report) -> list:
    first, second = (UserFactory.create(is_staff=True, is_superuser=True) for _number in range(2))
    return [
        lambda: moderation.keep(report, by=first),
        lambda: moderation.remove(report, **WHY, by=second),
    ]


def test_of_two_operators_one_decides_and_the_other_hears_it(report):
    results = together(decisions(report))
    assert sorted(type(result).__name__ for result in results) == ["DecidedAlready", "Report"]
    [winner] = [result for result in results if isinstance(result, Report)]
    report.refresh_from_db()
    report.review.refresh_from_db()
    assert (report.status, report.decided_by) == (winner.status, winner.decided_by)
    assert report.review.is_live == (winner.status == "kept")
    assert Event.objects.count() == 1


def test_without_the_lock_both_decide(report, monkeypatch):
    with without_locks(monkeypatch, meet_at=(ReportQuerySet, "update"), parties=2):
        results = together(decisions(report))
    assert not any(isinstance(result, DecidedAlready) for result in results)
    assert Event.objects.count() == 2


# --- One person reports twice ---------------------------------------------------------------------------------------


def reporting(review, somebody):
    return lambda: report_review(review, reason="personal", by=somebody)


def test_a_report_sent_twice_at_once_is_one():
    review, somebody = ReviewFactory.create(), UserFactory.create()
    results = together([reporting(review, somebody)] * 2)
    assert sorted(type(result).__name__ for result in results) == ["AlreadyReported", "Report"]
    assert Report.objects.count() == Event.objects.count() == 1


def test_without_the_lock_the_second_hears_no_sentence(monkeypatch):
    review, somebody = ReviewFactory.create(), UserFactory.create()
    with without_locks(monkeypatch, meet_at=(ReportQuerySet, "create"), parties=2):
        results = together([reporting(review, somebody)] * 2)
    assert not any(isinstance(result, AlreadyReported) for result in results)
    assert any(isinstance(result, IntegrityError) for result in results)


def almost_too_many():
    somebody = UserFactory.create()
    ReportFactory.create_batch(REPORTS_A_DAY - 1, reported_by=somebody)
    return somebody, ReviewFactory.create_batch(2)


def test_of_two_reports_at_the_limit_one_is_sent():
    somebody, reviews = almost_too_many()
    results = together([reporting(review, somebody) for review in reviews])
    assert sorted(type(result).__name__ for result in results) == ["Report", "TooManyReports"]
    assert Report.objects.count() == REPORTS_A_DAY


def test_without_the_lock_both_are_sent(monkeypatch):
    somebody, reviews = almost_too_many()
    with without_locks(monkeypatch, meet_at=(ReportQuerySet, "create"), parties=2):
        results = together([reporting(review, somebody) for review in reviews])
    assert not any(isinstance(result, TooManyReports) for result in results)
    assert Report.objects.count() == REPORTS_A_DAY + 1
