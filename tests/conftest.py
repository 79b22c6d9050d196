from time import monotonic

import pytest

from notifications import delivery, wakeups
from tests.canary import codes_are_watched, codes_stay_out_of_logs  # noqa: F401 - they watch every test
from tests.flush import flush_is_quick  # noqa: F401
from tests.world import World, make_world


@pytest.fixture(autouse=True)
def broker_in_good_shape():
    """No test inherits another's silence after a broken broker."""
    wakeups._quiet_until = 0.0


@pytest.fixture(autouse=True)
def fresh_cache():
    from django.core.cache import caches

    for cache in caches.all(initialized_only=False):
        cache.clear()


@pytest.fixture
def world(db) -> World:
    """Two stores, two partners, and everybody who stands in some relation to the first of each (tests/world.py)."""
    return make_world()


@pytest.fixture
def deliver():
    """Do what a worker does: make the notifications and send the mails of everything that is committed."""

    def run() -> None:
        until = monotonic() + 30
        delivery.tell_untold(until=until)
        delivery.send_due(until=until)

    return run
