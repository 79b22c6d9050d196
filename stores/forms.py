import re
import unicodedata

from babel import Locale
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.text import HandleField, LineField
from accounts.zones import zone_names
from stores import addresses
from stores.models import Industry

# Countries and territories of ISO 3166-1: two letters, without Babel's groups and private codes.
_COUNTRY = re.compile(r"(?!AA|EU|EZ|QO|UN|X[AB-Z]|ZZ)[A-Z]{2}")
# What shops charge in; every one has a name in Babel.
_EUROPE = "EUR CHF CZK DKK GBP HUF ISK NOK PLN RON RSD SEK TRY UAH BGN"
_AMERICAS = "USD CAD BRL MXN ARS CLP COP PEN UYU"
_ASIA_AND_PACIFIC = "JPY CNY HKD TWD KRW INR IDR MYR PHP SGD THB VND AUD NZD XPF"
_AFRICA_AND_MIDDLE_EAST = "AED SAR BHD JOD OMR ILS EGP MAD TND KES NGN ZAR XOF"
_CURRENCIES = sorted(f"{_EUROPE} {_AMERICAS} {_ASIA_AND_PACIFIC} {_AFRICA_AND_MIDDLE_EAST}".split())


def _locale() -> Locale:
    return Locale.parse(get_language() or "en", sep="-")


def _without_accents(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c)).casefold()


def countries() -> list[tuple[str, str]]:
    named = [(code, name) for code, name in _locale().territories.items() if _COUNTRY.fullmatch(code)]
    return [("", "—"), *sorted(named, key=lambda pair: _without_accents(pair[1]))]


def currencies() -> list[tuple[str, str]]:
    names = _locale().currencies
    return [("", "—"), *((code, f"{code} · {names[code]}") for code in _CURRENCIES)]


def zones() -> list[tuple[str, str]]:
    return [("", "—"), *((name, name.replace("_", " ")) for name in zone_names())]


class StoreForm(forms.Form):
    name = LineField(label=_("Name of the store"), max_length=100)
    handle = HandleField(
        label=_("Handle"),
        help_text=_("Its address in Entente: small letters, digits and dashes. It stays as it is."),
        named_after="id_name",
    )
    domain = LineField(
        label=_("Address of the shop"),
        max_length=253,
        required=False,
        help_text=_("Like shop.example. It finds your store once we have checked that it is yours."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}),
    )
    industry = forms.ChoiceField(label=_("Industry"), choices=[("", "—"), *Industry.choices])
    country = forms.ChoiceField(label=_("Country"), choices=countries)
    currency = forms.ChoiceField(label=_("Currency"), choices=currencies)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=zones,
        help_text=_("Dates you pick end with that day here."),
        widget=forms.Select(attrs={"data-zone": True}),
    )

    def clean_domain(self) -> str:
        typed = self.cleaned_data["domain"]
        if not typed:
            return ""
        kind, name = addresses.parse(typed)
        if kind != "domain":
            raise addresses.NotAnAddress
        return name
