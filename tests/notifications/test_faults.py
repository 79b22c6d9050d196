"""Whatever is killed, stopped or frozen: each event ends as one notification and one Message-ID per person."""

import asyncio
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from aiosmtpd.controller import Controller
from django.core import mail
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from kombu import pools

from collaborators import actions
from collaborators.models import AccessRequest
from config.celery import app
from notifications import choices, tasks, wakeups
from notifications.models import Delivery, Event, Notification
from partners.models import Partner
from stores.models import Store
from tests.factories import CODE, MembershipFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(60)]

CHECKOUT = Path(__file__).resolve().parent.parent.parent
XDIST_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
PATIENCE = 30  # seconds for a process to start and do something, on a busy machine
BROKER_LIMIT = 1.5  # seconds for which a broker may hold a publish
REQUEST_LIMIT = 2.5  # seconds for a whole request meanwhile


# --- A broker of our own, and broken ones ---------------------------------------------------------------------------


def own_broker() -> str:
    """A database in the same server that no other test publishes into."""
    url = app.conf.broker_url
    if url.startswith("redis+socket:"):
        return re.sub(r"virtual_host=\d+", f"virtual_host={32 + XDIST_WORKER}", url)
    return urlsplit(url)._replace(path=f"/{15 - XDIST_WORKER}").geturl()


@contextmanager
def broker_at(url: str):
    """Let this process publish to `url`."""

    def use(url: str) -> None:
        pools.reset()  # closes what is open
        app.conf.broker_url = url
        app._pool = None
        app.amqp._producer_pool = None

    before = app.conf.broker_url
    use(url)
    try:
        yield
    finally:
        use(before)


@pytest.fixture
def broker():
    """Empty, and nobody else's."""
    with broker_at(own_broker()):
        with app.connection_for_write() as opened:
            opened.default_channel.client.flushdb()
        yield app.conf.broker_url


class Relay:
    """A unix socket in front of the real broker. Frozen, it accepts and answers nothing; closed, nobody is there."""

    def __init__(self, folder: Path, broker: str):
        self.path = folder / "relay.sock"
        self.url = re.sub(r"^redis\+socket://[^?]*", f"redis+socket://{self.path}", broker)
        self._behind = broker.removeprefix("redis+socket://").split("?")[0]
        self._flows = threading.Event()
        self._flows.set()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def open(self) -> None:
        listener = self._keep(socket.socket(socket.AF_UNIX))
        listener.bind(str(self.path))
        listener.listen(50)
        self._start(self._accept, listener)

    def close(self) -> None:
        self.path.unlink(missing_ok=True)
        self.thaw()
        for kept in list(self._sockets):
            with suppress(OSError):
                kept.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(5)
        for kept in self._sockets:
            kept.close()
        self._sockets, self._threads = [], []

    def freeze(self) -> None:
        self._flows.clear()

    def thaw(self) -> None:
        self._flows.set()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client = self._keep(listener.accept()[0])
                server = self._keep(socket.socket(socket.AF_UNIX))
                server.connect(self._behind)
                self._start(self._pass_on, client, server)
                self._start(self._pass_on, server, client)

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._flows.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)

    def _keep(self, kept: socket.socket) -> socket.socket:
        self._sockets.append(kept)
        return kept

    def _start(self, work, *arguments) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()


@pytest.fixture
def relay(broker, tmp_path):
    if not broker.startswith("redis+socket:"):
        pytest.skip("stands in front of the embedded broker only")
    relay = Relay(tmp_path, broker)
    relay.open()
    yield relay
    relay.close()


# --- A mail server that takes a mail and then says nothing ----------------------------------------------------------


