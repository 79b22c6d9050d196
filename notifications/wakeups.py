"""Waking a worker. Best effort: what it misses the sweep finds within seconds."""

import logging
import time

logger = logging.getLogger(__name__)

QUIET_AFTER_FAILURE = 30  # seconds in which a broker that just failed is left alone, so that requests stay quick

_quiet_until = 0.0


def wake(event_id: int) -> None:
    """Ask a worker to deliver an event now. Never raises, never holds the caller for longer than the broker's limit."""
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    from notifications import tasks

    try:
        tasks.deliver.delay(event_id)
    except Exception as error:  # noqa: BLE001 - the event is committed: no failure of the broker may reach the person
        _quiet_until = time.monotonic() + QUIET_AFTER_FAILURE
        logger.warning("Broker did not take event %s (%s); the sweep will", event_id, type(error).__name__)
