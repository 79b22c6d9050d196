"""Money: integers of the smallest unit of an ISO 4217 currency, written and read in the reader's language."""

import re
from decimal import Decimal, InvalidOperation

from babel.numbers import (
    NumberFormatError,
    format_currency,
    get_currency_precision,
    get_group_symbol,
    parse_decimal,
)
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

LIKE_AN_AMOUNT = re.compile(r"-?[0-9][0-9.,\s]{0,29}")
PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
MOST = 10**12  # smallest units: ten thousand million euros; what is more is a slip of the hand


def decimals(currency: str) -> int:
    """How many digits stand behind the point: 0 for JPY, 2 for EUR, 3 for KWD (CLDR, which follows ISO 4217)."""
    return get_currency_precision(currency)


def in_words(amount: int, currency: str) -> str:
    """ "€1,800.00", or "1 800,00 €" in French: the whole amount, never rounded."""
    return format_currency(as_decimal(amount, currency), currency, locale=_locale(), currency_digits=True)


def as_decimal(amount: int, currency: str) -> Decimal:
    """1800.00 for 180000 EUR: what a spreadsheet reckons with."""
    return Decimal(amount).scaleb(-decimals(currency))


def parse(typed: str, currency: str) -> int:
    """The amount in smallest units for what somebody typed in their language: "1,800.50", "1 800,50".

    Raises ValidationError for what is no amount, has more digits behind the point than the currency, is not positive,
    or is more than MOST.
    """
    try:
        amount = _decimal(typed.strip())
    except (NumberFormatError, InvalidOperation) as unreadable:
        raise ValidationError(
            _("Type an amount like %(example)s."), "no_amount", {"example": _example(currency)}
        ) from (unreadable)
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > decimals(currency):
        raise ValidationError(
            _("%(currency)s has no smaller amounts than %(smallest)s."),
            "too_fine",
            {"currency": currency, "smallest": in_words(1, currency)},
        )
    units = amount.scaleb(decimals(currency))
    if units <= 0:
        raise ValidationError(_("Type an amount above zero."), "not_positive")
    if units > MOST:
        raise ValidationError(_("The most there can be is %(most)s."), "too_much", {"most": in_words(MOST, currency)})
    return int(units)


def _decimal(typed: str) -> Decimal:
    """In the reader's way, strictly; what a program would write ("1800.50") is read whatever the language."""
    if not LIKE_AN_AMOUNT.fullmatch(typed):
        raise NumberFormatError(typed)
    if PLAIN.fullmatch(typed):
        return Decimal(typed)
    locale = _locale()
    return parse_decimal(re.sub(r"\s", get_group_symbol(locale), typed), locale=locale, strict=True)


def _example(currency: str) -> str:
    return in_words(1250 * 10 ** decimals(currency), currency)


def _locale() -> str:
    return to_locale(get_language() or "en")