class MailServer(Controller):
    """Real SMTP. What it was given counts as accepted, though the sender may never hear so."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        super().__init__(self, hostname="127.0.0.1", port=self._listener.getsockname()[1])
        self.accepted: list[tuple[str, str]] = []  # Message-ID and address
        self.got_one = threading.Semaphore(0)
        self._answers = asyncio.Event()
        logging.getLogger("mail.log").setLevel(logging.WARNING)

    def _create_server(self):
        return self.loop.create_server(self._factory_invoker, sock=self._listener)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        received = message_from_bytes(envelope.content, policy=policy.default)
        self.accepted.append((received["Message-ID"], *envelope.rcpt_tos))
        self.got_one.release()
        await self._answers.wait()
        return "250 OK"

    def answer(self) -> None:
        self.loop.call_soon_threadsafe(self._answers.set)


@pytest.fixture
def mail_server():
    server = MailServer()
    server.start()
    yield server
    server.answer()
    server.stop()


# --- Workers of our own ---------------------------------------------------------------------------------------------


def start_worker(
    stack: ExitStack, log: Path, *, broker: str, mail_server: MailServer, processes: int = 2
) -> subprocess.Popen:
    """A real worker on the test's database. It is killed with the stack at the latest."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    command = [sys.executable, "-m", "celery", "-q", "-A", "config", "worker", "-c", str(processes), "-P", "prefork"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*command, "--without-gossip", "--without-mingle", "-l", "warning"],
            cwd=CHECKOUT,
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "config.settings.test",
                "DATABASE_URL": urlunsplit(database),
                "BROKER_URL": broker,
                "EMAIL_URL": f"smtp://127.0.0.1:{mail_server.port}",
                "DELIVERY_LEASE_SECONDS": "2",
            },
            stdout=output,
            stderr=output,
            start_new_session=True,  # a group of its own, to be killed as one
        )
    stack.callback(kill, process)
    return process


def kill(process: subprocess.Popen) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)


def unfinished() -> bool:
    open_states = [Delivery.State.PENDING, Delivery.State.SENDING]
    return Event.objects.filter(told_at=None).exists() or Delivery.objects.filter(state__in=open_states).exists()


def sweep_until_done(mail_server: MailServer) -> None:
    deadline = time.monotonic() + PATIENCE
    while unfinished():
        assert time.monotonic() < deadline, Counter(Delivery.objects.values_list("state", "problem"))
        tasks.sweep.delay()
        mail_server.got_one.acquire(timeout=0.5)


def a_busy_day(world, *, partners: int) -> list[tuple[str, str]]:
    """Real actions, each committed. Returns who must be told of what, once for each time."""
    store, owner, manager = world.store, world.people["owner"], world.people["manager"]
    told = []
    for number in range(partners):
        asker = MembershipFactory.create(owner=True, user__name=f"Asker {number}").user
        partner = Partner.objects.get(memberships__user=asker)
        access_request = ask(partner, store, by=asker)
        collaboration = actions.approve_request(access_request, permissions=["products.view"], ends_on=None, by=owner)
        actions.revoke(collaboration, by=manager)
        told += [("access.requested", owner.name), ("access.requested", manager.name)]
        told += [("access.approved", asker.name), ("access.revoked", asker.name)]
    actions.make_code(store, by=owner)
    return [*told, ("code.made", owner.name), ("code.made", manager.name)]


def ask(partner: Partner, store: Store, *, by) -> AccessRequest:
    wanted = {"permissions": ["products.view"], "ends_on": None, "message": ""}
    return actions.request_access(partner, store_url=store.handle, code=CODE, by=by, **wanted)


def in_order_of_words(rows) -> list[tuple[str, str]]:
    return sorted(rows.values_list("event__topic", "user__name"))


# --- A worker is killed ---------------------------------------------------------------------------------------------


@pytest.mark.timeout(120)  # three workers start one after the other
def test_a_worker_killed_in_the_middle_of_sending_loses_and_doubles_nothing(world, broker, mail_server, tmp_path):
    log, kills = tmp_path / "worker.log", 0
    told = a_busy_day(world, partners=5)
    with ExitStack() as stack:
        for _ in range(2):
            victim = start_worker(stack, log, broker=broker, mail_server=mail_server)
            assert mail_server.got_one.acquire(timeout=PATIENCE), log.read_text()
            kill(victim)
            kills += 1
            while mail_server.got_one.acquire(blocking=False):
                pass
        assert Delivery.objects.filter(state="sending").count() >= kills
        assert not Delivery.objects.filter(state="sent").exists()
        mail_server.answer()
        start_worker(stack, log, broker=broker, mail_server=mail_server)
        sweep_until_done(mail_server)

    deliveries = {delivery.message_id: delivery for delivery in Delivery.objects.select_related("user")}
    ids = Counter(message_id for message_id, _address in mail_server.accepted)
    print(
        f"{Event.objects.count()} events, {len(told)} people told, {kills} kills, {len(mail_server.accepted)} mails "
        f"accepted, {len(ids)} distinct Message-IDs, {sum(count - 1 for count in ids.values())} repeats"
    )
    assert in_order_of_words(Notification.objects) == sorted(told)
    assert in_order_of_words(Delivery.objects) == sorted(told)
    assert {delivery.state for delivery in deliveries.values()} == {"sent"}
    assert set(ids) == set(deliveries)
    assert {(message_id, deliveries[message_id].user.email) for message_id in ids} == set(mail_server.accepted)
    assert len(mail_server.accepted) - len(ids) >= kills  # taken, not heard of, so sent again under the same name


