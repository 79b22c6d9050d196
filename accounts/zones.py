"""Time zones by their IANA name, and the end of a day in one."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones


@cache
def zone_names() -> tuple[str, ...]:
    """Names a person may pick: places and UTC, not the historical aliases."""
    areas = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    return ("UTC", *sorted(name for name in available_timezones() if name.startswith(areas)))


def known_zone(name: str) -> str:
    """`name` if it is a zone that may be picked, else UTC."""
    return name if name in zone_names() else "UTC"


def end_of_day(day: date, zone: str) -> datetime:
    """The first instant after `day` in `zone`: what "until `day`" means."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def last_day(instant: datetime, zone: str) -> date:
    """The day that `end_of_day` was given: the last one on which something with this end still holds."""
    return (instant - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()
