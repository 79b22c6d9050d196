from django import forms
from django.utils.translation import gettext_lazy as _

from collaborators.errors import EverythingTaken, NothingTaken
from collaborators.models import AccessReviewAnswer, Collaboration
from stores import phrases
from stores.permissions import PERMISSIONS, REQUIRES, in_order

Decision = AccessReviewAnswer.Decision


class AnswerForm(forms.Form):
    """One line of a review. What is ticked is what is taken away: so nothing is taken by a box that nobody saw."""

    decision = forms.ChoiceField(label=_("Decision"), choices=Decision)
    version = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
    take = forms.MultipleChoiceField(label=_("Take away"), required=False, choices=[(key, key) for key in PERMISSIONS])

    def __init__(self, data=None, *, collaboration: Collaboration):
        super().__init__(data, prefix=str(collaboration.public_id), initial={"version": collaboration.version})
        self.collaboration = collaboration

    @property
    def boxes(self) -> list[dict]:
        """What may be taken away; taking one takes what depends on it."""
        keys, ticked = in_order(self.collaboration.permissions), set(self["take"].value() or ())
        return [
            {
                "permission": PERMISSIONS[key],
                "ticked": key in ticked,
                "dependents": " ".join(other for other in keys if key in REQUIRES[other]),
            }
            for key in keys
        ]

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("decision") == Decision.REDUCE and "take" in cleaned:
            for refused, is_so in ((NothingTaken, not cleaned["take"]), (EverythingTaken, not self.left)):
                if is_so:
                    self.add_error("take", str(refused()))
        return cleaned

    @property
    def left(self) -> list[str]:
        return in_order(set(self.collaboration.permissions) - set(self.cleaned_data.get("take", ())))

    @property
    def terms(self) -> dict:
        decision = self.cleaned_data["decision"]
        return {
            "decision": decision,
            "version": self.cleaned_data["version"],
            "permissions": self.left if decision == Decision.REDUCE else (),
        }


class Line:
    """One collaborator in a review, as the page shows it."""

    def __init__(
        self, collaboration: Collaboration, form: AnswerForm | None = None, refusal: str = "", *, is_over: bool = False
    ):
        self.collaboration, self.form, self.refusal = collaboration, form, refusal
        self.answer = next(iter(collaboration.answers_here), None)  # type: ignore[attr-defined]
        # Nobody looked at it, and what holds today is not what held then.
        self.was_skipped = is_over and self.answer is None
        self.end = phrases.end(collaboration.ends_at, collaboration.store.time_zone)
        self.looked_at = self.answer.before if self.answer else [] if self.was_skipped else collaboration.permissions
        self.groups = phrases.group_names(self.looked_at)
        self.sensitive = phrases.sensitive_listed(self.looked_at)
        self.count = len(self.looked_at)
        self.taken = phrases.labels(set(self.answer.before) - set(self.answer.after)) if self.answer else []
