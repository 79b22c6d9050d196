import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dev.lifeline import CHECKOUT

ADDRESSES = ("DATABASE_URL", "BROKER_URL", "CACHE_URL")
PRINT_ADDRESSES = f"import json, os; print(json.dumps({{n: os.environ.get(n) for n in {ADDRESSES}}}), flush=True)"


def with_services(program: str, **environment: str) -> subprocess.Popen:
    inherited = {name: value for name, value in os.environ.items() if name not in ADDRESSES}
    return subprocess.Popen(
        [sys.executable, "-m", "dev.with_services", sys.executable, "-c", program],
        cwd=CHECKOUT,
        env=inherited | environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def folder(addresses: dict[str, str]) -> Path:
    """Where the servers of these addresses keep everything."""
    return Path(addresses["BROKER_URL"].removeprefix("redis+socket://").split("?")[0]).parent.parent


@pytest.mark.slow
def test_servers_of_a_command_leave_nothing_behind():
    with with_services(PRINT_ADDRESSES) as command:
        addresses = json.loads(command.stdout.readline())
    assert command.returncode == 0
    assert addresses["DATABASE_URL"].endswith(f"{folder(addresses)}/postgres")
    assert not folder(addresses).exists()


@pytest.mark.slow
def test_servers_end_when_their_starter_is_killed():
    with with_services(f"{PRINT_ADDRESSES}; import time; time.sleep(5)") as command:
        addresses = json.loads(command.stdout.readline())
        assert folder(addresses).stat().st_mode & 0o007 == 0
        assert (folder(addresses) / "postgres").stat().st_mode & 0o077 == 0
        command.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while folder(addresses).exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.slow
def test_addresses_that_a_person_gives_win():
    given = {
        "DATABASE_URL": "postgres://somewhere.example/one",
        "BROKER_URL": "redis://somewhere.example/0",
        "CACHE_URL": "rediscache://somewhere.example/1",
    }
    with with_services(PRINT_ADDRESSES, **given) as command:
        assert json.loads(command.stdout.readline()) == given
    with with_services(PRINT_ADDRESSES, BROKER_URL=given["BROKER_URL"]) as command:
        addresses = json.loads(command.stdout.readline())
    assert addresses["BROKER_URL"] == given["BROKER_URL"]
    assert "/valkey/valkey.sock" in addresses["CACHE_URL"]
    assert "/postgres" in addresses["DATABASE_URL"]
