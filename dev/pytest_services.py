"""pytest plugin: servers for the tests, and a loud word about browser tests that could not run.

The servers must be there before pytest-django reads the settings, which is before any conftest.py: so it is loaded by
`-p dev.pytest_services`. The workers of pytest-xdist inherit the addresses and start nothing.
"""

import os
from contextlib import ExitStack

import pytest

from dev import chromium
from dev.services import running

NO_BROWSER = "no Chromium was found"

servers = ExitStack()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in the thread of the test
    if not all(os.environ.get(name) for name in ("DATABASE_URL", "BROKER_URL", "CACHE_URL")):
        os.environ.update(servers.enter_context(running()))
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        use_own_databases(int(worker.removeprefix("gw")))


def use_own_databases(worker: int) -> None:
    """pytest-django gives each worker a PostgreSQL database of its own; this does so for the embedded Valkey."""
    broker, cache = os.environ["BROKER_URL"], os.environ["CACHE_URL"]
    os.environ["BROKER_URL"] = broker.replace("?virtual_host=0", f"?virtual_host={2 * worker}")
    os.environ["CACHE_URL"] = cache.replace("?db=1", f"?db={2 * worker + 1}")


def pytest_unconfigure() -> None:
    servers.close()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and not chromium.find():
        if os.environ.get("CI") == "true":
            pytest.fail(NO_BROWSER, pytrace=False)
        pytest.skip(NO_BROWSER)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    left_out = [
        report.nodeid
        for report in terminalreporter.getreports("skipped")
        if isinstance(report.longrepr, tuple) and report.longrepr[2].endswith(NO_BROWSER)
    ]
    if left_out:
        headline = f"{len(left_out)} BROWSER TESTS DID NOT RUN: {NO_BROWSER}"
        terminalreporter.section(headline, sep="!", red=True, bold=True)
        for name in left_out:
            terminalreporter.line(name, red=True)
