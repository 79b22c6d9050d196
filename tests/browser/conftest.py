"""Chromium, people who sit at it, and a worker that delivers as in real life."""

from collections.abc import Iterator
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from celery.signals import setup_logging, task_postrun
from django.test import Client
from playwright.sync_api import Browser, expect, sync_playwright

from accounts.models import User
from dev import chromium
from tests.browser.gallery import Picture, furnish, pictures
from tests.browser.people import DESKTOP, Opener, Person, Postbox

PATIENCE = 15_000  # milliseconds; a loaded machine is slow, a broken page is broken for ever

expect.set_options(timeout=PATIENCE)


# A package, not the session: while Playwright runs, its event loop stands in the thread of the tests.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium.find(),
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--font-render-hinting=none"],
        )
        yield launched
        launched.close()


@pytest.fixture
def site(live_server, settings) -> str:
    settings.SITE_URL = live_server.url
    return live_server.url


@pytest.fixture
def person(browser: Browser, site: str, settings) -> Iterator[Opener]:
    """`person(user)` opens a browser in which `user` is signed in (None: nobody). Options are Playwright's."""
    people: list[Person] = []

    def open_browser(user: User | None = None, **options: Any) -> Person:
        options = {"viewport": DESKTOP, "locale": "en-GB", "timezone_id": "Europe/Paris", **options}
        context = browser.new_context(base_url=site, **options)
        context.set_default_timeout(PATIENCE)
        if user:
            client = Client()
            client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site, "httpOnly": True}])
        people.append(Person(context, site))
        return people[-1]

    yield open_browser
    for somebody in people:
        somebody.context.close()
    complaints = [complaint for somebody in people for complaint in somebody.complaints()]
    assert not complaints, "\n".join(["The browser complained:", *complaints])


@pytest.fixture
def shown(world, deliver) -> list[Picture]:
    """The gallery of a furnished world in which everybody has been told."""
    furnish(world)
    deliver()
    return pictures(world)


@pytest.fixture
def worker(transactional_db) -> Iterator[Postbox]:
    """A real Celery worker on the real broker, and the postbox it fills."""
    from config.celery import app

    def keep_logging_as_it_is(**_signal: Any) -> None: ...

    postbox = Postbox()
    setup_logging.connect(keep_logging_as_it_is)
    task_postrun.connect(postbox.ring)
    app.control.purge()
    with start_worker(app, perform_ping_check=False, pool="threads", concurrency=2):
        yield postbox
    task_postrun.disconnect(postbox.ring)
    setup_logging.disconnect(keep_logging_as_it_is)
