from collections.abc import Mapping, Sequence

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from notifications.choices import How, Section
from notifications.kinds import Kind


class HowField(forms.ChoiceField):
    """At once, in the digest, or off. Empty where the page did not ask: then nothing changes."""

    def __init__(self, **options):
        sentences = {"invalid_choice": _("Choose one of the three.")}
        super().__init__(
            choices=How.choices, widget=forms.RadioSelect, required=False, error_messages=sentences, **options
        )


class MailChoicesForm(forms.Form):
    """One choice for each kind that is listed, or `all`, by a button of its own, one for them all."""

    all = HowField()

    def __init__(self, *args, sections: Sequence[Section], chosen: Mapping[str, str], **kwargs):
        super().__init__(*args, **kwargs)
        self._sections = sections
        self.topics = [kind.topic for section in sections for kind in section.kinds if not kind.security]
        for topic in self.topics:
            self.fields[topic] = HowField(initial=chosen.get(topic, How.NOW))

    def chosen(self) -> dict[str, str]:
        if for_all := self.cleaned_data["all"]:
            return dict.fromkeys(self.topics, for_all)
        return {topic: self.cleaned_data[topic] for topic in self.topics if self.cleaned_data[topic]}

    def sections(self) -> list[tuple[str, list[tuple[Kind, BoundField | None]]]]:
        """For the page: each side with its kinds, and the field of those that may be chosen."""
        return [
            (section.side, [(kind, None if kind.security else self[kind.topic]) for kind in section.kinds])
            for section in self._sections
        ]
