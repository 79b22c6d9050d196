from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.keyed import KeyedForm
from accounts.text import TextField
from stores.ends import EndForm
from stores.forms import PermissionsField, StoreForm
from stores.models import HANDOVER_MESSAGE_LENGTH


class DevelopmentStoreForm(KeyedForm, StoreForm):
    domain = None  # type: ignore[assignment]  # the merchant's to say

    @property
    def terms(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if name != "key"}


class HandoverForm(KeyedForm):
    """To whom the store is offered, and what the partner asks to keep."""

    email = forms.EmailField(
        label=_("E-mail of the merchant"),
        max_length=254,
        help_text=_("Only whoever has this address can accept, within 14 days."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    message = TextField(
        label=_("Message"),
        required=False,
        max_length=HANDOVER_MESSAGE_LENGTH,
        help_text=_("It stands in the e-mail and on the page of the offer."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    permissions = PermissionsField(label=_("What you would like to keep"), required=False)

    @property
    def terms(self) -> dict:
        chosen = self.cleaned_data
        return {"email": chosen["email"], "message": chosen["message"], "wished": chosen["permissions"]}


class HandoverAcceptanceForm(EndForm):
    """What the partner keeps, and until when; or nothing."""

    SOME, NOTHING = "some", "nothing"

    keeping = forms.ChoiceField(
        label=_("Afterwards the partner keeps"),
        choices=[(SOME, _("What is ticked below")), (NOTHING, _("Nothing"))],
    )
    permissions = PermissionsField(label=_("What the partner may still do"), required=False)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("keeping") == self.NOTHING:
            for name in ("permissions", "how_long", "ends_on"):
                self.errors.pop(name, None)
            return {**cleaned, "permissions": [], "ends_on": None}
        if cleaned.get("keeping") == self.SOME and cleaned.get("permissions") == []:
            sentence = _("Tick what the partner keeps, or choose that it keeps nothing.")
            self.add_error("permissions", ValidationError(sentence, code="nothing_ticked"))
        return cleaned

    @property
    def kept(self) -> dict:
        """What the action takes."""
        return {"keeps": self.cleaned_data["permissions"], "ends_on": self.cleaned_data["ends_on"]}
