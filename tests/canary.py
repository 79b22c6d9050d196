"""The code of every store that tests make goes through the whole suite: what shows it where it may not be fails.

The digits begin with a zero: no id, count or port is written so, and whole words only are looked for.
"""

import logging
import re
from collections.abc import Iterator

import pytest
from django.core.mail.backends import locmem
from django.test import Client

from config import logs
from tests.factories import CODE

ALONE = re.compile(rf"(?<![\w.+-]){CODE}(?![\w-]|\.\d)|(?<!\w){' '.join(CODE)}(?!\w)")
# Where whoever pressed "Show code" reads it, and where the API hands it to them.
MAY_SHOW = re.compile(r"^/store/[^/]+/settings/users/(collaborators|security)/$|^/api/v1/stores/[^/]+/code/")


def shows(text: str) -> bool:
    return ALONE.search(text) is not None


def _typed(environ) -> str:
    """What the request held: whoever typed a code gets it back with the form."""
    payload = environ.get("wsgi.input")
    content = getattr(payload, "_FakePayload__content", None)
    return content.getvalue().decode(errors="replace") if content else ""


class Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logs.formatter(human=False))
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        if shows(line):
            self.heard.append(line)


def checked(request):
    def check(client, **environ):
        response = request(client, **environ)
        path = environ.get("PATH_INFO", "")
        if not response.streaming and not MAY_SHOW.match(path) and shows(response.content.decode(errors="replace")):
            assert CODE in _typed(environ), f"{path} shows a code to somebody who did not type it"
        return response

    return check


def checked_mail(send):
    def check(backend, messages):
        for message in messages:
            assert not shows(message.message().as_string()), f"a code stands in the mail “{message.subject}”"
            assert not any(shows(str(body)) for body, _kind in getattr(message, "alternatives", ()))
        return send(backend, messages)

    return check


@pytest.fixture(autouse=True, scope="session")
def codes_are_watched() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Client, "request", checked(Client.request))
        patched.setattr(locmem.EmailBackend, "send_messages", checked_mail(locmem.EmailBackend.send_messages))
        yield


@pytest.fixture(autouse=True)
def codes_stay_out_of_logs() -> Iterator[None]:
    listener, root = Listener(), logging.getLogger()
    root.addHandler(listener)
    yield
    root.removeHandler(listener)
    assert not listener.heard, "a code stands in the log"
