"""The four digits that let somebody ask."""

import hmac
import secrets
from collections.abc import Collection

LENGTH = 4
NEVER_AGAIN = 5  # a new code differs from this many codes before it


def new_digits(*, avoid: Collection[str]) -> str:
    """Four random digits from a cryptographic source that are not in `avoid`."""
    while True:
        digits = f"{secrets.randbelow(10**LENGTH):0{LENGTH}d}"
        if digits not in avoid:
            return digits


def clean(typed: str) -> str:
    """What somebody typed or pasted, without the spaces and dashes that are forgiven."""
    return "".join(character for character in typed if not character.isspace() and character not in "-–—")


def same(code: str, other: str) -> bool:
    """Compare without telling by the time taken how much was right."""
    return hmac.compare_digest(code.encode(), other.encode())
