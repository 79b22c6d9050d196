"""The short form of `make soak`: real processes are killed, servers stopped, a broker frozen; then all is counted."""

import os
import re
import subprocess
import sys

import pytest

from dev.lifeline import CHECKOUT

NOT_INHERITED = ("DATABASE_URL", "BROKER_URL", "CACHE_URL", "EMAIL_URL", "SITE_URL", "DJANGO_SETTINGS_MODULE")
PROMISES = (
    "process groups killed with SIGKILL",
    "broker killed and emptied",
    "PostgreSQL stopped at once",
    "quiet in time",
    "of them lost",
    "phantoms",
    "notifications",
    "deliveries",
    "deliveries by state",
    "distinct Message-IDs accepted",
    "mails never accepted",
    "accepted for the wrong address",
    "requests while the broker was frozen",
    "events of those requests",
    "frozen request, slowest",
)


@pytest.mark.slow
@pytest.mark.timeout(300)  # a minute on two cores that have nothing else to do
def test_nothing_is_lost_doubled_or_made_up_whatever_is_killed():
    soak = subprocess.run(
        [sys.executable, "-m", "benchmarks.soak", "--short"],
        cwd=CHECKOUT,
        env={name: value for name, value in os.environ.items() if name not in NOT_INHERITED},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=280,
    )
    print(soak.stdout)
    assert soak.returncode == 0
    for promise in PROMISES:
        assert re.search(rf"^\| {re.escape(promise)}[^|]*\|[^|]*\| holds \|$", soak.stdout, re.MULTILINE), promise
    assert "does not hold" not in soak.stdout
