"""Calendar quarters, as a store lives them: they begin at midnight in its zone."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.zones import end_of_day


def first_day(now: datetime, zone: str) -> date:
    """The day on which the quarter of `now` began in `zone`."""
    today = now.astimezone(ZoneInfo(zone)).date()
    return date(today.year, today.month - (today.month - 1) % 3, 1)


def next_first_day(first: date) -> date:
    return date(first.year + first.month // 10, (first.month + 2) % 12 + 1, 1)


def begins(first: date, zone: str) -> datetime:
    return end_of_day(first - timedelta(days=1), zone)


def in_words(first: date) -> str:
    """ "October to December 2026"."""
    last = next_first_day(first) - timedelta(days=1)
    return _("%(first)s to %(last)s %(year)s") % {
        "first": date_format(first, "F"),
        "last": date_format(last, "F"),
        "year": first.year,
    }
