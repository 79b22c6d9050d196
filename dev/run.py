"""python -m dev.run: the whole application on this machine, until Ctrl-C."""

import argparse
import os
import signal
import socket
import sys
import time
from pathlib import Path

from dev.lifeline import Ending, helper
from dev.services import default_base


def main() -> int:
    options = parse()
    if refusal := refuse(options.port):
        print(refusal, file=sys.stderr)
        return 1
    ending = Ending(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    parent, has_terminal = os.getppid(), os.isatty(0)
    with helper("dev.supervisor", str(options.port), str(options.base)) as supervisor:
        while supervisor.poll() is None and not ending.asked:
            if options.with_parent and os.getppid() != parent:
                ending.asked = True
            if has_terminal and not os.isatty(0):  # a closed terminal does not send every process a signal
                ending.asked = True
            time.sleep(0.2)
    return 0 if ending.asked else supervisor.returncode


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m dev.run", description=__doc__)
    parser.add_argument("--port", default="8000")
    parser.add_argument("--base", type=Path, default=default_base(), help="folder of the data (%(default)s)")
    parser.add_argument("--with-parent", action="store_true", help="end when the process that started this one ends")
    return parser.parse_args()


def refuse(port: str) -> str | None:
    """Says why nobody can listen on this port."""
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        return f"PORT must be a number between 1 and 65535, not {port!r}."
    taken = f"Port {port} is taken. End what uses it, or choose another one: make run PORT={int(port) % 65535 + 1}"
    with socket.socket() as client:  # macOS lets one bind beside a server that listens on all addresses
        if client.connect_ex(("127.0.0.1", int(port))) == 0:
            return taken
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("127.0.0.1", int(port)))
        except PermissionError:
            return f"Port {port} is only for root. Choose another one: make run PORT=8000"
        except OSError:
            return taken
    return None


if __name__ == "__main__":
    sys.exit(main())
