"""Writing a review, and correcting it."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from accounts.keyed import KeyedForm
from accounts.text import TextField, refuse_invisible_line
from partners import services
from reviews.actions.reviews import Opinion
from reviews.errors import ServicesNeeded, TextNeeded
from reviews.models import LEAST_TEXT, LOW, MOST_TEXT, Review, ReviewInvitation, Source

NO_STATE = datetime.min.replace(tzinfo=UTC)
STARS = [(number, _("%(number)d of 5") % {"number": number}) for number in range(1, 6)]


class StarsField(forms.TypedChoiceField):
    """One to five, as radio buttons that look like stars."""

    default_error_messages = {
        "required": _("Choose one to five stars."),
        "invalid_choice": _("Choose one to five stars."),
    }

    def __init__(self, **kwargs):
        super().__init__(choices=STARS, coerce=int, widget=forms.RadioSelect, **kwargs)


class OpinionForm(forms.Form):
    """What a merchant says. A hand-over asks what was done; a job knows."""

    services = forms.MultipleChoiceField(
        label=_("What did they do?"),
        choices=services.choices,
        error_messages={"required": ServicesNeeded.sentence, "invalid_choice": _("Choose services from the list.")},
    )
    communication = StarsField(label=_("Communication"))
    quality = StarsField(label=_("Quality of work"))
    text = TextField(
        label=_("In your words"),
        required=False,
        min_length=LEAST_TEXT,
        max_length=MOST_TEXT,
        help_text=_("10 to 2,000 characters. You may leave it out, unless a rating is 1 or 2."),
        widget=forms.Textarea(
            attrs={"rows": 7, "data-counted": _("{n} of 2,000 characters; needed if a rating is 1 or 2")}
        ),
        error_messages={
            "min_length": _("Write at least %(limit_value)d characters, or leave it out; yours has %(show_value)d."),
        },
    )

    def __init__(self, *args, source: str, **kwargs):
        super().__init__(*args, **kwargs)
        if source == Source.JOB:
            del self.fields["services"]

    @property
    def service_boxes(self) -> list[dict[str, Any]]:
        ticked = set(self["services"].value() or ())
        return [{"key": key, "label": label, "ticked": key in ticked} for key, label in services.choices()]

    def clean_text(self) -> str:
        text = self.cleaned_data["text"]
        refuse_invisible_line(text)
        return text

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        ratings = [cleaned[name] for name in ("communication", "quality") if name in cleaned]
        if cleaned.get("text") == "" and ratings and min(ratings) <= LOW:
            self.add_error("text", ValidationError(TextNeeded.sentence, code=TextNeeded.code))
        return cleaned

    @property
    def opinion(self) -> Opinion:
        said = self.cleaned_data
        return Opinion(
            communication=said["communication"],
            quality=said["quality"],
            text=said["text"],
            services=said.get("services", []),
        )


class ReviewForm(OpinionForm, KeyedForm):
    """On an invitation, once."""

    @classmethod
    def about(cls, invitation: ReviewInvitation, data=None) -> "ReviewForm":
        return cls(data, source=invitation.source)


class CorrectionForm(OpinionForm):
    """It carries which state of the review the author had before them: what was corrected meanwhile is not lost."""

    edited_at = forms.CharField(required=False, max_length=50, widget=forms.HiddenInput)

    @classmethod
    def of(cls, review: Review, data=None) -> "CorrectionForm":
        said = {name: getattr(review, name) for name in ("services", "communication", "quality", "text")}
        seen = review.edited_at.isoformat() if review.edited_at else ""
        return cls(data, source=review.source, initial={**said, "edited_at": seen})

    def clean_edited_at(self) -> datetime | None:
        """What means nothing is told like what is out of date: both are no state that the review was in."""
        seen = self.cleaned_data["edited_at"]
        try:
            return parse_datetime(seen) or (NO_STATE if seen else None)
        except ValueError:
            return NO_STATE
