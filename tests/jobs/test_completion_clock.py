"""Silence: reminders on days 3 and 7, more days once, approval by the clock after 14. Nothing skipped or doubled."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from jobs import tasks
from jobs.actions import completion_sweeps, completions
from jobs.errors import CompletionMovedOn
from jobs.models import CompletionRequest, CompletionRules, Job
from notifications.models import Event
from stores import phrases
from tests.factories import CompletionRequestFactory, JobFactory, MembershipFactory

pytestmark = pytest.mark.django_db

START = datetime(2030, 5, 6, 12, 0, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(START, tick=False) as frozen:
        yield frozen


@pytest.fixture
def completion(clock) -> CompletionRequest:
    job = JobFactory.create(in_progress=True, received=180_000)
    by = MembershipFactory.create(partner=job.partner, owner=True).user
    return completions.request_completion(job, message="", by=by)


def beat() -> None:
    """What beat starts, again and again."""
    for _ in range(2):
        tasks.approve_completions()
        tasks.remind_of_completions()


def said(topic: str) -> int:
    return Event.objects.filter(topic=topic).count()


def keys(topic: str) -> list[str]:
    return [key.rpartition(":")[2] for key in Event.objects.filter(topic=topic).values_list("dedupe_key", flat=True)]


def approved() -> bool:
    return Job.objects.get().status == "completed"


def test_reminders_leave_on_days_three_and_seven_and_the_clock_approves_on_day_fourteen(completion, clock):
    story = [
        (3 * DAY - SECOND, 0, False),
        (3 * DAY, 1, False),
        (7 * DAY - SECOND, 1, False),
        (7 * DAY, 2, False),
        (14 * DAY - SECOND, 2, False),
        (14 * DAY, 2, True),
        (20 * DAY, 2, True),
    ]
    for after, reminders, is_approved in story:
        clock.move_to(START + after)
        beat()
        assert (said("completion.reminded"), approved()) == (reminders, is_approved), after
    completion.refresh_from_db()
    assert (completion.status, completion.decided_by, completion.decided_at) == ("approved", None, START + 14 * DAY)
    assert completion.is_by_the_clock
    job = Job.objects.get()
    assert (job.completed_at, job.is_counted) == (START + 14 * DAY, True)
    assert said("completion.approved_by_clock") == said("job.completed") == 1
    assert said("completion.approved") == 0


def test_seven_more_days_move_the_clock_and_not_the_reminders(completion, clock):
    clock.move_to(START + 13 * DAY)
    completions.extend_completion(completion, by=completion.job.store.owner)
    beat()
    assert keys("completion.reminded") == ["day-7"]  # the first sweep in thirteen days
    clock.move_to(START + 21 * DAY - SECOND)
    beat()
    assert not approved()
    clock.move_to(START + 21 * DAY)
    beat()
    completion.refresh_from_db()
    assert approved()
    assert completion.decided_at == START + 21 * DAY
    assert said("completion.reminded") == 1


@pytest.mark.parametrize(
    ("stops", "starts", "reminded"),
    [(2, 4, ["day-3", "day-7"]), (6, 8, ["day-3", "day-7"]), (2, 8, ["day-7"]), (13, 15, ["day-3", "day-7"])],
)
def test_a_beat_that_stopped_makes_up_for_what_is_due_once(completion, clock, stops, starts, reminded):
    for day in [*range(stops), *range(starts, 17)]:
        clock.move_to(START + day * DAY)
        beat()
    assert keys("completion.reminded") == reminded
    completion.refresh_from_db()
    assert completion.decided_at == START + 14 * DAY  # the instant that was told, however late the sweep
    assert said("completion.approved_by_clock") == said("job.completed") == 1


DECISIONS = {
    "approve": lambda completion: completions.approve_completion(completion, by=completion.job.store.owner),
    "decline": lambda completion: completions.decline_completion(
        completion, items=["Colours"], by=completion.job.store.owner
    ),
    "extend": lambda completion: completions.extend_completion(completion, by=completion.job.store.owner),
    "withdraw": lambda completion: completions.withdraw_completion(completion, by=completion.requested_by),
}


@pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS.keys())
@pytest.mark.parametrize("after", [14 * DAY, 14 * DAY + SECOND])
def test_whoever_decides_from_the_deadline_on_hears_what_the_clock_did(completion, clock, decide, after):
    clock.move_to(START + after)
    with pytest.raises(CompletionMovedOn) as refused:
        decide(completion)
    assert "approved by the clock on 20 May 2030, 12:00" in str(refused.value)
    assert approved()  # the clock went first, and what it did holds
    assert said("completion.approved_by_clock") == said("job.completed") == 1
    assert not {"completion.approved", "completion.declined", "completion.extended", "completion.withdrawn"} & {
        *Event.objects.values_list("topic", flat=True)
    }
    beat()
    assert said("completion.approved_by_clock") == 1
    assert not Job.objects.get().items.exists()


@pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS.keys())
def test_one_second_before_the_deadline_people_decide(completion, clock, decide):
    clock.move_to(START + 14 * DAY - SECOND)
    decide(completion)
    beat()
    assert said("completion.approved_by_clock") == 0


def test_past_its_deadline_it_stands_as_approved_though_nothing_swept_it(completion, clock):
    clock.move_to(START + 14 * DAY)
    completion.refresh_from_db()
    assert completion.status == "pending"
    assert (completion.stands, completion.settled_at) == ("approved", START + 14 * DAY)
    assert completion.is_by_the_clock
    assert not CompletionRequest.objects.pending().exists()


def test_fourteen_days_are_as_many_hours_also_when_the_clocks_change(clock):
    clock.move_to("2027-03-20T12:00:00Z")  # Paris skips an hour on the 28th
    job = JobFactory.create(in_progress=True, received=1, store__time_zone="Europe/Paris")
    by = MembershipFactory.create(partner=job.partner, owner=True).user
    completion = completions.request_completion(job, message="", by=by)
    assert completion.deadline == datetime(2027, 4, 3, 12, 0, tzinfo=UTC)
    with timezone.override("UTC"):
        assert phrases.moment(completion.deadline, "Europe/Paris") == (
            "3 April 2027, 12:00 (3 April 2027, 14:00 in Europe/Paris)"
        )
        assert phrases.moment(completion.requested_at, "Europe/Paris") == (
            "20 March 2027, 12:00 (20 March 2027, 13:00 in Europe/Paris)"
        )
    with timezone.override("Europe/Paris"):
        assert phrases.moment(completion.deadline, "Europe/Paris") == "3 April 2027, 14:00"
    clock.move_to("2027-04-03T11:59:59Z")
    beat()
    assert not approved()
    clock.move_to("2027-04-03T12:00:00Z")
    beat()
    assert approved()


def test_with_the_clock_off_reminders_leave_and_nothing_is_approved(clock):
    CompletionRules.objects.create(pk=1, by_the_clock=False)
    CompletionRequestFactory.create(deadline=None)
    clock.move_to(START + 100 * DAY)
    beat()
    assert said("completion.reminded") == 1
    assert not approved()


def test_nobody_is_reminded_of_what_is_past_its_deadline(clock):
    CompletionRequestFactory.create(deadline=START + 3 * DAY)
    clock.move_to(START + 3 * DAY)
    tasks.remind_of_completions()
    assert said("completion.reminded") == 0


def test_the_clock_counts_nothing_where_the_owner_belongs_to_the_partner(completion, clock):
    MembershipFactory.create(partner=completion.job.partner, user=completion.job.store.owner)
    clock.move_to(START + 14 * DAY)
    beat()
    assert Job.objects.get().is_counted is False


def test_one_that_is_broken_keeps_no_other_waiting(clock, monkeypatch, caplog):
    broken, whole = CompletionRequestFactory.create(), CompletionRequestFactory.create()
    lock = completion_sweeps.lock

    def stumble(job, *, now):
        if job.pk == broken.job_id:
            raise RuntimeError("broken")
        return lock(job, now=now)

    monkeypatch.setattr(completion_sweeps, "lock", stumble)
    clock.move_to(START + 14 * DAY)
    with caplog.at_level(logging.ERROR):
        tasks.approve_completions()
    assert Event.objects.get(topic="job.completed").payload["completion"] == whole.pk
    assert "waits" in caplog.text
