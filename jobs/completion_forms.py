"""Saying that a job is done, and answering."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.keyed import KeyedForm
from accounts.text import TextField, refuse_invisible_line
from jobs.errors import NothingMissing, TooManyMissing
from jobs.models import ITEM_LENGTH, LONGEST_AFTER, MOST_MISSING
from jobs.models.completions import MESSAGE_LENGTH


class CompletionForm(KeyedForm):
    message = TextField(
        label=_("Message"),
        required=False,
        max_length=MESSAGE_LENGTH,
        help_text=_("Up to 1,000 characters."),
        widget=forms.Textarea(attrs={"rows": 4, "autofocus": True, "data-counted": _("{n} of 1,000 characters")}),
    )


class ApprovalForm(forms.Form):
    """What becomes of access that belongs to the job. Without such access nothing is asked."""

    NOW, LATER = "now", "later"

    access = forms.ChoiceField(choices=[(NOW, _("At once")), (LATER, _("Later"))], required=False, initial=NOW)
    days = forms.IntegerField(
        label=_("Days"),
        required=False,
        min_value=1,
        max_value=LONGEST_AFTER,
        initial=7,
        error_messages={
            "min_value": _("Choose between 1 and %(most)d days, or let it end at once.") % {"most": LONGEST_AFTER},
            "max_value": _("Choose between 1 and %(most)d days, or let it end at once.") % {"most": LONGEST_AFTER},
        },
    )

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("access") != self.LATER:
            self.errors.pop("days", None)
            cleaned["days"] = None
        elif "days" in cleaned and cleaned["days"] is None:
            self.add_error("days", ValidationError(_("Type after how many days it ends."), code="no_days"))
        return cleaned

    @property
    def access_days(self) -> int:
        return self.cleaned_data["days"] or 0


class MissingField(TextField):
    """Things that are still to be done, one a line."""

    def clean(self, value) -> list[str]:
        lines = [line.strip() for line in super().clean(value).splitlines()]
        items = [line for line in lines if line]
        if not items:
            raise ValidationError(NothingMissing.sentence, code=NothingMissing.code)
        if len(items) > MOST_MISSING:
            raise ValidationError(TooManyMissing.sentence, code=TooManyMissing.code)
        for number, item in enumerate(items, start=1):
            if len(item) > ITEM_LENGTH:
                raise ValidationError(
                    _("Line %(number)d has %(length)d characters. Use at most %(most)d in each."),
                    code="line_too_long",
                    params={"number": number, "length": len(item), "most": ITEM_LENGTH},
                )
            refuse_invisible_line(item)
        return items


class RefusalForm(forms.Form):
    items = MissingField(
        label=_("What is still to be done"),
        help_text=_("One thing a line. The partner reads it, and it joins the list of the job."),
        error_messages={"required": NothingMissing.sentence},
        widget=forms.Textarea(attrs={"rows": 4}),
    )
