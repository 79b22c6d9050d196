"""Forms of what happens until somebody is hired, and of cancelling."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.keyed import KeyedForm
from accounts.money import AmountField, AmountInput
from accounts.text import HANDLE, LineField, TextField, refuse_invisible_line
from jobs.actions import Offer, Wanted
from jobs.errors import NoPartnerChosen, NotWorkingHere, TooManyItems
from jobs.models import BRIEF_LENGTH, ITEM_LENGTH, MESSAGE_LENGTH, MOST_ITEMS, REASON_LENGTH, TITLE_LENGTH
from partners import services
from stores.forms import currencies
from stores.models import Store


class ItemsField(TextField):
    """One item on each line."""

    def clean(self, value) -> list[str]:
        lines = [" ".join(line.split()) for line in super().clean(value).split("\n")]
        items = [line for line in lines if line]
        if len(items) > MOST_ITEMS:
            raise ValidationError(TooManyItems.sentence, code=TooManyItems.code)
        for number, item in enumerate(items, start=1):
            if len(item) > ITEM_LENGTH:
                raise ValidationError(
                    _("Item %(number)d has %(length)d characters. Use at most %(most)d for each."),
                    "too_long",
                    {"number": number, "length": len(item), "most": ITEM_LENGTH},
                )
            refuse_invisible_line(item)
        return items


def _wide(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class WantedForm(KeyedForm):
    """What is to be done."""

    title = LineField(label=_("Title"), max_length=TITLE_LENGTH, help_text=_("What it is about, in a few words."))
    brief = TextField(label=_("Brief"), max_length=BRIEF_LENGTH, widget=_wide(7))
    services = forms.MultipleChoiceField(
        label=_("Services"),
        required=False,
        choices=services.choices,
        error_messages={"invalid_choice": _("Choose services from the list.")},
    )

    @property
    def wanted(self) -> Wanted:
        return Wanted(**{name: self.cleaned_data[name] for name in ("title", "brief", "services")})

    @property
    def service_boxes(self) -> list[dict[str, Any]]:
        ticked = set(self["services"].value() or ())
        return [{"key": key, "label": label, "ticked": key in ticked} for key, label in services.choices()]


class BudgetInput(AmountInput):
    """Without its currency, which is chosen beside it."""

    template_name = "django/forms/widgets/text.html"


class JobForm(WantedForm):
    """The store asks one partner, or posts the job to several."""

    currency = forms.ChoiceField(label=_("Currency"), choices=currencies)  # before the budget, which is read in it
    budget = AmountField(
        label=_("Budget"),
        required=False,
        max_length=60,
        help_text=_("The partners you choose see it."),
        widget=BudgetInput,
    )
    partners = forms.Field(label=_("Partners"), required=False, widget=forms.SelectMultiple)
    slug = LineField(
        label=_("Another partner"),
        required=False,
        max_length=200,
        help_text=_("Its address in Entente, like atelier-nord. One that never worked for you is asked alone."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_currency(self) -> str:
        currency: str = self.cleaned_data["currency"]
        self.fields["budget"].currency = currency  # type: ignore[attr-defined]
        return currency

    def clean_partners(self) -> list[str]:
        chosen = list(self.cleaned_data["partners"] or ())
        if not all(HANDLE.fullmatch(slug) for slug in chosen):
            raise ValidationError(NoPartnerChosen.sentence, code=NoPartnerChosen.code)
        return chosen

    def clean_slug(self) -> str:
        """The last part, where somebody pasted the address of a page."""
        return self.cleaned_data["slug"].rstrip("/").rpartition("/")[2].lower()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        chosen = [*(cleaned.get("partners") or ()), *filter(None, [cleaned.get("slug")])]
        if not chosen and not self.errors.keys() & {"slug", "partners"}:
            self.add_error("partners", ValidationError(NoPartnerChosen.sentence, code=NoPartnerChosen.code))
        cleaned["chosen"] = chosen
        return cleaned

    @property
    def terms(self) -> dict[str, Any]:
        """What the action takes."""
        cleaned = self.cleaned_data
        return {
            "wanted": self.wanted,
            "currency": cleaned["currency"],
            "budget": cleaned["budget"],
            "partners": cleaned["chosen"],
        }


class OfferForm(KeyedForm):
    """For how much a partner would do it. `currency` is the one of the job."""

    PRICE, FREE = "price", "free"

    how = forms.ChoiceField(
        choices=[(PRICE, _("For a price")), (FREE, _("Free"))],
        label=_("Price"),
        error_messages={"required": _("Choose a price, or free."), "invalid_choice": _("Choose a price, or free.")},
    )
    price = AmountField(label=_("Amount"), required=False, max_length=60)
    message = TextField(label=_("Message"), required=False, max_length=MESSAGE_LENGTH, widget=_wide(5))
    items = ItemsField(
        label=_("What you will do"),
        required=False,
        help_text=_("One item on each line, at most 100. They become the list that you tick and the store sees."),
        widget=_wide(5),
    )

    def __init__(self, *args, currency: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["price"].currency = currency  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("how") == self.FREE:
            self.errors.pop("price", None)  # nobody reads what stands there
            cleaned["price"] = None
        elif cleaned.get("how") == self.PRICE and not self["price"].value() and "price" in cleaned:
            self.add_error("price", ValidationError(_("Type a price, or choose free."), code="no_price"))
        return cleaned

    @property
    def offer(self) -> Offer:
        return Offer(**{name: self.cleaned_data[name] for name in ("price", "message", "items")})


class ProposedJobForm(OfferForm, WantedForm):
    """The partner proposes a job to a store that it works for; the price is in that store's currency."""

    store = forms.CharField(
        label=_("Store"),
        error_messages={"required": NotWorkingHere.sentence},
        widget=forms.Select,
    )
    field_order = ("key", "store", "title", "brief", "services", "how", "price", "message", "items")

    def __init__(self, *args, stores: dict[str, Store], **kwargs):
        """`stores` by handle: where the partner works."""
        super().__init__(*args, **kwargs)
        self.stores = stores
        self.fields["store"].widget.choices = [
            ("", _("Choose a store")),
            *((handle, f"{store.name} ({store.currency})") for handle, store in stores.items()),
        ]

    def clean_store(self) -> Store:
        store = self.stores.get(self.cleaned_data["store"])
        if store is None:
            raise ValidationError(NotWorkingHere.sentence, code=NotWorkingHere.code)
        self.fields["price"].currency = store.currency  # type: ignore[attr-defined]
        return store


class AcceptanceForm(forms.Form):
    ends_access = forms.BooleanField(
        label=_("Their access to the store ends with this job"),
        required=False,
        help_text=_("You pick the day when you approve the completion."),
    )


class RefusalForm(forms.Form):
    reason = TextField(
        label=_("Reason (optional)"),
        required=False,
        max_length=REASON_LENGTH,
        help_text=_("The partner reads it."),
        widget=_wide(3),
    )


class CancellationForm(forms.Form):
    reason = TextField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        help_text=_("The other side reads it."),
        widget=_wide(3),
    )
