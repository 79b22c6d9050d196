"""Which network a limit counts for."""

import pytest
from django.test import RequestFactory

from accounts.networks import network_of, of_address


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("203.0.113.7:5678", "203.0.113.7"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        (":443", ""),
        ("fe80::1%eth0", "fe80::/64"),
        ("somebody", ""),
        ("", ""),
    ],
)
def test_one_line_is_one_network(address, network):
    assert of_address(address) == network


@pytest.mark.parametrize(
    ("proxies", "forwarded", "network"),
    [
        (0, "198.51.100.1", "203.0.113.7"),  # nobody of ours wrote it
        (1, "198.51.100.9, 198.51.100.1", "198.51.100.1"),
        (2, "198.51.100.9, 198.51.100.1", "198.51.100.9"),
        (2, "198.51.100.1", "203.0.113.7"),  # it came past our proxies
        (1, None, "203.0.113.7"),
        (1, "198.51.100.1:5678", "198.51.100.1"),
        (1, "[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
        (1, "unknown", "203.0.113.7"),  # else whoever can have it written so would be counted nowhere
        (1, "198.51.100.1, ", "203.0.113.7"),
    ],
)
def test_only_our_own_proxies_are_believed(settings, proxies, forwarded, network):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory(headers=headers).get("/", REMOTE_ADDR="203.0.113.7")
    assert network_of(request) == network
