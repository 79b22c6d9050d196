from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.text import LineField, TextField
from collaborators.models import LONGEST_DAYS, MESSAGE_LENGTH, RequestTemplate
from stores.forms import PermissionsField


class TemplateForm(forms.Form):
    name = LineField(label=_("Name of the template"), max_length=RequestTemplate.NAME_LENGTH)
    permissions = PermissionsField(label=_("Permissions you need"))
    days = forms.IntegerField(
        label=_("For how many days"),
        required=False,
        min_value=1,
        max_value=LONGEST_DAYS,
        help_text=_("Counted from the day you ask. Leave it empty for no end date."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    message = TextField(
        label=_("Message to the merchant"),
        required=False,
        max_length=MESSAGE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class TemplateNameForm(forms.Form):
    """Where the rest of the template stands on the page already."""

    prefix = "template"
    name = LineField(label=_("Name of the template"), max_length=RequestTemplate.NAME_LENGTH)
