"""Reporting what should not stand: the form, the same for a review and a reply."""

from collections.abc import Iterator
from dataclasses import dataclass

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.text import TextField
from reviews.models import REPORT_LENGTH, Reason

MEANING: dict[Reason, Promise] = {
    Reason.HARMFUL: _("It insults, threatens or incites hatred, or the law forbids it."),
    Reason.PERSONAL: _("It names or shows people, addresses or numbers that are nobody’s business."),
    Reason.ADVERTISING: _("It sells something, or sends readers elsewhere."),
    Reason.NOT_REAL_WORK: _("The work did not take place, or the text is about something else."),
    Reason.CONFLICT: _("Whoever wrote it belongs to the other side or to a competitor, or was paid for it."),
}


@dataclass(frozen=True)
class Choice:
    """One radio button, with what the reason means."""

    value: str
    label: str | Promise
    meaning: str | Promise
    is_chosen: bool


def choices_of(chosen: object) -> Iterator[Choice]:
    for reason in Reason:
        yield Choice(reason.value, reason.label, MEANING[reason], reason.value == chosen)


class ReportForm(forms.Form):
    # Which reply it was: while somebody wrote this, the partner may have put another in its place
    seen = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label=_("What is wrong with it?"), choices=Reason.choices, error_messages={"required": _("Choose a reason.")}
    )
    details = TextField(
        label=_("Details"),
        max_length=REPORT_LENGTH,
        required=False,
        help_text=_("What the operators should look at. Only they read this, and only they know that you reported it."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def reasons(self) -> Iterator[Choice]:
        return choices_of(self["reason"].value())

    @property
    def terms(self) -> dict[str, str]:
        """What the action takes."""
        return {"reason": self.cleaned_data["reason"], "details": self.cleaned_data["details"]}
