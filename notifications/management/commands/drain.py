"""Tells and sends what is due without a broker: once, or until it is asked to end."""

import signal
import time
from threading import Event

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, close_old_connections, connection

from notifications import delivery

PAUSE = 5.0  # seconds between two looks when there is nothing to do
ROUND = 1.0  # seconds after which a round takes up nothing new, so that an ending is noticed

logger = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = (
        "Makes the notifications of what happened and sends the mails that are due, with PostgreSQL alone. "
        "Any number may run, beside workers or in their place."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until SIGTERM or SIGINT, instead of once")
        every = "pause between two looks (default: %(default)s)"
        parser.add_argument("--every", type=float, default=PAUSE, metavar="SECONDS", help=every)

    def handle(self, *args, loop: bool, every: float, **options) -> None:
        if not loop:
            while drain_once():
                pass
            return
        asked_to_end = Event()
        for number in (signal.SIGTERM, signal.SIGINT):  # the mail in hand is finished first
            signal.signal(number, lambda *_: asked_to_end.set())
        while not asked_to_end.is_set():
            if not drained_despite_everything():
                asked_to_end.wait(every)


def drain_once() -> bool:
    """One short round. Whether there may be more to do at once."""
    told = delivery.tell_untold(until=time.monotonic() + ROUND)
    until = time.monotonic() + ROUND
    delivery.send_due(until=until)
    return told > 0 or time.monotonic() >= until


def drained_despite_everything() -> bool:
    """The same, and a database that is away is waited for, not died of."""
    close_old_connections()  # what a restart of PostgreSQL left behind
    try:
        return drain_once()
    except Error as error:
        logger.warning("drain_waits", problem=type(error).__name__)
        connection.close()
        return False
