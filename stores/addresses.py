"""Which store people mean by what they type: a handle, its address in Entente, or a domain."""

import ipaddress
import re
from urllib.parse import urlsplit

import idna
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.text import HANDLE

_STORE_PATH = re.compile(r"/store/([^/]+)(?:/|$)")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


class NotAnAddress(ValidationError):  # noqa: N818 - a sentence to the person
    def __init__(self):
        super().__init__(
            _("This does not look like the address of a store. Type it as customers see it, like shop.example."),
            code="not_an_address",
        )


def to_domain(host: str) -> str:
    """A host name as an A-label without `www.`, lower case (UTS 46). Raises NotAnAddress for IP addresses, nonsense."""
    host = host.strip()
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        pass
    else:
        raise NotAnAddress
    try:
        name = idna.encode(host, uts46=True, transitional=False).decode("ascii").lower().rstrip(".")
    except (idna.IDNAError, UnicodeError) as error:
        raise NotAnAddress from error
    name = name.removeprefix("www.")
    if "." not in name or name.rpartition(".")[2].isdigit():
        raise NotAnAddress
    return name


def parse(typed: str) -> tuple[str, str]:
    """`("handle", handle)` or `("domain", a_label)` for what somebody typed.

    Scheme, case, `www.`, path and query are forgiven. User info, ports and IP addresses are not, except in the store's
    own address in Entente. Raises NotAnAddress.
    """
    text = typed.strip()
    if HANDLE.fullmatch(text.lower()):
        return "handle", text.lower()
    try:
        parts = urlsplit(text if _SCHEME.match(text) else f"https://{text}")
        port = parts.port
    except ValueError as error:
        raise NotAnAddress from error
    if parts.scheme not in {"http", "https"} or parts.username is not None or not parts.hostname:
        raise NotAnAddress
    ours = urlsplit(settings.SITE_URL)
    if (parts.hostname, port or _default_port(parts.scheme)) == (
        ours.hostname,
        ours.port or _default_port(ours.scheme),
    ) or (parts.hostname == ours.hostname and port is None):
        found = _STORE_PATH.match(parts.path)
        if found and HANDLE.fullmatch(found[1].lower()):
            return "handle", found[1].lower()
        raise NotAnAddress
    if port not in {None, _default_port(parts.scheme)}:
        raise NotAnAddress
    return "domain", to_domain(parts.hostname)


def parse_domain(typed: str) -> str:
    """The A-label of the domain that somebody typed; "" for nothing. Raises NotAnAddress, for a handle too."""
    if not typed:
        return ""
    kind, name = parse(typed)
    if kind != "domain":
        raise NotAnAddress
    return name


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80
