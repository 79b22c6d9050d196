"""A code that can be told from everything else goes through all that people do, and turns up where it may and nowhere
else: not in answers to others, mails, logs, exports, operator pages, error reports, sessions or a dump."""

import io
import json
import logging
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail, management
from django.core.signals import got_request_exception
from django.db import connection
from django.test import Client
from django.views.debug import ExceptionReporter

from collaborators import codes, guesses
from collaborators.actions import requests
from collaborators.models import AccessRequest, RequestCode
from collaborators.waiting import MARK
from config import logs
from dev.services import HOME, Postgres
from tests.config.test_addresses import OPERATORS
from tests.dev.test_backup import address
from tests.world import make_world

# Four digits of no year, count, port or status; everywhere in a text, but not inside a longer run of letters and
# digits, in which four may stand by chance.
CANARIES = {"right": "7306", "wrong": "7319", "made": "7328"}
ALONE = re.compile(r"(?<![0-9A-Za-z_.-])7(?:306|319|328)(?![0-9A-Za-z_=-])")
SPELLED = re.compile(r"7 (?:3 0 6|3 1 9|3 2 8)")


def found(text: str) -> list[str]:
    text = re.sub(r'csrfmiddlewaretoken" value="\w+"| d="[^"]*"', "", text)
    return ALONE.findall(text) + SPELLED.findall(text)


def signed_in(user) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.fixture
def log():
    """Lines as production writes them."""
    stream = io.StringIO()
    handler = logs.Console(stream)
    handler.setFormatter(logs.formatter(human=False))
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


@pytest.fixture
def world(transactional_db, monkeypatch):
    world = make_world()
    RequestCode.objects.filter(store=world.store).update(sealed=codes.seal(CANARIES["right"]))
    monkeypatch.setattr(codes, "new_digits", lambda *, avoid: CANARIES["made"])
    return world


def form(code: str, **change) -> dict:
    return {
        "store_url": "maison-lavande",
        "code": code,
        "permissions": ["products.view"],
        "how_long": "open",
        "message": "Hello",
        "key": f"key-{code}",
    } | change


def everything_happens(world, deliver, monkeypatch) -> list[str]:
    """All that people do with codes. Returns what those read who may not know any."""
    heard: list[str] = []

    def hear(response) -> None:
        heard.append(f"{response.content.decode()} {response.headers}")

    asker = signed_in(world.people["other_partner_owner"])
    page, api = "/partner/pixel-co/stores/request/", "/api/v1/partners/pixel-co/requests/"
    wrong = form(CANARIES["wrong"])
    asker.post(page, wrong)  # draws what they typed again, for themselves
    body = {"store_url": "maison-lavande", "code": CANARIES["wrong"], "permissions": ["products.view"], "ends_on": None}
    hear(asker.post(api, json.dumps(body), content_type="application/json", headers={"Idempotency-Key": "canary"}))
    hear(asker.post(api, json.dumps({**body, "code": {"a": 1}}), content_type="application/json"))

    sleepy = signed_in(world.people["other_partner_owner"])  # who has to confirm who they are, with the form in hand
    session = sleepy.session
    session["signed_in_at"] -= 7200
    session["seen_at"] -= 7200
    session.save()
    hear(sleepy.post(page, wrong))

    with monkeypatch.context() as broken:  # an error in the middle of it
        broken.setattr(requests, "end_of", lambda ends_on, store: {}["nothing"])
        hear(asker.post(page, form(CANARIES["right"], key="broken")))
        hear(asker.post(api, json.dumps({**body, "code": CANARIES["right"]}), content_type="application/json"))

    hear(asker.post(page, form(CANARIES["right"]), follow=True))
    assert AccessRequest.objects.filter(partner__slug="pixel-co").exists()
    owner = signed_in(world.store.owner)
    settings_of_users = "/store/maison-lavande/settings/users/"
    assert (
        CANARIES["right"] in owner.post(f"{settings_of_users}collaborators/code/display/", follow=True).content.decode()
    )
    owner.post(f"{settings_of_users}collaborators/code/")
    assert CANARIES["made"] in owner.get(f"{settings_of_users}security/").content.decode()  # it could be seen
    hear(owner.get("/store/maison-lavande/activity/"))
    hear(owner.get("/api/v1/stores/maison-lavande/activity/"))
    hear(owner.get("/api/v1/stores/maison-lavande/code/"))
    for person in ("staff_without_the_right", "collaborator", "other_partner_owner", "operator", "signed_out"):
        user = world.people[person]
        client = signed_in(user) if user else Client()
        for path in ("collaborators/", "security/", "security/code/"):
            hear(client.get(f"{settings_of_users}{path}"))
        hear(client.post(f"{settings_of_users}collaborators/code/display/", follow=True))
        hear(client.post("/api/v1/stores/maison-lavande/code/display/"))
    operator = signed_in(world.people["operator"])
    for page_of_operators in OPERATORS:
        if page_of_operators.name.endswith("_changelist"):
            hear(operator.get(page_of_operators.path({})))
    deliver()
    return heard


