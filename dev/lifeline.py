"""A helper process that ends, with all it has started, when the process that started it is gone.

The starter holds the writing end of the helper's stdin and writes nothing. However the starter ends (a return, an
exception, Ctrl-C, kill -9), the pipe closes, the helper reads end of file and cleans up. The helper has a session of
its own: Ctrl-C in a terminal reaches the starter only, and servers are not stopped under a worker that still runs.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

CHECKOUT = Path(__file__).resolve().parent.parent


@contextmanager
def helper(module: str, *arguments: str, stdout: int | None = None) -> Iterator[subprocess.Popen[str]]:
    """Runs `python -m module`. Returns from the block when the helper has cleaned up and ended."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=stdout,
        start_new_session=True,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            assert process.stdin
            process.stdin.close()
            process.wait()
            if process.returncode < 0:  # killed: it could not clean up
                end_group(process.pid)


def end_group(group: int) -> None:
    for number, patience in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
        deadline = time.monotonic() + patience
        try:
            os.killpg(group, number)
            while time.monotonic() < deadline:
                time.sleep(0.1)
                os.killpg(group, 0)
        except ProcessLookupError:
            return


class Ending:
    """`asked` turns true when one of the signals arrives, and for a helper when its starter is gone.

    A plain flag, looked at a few times a second: an exception out of a signal handler could strike between the start
    of a process and the line that remembers it.
    """

    def __init__(self, *signals: signal.Signals) -> None:
        self.asked = False
        for number in signals:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup stays nohup
                signal.signal(number, self.ask)

    def ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True

    @classmethod
    def of_helper(cls) -> "Ending":
        ending = cls(signal.SIGTERM, signal.SIGINT)
        threading.Thread(target=ending.wait_for_end_of_stdin, daemon=True).start()
        return ending

    def wait_for_end_of_stdin(self) -> None:
        while os.read(0, 1024):
            pass
        self.asked = True
