from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.keyed import KeyedForm
from accounts.text import TextField
from collaborators.models import TEXT_LENGTH


class MessageForm(KeyedForm):
    text = TextField(
        label=_("Your message"),
        max_length=TEXT_LENGTH,
        help_text=_("Plain text, up to 5,000 characters. Links can be clicked."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
