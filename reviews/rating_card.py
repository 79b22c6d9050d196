"""A partner's rating in words and bars, from the figures that are kept."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.models import PartnerRating


@dataclass(frozen=True)
class Bar:
    stars: int
    count: int
    percent: int


def bars(rating: PartnerRating) -> list[Bar]:
    """Best first; a bar that counts something is never so short that it cannot be seen."""
    return [
        Bar(stars, count, max(1, 100 * count // rating.reviews) if count else 0)
        for stars, count in reversed(list(enumerate(rating.spread, start=1)))
    ]


def time_to_answer(rating: PartnerRating) -> str:
    """ "within 1 day": half of the answers came in that time. "" before the first."""
    if not rating.answered:
        return ""
    hours = rating.hours_to_answer
    if hours is None:
        return _("after more than a month")
    if hours < 24:
        return ngettext("within %(count)d hour", "within %(count)d hours", hours) % {"count": hours}
    return ngettext("within %(count)d day", "within %(count)d days", hours // 24) % {"count": hours // 24}
