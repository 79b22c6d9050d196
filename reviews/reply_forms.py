"""What a partner types in answer to a review."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.keyed import KeyedForm
from accounts.text import TextField, refuse_invisible_line
from reviews.models import LEAST_REPLY, MOST_REPLY, Reply

REPLY_ERRORS = {
    "required": _("Write your reply first: 10 characters at least."),
    "min_length": _("Write at least %(limit_value)d characters."),
    "max_length": _("Use at most 1,000 characters. You used %(show_value)d."),
}


class ReplyForm(KeyedForm):
    # How often the text that is edited had been edited; empty for a new one
    edits = forms.IntegerField(required=False, min_value=0, max_value=1_000_000, widget=forms.HiddenInput)
    text = TextField(
        label=_("Your reply"),
        min_length=LEAST_REPLY,
        max_length=MOST_REPLY,
        error_messages=REPLY_ERRORS,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"auto_id": "id_reply_%s", **kwargs})

    @classmethod
    def of(cls, reply: Reply) -> "ReplyForm":
        """To edit it."""
        return cls(initial={"text": reply.text, "edits": reply.edits})

    def clean_text(self) -> str:
        text = self.cleaned_data["text"]
        refuse_invisible_line(text.replace("\n", " "))
        return text


class DraftForm(forms.Form):
    """What stands there so far: it may be short, too long, or nothing yet."""

    text = TextField(required=False, max_length=5 * MOST_REPLY, strip=True)


def draft(data) -> str:
    """Raises ValidationError for what no reply may hold."""
    form = DraftForm(data)
    if not form.is_valid():
        raise ValidationError(form.errors["text"].as_data())
    return form.cleaned_data["text"]
