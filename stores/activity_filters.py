"""What a reader of activity looks for: kinds, a person, a partner, days. Page, CSV and API ask the same form.

Somebody who never did anything here, and somebody who does not exist, are refused in the same words.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.zones import end_of_day
from stores import activity
from stores.models import Activity, Store

OFFERED = 100  # people and partners to choose from
FIRST_YEAR, LAST_YEAR = 2000, 2100  # further away is a slip of the finger


DAY = "%Y-%m-%d"


def day_widget() -> forms.DateInput:
    return forms.DateInput(format=DAY, attrs={"type": "date"})


class PeriodFilter(forms.Form):
    """Kinds and days: what every reader of activity may ask for. Empty fields ask for nothing."""

    held: Collection[str] | None = None  # team permissions of a reader in a partner; None: for a store

    kind = forms.MultipleChoiceField(label=_("What changed"), required=False, widget=forms.CheckboxSelectMultiple)
    since = forms.DateField(label=_("From"), required=False, input_formats=[DAY], widget=day_widget())
    until = forms.DateField(label=_("To"), required=False, input_formats=[DAY], widget=day_widget())

    def __init__(self, data=None, *, zone: str):
        super().__init__(data or {})
        self.zone = zone
        groups = activity.groups(held=self.held)
        self.fields["kind"].choices = [(group.key, group.label) for group in groups]  # type: ignore[attr-defined]

    def clean_since(self) -> date | None:
        return _near(self.cleaned_data["since"])

    def clean_until(self) -> date | None:
        return _near(self.cleaned_data["until"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", ValidationError(_("Choose a day that is not before the first one."), "before"))
        return cleaned

    @property
    def is_used(self) -> bool:
        return any(self.data.get(name) for name in self.fields)

    def offer_in(self, name: str, known: list[tuple[str, str]], *, before: tuple, after: tuple = ()) -> None:
        """Fill a list; a full one says that it may not hold all, and how to find the others."""
        self.fields[name].widget.choices = [*before, *known, *after]
        if len(known) >= OFFERED:
            hint = _("The newest %(count)d are listed. Look for others by what changed, and when.")
            self[name].help_text = hint % {"count": OFFERED}

    def among(self, rows: QuerySet[Activity]) -> QuerySet[Activity]:
        """The rows that are looked for; none if what was typed makes no sense."""
        return rows.filter(**self.conditions()) if self.is_valid() else rows.none()

    def conditions(self) -> dict[str, Any]:
        wanted: dict[str, Any] = {}
        if kinds := self.cleaned_data["kind"]:
            wanted["kind__in"] = activity.kinds_in(kinds)
        if since := self.cleaned_data["since"]:
            begins = datetime.combine(since, time.min, tzinfo=ZoneInfo(self.zone))
            wanted["created_at__gte"] = begins.astimezone(UTC)
        if until := self.cleaned_data["until"]:
            wanted["created_at__lt"] = end_of_day(until, self.zone)
        return wanted


def _near(day: date | None) -> date | None:
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(
            _("Choose a day from the year %(first)d to %(last)d."),
            code="day_too_far",
            params={"first": FIRST_YEAR, "last": LAST_YEAR},
        )
    return day


class StoreActivityFilter(PeriodFilter):
    """For a store. A person is named by any row of theirs in it: people have no address of their own."""

    ITSELF = "clock"  # what nobody did

    person = forms.CharField(label=_("Person"), required=False, widget=forms.Select)
    partner = forms.CharField(label=_("Partner"), required=False, widget=forms.Select)

    field_order = ["kind", "person", "partner", "since", "until"]

    def __init__(self, data=None, *, store: Store):
        super().__init__(data, zone=store.time_zone)
        self.store = store

    @cached_property
    def _first_rows(self) -> list[Activity]:
        """The first row of each person and of each partner in this store, up to `OFFERED` of both. One query.

        It hops through the index from one person to the next, so it costs the same however much they did.
        """
        both = " UNION ".join(_HOPS.format(column=column) for column in ("actor_id", "partner_id"))
        found = Activity.objects.filter(pk__in=RawSQL(both, [self.store.pk, self.store.pk, OFFERED] * 2))  # noqa: S611
        return list(found.select_related("actor", "partner").order_by("pk"))

    @cached_property
    def people(self) -> dict[int, Activity]:
        """Each person's first row, by who they are."""
        return {row.actor_id: row for row in reversed(self._first_rows) if row.actor_id}

    @cached_property
    def partners(self) -> dict[str, Activity]:
        return {row.partner.slug: row for row in reversed(self._first_rows) if row.partner}

    def offer(self) -> None:
        """Fill the two lists, for a page. What is chosen is on them, however many there are."""
        people = sorted(self.people.values(), key=lambda row: str(row.actor).casefold())
        partners = sorted(self.partners.values(), key=lambda row: str(row.partner).casefold())
        someone = [(str(row.public_id), str(row.actor)) for row in people]
        some_partner = [(row.partner.slug, str(row.partner)) for row in partners if row.partner]
        self.offer_in("person", someone, before=(("", _("Anybody")),), after=((self.ITSELF, _("By itself")),))
        self.offer_in("partner", some_partner, before=(("", _("Any partner")),))

    def clean_person(self) -> int | str | None:
        """Id of the person; ITSELF for nobody."""
        named = self.cleaned_data["person"]
        if named in {"", self.ITSELF}:
            return named or None
        row = next((row for row in self.people.values() if str(row.public_id) == named), None) or self._found(
            public_id=_uuid(named), actor__isnull=False
        )
        if row is None or row.actor_id is None:
            raise ValidationError(_("Nobody like this changed anything here. Choose a person from the list."), "nobody")
        self.people[row.actor_id] = row
        return row.actor_id

    def clean_partner(self) -> int | None:
        named = self.cleaned_data["partner"]
        if not named:
            return None
        row = self.partners.get(named) or self._found(partner__slug=named)
        if row is None:
            raise ValidationError(_("No such partner had to do with this store. Choose one from the list."), "no_such")
        self.partners[named] = row
        return row.partner_id

    def _found(self, **which) -> Activity | None:
        rows = Activity.objects.filter(store=self.store, **which)
        return rows.select_related("actor", "partner").order_by("pk").first()

    def conditions(self) -> dict[str, Any]:
        wanted = super().conditions()
        if person := self.cleaned_data["person"]:
            wanted["actor_id"] = None if person == self.ITSELF else person
        if partner := self.cleaned_data["partner"]:
            wanted["partner_id"] = partner
        return wanted


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


_HOPS = """
(WITH RECURSIVE hop(who, id) AS (
    (SELECT {column}, id FROM stores_activity WHERE store_id = %s AND {column} IS NOT NULL
     ORDER BY {column} DESC, id LIMIT 1)
  UNION ALL
    SELECT next.who, next.id FROM hop CROSS JOIN LATERAL (
        SELECT {column} AS who, id FROM stores_activity WHERE store_id = %s AND {column} < hop.who
        ORDER BY {column} DESC, id LIMIT 1
    ) AS next
) SELECT id FROM hop LIMIT %s)
"""
