"""Many at once on real transactions, and the same with the locks taken out, to show that the locks are what holds."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

from django.db import connection
from django.db.models import QuerySet

MEETING_TIMEOUT = 1.0  # seconds; with locks in place nobody else comes, and whoever holds the lock goes on alone
UNGUARDED_TIMEOUT = 10.0  # seconds; without locks everybody comes, on a busy machine late


def together(acts: list[Callable[[], Any]]) -> list[Any]:
    """Start all acts at the same moment, each on a connection of its own; their results or exceptions, in order."""
    start = threading.Barrier(len(acts))

    def run(act):
        start.wait(10)
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - the answer to the loser is what tests look at
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@contextmanager
def meeting(monkeypatch, place: tuple[type, str], *, parties: int, timeout: float = MEETING_TIMEOUT) -> Iterator[None]:
    """Hold everybody who comes to `place` (a class and the name of its method) until `parties` of them are there.

    Between looking and writing this makes the race certain where nothing guards it.
    """
    barrier = threading.Barrier(parties)
    owner, name = place
    original = getattr(owner, name)

    def wait_then_go_on(*args, **kwargs):
        with suppress(threading.BrokenBarrierError):
            barrier.wait(timeout)
        return original(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, wait_then_go_on)
        yield


@contextmanager
def without_locks(
    monkeypatch, *, meet_at: tuple[type, str], parties: int, timeout: float = UNGUARDED_TIMEOUT
) -> Iterator[None]:
    """In this block `select_for_update` locks nothing, and everybody meets before they write.

    Where some write a row that others wait for before they come to `meet_at`, a short `timeout` lets the first go on.
    """
    with monkeypatch.context() as patched, meeting(patched, meet_at, parties=parties, timeout=timeout):
        patched.setattr(QuerySet, "select_for_update", lambda rows, **_options: rows)
        yield
