from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.keyed import KeyedForm
from accounts.text import LineField, TextField
from collaborators import codes
from collaborators.models import MESSAGE_LENGTH, REASON_LENGTH, RequestPolicy
from stores import addresses
from stores.ends import EndForm
from stores.forms import PermissionsField
from stores.models import Store


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
