from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _


class KeyedForm(forms.Form):
    """Makes something new: sent twice, by a double click or by going back, it makes it once (accounts/once.py)."""

    key = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput, initial=lambda: str(uuid4()))

    def asked(self) -> dict[str, Any]:
        """What was asked for under the key, as JSON."""
        return {name: self[name].value() for name in self.fields if name != "key"}

    def say_sent_before(self) -> None:
        """Its key made something else already: keep what was typed, ready to be sent as something new."""
        self.data = {**{name: self[name].value() for name in self.fields}, "key": str(uuid4())}
        self.add_error(None, _("You sent this form once already. What it holds now was not sent: send it again."))
