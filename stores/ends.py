"""Until when somebody may enter: the end of a day in the store's zone, or an open end."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.zones import end_of_day
from stores.errors import EndsInThePast
from stores.models import Store

LONGEST = timedelta(days=5 * 365)  # later than this is a slip of the finger; there is "no end date" for the rest


def end_of(ends_on: date | None, store: Store) -> datetime | None:
    """Raises EndsInThePast."""
    ends_at = end_of_day(ends_on, store.time_zone) if ends_on else None
    if ends_at is not None and ends_at <= timezone.now():
        raise EndsInThePast
    return ends_at


def check_last_day(day: date, *, zone: str) -> None:
    """Raise ValidationError for a day that is over in `zone`, or so far away that it must be a slip."""
    today = timezone.localdate(timezone=ZoneInfo(zone))
    if day < today:
        raise ValidationError(_("This day is over. Choose today or a later day."), code="day_over")
    if day > today + LONGEST:
        raise ValidationError(
            _("Choose a day before %(date)s, or no end date."),
            code="day_too_far",
            params={"date": date_format(today + LONGEST)},
        )


class EndForm(forms.Form):
    """Until when: the end of a day, or no end. `today` is asked in the zone whose days are meant."""

    UNTIL, OPEN = "until", "open"

    how_long = forms.ChoiceField(choices=[(UNTIL, _("Until a date")), (OPEN, _("No end date"))], label=_("Access ends"))
    ends_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def __init__(self, *args, zone: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.today = timezone.localdate(timezone=ZoneInfo(zone))
        self.fields["ends_on"].widget.attrs["min"] = self.today.isoformat()

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("how_long") != self.UNTIL:
            cleaned["ends_on"] = None
        elif "ends_on" in cleaned:
            self._check(cleaned["ends_on"])
        return cleaned

    def _check(self, day) -> None:
        if day is None:
            self.add_error("ends_on", ValidationError(_("Choose the last day, or no end date."), code="no_day"))
            return
        try:
            check_last_day(day, zone=self.zone)
        except ValidationError as refused:
            self.add_error("ends_on", refused)

    @property
    def terms(self) -> dict:
        """What actions take: `ends_on` alone says how long."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"how_long", "key"}}


class EndSerializer(serializers.Serializer):
    """How long. `zone` in the context is the one whose days are meant."""

    ends_on = serializers.DateField(
        allow_null=True, help_text="The last day, in the store's time zone; null for no end date."
    )

    def validate_ends_on(self, day: date | None) -> date | None:
        if day is not None:
            check_last_day(day, zone=self.context["zone"])
        return day
