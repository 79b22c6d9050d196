"""Languages and countries as listings keep them (codes), in the reader's words."""

import re
from collections.abc import Iterable

from babel import Locale
from django.utils.translation import get_language

from accounts.places import countries

_LANGUAGE = re.compile("[a-z]{2}")  # ISO 639-1


def _locale() -> Locale:
    return Locale.parse(get_language() or "en", sep="-")


def language_names(codes: Iterable[str]) -> list[str]:
    names = _locale().languages
    return [names.get(code, code) for code in codes]


def country_name(code: str) -> str:
    return _locale().territories.get(code, code)


def language_choices() -> list[tuple[str, str]]:
    named = [(code, name) for code, name in _locale().languages.items() if _LANGUAGE.fullmatch(code)]
    return sorted(named, key=lambda pair: pair[1].casefold())


def country_choices() -> list[tuple[str, str]]:
    return [(code, name) for code, name in countries() if code]
