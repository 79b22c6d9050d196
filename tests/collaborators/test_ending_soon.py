"""Both sides hear of an end 168 and 24 hours before its instant: once each, the latest one only, swept late or not."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from accounts.zones import end_of_day
from collaborators import actions, tasks
from collaborators.models import Collaboration
from notifications.models import Event
from stores.models import Activity
from tests.factories import CollaborationFactory, StoreFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2030, 5, 6, 12, 0, tzinfo=UTC)
WEEK, DAY, SECOND = timedelta(days=7), timedelta(days=1), timedelta(seconds=1)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def granted(*, days: float, **more) -> Collaboration:
    return CollaborationFactory.create(since=NOW, ends_at=NOW + timedelta(days=days), **more)


def reminders() -> list[str]:
    """How long before the end each was posted for."""
    keys = Event.objects.filter(topic="access.ending").order_by("pk").values_list("dedupe_key", flat=True)
    return [key.rpartition(":")[2] for key in keys]


def sweep_at(moment: datetime) -> list[str]:
    actions.remind_all_of_their_end(now=moment)
    return reminders()


def test_seven_days_are_168_hours_and_one_day_is_24():
    row = granted(days=30)
    assert sweep_at(row.ends_at - WEEK - SECOND) == []
    assert sweep_at(row.ends_at - WEEK) == ["7"]
    assert sweep_at(row.ends_at - DAY - SECOND) == ["7"]
    assert sweep_at(row.ends_at - DAY) == ["7", "1"]


def test_each_is_sent_once_however_often_it_is_swept():
    row = granted(days=30)
    for moment in (row.ends_at - WEEK, row.ends_at - WEEK + SECOND, row.ends_at - DAY, row.ends_at - SECOND):
        for _ in range(3):
            sweep_at(moment)
    assert reminders() == ["7", "1"]
    assert not Activity.objects.exists()  # nothing changed


def test_a_late_sweep_sends_the_latest_one_only():
    row = granted(days=30)
    assert sweep_at(row.ends_at - timedelta(hours=3)) == ["1"]
    assert sweep_at(row.ends_at - timedelta(hours=2)) == ["1"]


@pytest.mark.parametrize(("days", "wanted"), [(7, ["1"]), (6, ["1"]), (7.01, ["7", "1"]), (1, []), (0.5, [])])
def test_access_that_is_granted_for_less_than_the_time_before_is_not_reminded_of_it(days, wanted):
    row = granted(days=days)
    moment = NOW
    while moment < row.ends_at:
        sweep_at(moment)
        moment += timedelta(hours=1)
    assert reminders() == wanted


def test_a_sweep_after_the_end_ends_it_and_reminds_nobody():
    row = granted(days=30)
    assert sweep_at(row.ends_at) == []
    assert Collaboration.objects.get().ended_at is None  # the sweep that lapses is another one


@pytest.mark.parametrize("how", ["revoked", "lapsed"])
def test_access_that_is_over_is_not_reminded_of(how):
    CollaborationFactory.create(**{how: True})
    CollaborationFactory.create()  # no end date
    assert sweep_at(NOW + timedelta(days=400)) == []


def test_a_renewal_makes_new_reminders_for_the_new_end(frozen):
    row = granted(days=30)
    sweep_at(row.ends_at - DAY)
    frozen.move_to(row.ends_at - DAY)
    last = (row.ends_at - SECOND).astimezone(ZoneInfo("Europe/Paris")).date()
    renewed = actions.renew(row, ends_on=last, by=row.store.owner)
    assert sweep_at(row.ends_at) == ["1"]
    assert sweep_at(renewed.ends_at - WEEK) == ["1", "7"]
    assert sweep_at(renewed.ends_at - DAY) == ["1", "7", "1"]


def test_an_end_that_is_brought_near_is_not_reminded_of_at_once():
    row = granted(days=30)
    actions.change_end(row, ends_on=(NOW + timedelta(days=3)).date(), by=row.store.owner)
    row.refresh_from_db()
    assert sweep_at(NOW + SECOND) == []
    assert sweep_at(row.ends_at - DAY) == ["1"]


@pytest.mark.parametrize(
    ("zone", "last", "before"),
    [
        ("Europe/Paris", date(2030, 4, 2), "2030-03-26T22:00:00+00:00"),  # summer time began in between
        ("Europe/Paris", date(2030, 10, 29), "2030-10-22T23:00:00+00:00"),  # it ended in between
        ("America/New_York", date(2030, 3, 12), "2030-03-06T04:00:00+00:00"),
    ],
)
def test_across_a_clock_change_in_the_stores_zone_the_hours_are_counted_not_the_dates(zone, last, before):
    ends_at = end_of_day(last, zone)
    since = datetime(2030, 1, 2, tzinfo=UTC)
    CollaborationFactory.create(store=StoreFactory.create(time_zone=zone), since=since, ends_at=ends_at)
    assert (ends_at - WEEK).isoformat() == before
    with time_machine.travel(ends_at - WEEK - SECOND, tick=False):
        assert sweep_at(timezone.now()) == []
    assert sweep_at(ends_at - WEEK) == ["7"]


def test_one_that_is_broken_keeps_no_other_waiting(monkeypatch):
    from collaborators.actions import reminders as module

    rows = [granted(days=30) for _ in range(3)]
    real, broken = module._remind_of_its_end, rows[1].pk

    def remind(pk, now):
        if pk == broken:
            raise RuntimeError("broken")
        real(pk, now)

    monkeypatch.setattr(module, "_remind_of_its_end", remind)
    assert len(sweep_at(rows[0].ends_at - DAY)) == 2
    monkeypatch.undo()
    assert len(sweep_at(rows[0].ends_at - DAY)) == 3


def test_the_mail_of_an_end_that_was_moved_meanwhile_does_not_leave(deliver, mailoutbox):
    row = granted(days=30)
    sweep_at(row.ends_at - WEEK)
    actions.change_end(row, ends_on=None, by=row.store.owner)
    deliver()
    assert not [mail for mail in mailoutbox if "ends soon" in mail.subject]


def test_the_button_of_the_mail_leads_to_the_renewal_and_says_when_it_ends(deliver, mailoutbox):
    row = granted(days=30)
    sweep_at(row.ends_at - WEEK)
    deliver()
    [letter] = mailoutbox
    assert letter.to == [row.store.owner.email]
    assert f"/settings/users/collaborators/{row.public_id}/renewal/" in letter.body
    assert "5 June 2030" in letter.body


def test_the_task_does_all_of_it(frozen):
    CollaborationFactory.create(since=NOW - timedelta(days=100), ends_at=NOW + timedelta(hours=5))
    tasks.remind()
    assert set(Event.objects.values_list("topic", flat=True)) == {
        "access.ending",
        "access.unused",
        "access_review.due",
    }


def test_access_ends_between_two_sweeps_and_across_a_clock_change(frozen):
    """Past its end it opens nothing, and no act changes it; the sweep that comes later writes the same instant."""
    store = StoreFactory.create(time_zone="Europe/Paris")
    last = date(2030, 10, 26)  # the night that follows is an hour longer in summer's last week
    row = CollaborationFactory.create(store=store, since=NOW, ends_at=end_of_day(last, store.time_zone))
    assert row.ends_at == datetime(2030, 10, 26, 22, 0, tzinfo=UTC)
    frozen.move_to(row.ends_at - SECOND)
    actions.lapse_all_due(now=timezone.now())
    assert Collaboration.objects.get().is_active
    frozen.move_to(row.ends_at)
    assert not Collaboration.objects.active().exists()
    frozen.move_to(row.ends_at + timedelta(minutes=1))
    actions.lapse_all_due(now=timezone.now())
    assert Collaboration.objects.get().ended_at == row.ends_at