@pytest.mark.timeout(120)
def test_a_worker_killed_in_the_middle_of_a_digest_loses_and_doubles_nothing(world, broker, mail_server, tmp_path):
    """What was gathered yesterday leaves once, in one mail, under one Message-ID, whoever dies on the way."""
    log, owner, manager = tmp_path / "worker.log", world.people["owner"], world.people["manager"]
    for reader in (owner, manager):
        choices.choose(reader, {"access.requested": "digest"})
    for number in range(3):
        asker = MembershipFactory.create(owner=True, user__name=f"Asker {number}").user
        ask(Partner.objects.get(memberships__user=asker), world.store, by=asker)
    tasks.sweep()
    assert Counter(Delivery.objects.values_list("state", flat=True)) == {"gathered": 6}
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=1))

    with ExitStack() as stack:
        for _ in range(2):
            victim = start_worker(stack, log, broker=broker, mail_server=mail_server)
            tasks.sweep.delay()
            assert mail_server.got_one.acquire(timeout=PATIENCE), log.read_text()
            kill(victim)
            time.sleep(2)  # the lease
        mail_server.answer()
        start_worker(stack, log, broker=broker, mail_server=mail_server)
        sweep_until_done(mail_server)

    sent = {delivery.message_id: delivery.user.email for delivery in Delivery.objects.filter(state="sent")}
    print(f"{len(mail_server.accepted)} mails accepted, {len(sent)} distinct Message-IDs, 2 kills")
    assert sorted(sent.values()) == sorted([owner.email, manager.email])
    assert set(mail_server.accepted) == set(sent.items())
    assert Delivery.objects.filter(state="gathered", digest__state="sent").count() == 6
    assert Delivery.objects.count() == 8


def tell_of_a_new_code(world, mail_server: MailServer, log: Path, *, within: float = PATIENCE) -> None:
    """One event, and the mails of it, to owner and manager, with nothing but its own wake-up."""
    actions.make_code(world.store, by=world.people["owner"])
    for _ in ("owner", "manager"):
        assert mail_server.got_one.acquire(timeout=within), log.read_text()


def test_a_worker_that_was_idle_sends_at_the_next_wake_up(world, broker, mail_server, tmp_path):
    log = tmp_path / "worker.log"
    mail_server.answer()
    with ExitStack() as stack:
        start_worker(stack, log, broker=broker, mail_server=mail_server)
        tell_of_a_new_code(world, mail_server, log)
        time.sleep(4)  # idle is what this is about: longer than every limit of the connection to the broker
        tell_of_a_new_code(world, mail_server, log, within=5)
    assert not re.search(r"ERROR|CRITICAL|Traceback|Timeout|lost", log.read_text()), log.read_text()


def test_a_worker_goes_on_after_the_broker_froze_under_it(world, relay, mail_server, tmp_path):
    """An acknowledgement that is given up takes one of the worker's places for good: this one has a single place."""
    log = tmp_path / "worker.log"
    with broker_at(relay.url), ExitStack() as stack:
        start_worker(stack, log, broker=relay.url, mail_server=mail_server, processes=1)
        actions.make_code(world.store, by=world.people["owner"])
        assert mail_server.got_one.acquire(timeout=PATIENCE), log.read_text()
        relay.freeze()
        mail_server.answer()
        assert mail_server.got_one.acquire(timeout=PATIENCE), log.read_text()
        time.sleep(4)  # the task ends and waits to be acknowledged
        relay.thaw()
        tell_of_a_new_code(world, mail_server, log, within=15)


