"""A log line says what happened with ids. What people wrote, are called, or keep secret stands in none."""

import io
import json
import logging
import re
import smtplib
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from collaborators import actions, codes
from collaborators.models import AccessRequest, RequestCode
from config import logs
from config.celery import app
from notifications import tasks
from notifications.models import Delivery
from tests.factories import PASSWORD
from tests.notifications.test_faults import (
    PATIENCE,
    MailServer,
    broker_at,
    own_broker,
    start_worker,
    tell_of_a_new_code,
)

CANARY = "canary"
EMAIL = f"{CANARY}-address@people.example"
CODE = "7391"
SECRETS = re.compile(rf"{CANARY}|{CODE}|{PASSWORD}|people\.example|Maison|Atelier|maison|atelier", re.IGNORECASE)


class Lines:
    """What production would write, while the block lasts."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.handler = logs.Console(self.stream)
        self.handler.setFormatter(logs.formatter(human=False))

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def last(self) -> dict[str, Any]:
        return self.all()[-1]


@pytest.fixture
def lines():
    lines = Lines()
    logging.getLogger().addHandler(lines.handler)
    yield lines
    logging.getLogger().removeHandler(lines.handler)


def request_lines(lines: Lines) -> list[dict[str, Any]]:
    return [line for line in lines.all() if line["event"].startswith("request_")]


def places_left_out(text: str) -> str:
    """Places in the code may lie in a folder of any name."""
    return re.sub(r'"places": \[.*?\]', "", text)


# --- Canaries -------------------------------------------------------------------------------------------------------


@pytest.fixture
def canaries(world) -> User:
    """Somebody whose address, name and code would be noticed."""
    user = world.people["other_partner_owner"]
    User.objects.filter(pk=user.pk).update(email=EMAIL, name=f"{CANARY} name")
    user.emailaddress_set.update(email=EMAIL)
    RequestCode.objects.filter(store=world.store).update(sealed=codes.seal(CODE))
    user.refresh_from_db()
    return user


def sign_in(client: Client, password: str) -> None:
    client.post(f"/account/login/?next=/{CANARY}/", {"login": EMAIL, "password": password})


def ask_for_access(client: Client, **changes: str) -> None:
    form = {
        "store_url": "maison-lavande",
        "code": CODE,
        "permissions": ["products.view"],
        "how_long": "open",
        "message": f"{CANARY} message",
    }
    client.post(reverse("collaborators:store-request", args=["pixel-co"]), form | changes)


def fail_with_words(*args, **kwargs):
    """As PostgreSQL does, which quotes the row, and as code does that quotes what it was given."""
    try:
        int(f"{CANARY} cause")
    except ValueError as cause:
        raise IntegrityError(f"Key (email)=({EMAIL}) already exists.") from cause


@pytest.mark.django_db
def test_nothing_that_people_wrote_or_are_called_stands_in_a_line(canaries, world, lines, deliver, monkeypatch):
    client = Client(raise_request_exception=False)
    sign_in(client, f"{CANARY}-wrong-password")
    sign_in(client, PASSWORD)
    ask_for_access(client, code="1111", message=f"{CANARY} refused")
    ask_for_access(client)
    assert AccessRequest.objects.filter(asked_by=canaries).exists()

    client.get(f"/{CANARY}/?{CANARY}=1")
    client.get(f"/account/password/reset/key/1-{CANARY}/")
    client.get(f"/account/confirm-email/{CANARY}/")
    client.get("/", headers={"host": f"{CANARY}.example", "user-agent": CANARY, "referer": f"https://{CANARY}/"})
    client.get("/", headers={"x-request-id": CANARY})
    client.get(f"/api/v1/me/?{CANARY}", headers={"authorization": f"Bearer {CANARY}"})
    Client(enforce_csrf_checks=True).post(f"/account/login/?{CANARY}", {"login": EMAIL})
    client.post("/account/password/reset/", {"email": EMAIL})

    deliver()
    assert mail.outbox
    Delivery.objects.update(state="pending", sent_at=None, lease_until=timezone.now())
    refused = smtplib.SMTPDataError(550, f"{EMAIL} {CANARY}".encode())
    with monkeypatch.context() as broken:
        broken.setattr("notifications.delivery.compose", lambda *a, **k: (_ for _ in ()).throw(refused))
        deliver()
    assert Delivery.objects.filter(problem="SMTPDataError").exists()

    with monkeypatch.context() as broken:
        broken.setattr(actions, "request_access_once", fail_with_words)
        ask_for_access(client)
    assert request_lines(lines)[-1]["event"] == "request_failed"
    monkeypatch.setattr("notifications.delivery.tell", fail_with_words)
    actions.make_code(world.store, by=world.store.owner)
    deliver()

    assert len(lines.all()) > 15
    assert not SECRETS.findall(places_left_out(lines.text)), lines.text


@pytest.mark.django_db
def test_the_canaries_would_be_noticed(canaries, lines):
    """The same, formatted as for the person at the terminal."""
    lines.handler.setFormatter(logs.formatter(human=True))
    client = Client(raise_request_exception=False)
    client.get("/", headers={"host": f"{CANARY}.example"})
    assert SECRETS.search(lines.text)


# --- One line for a request -----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_request_is_one_line_with_its_route_its_ids_and_who_it_was(world, lines, client):
    client.force_login(world.store.owner)
    path = reverse("collaborators:request", args=[world.store.handle, world.pending.public_id])
    client.get(f"{path}?{CANARY}")
    (line,) = lines.all()
    assert line.pop("milliseconds") >= 0
    assert re.fullmatch(r"[0-9a-f-]{36}", line.pop("request_id"))
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line.pop("at"))
    assert line == {
        "event": "request_finished",
        "level": "info",
        "logger": "django_structlog.middlewares.request",
        "code": 200,
        "request": "GET /store/<slug:handle>/settings/users/collaborators/requests/<uuid:public_id>/",
        "public_id": str(world.pending.public_id),
        "user_id": world.store.owner.pk,
    }


@pytest.mark.django_db
def test_a_request_that_fails_names_classes_and_places(world, lines, monkeypatch):
    monkeypatch.setattr("collaborators.views.actions.make_code", fail_with_words)
    client = Client(raise_request_exception=False)
    client.force_login(world.store.owner)
    assert client.post(reverse("collaborators:code", args=[world.store.handle])).status_code == 500
    (line,) = lines.all()
    assert (line["event"], line["level"], line["code"]) == ("request_failed", "error", 500)
    assert line["error"] == ["ValueError", "django.db.utils.IntegrityError"]
    assert re.search(r"test_logs\.py:\d+ fail_with_words$", line["places"][-1])


@pytest.mark.django_db
def test_probes_and_requests_before_and_after_share_no_id(lines, client):
    client.get("/healthz/")
    assert lines.all() == []
    client.get("/")
    client.get("/")
    assert len({line["request_id"] for line in request_lines(lines)}) == 2


# --- Everybody else's loggers ---------------------------------------------------------------------------------------


def test_numbers_stay_and_everything_else_is_left_out(lines):
    logging.getLogger("kombu.x").warning("Lost %s at %s: %r, %d times", EMAIL, "broker", ValueError(CANARY), 3)
    logging.getLogger("celery.y").error("%(name)s took %(seconds)ss", {"name": CANARY, "seconds": 4.5})
    assert [line["event"] for line in lines.all()] == ["Lost … at …: '…', 3 times", "… took 4.5s"]


def test_our_own_loggers_are_believed(lines):
    logging.getLogger("notifications.delivery").warning("Delivery %s failed (%s)", 12, "TimeoutError")
    assert lines.last()["event"] == "Delivery 12 failed (TimeoutError)"


def test_every_app_of_ours_is_believed():
    ours = {config.name for config in apps.get_app_configs() if str(settings.BASE_DIR / config.name) == config.path}
    assert ours == logs.APPS


def test_an_object_stands_as_its_class(lines):
    user = User(email=EMAIL, name=CANARY)
    structlog.get_logger("accounts.x").warning("met", who=user, when=time, error=CANARY, reason=CANARY)
    line = lines.last()
    assert (line["who"], line["when"]) == ("accounts.models.User", "module")
    assert not SECRETS.search(lines.text)


# --- Lines that cannot be written -----------------------------------------------------------------------------------


class Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError(CANARY)

    __repr__ = __str__


def test_a_line_that_cannot_be_made_is_replaced_and_the_caller_goes_on(lines, capsys, monkeypatch):
    monkeypatch.setattr(logging.getLogger(), "handlers", [lines.handler])  # pytest's own raise
    logging.getLogger("notifications.x").warning("%s", Unspeakable())
    logging.getLogger("kombu.x").warning("%d people", CANARY)
    assert lines.all() == [
        {"event": "log line lost", "logger": "notifications.x", "level": "warning"},
        {"event": "log line lost", "logger": "kombu.x", "level": "warning"},
    ]
    assert CANARY not in capsys.readouterr().err


def test_a_closed_stream_stops_nobody(lines):
    lines.stream.close()
    logging.getLogger("notifications.x").warning("to nobody")
    lines.stream = io.StringIO()
    lines.handler.setStream(lines.stream)


@pytest.fixture
def logging_as_it_was():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logs.configure(settings.LOGGING)
    root.handlers[:] = handlers


@pytest.mark.usefixtures("logging_as_it_was")
def test_a_configuration_that_does_not_work_is_a_line_and_no_end(capsys):
    broken = logs.lines(human=False) | {"handlers": {"console": {"class": "no.such.Handler"}}}
    logs.configure(broken)
    logging.getLogger("notifications.x").warning("still here")
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert first["event"] == "LOGGING does not work, so lines look like this"
    assert first["error"][-1] == "ValueError"
    assert second["event"] == "still here"


# --- Into the worker ------------------------------------------------------------------------------------------------


@pytest.fixture
def mail_server():
    server = MailServer()
    server.start()
    server.answer()
    yield server
    server.stop()


@pytest.fixture
def broker():
    with broker_at(own_broker()):
        with app.connection_for_write() as opened:
            opened.default_channel.client.flushdb()
        yield app.conf.broker_url


@pytest.mark.slow
@pytest.mark.timeout(90)
@pytest.mark.django_db(transaction=True)
def test_the_id_of_a_request_follows_into_the_worker_and_tasks_keep_no_words(
    world, broker, mail_server, lines, tmp_path
):
    log = tmp_path / "worker.log"
    client = Client()
    client.force_login(world.store.owner)
    with ExitStack() as stack:
        start_worker(stack, log, broker=broker, mail_server=mail_server)
        client.post(reverse("collaborators:code", args=[world.store.handle]))
        for _ in ("owner", "manager"):
            assert mail_server.got_one.acquire(timeout=PATIENCE), log.read_text()
        tasks.deliver.delay(f"{CANARY} {EMAIL}")
        app.send_task("no.such.task", args=[CANARY])
        tell_of_a_new_code(world, mail_server, log)
        wait_for(log, "task_failed", "task_not_found")
    (request,) = request_lines(lines)
    of_tasks = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    (delivered,) = [line for line in of_tasks if line.get("request_id") == request["request_id"]]
    assert delivered["event"] == "task_succeeded"
    assert delivered["task"] == "notifications.tasks.deliver"
    failed = next(line for line in of_tasks if line["event"] == "task_failed")
    assert (failed["task"], failed["error"][-1]) == ("notifications.tasks.deliver", "ValueError")
    assert not SECRETS.findall(places_left_out(log.read_text())), log.read_text()


def wait_for(log: Path, *events: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not all(event in log.read_text() for event in events):
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
