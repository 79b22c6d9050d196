"""Where somebody comes from, as far as limits can tell: one line of one provider, not one device."""

import ipaddress

from allauth.core.internal.httpkit import get_client_ip
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

PREFIX = 64  # of IPv6: what a provider gives to one line; whoever has it has all 2⁶⁴ addresses of it


def network_of(request: HttpRequest) -> str:
    """The IPv4 address or IPv6 /64 of whoever asks, named by as many proxies as are ours. "" where nobody says.

    An IPv4 address that is written as IPv6 is the same network.
    """
    direct = request.META.get("REMOTE_ADDR", "")
    try:
        named = get_client_ip(request) or ""
    except ImproperlyConfigured:  # fewer addresses in X-Forwarded-For than proxies: it came past them
        named = direct
    return of_address(named) or of_address(direct)


def of_address(text: str) -> str:
    try:
        address = ipaddress.ip_address(_without_port(text.strip()).partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((address, PREFIX), strict=False))
        address = address.ipv4_mapped
    return str(address)


def _without_port(text: str) -> str:
    """Some proxies write where a line came from with its port: 203.0.113.7:5678, [2001:db8::1]:443."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
