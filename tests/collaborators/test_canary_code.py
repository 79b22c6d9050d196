"""A code that can be told from everything else goes through all that people do, and turns up where it may and nowhere
else: not in answers to others, mails, logs, exports, operator pages, error reports, sessions or a dump."""

import io
import json
import logging
import re
import subprocess

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.core import mail, management
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import resolve
from django.views.debug import ExceptionReporter

from collaborators import codes
from collaborators.actions import requests
from collaborators.models import AccessRequest, RequestCode
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


def test_an_error_report_hides_the_code():
    """What Django writes about an error, if an installation has it mailed: neither the form nor the variables."""
    request = RequestFactory().post("/partner/pixel-co/stores/request/", form(CANARIES["right"], key="report"))
    request.user = AnonymousUser()
    resolve(request.path).func(request, slug="pixel-co")  # sends to sign in, and marks what is sensitive
    with pytest.raises(AttributeError) as failed:
        requests.is_let_in(None, None, CANARIES["right"], for_more=False, now=None)
    report = ExceptionReporter(request, failed.type, failed.value, failed.tb)
    for text in (report.get_traceback_text(), report.get_traceback_html()):
        assert "is_let_in" in text
        assert not [line for line in text.splitlines() if found(line) and 'CANARIES["right"]' not in line]
