"""What load balancers and monitors are told, and how soon, when something this process stands on is down or frozen."""

import socket
import threading
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from config import health
from notifications.models import Delivery, Event
from tests.factories import UserFactory
from tests.notifications.test_faults import broker_at
from tests.servers import frozen, own_valkey

BUSY = 2.0  # seconds that a machine may be busy with other things
OK = {"database": "ok", "broker": "ok", "cache": "ok", "deliveries": "ok"}

transactional = pytest.mark.django_db(transaction=True)  # checks have connections of their own


@pytest.fixture(autouse=True)
def for_a_busy_machine(monkeypatch):
    assert health.PATIENCE == 1.0
    monkeypatch.setattr(health, "PATIENCE", health.PATIENCE + BUSY)


@pytest.fixture(autouse=True)
def nothing_outstanding():
    """No test gets the answer to another's question."""
    yield
    for check in health.CHECKS.values():
        if check._answer is not None:
            check._answer.exception(timeout=10)


def ready(client: Client) -> tuple[int, str, dict[str, str]]:
    began = time.monotonic()
    response = client.get("/readyz/")
    assert time.monotonic() - began < health.PATIENCE + BUSY
    answer = response.json()
    assert answer.keys() == {"status", "checks"}
    return response.status_code, answer["status"], answer["checks"]


def failing(monkeypatch, name: str, error: Exception) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setitem(health.CHECKS, name, health.Check(fail, needed=health.CHECKS[name].needed))


# --- Alive ----------------------------------------------------------------------------------------------------------


def test_alive_touches_nothing(client):
    """No fixture lets this test have a database: any query fails it."""
    client.cookies[settings.SESSION_COOKIE_NAME] = "something"
    response = client.get("/healthz/")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert response.cookies == {}


@pytest.mark.parametrize("path", ["/healthz/", "/readyz/"])
class TestProbes:
    pytestmark = transactional

    def test_a_process_is_asked_by_its_number_without_tls(self, client, path):
        with override_settings(SECURE_SSL_REDIRECT=True, ALLOWED_HOSTS=["portal.example"]):
            response = Client(headers={"host": "10.0.0.7:8000"}).get(path)
        assert response.status_code == 200

    def test_no_answer_is_kept(self, client, path):
        assert "no-store" in client.get(path)["Cache-Control"]

    def test_head_is_answered_and_nothing_else(self, client, path):
        assert client.head(path).status_code == 200
        assert [getattr(client, method)(path).status_code for method in ("post", "put", "delete")] == [405] * 3

    def test_no_session_is_looked_up(self, client, path, django_assert_num_queries):
        client.force_login(UserFactory.create())
        with django_assert_num_queries(0):
            client.get(path)


def test_other_pages_still_want_tls_and_a_host_of_ours():
    with override_settings(SECURE_SSL_REDIRECT=True):
        assert Client().get("/healthz/more/").status_code == 301
    assert Client(headers={"host": "10.0.0.7:8000"}).get("/healthz/more/").status_code == 400


# --- Ready ----------------------------------------------------------------------------------------------------------


@transactional
def test_ready_when_everything_answers(client):
    assert ready(client) == (200, "ok", OK)


@transactional
def test_without_a_database_requests_go_elsewhere(client, monkeypatch):
    failing(monkeypatch, "database", Exception("a password"))
    assert ready(client) == (503, "failed", OK | {"database": "failed"})


@transactional
@pytest.mark.parametrize("name", ["broker", "cache", "deliveries"])
def test_what_pages_do_without_is_only_reported(client, monkeypatch, name):
    failing(monkeypatch, name, Exception("a password"))
    assert ready(client) == (200, "degraded", OK | {name: "failed"})


@transactional
def test_why_a_check_failed_is_not_told_to_strangers(client, monkeypatch, caplog):
    failing(monkeypatch, "broker", ConnectionError("redis://:a-password@broker.internal"))
    assert "password" not in client.get("/readyz/").content.decode()
    lines = [record.msg for record in caplog.records if record.name == "config.health"]
    assert lines == [{"event": "check_failed", "check": "broker", "problem": "ConnectionError"}]


