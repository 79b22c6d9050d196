"""Countries and languages, named in the reader's language."""

import re
import unicodedata

from babel import Locale
from django.utils.translation import get_language

# Countries and territories of ISO 3166-1: two letters, without Babel's groups and private codes.
_COUNTRY = re.compile(r"(?!AA|EU|EZ|QO|UN|X[AB-Z]|ZZ)[A-Z]{2}")
# In which merchants and partners work with each other; ISO 639-1.
_EUROPE = "bg ca cs da de el en es et eu fi fr ga gl hr hu is it lt lv mt nb nl pl pt ro ru sk sl sq sr sv tr uk"
_ELSEWHERE = "ar bn fa he hi id ja ko ms sw ta th ur vi zh"
LANGUAGES = tuple(sorted(f"{_EUROPE} {_ELSEWHERE}".split()))


def reader_locale() -> Locale:
    return Locale.parse(get_language() or "en", sep="-")


def _by_name(named: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(named, key=lambda pair: _without_accents(pair[1]))


def _without_accents(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c)).casefold()


def countries() -> list[tuple[str, str]]:
    """To choose from, the empty choice first."""
    named = [(code, name) for code, name in reader_locale().territories.items() if _COUNTRY.fullmatch(code)]
    return [("", "—"), *_by_name(named)]


def country_name(code: str) -> str:
    return reader_locale().territories.get(code, code)


def languages() -> list[tuple[str, str]]:
    """To choose from, by name."""
    names = reader_locale().languages
    return _by_name([(code, _capital(names[code])) for code in LANGUAGES])


def language_names(codes: list[str]) -> list[str]:
    names = reader_locale().languages
    return [name for _code, name in _by_name([(code, _capital(names.get(code, code))) for code in codes])]


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
