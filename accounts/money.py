"""Money: integers of the smallest unit of an ISO 4217 currency, written and read in the reader's language."""

import re
from decimal import Decimal
from functools import cache
from typing import Any

from babel import Locale
from babel.numbers import NumberFormatError, NumberPattern, get_currency_symbol, parse_decimal, parse_pattern
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

MOST = 10**12  # smallest units: ten thousand million euros; what is more is a slip of the hand

# Digits behind the point, of ISO 4217; all others have two. They stand here because amounts are kept in these units:
# Babel follows CLDR, which says how currencies are used (some without their cents) and changes its mind.
NO_DECIMALS = ("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF", 0)
THREE_DECIMALS = ("BHD IQD JOD KWD LYD OMR TND", 3)
FOUR_DECIMALS = ("CLF UYW", 4)
DECIMALS = {code: digits for codes, digits in (NO_DECIMALS, THREE_DECIMALS, FOUR_DECIMALS) for code in codes.split()}

LIKE_AN_AMOUNT = re.compile(r"-?[0-9][0-9.,\s’]{0,29}")
PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
SIGN = re.compile("[$€£¥]")
OF_A_CURRENCY = re.compile("[$€£¥]|[A-Z]{3}")
LETTERS_BEFORE_DIGITS = re.compile(r"(?<=[A-Z])(?=[0-9])")  # "KWD 1,800.500": where CLDR sets a space, Babel does not
BETWEEN_THOUSANDS = re.compile(r"[\s’]")  # in either language


def decimals(currency: str) -> int:
    """How many digits stand behind the point: 0 for JPY, 2 for EUR, 3 for KWD."""
    return DECIMALS.get(currency, 2)


# --- Written ----------------------------------------------------------------------------------------------------------


def in_words(amount: int, currency: str) -> str:
    """ "€1,800.00", or "1 800,00 €" in French: the whole amount, never rounded."""
    locale = _locale()
    pattern = _pattern(locale.currency_formats["standard"].pattern, decimals(currency))
    written = pattern.apply(as_decimal(amount, currency), locale, currency=currency, currency_digits=False)
    return LETTERS_BEFORE_DIGITS.sub("\u00a0", written)


def as_typed(amount: int, currency: str) -> str:
    """ "1,800.00", or "1 800,00" in French: what stands in a form, and is read again by `parse`."""
    locale = _locale()
    pattern = _pattern(locale.decimal_formats[None].pattern, decimals(currency))
    return pattern.apply(as_decimal(amount, currency), locale)


def as_decimal(amount: int, currency: str) -> Decimal:
    """1800.00 for 180000 EUR: what a spreadsheet reckons with."""
    return Decimal(amount).scaleb(-decimals(currency))


@cache
def _pattern(of_the_language: str, digits: int) -> NumberPattern:
    pattern = parse_pattern(of_the_language)
    pattern.frac_prec = (digits, digits)
    return pattern


# --- Read -------------------------------------------------------------------------------------------------------------


def parse(typed: str, currency: str) -> int:
    """The amount in smallest units for what somebody typed in their language: "1,800.50", "1 800,50", "€1,800.50".

    Raises ValidationError for what is no amount, is in another currency, has more digits behind the point than the
    currency, is not positive, or is more than MOST.
    """
    try:
        amount = _decimal(_without_currency(typed, currency))
    except NumberFormatError as unreadable:
        example = {"example": in_words(1250 * 10 ** decimals(currency), currency)}
        raise ValidationError(_("Type an amount like %(example)s."), "no_amount", example) from unreadable
    if _behind_the_point(amount) > decimals(currency):
        raise ValidationError(
            _("%(currency)s has no smaller amounts than %(smallest)s."),
            "too_fine",
            {"currency": currency, "smallest": in_words(1, currency)},
        )
    return checked(int(amount.scaleb(decimals(currency))), currency)


def checked(amount: int, currency: str) -> int:
    """The amount, if it is above zero and not more than MOST. Raises ValidationError."""
    if amount <= 0:
        raise ValidationError(_("Type an amount above zero."), "not_positive")
    if amount > MOST:
        raise ValidationError(_("The most there can be is %(most)s."), "too_much", {"most": in_words(MOST, currency)})
    return amount


def _without_currency(typed: str, currency: str) -> str:
    """Without "€" or "EUR" before or behind. Raises ValidationError if another currency stands there."""
    bare = typed.strip()
    symbols = [get_currency_symbol(currency, locale) for locale in (_locale(), "en")]
    for name in [currency, *symbols, *SIGN.findall("".join(symbols))]:
        if bare.startswith(name) or bare.endswith(name):
            return bare.removeprefix(name).removesuffix(name).strip()
    if any(SIGN.match(mark) or mark in _locale().currencies for mark in OF_A_CURRENCY.findall(bare)):
        raise ValidationError(_("The amount is in %(currency)s here."), "other_currency", {"currency": currency})
    return bare


def _decimal(typed: str) -> Decimal:
    """In the reader's way, strictly; what a program would write ("1800.50") is read whatever the language."""
    if not LIKE_AN_AMOUNT.fullmatch(typed):
        raise NumberFormatError(typed)
    if PLAIN.fullmatch(typed):
        return Decimal(typed)
    locale = _locale()
    return parse_decimal(BETWEEN_THOUSANDS.sub(locale.number_symbols["latn"]["group"], typed), locale, strict=True)


def _behind_the_point(amount: Decimal) -> int:
    return -int(amount.as_tuple().exponent)


def _locale() -> Locale:
    return Locale.parse(to_locale(get_language() or "en"))


# --- In forms ---------------------------------------------------------------------------------------------------------


class AmountInput(forms.TextInput):
    """A line with the currency behind it."""

    template_name = "accounts/amount_input.html"
    currency = ""

    def __init__(self, attrs: dict[str, Any] | None = None):
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        return as_typed(value, self.currency) if isinstance(value, int) else super().format_value(value)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "currency": self.currency}


class AmountField(forms.CharField):
    """Smallest units of a currency that the form says: `form.fields["price"].currency = job.currency`.

    Until it says so the field reads nothing: what the currency comes from was wrong, and says so itself.
    """

    widget = AmountInput

    @property
    def currency(self) -> str:
        return self.widget.currency

    @currency.setter
    def currency(self, currency: str) -> None:
        self.widget.currency = currency

    def clean(self, value: Any) -> int | None:
        """None for nothing, where the field is optional."""
        typed = super().clean(value)
        return parse(typed, self.currency) if typed and self.currency else None