def late(*, state: str = "pending", due: timedelta = -health.LATE_AFTER, lease: timedelta = -health.LATE_AFTER) -> None:
    """A delivery that is due, and free, this long from now."""
    now = timezone.now()
    event = Event.objects.create(topic="code.made", dedupe_key="late", told_at=now)
    Delivery.objects.create(
        event=event,
        user=UserFactory.create(),
        audience="store",
        state=state,
        next_at=now + due,
        lease_until=now + lease,
    )


@transactional
@pytest.mark.parametrize(
    ("changes", "deliveries"),
    [
        ({}, "failed"),
        ({"state": "sending"}, "failed"),  # its worker was killed, and no other came
        ({"due": timedelta(minutes=1) - health.LATE_AFTER}, "ok"),
        ({"due": timedelta(hours=1)}, "ok"),  # waits for its next attempt
        ({"state": "sending", "lease": timedelta(minutes=1)}, "ok"),  # somebody is at it
        ({"state": "dead"}, "ok"),  # operators were told
    ],
    ids=["due", "left", "soon", "postponed", "in hand", "given up"],
)
def test_a_delivery_that_nobody_sends_is_reported(client, changes, deliveries):
    late(**changes)
    assert ready(client)[2] == OK | {"deliveries": deliveries}


@transactional
@pytest.mark.parametrize(("minutes", "deliveries"), [(6, "failed"), (4, "ok")])
def test_an_event_of_which_nobody_was_told_is_reported(client, minutes, deliveries):
    Event.objects.create(topic="code.made", dedupe_key="late", created_at=timezone.now() - timedelta(minutes=minutes))
    assert ready(client)[2] == OK | {"deliveries": deliveries}


# --- What is down or frozen -----------------------------------------------------------------------------------------


@pytest.fixture
def valkey():
    with own_valkey() as server:
        yield server


@transactional
def test_a_broker_that_is_gone_is_reported_at_once(client, tmp_path):
    with broker_at(f"redis+socket://{tmp_path}/nobody-listens.sock?virtual_host=0"):
        assert ready(client) == (200, "degraded", OK | {"broker": "failed"})


@transactional
def test_a_cache_that_is_gone_is_reported_at_once(client, tmp_path):
    gone = settings.CACHES["default"] | {"LOCATION": f"unix://{tmp_path}/nobody-listens.sock?db=1"}
    with override_settings(CACHES={"default": gone}):
        assert ready(client) == (200, "degraded", OK | {"cache": "failed"})


@transactional
def test_a_frozen_broker_does_not_hold_the_answer(client, valkey):
    with broker_at(valkey.broker_url):
        assert ready(client)[1] == "ok"
        with frozen(valkey):
            assert ready(client) == (200, "degraded", OK | {"broker": "failed"})
        health.CHECKS["broker"].answer().exception(timeout=5)  # the question that was outstanding
        assert ready(client)[1] == "ok"


@transactional
def test_a_database_that_accepts_and_says_nothing_does_not_hold_the_answer(client, monkeypatch, tmp_path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / ".s.PGSQL.5432"))
        listener.listen()

        def ask_the_mute() -> None:
            connection.get_new_connection(connection.get_connection_params() | {"host": str(tmp_path)})

        monkeypatch.setitem(health.CHECKS, "database", health.Check(ask_the_mute, needed=True))
        assert ready(client) == (503, "failed", OK | {"database": "failed"})


def test_however_many_ask_a_frozen_server_is_asked_once():
    thaw, asked = threading.Event(), []
    check = health.Check(lambda: asked.append(1) or thaw.wait(10) or None)
    answers = [check.answer() for _ in range(20)]
    time.sleep(0.1)
    assert (len(asked), len(set(answers))) == (1, 1)
    thaw.set()
    assert answers[0].result(5) is None
    check.answer().result(5)
    assert len(asked) == 2
