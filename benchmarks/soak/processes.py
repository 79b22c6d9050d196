"""The processes of an installation, each with a group of its own to be killed as one, and the servers under them."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from dev.lifeline import CHECKOUT
from dev.services import Postgres, Valkey


class Process:
    """Started again by whoever killed it. One that ends by itself is started again too, and counted."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        self.ended_by_itself = 0
        self._command = command
        self._environment = environment
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._lock, self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._command],
                cwd=CHECKOUT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> bool:
        """SIGKILL to the whole group. False if there was nothing alive to kill."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                return False
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            return True

    def revive(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            self.ended_by_itself += 1
            self.start()


class Database(Postgres):
    def stop_at_once(self) -> None:
        """As a crash: nothing is written down on the way out."""
        self._run("pg_ctl", "stop", "-D", self.data, "-m", "immediate", "-w")
        assert self.process
        self.process.wait(20)


class Broker(Valkey):
    def kill_and_empty(self) -> None:
        process = self.server._process
        assert process
        process.kill()
        process.wait()
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.server._process = None  # it is not asked to end

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        process = self.server._process
        assert process
        process.send_signal(number)
