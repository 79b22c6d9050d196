"""The merchant is reminded of what waits, on days 3 and 14."""

import logging
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from collaborators import actions, tasks
from collaborators.actions import waiting
from collaborators.models import AccessRequest
from notifications.models import Event
from tests.factories import AccessRequestFactory, CollaborationFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def sweep(access_request, after: timedelta) -> list[str]:
    """What was said to the merchant until then, swept just once at that moment."""
    actions.remind_all_due(now=access_request.waiting_since + after)
    return list(Event.objects.filter(topic="access.reminded").values_list("dedupe_key", flat=True))


def test_on_day_three_and_on_day_fourteen_once_each():
    asked = AccessRequestFactory.create()
    counts = [
        len(sweep(asked, after))
        for after in (3 * DAY - SECOND, 3 * DAY, 3 * DAY + SECOND, 14 * DAY - SECOND, 14 * DAY, 20 * DAY, 29 * DAY)
    ]
    assert counts == [0, 1, 1, 1, 2, 2, 2]
    asked.refresh_from_db()
    assert asked.reminded_after == 14


def test_three_days_are_seventy_two_hours_also_when_the_clocks_change():
    with time_machine.travel("2027-03-26T12:00:00Z", tick=False):  # Paris skips an hour on the 28th
        asked = AccessRequestFactory.create()
    for moment, count in (("2027-03-29T11:59:59Z", 0), ("2027-03-29T12:00:00Z", 1)):
        with time_machine.travel(moment, tick=False):
            tasks.remind_of_requests()
        assert Event.objects.filter(topic="access.reminded").count() == count
    asked.refresh_from_db()
    assert asked.reminded_after == 3


def test_a_late_sweep_sends_the_latest_only():
    asked = AccessRequestFactory.create()
    assert len(sweep(asked, 15 * DAY)) == 1
    assert len(sweep(asked, 16 * DAY)) == 1
    asked.refresh_from_db()
    assert asked.reminded_after == 14


def test_after_a_reopening_the_days_are_counted_anew():
    asked = AccessRequestFactory.create()
    assert len(sweep(asked, 3 * DAY)) == 1
    actions.decline_request(asked, by=asked.store.owner)
    actions.reopen_request(asked, by=asked.store.owner)
    asked.refresh_from_db()
    assert len(sweep(asked, 3 * DAY - SECOND)) == 1
    assert len(sweep(asked, 3 * DAY)) == 2


@pytest.mark.parametrize("status", ["approved", "declined", "withdrawn"])
def test_nobody_is_reminded_of_what_is_answered(status):
    traits = {status: True} if status != "withdrawn" else {}
    asked = AccessRequestFactory.create(**traits)
    if status == "withdrawn":
        AccessRequest.objects.update(status=status, decided_by=asked.asked_by, decided_at=timezone.now())
    assert sweep(asked, 4 * DAY) == []


def test_nobody_is_reminded_of_what_is_past_its_time_or_closed_by_then():
    asked = AccessRequestFactory.create()
    assert sweep(asked, 30 * DAY) == []
    ending = CollaborationFactory.create(ends_at=timezone.now() + 2 * DAY)
    more = AccessRequestFactory.create(
        partner=ending.partner, store=ending.store, more_of=ending, held=["products.view"], permissions=["files.view"]
    )
    assert sweep(more, 3 * DAY) == [Event.objects.get(topic="access.reminded").dedupe_key]  # of the other, not of this
    assert Event.objects.get(topic="access.reminded").payload["access_request"] == asked.pk
    more.refresh_from_db()
    assert more.status == "expired"


def test_one_that_is_broken_keeps_no_other_waiting(monkeypatch, caplog):
    broken, whole = AccessRequestFactory.create(), AccessRequestFactory.create()
    remind = waiting._remind

    def stumble(access_request, *, now):
        if access_request.pk == broken.pk:
            raise RuntimeError("broken")
        remind(access_request, now=now)

    monkeypatch.setattr(waiting, "_remind", stumble)
    with caplog.at_level(logging.ERROR):
        actions.remind_all_due(now=timezone.now() + 4 * DAY)
    assert Event.objects.get(topic="access.reminded").payload["access_request"] == whole.pk
    assert "waits" in caplog.text