def test_a_worker_goes_on_after_the_broker_was_gone(world, relay, mail_server, tmp_path):
    log = tmp_path / "worker.log"
    mail_server.answer()
    with broker_at(relay.url), ExitStack() as stack:
        start_worker(stack, log, broker=relay.url, mail_server=mail_server)
        tell_of_a_new_code(world, mail_server, log)
        relay.close()
        actions.make_code(world.store, by=world.people["owner"])
        assert Event.objects.filter(told_at=None).count() == 1
        relay.open()
        sweep_until_done(mail_server)
    assert Counter(Delivery.objects.values_list("state", flat=True)) == {"sent": 4}


# --- The broker is down or frozen -----------------------------------------------------------------------------------


@pytest.fixture
def publishes(monkeypatch):
    """How long each try to reach the broker took."""
    seconds = []
    delay = tasks.deliver.delay

    def timed(*arguments):
        began = time.monotonic()
        try:
            return delay(*arguments)
        finally:
            seconds.append(time.monotonic() - began)

    monkeypatch.setattr(tasks.deliver, "delay", timed)
    return seconds


def send_request_form(client, partner: Partner, store: Store) -> tuple[int, float]:
    """Status of the answer, and seconds until it came."""
    form = {"store_url": store.handle, "code": CODE, "permissions": ["products.view"], "how_long": "open"}
    began = time.monotonic()
    response = client.post(reverse("collaborators:store-request", args=[partner.slug]), form)
    return response.status_code, time.monotonic() - began


@pytest.fixture
def asking(world, client):
    """A partner that has asked nobody yet, with its owner signed in."""
    client.force_login(world.people["other_partner_owner"])
    return Partner.objects.get(slug="pixel-co")


def test_a_request_is_sent_while_the_broker_is_down(client, world, asking, publishes, deliver, tmp_path):
    bruma = Store.objects.get(handle="cafe-bruma")
    with broker_at(f"redis+socket://{tmp_path}/nobody-listens.sock?virtual_host=0"):
        status, seconds = send_request_form(client, asking, world.store)
        assert (status, len(publishes)) == (302, 1)
        assert seconds < REQUEST_LIMIT
        assert Event.objects.get(topic="access.requested").told_at is None

        status, seconds = send_request_form(client, asking, bruma)
        assert (status, len(publishes)) == (302, 1)  # the broker is left alone for a while
        assert seconds < REQUEST_LIMIT
    assert not Notification.objects.exists()

    deliver()
    deliver()
    told = [("access.requested", name) for name in ("Manager", "Other Owner", "Owner")]
    assert in_order_of_words(Notification.objects) == told
    assert in_order_of_words(Delivery.objects.filter(state="sent")) == told
    addresses = ["manager@people.example", "other-owner@people.example", "owner@people.example"]
    assert sorted(message.to[0] for message in mail.outbox) == addresses


def test_a_broker_that_failed_is_tried_again_after_a_while(client, world, asking, publishes, monkeypatch, tmp_path):
    with broker_at(f"redis+socket://{tmp_path}/nobody-listens.sock?virtual_host=0"):
        send_request_form(client, asking, world.store)
    monkeypatch.setattr(wakeups, "_quiet_until", wakeups._quiet_until - wakeups.QUIET_AFTER_FAILURE)
    send_request_form(client, asking, Store.objects.get(handle="cafe-bruma"))
    assert len(publishes) == 2
    assert wakeups._quiet_until < time.monotonic()


@pytest.mark.parametrize("met_before", [False, True])
def test_a_frozen_broker_does_not_hold_a_request(client, world, asking, publishes, relay, met_before):
    with broker_at(relay.url):
        if met_before:  # a connection stands open when the broker freezes
            actions.make_code(Store.objects.get(handle="cafe-bruma"), by=world.people["other_owner"])
            publishes.clear()
        relay.freeze()
        status, seconds = send_request_form(client, asking, world.store)
        relay.thaw()
    assert (status, len(publishes)) == (302, 1)
    assert publishes[0] < BROKER_LIMIT
    assert seconds < REQUEST_LIMIT
    assert Event.objects.filter(topic="access.requested", told_at=None).count() == 1
