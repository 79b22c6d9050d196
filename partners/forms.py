from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.text import HandleField, LineField


class PartnerForm(forms.Form):
    name = LineField(label=_("Name"), max_length=100, help_text=_("As merchants know you."))
    slug = HandleField(
        label=_("Address in Entente"),
        help_text=_("Small letters, digits and dashes. It stays as it is."),
        named_after="id_name",
    )
