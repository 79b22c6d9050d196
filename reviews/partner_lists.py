"""Reviews of a partner: which tab they stand in, what they are looked for by, and pages of them."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet, TextChoices
from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts import keyset
from accounts.keyset import NoSuchPlace, Page
from accounts.text import LineField
from accounts.zones import end_of_day
from partners.models import Partner, PartnerRating
from reviews.models import Review, Source

LOOKED_FOR = 100  # code points
FIRST_YEAR, LAST_YEAR = 2000, 2100  # further away is a slip of the finger
PAGE_SIZE = 20  # whole texts stand on it
BEST_FIRST = (5, 4, 3, 2, 1)


class Tab(TextChoices):
    TO_ANSWER = "to_answer", _("To answer")
    ANSWERED = "answered", pgettext_lazy("several reviews", "Answered")
    ALL = "all", pgettext_lazy("several reviews", "All")


def counts(rating: PartnerRating | None) -> dict[str, int]:
    """By tab, as they are kept: nothing is counted."""
    if rating is None:
        return dict.fromkeys(Tab.values, 0)
    return {
        Tab.TO_ANSWER: rating.reviews - rating.answered,
        Tab.ANSWERED: rating.answered,
        Tab.ALL: rating.reviews + rating.removed,
    }


def in_tab(rows: QuerySet[Review], tab: str) -> QuerySet[Review]:
    """Removed reviews are listed under All, with why."""
    if tab == Tab.TO_ANSWER:
        return rows.filter(removed_at=None, answered_at=None)
    if tab == Tab.ANSWERED:
        return rows.filter(removed_at=None, answered_at__isnull=False)
    return rows


# --- Looking for some -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """What reviews are looked for by; what is None, or empty, asks nothing."""

    search: str = ""
    stars: int | None = None
    source: str = ""
    since: date | None = None
    until: date | None = None

    def among(self, rows: QuerySet[Review]) -> QuerySet[Review]:
        """Days are those of the reader: reviews come from stores in many zones."""
        if self.search:
            rows = rows.filter(Q(text__icontains=self.search) | Q(store__name__icontains=self.search))
        if self.stars:
            rows = rows.filter(total__in=[2 * self.stars - 1, 2 * self.stars])  # halves round up
        if self.source:
            rows = rows.filter(source=self.source)
        zone = timezone.get_current_timezone()
        if self.since:
            rows = rows.filter(published_at__gte=datetime.combine(self.since, time.min, tzinfo=zone))
        if self.until:
            rows = rows.filter(published_at__lt=end_of_day(self.until, timezone.get_current_timezone_name()))
        return rows


def near(day: date | None) -> date | None:
    """Raises ValidationError for a day that no review can have."""
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(
            _("Choose a day from the year %(first)d to %(last)d."),
            code="day_too_far",
            params={"first": FIRST_YEAR, "last": LAST_YEAR},
        )
    return day


BEFORE_THE_FIRST = _("Choose a day that is not before the first one.")


def _star_choices() -> list[tuple[object, str]]:
    stars = [(count, ngettext("%(count)d star", "%(count)d stars", count) % {"count": count}) for count in BEST_FIRST]
    return [("", gettext("Any rating")), *stars]


def _day(label) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, required=False, input_formats=["%Y-%m-%d"], widget=widget)


class ReviewSearch(forms.Form):
    """What the list is asked for. Empty fields ask for nothing."""

    search = LineField(label=_("Text or store"), required=False, max_length=LOOKED_FOR, widget=forms.SearchInput)
    stars = forms.TypedChoiceField(
        label=_("Rating"), required=False, choices=_star_choices, coerce=int, empty_value=None
    )
    source = forms.ChoiceField(label=_("Rests on"), required=False, choices=[("", _("Any work")), *Source.choices])
    since = _day(_("From"))
    until = _day(_("To"))

    def clean_since(self) -> date | None:
        return near(self.cleaned_data["since"])

    def clean_until(self) -> date | None:
        return near(self.cleaned_data["until"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", ValidationError(BEFORE_THE_FIRST, "before"))
        return cleaned

    @property
    def is_used(self) -> bool:
        return any(self.data.get(name) for name in self.fields)

    def among(self, rows: QuerySet[Review]) -> QuerySet[Review]:
        """The rows that are looked for; none if what was typed makes no sense."""
        return Wanted(**self.cleaned_data).among(rows) if self.is_valid() else rows.none()


# --- Pages ----------------------------------------------------------------------------------------------------------


def page(
    rows: QuerySet[Review],
    tab: str,
    *,
    partner: Partner,
    after: str | None = None,
    before: str | None = None,
    size: int = PAGE_SIZE,
    strict: bool = False,
) -> Page:
    """The lowest, then the oldest, on top of those to answer; else the newest. A review that was answered meanwhile
    still says where to go on."""
    everything = Review.objects.filter(partner=partner)
    if tab != Tab.TO_ANSWER:
        return keyset.page(rows, after=after, before=before, among=everything, size=size, strict=strict)
    return _lowest_first(rows, everything, after=after, before=before, size=size, strict=strict)


def _lowest_first(rows, everything, *, after, before, size, strict) -> Page:
    start = _place(everything, after or before)
    if strict and (after or before) and start is None:
        raise NoSuchPlace
    if start is not None and not after:
        earlier = Q(lowest__lte=start.lowest) & (Q(lowest__lt=start.lowest) | Q(pk__lt=start.pk))
        found = list(rows.filter(earlier).order_by("-lowest", "-pk")[: size + 1])
        if found:
            shown = found[:size][::-1]
            return Page(shown, after=shown[-1].public_id, before=shown[0].public_id if len(found) > size else None)
        start = None
    if start is not None:
        rows = rows.filter(Q(lowest__gte=start.lowest) & (Q(lowest__gt=start.lowest) | Q(pk__gt=start.pk)))
    found = list(rows.order_by(F("lowest").asc(), "pk")[: size + 1])
    shown = found[:size]
    return Page(
        shown,
        after=shown[-1].public_id if len(found) > size else None,
        before=shown[0].public_id if start is not None and shown else None,
    )


def _place(everything: QuerySet[Review], named: str | None) -> Review | None:
    try:
        wanted = UUID(named) if named else None
    except ValueError:
        return None
    return everything.only("pk", "lowest").filter(public_id=wanted).first() if wanted else None
