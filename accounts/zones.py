"""Time zones by their IANA name, and the end of a day in one."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext as _


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


def ends_a_day(instant: datetime, zone: str) -> bool:
    """Whether this is an instant that `end_of_day` gives, and not one in the middle of a day."""
    return end_of_day(last_day(instant, zone), zone) == instant


def city(name: str) -> str:
    """ "Buenos Aires, Argentina" for America/Argentina/Buenos_Aires: the place first."""
    return ", ".join(part.replace("_", " ") for part in reversed(name.split("/")[1:])) or name


def zones_by_area() -> list[tuple[str, str | list[tuple[str, str]]]]:
    """Choices for a select, grouped by continent or ocean."""
    areas = {
        "Africa": _("Africa"),
        "America": _("America"),
        "Antarctica": _("Antarctica"),
        "Asia": _("Asia"),
        "Atlantic": _("Atlantic"),
        "Australia": _("Australia"),
        "Europe": _("Europe"),
        "Indian": _("Indian Ocean"),
        "Pacific": _("Pacific"),
    }
    groups: dict[str, list[tuple[str, str]]] = {label: [] for label in areas.values()}
    for name in zone_names()[1:]:
        groups[areas[name.partition("/")[0]]].append((name, city(name)))
    return [("UTC", "UTC"), *((label, sorted(names, key=lambda pair: pair[1])) for label, names in groups.items())]