def test_a_code_turns_up_nowhere_it_should_not(world, deliver, log, monkeypatch):
    heard = everything_happens(world, deliver, monkeypatch)
    assert len(heard) >= 40
    assert not [text[:200] for text in heard if found(text)]
    letters = [f"{m.subject} {m.body} {m.alternatives} {m.extra_headers}" for m in mail.outbox]
    assert letters
    assert not [text for text in letters if found(text)]
    lines = log.getvalue()
    assert "request_failed" in lines
    assert not found(lines)
    assert not found(dump())
    exported = io.StringIO()
    management.call_command(
        "dumpdata", "accounts", "collaborators", "stores", "notifications", "sessions", stdout=exported
    )
    assert not found(exported.getvalue())


def test_the_canary_would_be_noticed(world):
    """The negative control: in the plain column of an older version the dump shows it."""
    assert not found(dump())
    RequestCode.objects.filter(store=world.store).update(sealed=None, plain=CANARIES["right"])
    assert found(dump())
    for text in ('value="7306"', ">7306<", "code=7306&key=1", '"code": "7306"', "7 3 0 6", "(7306)"):
        assert found(text)


def dump() -> str:
    """All the database, as a backup has it, with sessions opened: they are only packed."""
    program = str(Postgres(HOME, [])._installation() / "pginstall" / "bin" / "pg_dump")
    command = [program, "--data-only", "--no-owner", address(connection.settings_dict["NAME"])]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "COPY public.collaborators_requestcode" in text
    return text + json.dumps([session.get_decoded() for session in Session.objects.all()])


BROKEN = [
    (requests, "chosen"),
    (guesses, "reserve"),
    (guesses, "lock_counters"),
    (requests, "end_of"),
    (guesses, "compare"),
]


@pytest.fixture
def reports():
    """What Django writes about each error, as an installation may have it mailed."""
    texts: list[str] = []

    def write(sender, request, **_signal):
        report = ExceptionReporter(request, *sys.exc_info(), is_email=True)
        texts.extend((report.get_traceback_html(), report.get_traceback_text()))

    got_request_exception.connect(write)
    yield texts
    got_request_exception.disconnect(write)


def break_down(*args, **kwargs):
    raise ZeroDivisionError


@pytest.mark.parametrize("place", BROKEN, ids=lambda place: place[1])
@pytest.mark.parametrize("waited", [False, True], ids=["at once", "after a password"])
def test_an_error_report_on_the_page_hides_the_code(world, reports, monkeypatch, place, waited):
    code = codes.seal(CANARIES["right"], purpose="waiting") if waited else CANARIES["right"]
    monkeypatch.setattr(*place, break_down)
    asker = signed_in(world.people["other_partner_owner"])
    typed = form(f"{MARK}{code}" if waited else code, key="report")
    answer = asker.post("/partner/pixel-co/stores/request/", typed | {"send": "send"})
    assert answer.status_code == 500
    hidden(reports)


@pytest.mark.parametrize("place", BROKEN, ids=lambda place: place[1])
def test_an_error_report_of_the_api_hides_the_code(world, reports, monkeypatch, place):
    monkeypatch.setattr(*place, break_down)
    body = {"store_url": "maison-lavande", "code": CANARIES["right"], "permissions": ["products.view"], "ends_on": None}
    asker = signed_in(world.people["other_partner_owner"])
    answer = asker.post(
        "/api/v1/partners/pixel-co/requests/",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": "report"},
    )
    assert answer.status_code == 500
    hidden(reports)


def hidden(reports: list[str]) -> None:
    assert len(reports) == 2
    for text in reports:
        assert "ZeroDivisionError" in text
        assert "request_access_once" in text
        assert not [line for line in text.splitlines() if found(line)]
