from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.text import LineField


class PartnerForm(forms.Form):
    name = LineField(label=_("Name"), max_length=100, help_text=_("As merchants know you."))
    slug = forms.SlugField(
        label=_("Address in Entente"),
        max_length=50,
        help_text=_("Small letters, digits and dashes. It stays as it is."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "data-slug-of": "id_name"}),
    )

    def clean_slug(self) -> str:
        return self.cleaned_data["slug"].lower()
