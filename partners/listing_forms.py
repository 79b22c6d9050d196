from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.places import countries, languages
from accounts.text import LineField, TextField
from partners import services
from partners.listings import NEEDED, Written, clean_website
from partners.models import LISTING_LENGTH, PublicListing

FIELDS = ("name", "text", "services", "languages", "country", "website")
NO_SUCH = {"invalid_choice": _("This choice does not exist. Reload the page and choose again.")}


class ListingForm(forms.Form):
    """A draft may lack anything; what is shown to everybody (`is_shown`) may not."""

    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    name = LineField(label=_("Name"), max_length=100)
    text = TextField(
        label=_("What you do"),
        max_length=LISTING_LENGTH,
        help_text=_("Up to 2,000 characters: what you are good at, for whom, how you work."),
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    services = forms.MultipleChoiceField(label=_("Services"), choices=services.choices, error_messages=NO_SUCH)
    languages = forms.MultipleChoiceField(label=_("Languages you work in"), choices=languages, error_messages=NO_SUCH)
    country = forms.ChoiceField(label=_("Country"), choices=countries, error_messages=NO_SUCH)
    website = LineField(
        label=_("Website"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, *args, is_shown: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.is_shown = is_shown
        for name, sentence in NEEDED.items():  # what nobody sent yet reads as what it takes to be published
            self.fields[name].required = is_shown or not self.is_bound
            self.fields[name].error_messages["required"] = str(sentence)

    @classmethod
    def of(cls, listing: PublicListing) -> "ListingForm":
        return cls(initial={name: getattr(listing, name) for name in (*FIELDS, "version")})

    def clean_website(self) -> str:
        return clean_website(self.cleaned_data["website"])

    @property
    def written(self) -> Written:
        return Written(**{name: self.cleaned_data[name] for name in FIELDS})

    def with_version(self, version: int) -> "ListingForm":
        """What was typed, to be saved over the version that is there now."""
        typed = {name: self[name].value() for name in FIELDS}
        return ListingForm({**typed, "version": version}, is_shown=self.is_shown)

    def _boxes(self, name: str, choices) -> list[dict]:
        ticked = set(self[name].value() or ())
        return [{"key": key, "label": label, "ticked": key in ticked} for key, label in choices]

    def service_boxes(self) -> list[dict]:
        return self._boxes("services", services.choices())

    def language_boxes(self) -> list[dict]:
        return self._boxes("languages", languages())
