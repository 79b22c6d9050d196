"""`make run` ends completely, however it is ended. Each test starts the whole application."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg2
import pytest

from dev.lifeline import CHECKOUT

pytestmark = pytest.mark.slow

NOT_INHERITED = ("DATABASE_URL", "BROKER_URL", "CACHE_URL", "EMAIL_URL", "SITE_URL", "DJANGO_SETTINGS_MODULE")
SHELL = ("sh", "-c", '"$@"; exit', "sh")  # waits, so it stays the parent
TERMINAL = (sys.executable, "-c", "import pty, sys; pty.spawn(sys.argv[1:])")  # closes when this process is killed
DEAF_TERMINAL = (*TERMINAL, "sh", "-c", "trap '' HUP; \"$@\"; exit", "sh")


class Process(NamedTuple):
    number: int
    started: str


class Launch:
    """One start of the launcher, and the processes that came out of it."""

    def __init__(self, base: Path, log: Path, *, through: tuple[str, ...] = (), port: str | None = None) -> None:
        self.base = base
        self.log = log
        self.port = str(free_port()) if port is None else port
        launcher = [sys.executable, "-m", "dev.run", f"--port={self.port}", "--base", str(base), "--with-parent"]
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [*through, *launcher],
                cwd=CHECKOUT,
                env={name: value for name, value in os.environ.items() if name not in NOT_INHERITED},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.started: set[Process] = set()

    def wait_for_page(self) -> None:
        deadline = time.monotonic() + 90
        while "Ctrl-C ends everything" not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.2)
        self.started = family(self.process.pid)

    def wait_until_nothing_is_left(self) -> None:
        deadline = time.monotonic() + 30
        while left := self.started & set(processes()):
            assert time.monotonic() < deadline, left
            time.sleep(0.2)

    def query(self, sql: str) -> list[tuple]:
        connection = psycopg2.connect(host=str(self.base / "postgres"), user="postgres", dbname="postgres")
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall()
        finally:
            connection.close()


def processes() -> dict[Process, int]:
    """What runs on this machine, with the number of each one's parent."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat=,lstart="],
        env=os.environ | {"LC_ALL": "C"},
        check=True,
        capture_output=True,
        text=True,
    )
    lines = [line.split(maxsplit=3) for line in listed.stdout.splitlines()]
    return {
        Process(int(number), started): int(parent)
        for number, parent, state, started in lines
        if not state.startswith("Z")  # has ended, only its parent has not asked yet
    }


def family(ancestor: int) -> set[Process]:
    running = processes()
    members: set[Process] = {process for process in running if process.number == ancestor}
    while found := {child for child, parent in running.items() if parent in {m.number for m in members}} - members:
        members |= found
    return members


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def base() -> Iterator[Path]:
    """One for all tests here: each start but the first finds the data of the one before."""
    folder = Path(tempfile.mkdtemp(prefix=f"entente-{os.getuid()}-test-", dir="/var/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def launch(base, tmp_path):
    launches = []

    def start(**options) -> Launch:
        launches.append(Launch(base, tmp_path / f"log-{len(launches)}", **options))
        launches[-1].wait_for_page()
        return launches[-1]

    yield start
    for launch in launches:
        launch.process.kill()
        launch.process.wait()
        launch.wait_until_nothing_is_left()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything(launch, number):
    application = launch()
    application.process.send_signal(number)
    assert application.process.wait(30) == 0
    application.wait_until_nothing_is_left()


def test_kill_9_of_the_launcher_ends_everything(launch):
    application = launch()
    application.process.kill()
    application.wait_until_nothing_is_left()


def test_kill_9_of_the_helper_ends_everything(launch):
    application = launch()
    [helper] = [process for process, parent in processes().items() if parent == application.process.pid]
    os.kill(helper.number, signal.SIGKILL)
    assert application.process.wait(30) != 0
    application.wait_until_nothing_is_left()


@pytest.mark.parametrize("terminal", [TERMINAL, DEAF_TERMINAL], ids=["with SIGHUP", "without SIGHUP"])
def test_a_closed_terminal_ends_everything(launch, terminal):
    application = launch(through=terminal)
    application.process.kill()
    application.wait_until_nothing_is_left()


def test_kill_9_of_make_ends_everything(launch):
    application = launch(through=SHELL)
    application.process.kill()
    application.wait_until_nothing_is_left()


def test_the_end_of_one_process_ends_the_others(launch):
    application = launch()
    web = re.search(r"Listening at: .* \((\d+)\)", application.log.read_text())
    os.kill(int(web[1]), signal.SIGTERM)
    assert application.process.wait(30) == 1
    assert "The web process ended" in application.log.read_text()
    application.wait_until_nothing_is_left()


def test_a_second_start_finds_the_data_and_loads_no_second_demo(launch):
    first = launch()
    people = first.query("SELECT id, email FROM accounts_user ORDER BY id")
    assert ("camille@maison-lavande.example",) in [row[1:] for row in people]
    first.process.send_signal(signal.SIGINT)
    assert first.process.wait(30) == 0
    second = launch()
    assert second.query("SELECT id, email FROM accounts_user ORDER BY id") == people


def test_a_second_start_beside_the_first_is_refused(launch, base, tmp_path):
    first = launch()
    second = Launch(base, tmp_path / "second")
    assert second.process.wait(30) == 1
    assert second.log.read_text() == "Entente already runs from this folder, or is still ending.\n"
    assert first.process.poll() is None
    assert answers(first.port)


def test_a_taken_port_is_a_sentence_and_nothing_starts(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        application = Launch(tmp_path / "base", tmp_path / "log", port=str(port))
        assert application.process.wait(30) == 1
    assert application.log.read_text() == (
        f"Port {port} is taken. End what uses it, or choose another one: make run PORT={port + 1}\n"
    )
    assert not application.base.exists()


@pytest.mark.parametrize("port", ["", "web", "0", "65536", "-1"])
def test_a_port_that_is_none_is_a_sentence(tmp_path, port):
    application = Launch(tmp_path / "base", tmp_path / "log", port=port)
    assert application.process.wait(30) == 1
    assert application.log.read_text() == f"PORT must be a number between 1 and 65535, not {port!r}.\n"
    assert not application.base.exists()


def answers(port: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
    connection.request("GET", "/")
    status = connection.getresponse().status
    connection.close()
    return status < 500
