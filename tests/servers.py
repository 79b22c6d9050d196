"""Servers of a test's own, to be frozen or killed without harm to anybody else."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from dev.services import HOME, Valkey


@contextmanager
def own_valkey() -> Iterator[Valkey]:
    folder = HOME / f"entente-{os.getpid()}-{time.monotonic_ns()}"  # short: it holds a unix socket
    folder.mkdir(mode=0o700)
    server = Valkey(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@contextmanager
def frozen(valkey: Valkey) -> Iterator[None]:
    """It goes on accepting connections, and answers none."""
    process = valkey.server._process
    assert process
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)
