"""Renewal, lapse, revocation and review at once: one winner, a clear answer to the rest. And red without the locks."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.zones import last_day
from collaborators import actions
from collaborators.errors import ChangedMeanwhile, EndMoved, ReviewAnswered, TransitionNotAllowed
from collaborators.models import AccessReview, AccessReviewAnswer, Collaboration
from notifications.models import Event
from stores.models import Activity
from tests.factories import AccessReviewFactory, CollaborationFactory, StaffFactory
from tests.races import MEETING_TIMEOUT, meeting, together, without_locks

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 3


def near_its_end() -> tuple[Collaboration, object]:
    """And the day that its owner sees."""
    row = CollaborationFactory.create(
        since=timezone.now() - timedelta(days=30), ends_at=timezone.now() + timedelta(hours=1)
    )
    return row, last_day(row.ends_at, row.store.time_zone)


def lapse(row: Collaboration):
    """The sweep of a moment after its end."""
    return lambda: actions.lapse_all_due(now=row.ends_at + timedelta(seconds=1))


def renew(row: Collaboration, day, by=None):
    return lambda: actions.renew(row, ends_on=day, by=by or row.store.owner)


def test_a_renewal_against_the_lapse_has_one_winner(monkeypatch):
    for _ in range(ROUNDS):
        row, day = near_its_end()
        together([renew(row, day), lapse(row)] * 5)
        after = Collaboration.objects.get(pk=row.pk)
        topics = set(Event.objects.filter(payload__collaboration=row.pk).values_list("topic", flat=True))
        if after.ended_at is None:
            assert topics == {"access.extended"}
            assert after.ends_at > row.ends_at
        else:
            assert topics == {"access.ended"}
            assert (after.ended_at, after.ends_at) == (row.ends_at, row.ends_at)


def test_without_the_lock_a_renewal_and_the_lapse_both_win(monkeypatch):
    """Each meets the other before one of its writes, not always the same one: some rounds may pass without."""

    def both() -> bool:
        row, day = near_its_end()
        with without_locks(monkeypatch, meet_at=(Collaboration, "save"), parties=2, timeout=MEETING_TIMEOUT):
            together([renew(row, day), lapse(row)])
        topics = set(Event.objects.filter(payload__collaboration=row.pk).values_list("topic", flat=True))
        return topics == {"access.extended", "access.ended"}

    assert any(both() for _ in range(8))


def test_twenty_renewals_of_two_people_are_one():
    for _ in range(ROUNDS):
        row, day = near_its_end()
        people = [row.store.owner, StaffFactory.create(store=row.store, key="store_manager").user]
        results = together([renew(row, day, by) for by in people] * 10)
        losers = [result for result in results if isinstance(result, Exception)]
        assert {type(loser) for loser in losers} == {EndMoved}
        assert len(losers) == 10
        assert Collaboration.objects.get(pk=row.pk).ends_at - row.ends_at < timedelta(days=40)
        assert Event.objects.filter(payload__collaboration=row.pk).count() == 1


def in_review() -> tuple[AccessReview, Collaboration]:
    row = CollaborationFactory.create(permissions=["orders.view", "products.view"])
    return AccessReviewFactory.create(store=row.store), row


def answer(review: AccessReview, row: Collaboration, decision: str, by=None):
    said = {"decision": decision, "version": row.version, "permissions": ["orders.view"]}
    return lambda: actions.answer_review(review, row, **said, by=by or row.store.owner)


@pytest.mark.parametrize("decision", ["keep", "reduce", "end"])
def test_a_review_against_a_revocation_ends_it_once_and_says_so(decision):
    for _ in range(ROUNDS):
        review, row = in_review()
        manager = StaffFactory.create(store=row.store, key="store_manager").user
        results = together([answer(review, row, decision), lambda: actions.revoke(row, by=manager)])  # noqa: B023
        losers = [result for result in results if isinstance(result, Exception)]
        assert {type(loser) for loser in losers} <= {TransitionNotAllowed}
        given = AccessReviewAnswer.objects.filter(collaboration=row).count()
        ended_by_answer = given if decision == "end" else 0
        assert len(losers) == (1 if decision == "end" else 1 - given)
        assert Collaboration.objects.get(pk=row.pk).ended_at
        assert Event.objects.filter(topic="access.revoked", payload__collaboration=row.pk).count() == 1
        assert Activity.objects.filter(store=row.store).count() == 1 + given - ended_by_answer


def test_without_the_lock_a_review_and_a_revocation_end_it_twice(monkeypatch):
    review, row = in_review()
    with without_locks(monkeypatch, meet_at=(Collaboration, "end"), parties=2):
        together([answer(review, row, "end"), lambda: actions.revoke(row, by=row.store.owner)])
    assert Activity.objects.filter(kind="access.revoked").count() == 2


def test_two_answers_at_once_are_one():
    for _ in range(ROUNDS):
        review, row = in_review()
        manager = StaffFactory.create(store=row.store, key="store_manager").user
        results = together([answer(review, row, "keep"), answer(review, row, "reduce", manager)] * 5)
        losers = {type(result) for result in results if isinstance(result, Exception)}
        assert losers <= {ReviewAnswered, ChangedMeanwhile}
        assert AccessReviewAnswer.objects.filter(collaboration=row).count() == 1
        assert Activity.objects.filter(store=row.store).count() == 1


def test_two_sweeps_at_once_remind_and_open_once(monkeypatch):
    now = timezone.now()
    row = CollaborationFactory.create(since=now - timedelta(days=200), ends_at=now + timedelta(days=3))
    with meeting(monkeypatch, (Collaboration, "save"), parties=5, timeout=0.2):
        together([lambda: actions.remind_all_of_their_end(now=now)] * 5)
        together([lambda: actions.question_all_unused(now=now)] * 5)
    together([lambda: actions.open_all_reviews(now=now)] * 5)
    assert sorted(Event.objects.values_list("topic", flat=True)) == [
        "access.ending",
        "access.unused",
        "access_review.due",
    ]
    row.refresh_from_db()
    assert (row.reminded_at, row.questioned_at) == (now, now)
