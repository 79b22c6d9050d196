"""Approve, decline, withdraw and the clock at once: one winner, one event, a clear answer to the rest. Red without the
lock, certainly: without it all meet before they write."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from jobs.actions import completions
from jobs.actions.completion_sweeps import approve_all_due, remind_all_of_completions
from jobs.errors import CompletionMovedOn
from jobs.models import CompletionRequest, Job, JobItem
from notifications.models import Event
from tests.factories import CompletionRequestFactory, JobFactory, MembershipFactory, StaffFactory
from tests.races import together, without_locks

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 50
ANSWERS = {
    "completion.approved": ("approved", "completed"),
    "completion.approved_by_clock": ("approved", "completed"),
    "completion.declined": ("declined", "in_progress"),
    "completion.withdrawn": ("withdrawn", "in_progress"),
}


@pytest.fixture
def people():
    """One store and one partner for all rounds, each with two people who may decide."""
    job = JobFactory.create(in_progress=True, received=180_000)
    managers = [job.store.owner, StaffFactory.create(store=job.store, key="store_manager").user]
    askers = [MembershipFactory.create(partner=job.partner, owner=True).user for _ in range(2)]
    return job.store, job.partner, managers, askers


def a_request(store, partner, asker) -> CompletionRequest:
    """That waits, with its deadline a second ahead."""
    job = JobFactory.create(in_progress=True, received=1, store=store, partner=partner)
    deadline = timezone.now() + timedelta(minutes=1)
    return CompletionRequestFactory.create(job=job, requested_by=asker, deadline=deadline)


def acts(completion: CompletionRequest, managers, askers) -> list:
    """Twenty: five of each kind, by two people each. The clock's is a sweep of a moment after the deadline."""

    def approve(by):
        return lambda: completions.approve_completion(completion, by=by)

    def decline(by):
        return lambda: completions.decline_completion(completion, items=["Colours"], by=by)

    def withdraw(by):
        return lambda: completions.withdraw_completion(completion, by=by)

    def clock(_by):
        return lambda: approve_all_due(now=completion.deadline)

    kinds = [(approve, managers), (decline, managers), (withdraw, askers), (clock, managers)]
    return [act(who[number % 2]) for number in range(5) for act, who in kinds]


def decided(completion: CompletionRequest) -> list[str]:
    """The topics of what was decided, and what followed."""
    return sorted(Event.objects.filter(payload__completion=completion.pk).values_list("topic", flat=True))


def test_of_twenty_at_once_one_wins_fifty_times(people):
    store, partner, managers, askers = people
    winners: Counter[str] = Counter()
    for turn in range(ROUNDS):
        completion = a_request(store, partner, askers[0])
        results = together(
            acts(completion, managers, askers)[turn % 20 :] + acts(completion, managers, askers)[: turn % 20]
        )
        topics = decided(completion)
        [winner] = [topic for topic in topics if topic in ANSWERS]
        winners[winner] += 1
        after = CompletionRequest.objects.select_related("job").get(pk=completion.pk)
        assert (after.status, after.job.status) == ANSWERS[winner]
        assert topics == sorted([winner, *(["job.completed"] if after.status == "approved" else [])])
        assert JobItem.objects.filter(job=after.job).count() == (winner == "completion.declined")
        losers = [result for result in results if isinstance(result, Exception)]
        assert {type(loser) for loser in losers} == {CompletionMovedOn}
        assert len({str(loser) for loser in losers}) == 1  # who decided what and when
    assert sum(winners.values()) == ROUNDS


def test_without_the_lock_two_of_them_win(people, monkeypatch):
    store, partner, managers, askers = people
    completion = a_request(store, partner, askers[0])
    with without_locks(monkeypatch, meet_at=(CompletionRequest, "decide"), parties=2):
        together(
            [
                lambda: completions.decline_completion(completion, items=["Colours"], by=managers[0]),
                lambda: completions.withdraw_completion(completion, by=askers[0]),
            ]
        )
    assert decided(completion) == ["completion.declined", "completion.withdrawn"]


def test_without_the_lock_an_approval_and_a_decline_both_win(people, monkeypatch):
    store, partner, managers, askers = people
    completion = a_request(store, partner, askers[0])
    with without_locks(monkeypatch, meet_at=(CompletionRequest, "decide"), parties=2):
        together(
            [
                lambda: completions.decline_completion(completion, items=["Colours"], by=managers[0]),
                lambda: approve_all_due(now=completion.deadline),
            ]
        )
    assert decided(completion) == ["completion.approved_by_clock", "completion.declined", "job.completed"]


def test_two_requests_at_once_are_one(people):
    store, partner, _managers, askers = people
    for _ in range(10):
        job = JobFactory.create(in_progress=True, received=1, store=store, partner=partner)
        results = together(
            [lambda by=by: completions.request_completion(job, message="", by=by) for by in askers] * 5  # noqa: B023
        )
        losers = [result for result in results if isinstance(result, Exception)]
        assert {type(loser) for loser in losers} == {CompletionMovedOn}
        assert len(losers) == 9
        assert job.completions.count() == 1
        assert Event.objects.filter(topic="completion.requested", payload__job=job.pk).count() == 1


def test_without_the_lock_the_second_request_hears_no_sentence(people, monkeypatch):
    """The database still lets one row in; the loser gets what nobody put into words."""
    store, partner, _managers, askers = people
    job = JobFactory.create(in_progress=True, received=1, store=store, partner=partner)
    with without_locks(monkeypatch, meet_at=(type(CompletionRequest.objects), "create"), parties=2):
        results = together([lambda by=by: completions.request_completion(job, message="", by=by) for by in askers])
    assert [type(result) for result in results if isinstance(result, Exception)] == [IntegrityError]
    assert job.completions.count() == 1


def test_two_extensions_at_once_are_one(people):
    store, partner, managers, askers = people
    for _ in range(5):
        completion = a_request(store, partner, askers[0])
        together([lambda by=by: completions.extend_completion(completion, by=by) for by in managers] * 5)  # noqa: B023
        after = CompletionRequest.objects.get(pk=completion.pk)
        assert after.deadline == completion.deadline + timedelta(days=7)
        assert decided(completion) == ["completion.extended"]


def test_without_the_lock_two_extensions_are_told_twice(people, monkeypatch):
    store, partner, managers, askers = people
    completion = a_request(store, partner, askers[0])
    with without_locks(monkeypatch, meet_at=(CompletionRequest, "extend"), parties=2):
        together([lambda by=by: completions.extend_completion(completion, by=by) for by in managers])
    assert decided(completion) == ["completion.extended"] * 2


def test_sweeps_at_once_remind_and_approve_once(people):
    store, partner, _managers, askers = people
    completion = a_request(store, partner, askers[0])
    CompletionRequest.objects.update(requested_at=timezone.now() - timedelta(days=4))
    together([lambda: remind_all_of_completions(now=timezone.now())] * 5)
    assert decided(completion) == ["completion.reminded"]
    together([lambda: approve_all_due(now=completion.deadline)] * 5)
    assert decided(completion) == ["completion.approved_by_clock", "completion.reminded", "job.completed"]
    assert Job.objects.get(pk=completion.job_id).status == "completed"
