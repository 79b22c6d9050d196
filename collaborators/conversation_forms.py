from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.text import TextField
from collaborators.models import TEXT_LENGTH


class MessageForm(forms.Form):
    # So that the form sent twice, by a double click or by going back, sends once (accounts/once.py).
    key = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput, initial=lambda: str(uuid4()))
    text = TextField(
        label=_("Your message"),
        max_length=TEXT_LENGTH,
        help_text=_("Plain text, up to 5,000 characters. Links can be clicked."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def with_new_key(self) -> "MessageForm":
        """The same as it was filled in, ready to be sent as something new."""
        return MessageForm({"text": self["text"].value(), "key": str(uuid4())})
