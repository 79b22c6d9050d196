from datetime import UTC, date, datetime

import pytest

from accounts.zones import end_of_day, known_zone, last_day, zone_names


@pytest.mark.parametrize(
    ("zone", "ends"),
    [
        ("Europe/Paris", datetime(2026, 12, 31, 23, tzinfo=UTC)),
        ("America/New_York", datetime(2027, 1, 1, 5, tzinfo=UTC)),
        ("Pacific/Auckland", datetime(2026, 12, 31, 11, tzinfo=UTC)),
    ],
)
def test_a_day_ends_with_that_day_in_the_zone(zone, ends):
    assert end_of_day(date(2026, 12, 31), zone) == ends
    assert last_day(ends, zone) == date(2026, 12, 31)


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_days_of_23_and_25_hours_end_where_the_next_one_begins(day):
    ends = end_of_day(day, "Europe/Paris")
    assert last_day(ends, "Europe/Paris") == day
    assert ends.astimezone().timestamp() - end_of_day(
        date.fromordinal(day.toordinal() - 1), "Europe/Paris"
    ).timestamp() in {
        23 * 3600,
        25 * 3600,
    }


def test_an_unknown_zone_becomes_utc():
    assert known_zone("Middle/Earth") == "UTC"
    assert known_zone("Europe/Paris") == "Europe/Paris"
    assert "posixrules" not in zone_names()


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Africa/Cairo", date(2026, 4, 23)),
        ("Asia/Beirut", date(2026, 3, 28)),
        ("America/Havana", date(2026, 3, 7)),
        ("America/Santiago", date(2026, 9, 5)),
        ("Atlantic/Azores", date(2026, 3, 28)),
    ],
)
def test_the_last_day_is_the_one_picked_where_clocks_change_at_midnight(zone, day):
    assert last_day(end_of_day(day, zone), zone) == day
