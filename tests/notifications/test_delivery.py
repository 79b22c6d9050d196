"""From a committed event to a mail that left: one winner, patience, and no bad mail that stops the others."""

import logging
import socket
import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from smtplib import SMTPDataError, SMTPServerDisconnected
from time import monotonic

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, connections
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from config.settings.base import smtp_mailer
from notifications import delivery, events, kinds, tasks
from notifications.models import Delivery, Event, Notification
from tests.factories import StaffFactory, StoreFactory

PATIENCE = 20  # seconds until a thread that should have moved counts as stuck
State = Delivery.State


@pytest.fixture
def store(db):
    """With an owner and two managers: three people who are told of a new code."""
    store = StoreFactory.create(name="Maison Lavande", owner__email="odile@people.example")
    for name in ("manon", "marc"):
        StaffFactory.create(store=store, key="store_manager", user__email=f"{name}@people.example")
    return store


EVERYBODY = {"odile@people.example", "manon@people.example", "marc@people.example"}


def post_new_code(store, number: int = 1) -> Event:
    return events.post("code.made", dedupe_key=f"activity:{number}", by=store.owner, store=store.pk)


@pytest.fixture
def event(store) -> Event:
    return Event.objects.create(topic="code.made", dedupe_key="1", payload={"store": store.pk}, actor=store.owner)


@pytest.fixture
def three(event) -> Event:
    """Told, so that three mails are due."""
    assert delivery.tell(event.pk)
    return event


@pytest.fixture
def one(event) -> Delivery:
    """The only mail that is due."""
    return Delivery.objects.create(event=event, user=event.actor, audience="store")


def send() -> int:
    return delivery.send_due(until=monotonic() + 30)


def make_due() -> None:
    """Let the pause that was set pass."""
    Delivery.objects.filter(state=State.PENDING).update(next_at=timezone.now())


def states() -> Counter:
    return Counter(Delivery.objects.values_list("state", flat=True))


def state_by_address() -> dict[str, str]:
    return dict(Delivery.objects.values_list("user__email", "state"))


# --- Threads with connections of their own --------------------------------------------------------------------------


@pytest.fixture
def in_threads():
    """Run a function in threads. Whatever they opened is closed with them."""
    pool = ThreadPoolExecutor(max_workers=8)

    def start(work, *arguments) -> Future:
        def run():
            try:
                return work(*arguments)
            finally:
                connections.close_all()

        return pool.submit(run)

    yield start
    pool.shutdown()


