"""What sign-up asks for besides e-mail and password. Apart from `forms.py`: allauth builds its own forms upon it."""

from django import forms
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.text import LineField
from accounts.zones import known_zone


class SignupForm(forms.Form):
    """What allauth's sign-up form asks for besides e-mail and password."""

    name = LineField(
        label=_("Your name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    time_zone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-zone": True}))

    field_order = ["name", "email", "password1", "time_zone"]

    def signup(self, request, user) -> None:
        """Called by allauth once the user is saved."""
        user.name = self.cleaned_data["name"]
        user.time_zone = known_zone(self.cleaned_data["time_zone"])
        user.language = translation.get_language() or ""
        user.save(update_fields=["name", "time_zone", "language"])
