"""Mail flows with the broker down: `manage.py drain`, once or in a loop, alone or several at once."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import OperationalError, connection

from collaborators import actions
from notifications import delivery
from notifications.management.commands import drain
from notifications.models import Delivery, Event, Notification
from tests.notifications.test_faults import PATIENCE, MailServer, kill

CHECKOUT = Path(__file__).resolve().parent.parent.parent
TOLD = ["Manager", "Owner"]  # of a new code


def told_of(rows) -> list[str]:
    return sorted(rows.values_list("user__name", flat=True))


# --- Once -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_once_tells_and_sends_all_that_is_due_and_ends(world):
    for _ in range(3):
        actions.make_code(world.store, by=world.people["owner"])
    call_command("drain")
    assert not Event.objects.filter(told_at=None).exists()
    assert told_of(Notification.objects) == sorted(TOLD * 3)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert len(mail.outbox) == 6


@pytest.mark.django_db
def test_once_with_nothing_to_do_ends_at_once():
    began = time.monotonic()
    call_command("drain")
    assert time.monotonic() - began < 1
    assert mail.outbox == []


@pytest.mark.django_db
def test_a_long_queue_is_worked_off_in_short_rounds(world, monkeypatch):
    monkeypatch.setattr(drain, "ROUND", 0.0)  # each round takes up nothing at all...
    actions.make_code(world.store, by=world.people["owner"])
    assert drain.drain_once()  # ...and says that there may be more
    assert mail.outbox == []


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_waited_for(world, monkeypatch):
    actions.make_code(world.store, by=world.people["owner"])
    with monkeypatch.context() as away:
        away.setattr(delivery, "tell_untold", lambda *, until: (_ for _ in ()).throw(OperationalError))
        assert not drain.drained_despite_everything()
    assert mail.outbox == []
    while drain.drained_despite_everything():
        pass
    assert len(mail.outbox) == 2


# --- In a loop, as processes ----------------------------------------------------------------------------------------


@pytest.fixture
def mail_server():
    server = MailServer()
    server.start()
    yield server
    server.answer()
    server.stop()


@pytest.fixture
def start_drain(mail_server, tmp_path):
    """Starts `drain --loop` on the test's database, with a broker at which nobody listens."""
    started: list[subprocess.Popen] = []

    def start() -> subprocess.Popen:
        database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
        with (tmp_path / "drain.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "drain", "--loop", "--every", "0.2"],
                cwd=CHECKOUT,
                env=os.environ
                | {
                    "DJANGO_SETTINGS_MODULE": "config.settings.test",
                    "DATABASE_URL": urlunsplit(database),
                    "BROKER_URL": f"redis+socket://{tmp_path}/nobody-listens.sock?virtual_host=0",
                    "EMAIL_URL": f"smtp://127.0.0.1:{mail_server.port}",
                },
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        kill(process)


in_a_loop = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(60)]


def wait_until_sent(count: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while Delivery.objects.filter(state="sent").count() < count:
        assert time.monotonic() < deadline, Counter(Delivery.objects.values_list("state", "problem"))
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
class TestEnding:
    pytestmark = in_a_loop

    def test_the_mail_in_hand_is_finished_and_no_other_begun(self, world, mail_server, start_drain, number):
        actions.make_code(world.store, by=world.people["owner"])
        process = start_drain()
        assert mail_server.got_one.acquire(timeout=PATIENCE)
        process.send_signal(number)
        time.sleep(drain.ROUND + 0.5)
        assert process.poll() is None  # the server has not said yes yet
        mail_server.answer()
        assert process.wait(5) == 0
        assert Counter(Delivery.objects.values_list("state", flat=True)) == {"sent": 1, "pending": 1}

    def test_an_idle_one_ends_at_once(self, world, mail_server, start_drain, number):
        mail_server.answer()
        actions.make_code(world.store, by=world.people["owner"])
        process = start_drain()
        wait_until_sent(2)
        process.send_signal(number)
        assert process.wait(5) == 0


class TestSeveral:
    pytestmark = in_a_loop

    def test_several_at_once_send_each_mail_once(self, world, mail_server, start_drain):
        mail_server.answer()
        for _ in range(10):
            actions.make_code(world.store, by=world.people["owner"])
        for _ in range(3):
            start_drain()
        wait_until_sent(20)
        ids = Counter(message_id for message_id, _address in mail_server.accepted)
        assert ids == {delivery.message_id: 1 for delivery in Delivery.objects.all()}
        assert told_of(Notification.objects) == sorted(TOLD * 10)

    def test_what_happens_later_is_sent_too(self, world, mail_server, start_drain):
        mail_server.answer()
        start_drain()
        for count in (2, 4):
            actions.make_code(world.store, by=world.people["owner"])
            wait_until_sent(count)
