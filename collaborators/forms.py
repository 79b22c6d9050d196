from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.keyed_forms import KeyedForm
from accounts.text import LineField, TextField
from collaborators import codes
from collaborators.models import MESSAGE_LENGTH, REASON_LENGTH, RequestPolicy
from stores import addresses
from stores.forms import PermissionsField
from stores.models import Store

LONGEST = timedelta(days=5 * 365)  # later than this is a slip of the finger; there is "no end date" for the rest


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


class CodeField(forms.CharField):
    def clean(self, value) -> codes.Typed:
        return codes.Typed(super().clean(value))


class RequestForm(KeyedForm, EndForm):
    store_url = LineField(
        label=_("Store URL"),
        max_length=300,
        help_text=_("The address of the shop, as customers see it."),
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    code = CodeField(
        label=_("Collaborator request code"),
        required=False,
        help_text=_(
            "4 digits. Ask the merchant: it is under Settings › Users and permissions. "
            "Leave it empty if the store asks for none."
        ),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "input code"}),
    )
    permissions = PermissionsField(label=_("Permissions you need"))
    message = TextField(
        label=_("Message to the merchant"),
        required=False,
        max_length=MESSAGE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    TERMS = ("permissions", "how_long", "ends_on", "message")  # what a template keeps of it

    def clean_store_url(self) -> str:
        addresses.parse(self.cleaned_data["store_url"])
        return self.cleaned_data["store_url"]


class ApprovalForm(EndForm):
    permissions = PermissionsField(label=_("What they may do in your store"))

    def __init__(self, *args, store: Store, **kwargs):
        super().__init__(*args, zone=store.time_zone, **kwargs)


class RefusalForm(forms.Form):
    reason = TextField(
        label=_("Reason (optional)"),
        required=False,
        max_length=REASON_LENGTH,
        help_text=_("The partner reads it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class PermissionsForm(forms.Form):
    permissions = PermissionsField(label=_("What they may do in your store"))


class PolicyForm(forms.Form):
    rule = forms.ChoiceField(
        label=_("Who may ask for access"), choices=RequestPolicy.Rule.choices, widget=forms.RadioSelect
    )


class RenewalForm(forms.Form):
    """`ends_on` is the last day as the reader saw it: so a second click does not renew again."""

    ends_on = forms.DateField(label=_("Last day"), widget=forms.HiddenInput)
