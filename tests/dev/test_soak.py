"""The short form of `make soak`: real processes are killed, servers stopped, a broker frozen; then all is counted."""

import os
import subprocess
import sys

import pytest

from dev.lifeline import CHECKOUT

NOT_INHERITED = ("DATABASE_URL", "BROKER_URL", "CACHE_URL", "EMAIL_URL", "SITE_URL", "DJANGO_SETTINGS_MODULE")


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
    assert soak.stdout.count("| holds |") >= 16
