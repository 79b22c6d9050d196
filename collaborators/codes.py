"""The four digits that let somebody ask, and the key outside the database that closes them."""

import base64
import hmac
import secrets
from collections.abc import Collection

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables

LENGTH = 4
NEVER_AGAIN = 5  # a new code differs from this many codes before it


class Typed(str):
    """Digits that somebody typed. They are written where they are asked for; error reports, which show the variables
    of every call on the way, show four stars."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "****"


def new_digits(*, avoid: Collection[str]) -> str:
    """Four random digits from a cryptographic source that are not in `avoid`."""
    while True:
        digits = f"{secrets.randbelow(10**LENGTH):0{LENGTH}d}"
        if digits not in avoid:
            return digits


def clean(typed: str) -> Typed:
    """What somebody typed or pasted, without the spaces and dashes that are forgiven."""
    return Typed("".join(character for character in typed if not character.isspace() and character not in "-–—"))


def same(code: str, other: str) -> bool:
    """Compare without telling by the time taken how much was right."""
    return hmac.compare_digest(code.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


# --- Closed with a key ----------------------------------------------------------------------------------------------
# 10,000 digits are tried in a moment against any hash. With the key elsewhere, a copy of the database tells nothing.


def seal(text: str, *, purpose: str = "code") -> str:
    """What may be written down. It opens for the same purpose only: a row cannot be handed in as a form."""
    return _box(purpose).encrypt(text.encode("utf-8", "surrogatepass")).decode()


def unseal(sealed: str, *, purpose: str = "code", younger_than: int | None = None) -> str:
    """The text again; older keys open what they closed. `younger_than`: seconds. Raises Unreadable."""
    try:
        return _box(purpose).decrypt(sealed.encode(), ttl=younger_than).decode("utf-8", "surrogatepass")
    except InvalidToken as error:
        raise Unreadable from error


class Unreadable(Exception):  # noqa: N818 - says what it is
    """Closed with a key that is not here, for something else, or too long ago."""


@sensitive_variables("said", "parts")
def fingerprint(*parts: object) -> str:
    """Names something in the database without saying what it is. Needs the key to be made or tried."""
    said = tuple(str(part) if isinstance(part, Typed) else part for part in parts)  # not its stars
    return salted_hmac(
        "collaborators.guesses", repr(said), secret=settings.REQUEST_CODE_KEY, algorithm="sha256"
    ).hexdigest()


def _box(purpose: str) -> MultiFernet:
    keys = [settings.REQUEST_CODE_KEY, *settings.REQUEST_CODE_KEY_FALLBACKS]
    digests = (salted_hmac(f"collaborators.{purpose}", "", secret=key, algorithm="sha256").digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