@pytest.fixture
def without_locks(monkeypatch):
    """The negative control: what happens where nobody locks."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **options: rows)


class Gate:
    """Whoever passes says so and waits to be let on."""

    def __init__(self):
        self.arrived = threading.Semaphore(0)
        self.opened = threading.Event()

    def wait_for_one(self) -> None:
        assert self.arrived.acquire(timeout=PATIENCE)

    def open(self) -> None:
        self.opened.set()

    def pass_through(self) -> None:
        self.arrived.release()
        assert self.opened.wait(PATIENCE)


# --- One winner -----------------------------------------------------------------------------------------------------


@pytest.fixture
def first_claim_waits(monkeypatch) -> Gate:
    """The first to claim stops between looking and writing, where the race is."""
    gate, save, first = Gate(), Delivery.save, iter([True])

    def save_at_the_gate(row, **options):
        if next(first, False):
            gate.pass_through()
        return save(row, **options)

    monkeypatch.setattr(Delivery, "save", save_at_the_gate)
    return gate


def race_for_one_delivery(in_threads, gate: Gate) -> list[Delivery]:
    """Two claim the same mail, the second while the first has looked and not yet written. Returns who won."""
    now = timezone.now()
    slow = in_threads(lambda: delivery.claim(now=now))
    gate.wait_for_one()
    try:
        quick = in_threads(lambda: delivery.claim(now=now)).result(PATIENCE)
    finally:
        gate.open()
    return [claimed for claimed in (slow.result(PATIENCE), quick) if claimed]


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_claim_one_mail_have_one_winner(in_threads, one, first_claim_waits):
    (winner,) = race_for_one_delivery(in_threads, first_claim_waits)
    assert winner == one
    one.refresh_from_db()
    assert (one.state, one.attempts) == (State.SENDING, 1)


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_workers_would_win(in_threads, one, first_claim_waits, without_locks):
    assert len(race_for_one_delivery(in_threads, first_claim_waits)) == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_claim_at_once_take_different_mails(in_threads, three, first_claim_waits):
    first, second = race_for_one_delivery(in_threads, first_claim_waits)
    assert first != second


@pytest.mark.django_db(transaction=True)
def test_eight_workers_send_each_mail_once(in_threads, store):
    for number in range(5):
        delivery.tell(post_told_later(store, number).pk)
    together = threading.Barrier(8, timeout=PATIENCE)

    def work() -> int:
        together.wait()
        return send()

    workers = [in_threads(work) for _ in range(8)]
    assert sum(worker.result(PATIENCE) for worker in workers) == 15
    sent = Counter(message.extra_headers["Message-ID"] for message in mail.outbox)
    assert sent == {row.message_id: 1 for row in Delivery.objects.all()}
    assert set(Delivery.objects.values_list("state", "attempts")) == {(State.SENT, 1)}


def post_told_later(store, number: int) -> Event:
    return Event.objects.create(
        topic="code.made", dedupe_key=f"later:{number}", payload={"store": store.pk}, actor=store.owner
    )


def tell_from_eight_threads(in_threads, event: Event, inside) -> list[bool | IntegrityError]:
    """What each of eight threads got that began to tell of one event at once. `inside` runs in each that got in."""
    together, look_up = threading.Barrier(8, timeout=PATIENCE), kinds.get

    def look_up_inside(topic):
        inside()
        return look_up(topic)

    def tell():
        together.wait()
        try:
            return delivery.tell(event.pk)
        except IntegrityError as error:
            return error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kinds, "get", look_up_inside)
        tellers = [in_threads(tell) for _ in range(8)]
        return [teller.result(PATIENCE) for teller in tellers]


@pytest.mark.django_db(transaction=True)
def test_eight_workers_that_tell_of_one_event_tell_it_once(in_threads, event):
    inside = []
    results = tell_from_eight_threads(in_threads, event, lambda: inside.append(True))
    assert sorted(results) == [False] * 7 + [True]
    assert len(inside) == 1
    for rows in (Notification.objects, Delivery.objects):
        assert sorted(rows.values_list("user__email", flat=True)) == sorted(EVERYBODY)


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_eight_workers_would_tell_and_only_the_constraint_stands(in_threads, event, without_locks):
    all_inside = threading.Barrier(8, timeout=PATIENCE)
    results = tell_from_eight_threads(in_threads, event, all_inside.wait)
    assert results.count(True) == 1
    assert sum(isinstance(result, IntegrityError) for result in results) == 7
    assert Notification.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_worker_does_not_wait_for_an_event_that_another_is_telling(in_threads, event, monkeypatch):
    gate, look_up = Gate(), kinds.get
    monkeypatch.setattr(kinds, "get", lambda topic: gate.pass_through() or look_up(topic))
    busy = in_threads(lambda: delivery.tell(event.pk))
    gate.wait_for_one()
    try:
        assert in_threads(lambda: delivery.tell(event.pk)).result(PATIENCE) is False
    finally:
        gate.open()
    assert busy.result(PATIENCE) is True


# --- Leases ---------------------------------------------------------------------------------------------------------


def test_a_claimed_mail_is_nobody_elses_until_its_lease_has_run_out(one):
    now = timezone.now()
    assert delivery.claim(now=now) == one
    one.refresh_from_db()
    assert (one.state, one.attempts, one.lease_until) == (State.SENDING, 1, now + settings.DELIVERY_LEASE)
    assert delivery.claim(now=one.lease_until - timedelta(microseconds=1)) is None
    assert delivery.claim(now=one.lease_until).attempts == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.SUPPRESSED},
        {"state": State.DEAD},
        {"state": State.SENT, "sent_at": timezone.now()},
        {"next_at": timezone.now() + timedelta(hours=1)},
        {"state": State.SENDING, "lease_until": timezone.now() + timedelta(hours=1)},
    ],
    ids=["suppressed", "dead", "sent", "not yet due", "leased"],
)
def test_what_is_settled_or_not_due_is_not_claimed(one, fields):
    Delivery.objects.update(**fields)
    assert delivery.claim(now=timezone.now()) is None
    assert send() == 0
    assert mail.outbox == []


def test_the_longest_due_is_sent_first(three):
    now = timezone.now()
    for minutes, address in enumerate(("marc@people.example", "odile@people.example", "manon@people.example")):
        Delivery.objects.filter(user__email=address).update(next_at=now - timedelta(minutes=60 - minutes))
    send()
    assert [message.to for message in mail.outbox] == [
        ["marc@people.example"],
        ["odile@people.example"],
        ["manon@people.example"],
    ]


def test_a_wake_up_sends_the_mails_of_its_own_event_only(store):
    first, second = post_told_later(store, 1), post_told_later(store, 2)
    delivery.tell(first.pk)
    tasks.deliver(second.pk)
    assert set(Delivery.objects.filter(event=second).values_list("state", flat=True)) == {State.SENT}
    assert set(Delivery.objects.filter(event=first).values_list("state", flat=True)) == {State.PENDING}
    tasks.sweep()
    assert states() == {State.SENT: 6}


def test_a_worker_stops_when_its_time_is_up_and_leaves_the_rest_due(three):
    assert delivery.send_due(until=monotonic()) == 0
    assert delivery.tell_untold(until=monotonic()) == 0
    assert states() == {State.PENDING: 3}


class Backend(BaseEmailBackend):
    """Hands each mail to the test, which may raise."""

    def send_messages(self, messages):
        for message in messages:
            self.receive(message)
        return len(messages)

    @staticmethod
    def receive(message) -> None:
        raise NotImplementedError


@contextmanager
def mail_goes_to(receive):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Backend, "receive", staticmethod(receive))
        patch.setattr(settings, "MAILERS", {"default": {"BACKEND": f"{__name__}.{Backend.__name__}"}})
        yield


def take_over() -> Delivery:
    """Another worker claims the mail once the lease has run out."""
    return delivery.claim(now=timezone.now() + settings.DELIVERY_LEASE)


@pytest.mark.parametrize("ending", ["late success", "late failure"])
@pytest.mark.parametrize("other", [State.SENT, State.SUPPRESSED, State.DEAD])
def test_an_attempt_that_ends_late_changes_nothing_that_a_later_one_settled(one, ending, other):
    sent_at = timezone.now() + timedelta(minutes=5)

    def another_worker_is_quicker(message):
        settled = {"sent_at": sent_at} if other == State.SENT else {}
        assert delivery._settle(take_over(), other, **settled)
        if ending == "late failure":
            raise SMTPServerDisconnected

    with mail_goes_to(another_worker_is_quicker):
        assert send() == 0
    one.refresh_from_db()
    assert (one.state, one.attempts) == (other, 2)
    assert one.sent_at == (sent_at if other == State.SENT else None)
    assert one.problem == ""


@pytest.mark.parametrize("ending", ["late success", "late failure"])
def test_an_attempt_that_ends_late_does_not_end_the_lease_of_a_later_one(one, ending):
    def another_worker_takes_over(message):
        take_over()
        if ending == "late failure":
            raise SMTPServerDisconnected

    with mail_goes_to(another_worker_takes_over):
        assert send() == 0
    one.refresh_from_db()
    assert (one.state, one.attempts, one.sent_at, one.problem) == (State.SENDING, 2, None, "")
    assert one.lease_until > timezone.now() + settings.DELIVERY_LEASE


@pytest.mark.django_db(transaction=True)
def test_no_lock_is_held_while_a_mail_goes_out(in_threads, one):
    def write_meanwhile(message):
        rows = Delivery.objects.filter(pk=one.pk)
        in_threads(lambda: rows.select_for_update(nowait=True).update(problem="looked at")).result(PATIENCE)
        in_threads(lambda: User.objects.filter(pk=one.user_id).update(name="New name")).result(PATIENCE)

    with mail_goes_to(write_meanwhile):
        assert send() == 1
    one.refresh_from_db()
    assert (one.state, one.problem) == (State.SENT, "looked at")


# --- Patience -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attempt", "seconds"),
    [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480), (6, 960), (7, 1920), (8, 3600), (9, 3600), (30_000, 3600)],
)
def test_pauses_double_up_to_an_hour_and_up_to_a_fifth_is_added(monkeypatch, attempt, seconds):
    for pick, factor in ((min, 1.0), (max, 1.2)):
        monkeypatch.setattr(delivery.random, "uniform", lambda *ends, pick=pick: pick(ends))
        assert delivery.pause_before(attempt).total_seconds() == pytest.approx(seconds * factor)


def fail(error: Exception):
    def receive(message):
        raise error

    return receive


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        SMTPServerDisconnected(),
        SMTPDataError(554, b"no"),
        ValueError("secret"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_mail_that_could_not_be_sent_waits(one, monkeypatch, caplog, error):
    monkeypatch.setattr(delivery.random, "uniform", min)
    Delivery.objects.update(attempts=2)
    began = timezone.now()
    with mail_goes_to(fail(error)), caplog.at_level(logging.WARNING):
        assert send() == 0
    one.refresh_from_db()
    assert (one.state, one.attempts, one.problem) == (State.PENDING, 3, type(error).__name__)
    assert timedelta(minutes=2) <= one.next_at - began <= timedelta(minutes=2, seconds=20)
    assert one.lease_until <= timezone.now()
    assert one.user.email not in caplog.text
    assert "secret" not in caplog.text
    assert send() == 0  # not before its time


@pytest.mark.parametrize(
    ("age", "state"), [(timedelta(hours=23, minutes=59), State.PENDING), (timedelta(hours=24, minutes=1), State.DEAD)]
)
def test_a_mail_is_given_up_after_a_day_of_trying(one, caplog, age, state):
    Delivery.objects.update(created_at=timezone.now() - age, attempts=26)
    with mail_goes_to(fail(ConnectionRefusedError())), caplog.at_level(logging.ERROR):
        send()
    one.refresh_from_db()
    assert (one.state, one.problem) == (state, "ConnectionRefusedError")
    assert ("given up" in caplog.text) is (state == State.DEAD)


def test_a_mail_that_waited_for_a_day_is_still_sent_once_the_server_is_back(one):
    Delivery.objects.update(created_at=timezone.now() - timedelta(hours=30), attempts=26)
    assert send() == 1
    assert states() == {State.SENT: 1}


# --- One that is bad ------------------------------------------------------------------------------------------------


def test_a_mail_that_the_server_chokes_on_does_not_stop_the_others(three):
    def choke_on_manon(message):
        if message.to == ["manon@people.example"]:
            raise SMTPDataError(554, b"no")

    with mail_goes_to(choke_on_manon):
        assert send() == 2
    assert state_by_address() == {
        "odile@people.example": State.SENT,
        "manon@people.example": State.PENDING,
        "marc@people.example": State.SENT,
    }


def test_a_mail_that_cannot_be_written_does_not_stop_the_others(three, monkeypatch):
    kind = kinds.get("code.made")
    audience = kind.audiences["store"]

    def no_words_for_manon(facts, reader):
        if reader.email == "manon@people.example":
            raise LookupError
        return audience.letter(facts, reader)

    broken = replace(kind, audiences={"store": replace(audience, letter=no_words_for_manon)})
    monkeypatch.setitem(kinds._kinds, "code.made", broken)
    assert send() == 2
    assert Delivery.objects.get(state=State.PENDING).problem == "LookupError"


def test_an_address_that_cannot_be_one_does_not_stop_the_others(three):
    User.objects.filter(email="manon@people.example").update(email="no address at all")
    with smtp_server() as server:
        assert send() == 2
    assert {address for address, _ in server.accepted} == EVERYBODY - {"manon@people.example"}


def test_an_event_that_cannot_be_told_does_not_stop_the_others(store):
    """The oldest untold comes first, so one that always fails would keep every later one waiting for ever."""
    broken = Event.objects.create(topic="code.made", dedupe_key="broken", payload={})
    post_new_code(store)
    tasks.sweep()
    broken.refresh_from_db()
    assert broken.told_at is None
    assert states() == {State.SENT: 3}
    assert Notification.objects.count() == 3


def test_an_event_of_a_kind_that_tells_nobody_is_done_with(db):
    event = Event.objects.create(topic="store.opened", dedupe_key="1")
    assert delivery.tell(event.pk)
    assert not Notification.objects.exists()
    assert not delivery.tell(event.pk)


# --- Real mail servers ----------------------------------------------------------------------------------------------


class Server(Controller):
    """Answers each address as it is told to, and keeps what it accepted."""

    def __init__(self, port: int, answers: dict[str, str]):
        self._listener = socket.create_server(("127.0.0.1", port))
        super().__init__(self, hostname="127.0.0.1", port=self._listener.getsockname()[1])
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        self.answers = answers
        self.accepted: list[tuple[str, str]] = []
        self.connections = 0

    def _create_server(self):
        return self.loop.create_server(self._factory_invoker, sock=self._listener)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802 - aiosmtpd's names
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):  # noqa: N802
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        (address,) = envelope.rcpt_tos
        self.accepted.append((address, envelope.mail_from))
        return "250 OK"


@contextmanager
def smtp_server(answers: dict[str, str] | None = None, *, port: int = 0):
    server = Server(port, answers or {})
    server.start()
    try:
        with mail_over_smtp(server.port):
            yield server
    finally:
        server.stop()


@contextmanager
def mail_over_smtp(port: int):
    url = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": port, "EMAIL_HOST_USER": "", "EMAIL_HOST_PASSWORD": ""}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "MAILERS", {"default": smtp_mailer(url)})
        yield


def test_a_batch_goes_over_one_connection(three):
    with smtp_server() as server:
        assert send() == 3
    assert {address for address, _ in server.accepted} == EVERYBODY
    assert server.connections == 1
    assert states() == {State.SENT: 3}


@pytest.mark.parametrize("answer", ["550 5.1.1 No such user", "553 5.1.3 Not an address"])
def test_an_address_refused_for_good_is_let_be_and_the_others_are_sent(three, answer):
    with smtp_server({"manon@people.example": answer}) as server:
        assert send() == 2
        make_due()
        assert send() == 0
    refused = Delivery.objects.get(user__email="manon@people.example")
    assert (refused.state, refused.attempts, refused.problem) == (State.SUPPRESSED, 1, "address refused")
    assert {address for address, _ in server.accepted} == EVERYBODY - {"manon@people.example"}


@pytest.mark.parametrize("answer", ["450 4.2.1 Mailbox busy", "451 4.7.1 Greylisted", "421 4.3.2 Closing"])
def test_an_address_refused_for_now_is_tried_again_and_the_others_are_sent(three, answer):
    with smtp_server({"manon@people.example": answer}) as server:
        assert send() == 2
        waiting = Delivery.objects.get(user__email="manon@people.example")
        assert (waiting.state, waiting.problem) == (State.PENDING, "SMTPRecipientsRefused")
        assert waiting.next_at > timezone.now()
        server.answers.clear()
        make_due()
        assert send() == 1
    assert states() == {State.SENT: 3}
    assert Counter(address for address, _ in server.accepted) == dict.fromkeys(EVERYBODY, 1)


def test_nothing_is_lost_while_the_mail_server_is_down(three):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with mail_over_smtp(port):
        assert send() == 0
    assert set(Delivery.objects.values_list("state", "attempts", "problem")) == {
        (State.PENDING, 1, "ConnectionRefusedError")
    }
    with smtp_server(port=port) as server:
        assert send() == 0  # a pause is a pause
        make_due()
        assert send() == 3
        make_due()
        assert send() == 0
    assert Counter(address for address, _ in server.accepted) == dict.fromkeys(EVERYBODY, 1)
    assert set(Delivery.objects.values_list("state", "attempts")) == {(State.SENT, 2)}


def test_the_sender_of_an_envelope_is_the_portal(one):
    with smtp_server() as server:
        send()
    assert server.accepted == [(one.user.email, "entente@localhost")]


def test_the_inbox_does_not_wait_for_the_mail_server(store):
    post_new_code(store)
    with mail_goes_to(fail(ConnectionRefusedError())):
        tasks.sweep()
    assert Notification.objects.count() == 3
    assert states() == {State.PENDING: 3}


def test_a_person_without_an_account_any_more_stops_nobody(three):
    User.objects.filter(email="marc@people.example").delete()
    assert send() == 2
    assert states() == {State.SENT: 2}


def test_an_event_of_a_newer_version_waits_for_its_workers(db):
    event = Event.objects.create(topic="door.opened", dedupe_key="1")
    assert not delivery.tell(event.pk)
    event.refresh_from_db()
    assert event.told_at is None
