"""Text of people as HTML: escaped, with links that lead where they say. Nothing is fetched."""

import re
import unicodedata
from urllib.parse import urlsplit

import idna
from django.core.exceptions import ValidationError
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from stores.addresses import to_domain

# Ends at space, quotes, angles, and at marks that change the direction of what follows or cannot be seen.
_URL = re.compile(
    r"\bhttps?://[^\s<>\"'`\u00ab\u00bb\u2018-\u201f\u200b-\u200f\u061c\u2028-\u202e\u2066-\u2069\ufeff]+", re.I
)
_AFTER = ".,;:!?…*_~"  # stands after an address, is not part of it
_PAIRS = {")": "(", "]": "[", "}": "{"}
LONGEST = 2000
LETTERS = {"Ll", "Lo"}  # of a name in lower case, without modifiers


def linked(text: str) -> SafeString:
    """Escaped, with http and https addresses as links. Those that could mislead stay plain text."""
    parts, end = [], 0
    for found in _URL.finditer(text):
        url = _without_what_follows(found[0])
        if link := _link(url):
            parts += [escape(text[end : found.start()]), link]
            end = found.start() + len(url)
    parts.append(escape(text[end:]))
    return mark_safe("".join(parts))  # noqa: S308 - each part is escaped


def _without_what_follows(url: str) -> str:
    """Without the full stop of the sentence, and the bracket that was opened before the address."""
    while url:
        last = url[-1]
        if last in _AFTER or (last in _PAIRS and url.count(last) > url.count(_PAIRS[last])):
            url = url[:-1]
        else:
            break
    return url


def _link(url: str) -> SafeString | None:
    """None for what is no link: a user name before the host, a bare number or name for one, nonsense."""
    if len(url) > LONGEST:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        if not host or "@" in parts.netloc:
            return None
        name = to_domain(host)
    except (ValueError, ValidationError):
        return None
    name = f"www.{name}" if host.lower().startswith("www.") else name
    typed = parts.netloc.partition(":")[0]
    shown = typed if typed.isascii() else _readable(name)
    rest = url[url.index("//") + 2 + len(parts.netloc) :]
    place = f":{port}" if port is not None else ""
    return format_html(
        '<a href="{}://{}{}{}" rel="noopener nofollow ugc" target="_blank"><bdi>{}://{}{}{}</bdi></a>',
        *(parts.scheme, name, place, rest),
        *(parts.scheme, shown, place, rest),
    )


def _readable(name: str) -> str:
    """An A-label name as people read it; as it stands if that could be read as another name: all beyond ASCII must be
    letters, and all letters of one script, the end included. Marks strike out, and modifiers look like punctuation."""
    host = idna.decode(name)
    plain = all(letter.isascii() or unicodedata.category(letter) in LETTERS for letter in host)
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in host if letter.isalpha()}
    return host if plain and len(scripts) == 1 else name
