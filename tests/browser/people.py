"""Somebody at a browser, and somebody's mails."""

import re
import threading
from collections.abc import Callable
from typing import Any

from django.core import mail
from django.core.mail import EmailMultiAlternatives
from playwright.sync_api import BrowserContext, Dialog, Locator, Page

DELIVERED_WITHIN = 20  # seconds

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

_STATUS_LINE = re.compile(r"the server responded with a status of (\d+)")


class Person:
    """Somebody at a browser of their own, who notices everything that goes wrong in it."""

    def __init__(self, context: BrowserContext, site: str):
        self.context = context
        self.troubles: list[str] = []
        self._refusals: list[str] = []
        self._site = site
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.troubles.append(f"exception: {error.error}"))
        context.on("request", self._watch)
        context.on("dialog", self._refuse)
        self.page: Page = context.new_page()

    def _hear(self, message) -> None:
        if message.type in {"error", "warning"}:
            self.troubles.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _watch(self, request) -> None:
        if not request.url.startswith((self._site + "/", "data:")):
            self.troubles.append(f"asks another host: {request.url}")

    def _refuse(self, dialog: Dialog) -> None:
        self.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _look_at(self, response, status: int) -> None:
        assert response is not None
        assert response.status == status, f"{response.url} answered {response.status}, not {status}"
        if status >= 400:
            self._refusals.append(str(status))

    def open(self, path: str, *, status: int = 200) -> None:
        self._look_at(self.page.goto(path), status)

    def click(self, target: Locator, *, status: int = 200) -> None:
        """Click something that leads to another page, and wait for that page."""
        with self.page.expect_navigation() as arrival:
            target.click()
        self._look_at(arrival.value, status)

    def press(self, name: str, *, status: int = 200, within: Locator | None = None) -> None:
        """Press a button that sends a form."""
        self.click((within or self.page).get_by_role("button", name=name, exact=True), status=status)

    def follow(self, name: str, *, status: int = 200, within: Locator | None = None) -> None:
        """Follow a link. `name` is how its name begins: what is read out in addition may stand behind it."""
        link = (within or self.page).get_by_role("link", name=re.compile(rf"^{re.escape(name)}(?!\w)"))
        self.click(link, status=status)

    def fill(self, label: str, value: str) -> None:
        self.page.get_by_label(label).fill(value)

    def box(self, label: str) -> Locator:
        """A permission's box, by its label alone: badge and sentence stand beside it."""
        return self.page.locator(f'input[type=checkbox][data-label="{label}"]')

    def ticked(self) -> list[str]:
        """The labels of the permissions that are ticked, in the order of the page."""
        return self.page.eval_on_selector_all(
            "input[name=permissions]:checked", "boxes => boxes.map(box => box.dataset.label)"
        )

    def complaints(self) -> list[str]:
        """What went wrong in the browser, apart from the refusals that a test asked for."""
        left = list(self.troubles)
        for status in self._refusals:
            line = next((line for line in left if (found := _STATUS_LINE.search(line)) and found[1] == status), None)
            if line:
                left.remove(line)
        return left


type Opener = Callable[..., Person]


class Postbox:
    """The mails that left, and a way to wait for one."""

    def __init__(self) -> None:
        self._task_done = threading.Condition()

    def ring(self, **_signal: Any) -> None:
        with self._task_done:
            self._task_done.notify_all()

    def wait_for(self, address: str, subject: str) -> EmailMultiAlternatives:
        """The latest mail to `address` with exactly this subject, as soon as it is there."""

        def newest():
            found = [letter for letter in mail.outbox if letter.to == [address] and letter.subject == subject]
            return found[-1] if found else None

        with self._task_done:
            letter = self._task_done.wait_for(newest, timeout=DELIVERED_WITHIN)
        assert letter, f"no “{subject}” for {address}, only {[(each.to, each.subject) for each in mail.outbox]}"
        return letter
