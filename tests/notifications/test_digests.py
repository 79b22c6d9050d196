"""The daily digest: one mail a day at 08:00 of the reader's own clock; nothing lost, nothing doubled."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from smtplib import SMTPServerDisconnected
from time import monotonic
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from notifications import choices, delivery, digests, events, kinds, tasks
from notifications.models import Delivery, Event, MailChoice
from stores.models import Store
from tests import races
from tests.factories import StaffFactory, StoreFactory, UserFactory
from tests.notifications.mailbox import JOINED, choose, joined, make_digests, make_store, of, send

pytestmark = pytest.mark.django_db

State = Delivery.State
PARIS = ZoneInfo("Europe/Paris")


def at(hour: int, minute: int = 0, *, day: int = 10, month: int = 3, zone: ZoneInfo = PARIS) -> datetime:
    return datetime(2031, month, day, hour, minute, tzinfo=zone)


@pytest.fixture
def clock():
    with time_machine.travel(at(15), tick=False) as traveller:
        yield traveller


@pytest.fixture
def store(clock):
    """Its owner wants to read once a day who joined."""
    store = make_store(name="Maison Lavande", owner__time_zone="Europe/Paris")
    choose(store.owner, "digest")
    return store


@pytest.fixture
def owner(store):
    return store.owner


def somebody(store: Store, name: str = "Nina New") -> User:
    """Who joins, and has told us not to write to them."""
    user = StaffFactory.create(store=store, user__name=name).user
    choose(user, "off")
    return user


def happens(store: Store, number: int = 1, name: str = "Nina New") -> Event:
    """Somebody joins, and a worker has done what there is to do at this moment."""
    event = joined(store, somebody(store, name), number)
    work()
    return event


def work() -> None:
    make_digests()
    send()


def digest_of(owner: User) -> Delivery:
    return Delivery.objects.get(event__topic="mail.digest", user=owner)


# --- Gathered, and sent at eight ------------------------------------------------------------------------------------


def test_what_is_to_be_gathered_waits_and_leaves_in_one_mail_at_eight(clock, store, owner):
    events = [happens(store, number) for number in (1, 2, 3)]
    assert {of(event, owner).state for event in events} == {State.GATHERED}
    for moment in (at(23, 59), at(7, 59, day=11)):
        clock.move_to(moment)
        work()
        assert mail.outbox == []
    clock.move_to(at(8, day=11))
    work()
    [letter] = mail.outbox
    assert letter.to == [owner.email]
    assert letter.extra_headers["Message-ID"] == digest_of(owner).message_id
    for event in events:
        line = of(event, owner)
        assert (line.state, line.digest, line.digest.state) == (State.GATHERED, digest_of(owner), State.SENT)
    for moment in (at(8, 1, day=11), at(12, day=11), at(8, day=12), at(8, day=13)):
        clock.move_to(moment)
        work()
    assert len(mail.outbox) == 1


def test_the_sweep_makes_and_sends_digests(clock, store, owner):
    happens(store)
    clock.move_to(at(8, 0, day=11))
    tasks.sweep()
    assert [letter.to for letter in mail.outbox] == [[owner.email]]


def test_a_digest_says_what_happened_where_with_links_and_times(clock, store, owner):
    other = StoreFactory.create(name="Café Bruma", handle="cafe-bruma", owner=owner)
    happens(store, 1, "Nina New")
    clock.move_to(at(16, 30))
    happens(other, 1, "Omar Old")
    clock.move_to(at(8, day=11))
    work()
    [letter] = mail.outbox
    assert letter.subject == "Your digest: 2 notifications"
    html = letter.alternatives[0].content
    for words in (letter.body, html):
        for fact in (
            "Maison Lavande",
            "Nina New joined the staff",
            "10 March 2031, 15:00",
            f"{settings.SITE_URL}/store/{store.handle}/",
            "Café Bruma",
            "Omar Old joined the staff",
            "10 March 2031, 16:30",
            f"{settings.SITE_URL}/store/cafe-bruma/",
            "See your notifications",
            f"{settings.SITE_URL}/notifications/",
            "You get this because you chose the daily digest",
            f"{settings.SITE_URL}/account/mails/off/",
        ):
            assert fact in words
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_digest_is_in_the_readers_language_and_zone(clock, store, owner):
    User.objects.filter(pk=owner.pk).update(language="fr", time_zone="America/New_York")
    happens(store)
    clock.move_to(at(8, day=11, zone=ZoneInfo("America/New_York")))
    work()
    html = mail.outbox[0].alternatives[0].content
    assert '<html lang="fr">' in html
    assert "10 mars 2031 à 10:00" in html  # 15:00 in Paris


def test_a_long_digest_shows_fifty_and_says_how_many_more_there_are(clock, store, owner):
    person = somebody(store)
    for number in range(53):
        joined(store, person, number)
    send()
    clock.move_to(at(8, day=11))
    work()
    [letter] = mail.outbox
    assert letter.subject == "Your digest: 53 notifications"
    assert letter.body.count("joined the staff") == 50
    assert "3 more stand there." in letter.body


def test_names_of_people_stay_words_in_a_digest(clock, store, owner):
    Store.objects.filter(pk=store.pk).update(name="<b>Nord</b>\r\nBcc: x@y.example")
    happens(store, 1, "<script>alert(1)</script>")
    clock.move_to(at(8, day=11))
    work()
    html = mail.outbox[0].alternatives[0].content
    assert "<script>" not in html
    assert "<b>Nord" not in html
    assert "Bcc" not in mail.outbox[0].message()


def test_everybody_gets_their_own_digest(clock, store, owner):
    manager = StaffFactory.create(store=store, key="store_manager").user
    choose(manager, "digest")
    happens(store)
    clock.move_to(at(8, day=11))
    work()
    assert make_digests() == 0
    assert [letter.to for letter in mail.outbox] == [[owner.email]]  # the manager's clock is UTC
    clock.move_to(at(8, day=11, zone=UTC))
    work()
    assert [letter.to for letter in mail.outbox] == [[owner.email], [manager.email]]


# --- Clocks that change, and people who move ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "now", "last"),
    [
        ("Europe/Paris", datetime(2031, 3, 30, 5, 59, tzinfo=UTC), datetime(2031, 3, 29, 7, tzinfo=UTC)),
        (
            "Europe/Paris",
            datetime(2031, 3, 30, 6, 0, tzinfo=UTC),
            datetime(2031, 3, 30, 6, tzinfo=UTC),
        ),
        ("Europe/Paris", datetime(2031, 10, 26, 6, 59, tzinfo=UTC), datetime(2031, 10, 25, 6, tzinfo=UTC)),
        ("Europe/Paris", datetime(2031, 10, 26, 7, 0, tzinfo=UTC), datetime(2031, 10, 26, 7, tzinfo=UTC)),
        ("Pacific/Auckland", datetime(2031, 6, 9, 20, 0, tzinfo=UTC), datetime(2031, 6, 9, 20, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2031, 6, 9, 2, 15, tzinfo=UTC), datetime(2031, 6, 9, 2, 15, tzinfo=UTC)),
        ("Nowhere/Land", datetime(2031, 6, 9, 8, 0, tzinfo=UTC), datetime(2031, 6, 9, 8, tzinfo=UTC)),
    ],
)
def test_eight_is_eight_on_the_readers_clock(zone, now, last):
    assert digests.last_leaving(zone, now) == last


def test_there_is_a_digest_a_day_while_clocks_change(clock, store, owner):
    """One at 08:00 of each day, in weeks in which the clock is put forward and back."""
    person = somebody(store)
    for month, day in ((3, 27), (10, 23)):
        clock.move_to(at(12, month=month, day=day))
        work()  # what the weeks before have left
        mail.outbox.clear()
        sent = []
        for number in range(4 * 24):
            joined(store, person, f"{month}-{number}")
            before = len(mail.outbox)
            work()
            sent += [timezone.localtime(timezone.now(), PARIS)] * (len(mail.outbox) - before)
            clock.shift(timedelta(hours=1))
        assert [(moment.day, moment.hour) for moment in sent] == [(day + n, 8) for n in (1, 2, 3, 4)]


def test_who_moves_east_is_written_to_at_eight_over_there(clock, store, owner):
    happens(store)
    User.objects.filter(pk=owner.pk).update(time_zone="Pacific/Auckland")
    clock.move_to(at(8, day=11, zone=ZoneInfo("Pacific/Auckland")))  # 20:00 of the day before in Paris
    work()
    assert len(mail.outbox) == 1


def test_who_moves_west_gets_one_mail_a_day_and_not_two(clock, store, owner):
    happens(store, 1)
    clock.move_to(at(8, day=11))
    work()
    happens(store, 2)
    User.objects.filter(pk=owner.pk).update(time_zone="America/New_York")
    new_york = ZoneInfo("America/New_York")
    clock.move_to(at(8, day=11, zone=new_york))  # another eight o'clock of the same day
    work()
    assert len(mail.outbox) == 1
    clock.move_to(at(8, day=12, zone=new_york))
    work()
    assert len(mail.outbox) == 2


def test_after_days_without_workers_one_digest_holds_it_all(clock, store, owner):
    for number, day in enumerate((10, 11, 12)):
        clock.move_to(at(15, day=day))
        joined(store, somebody(store), number)
    clock.move_to(at(20, day=13))
    send()
    work()
    assert [letter.subject for letter in mail.outbox] == ["Your digest: 3 notifications"]


# --- Asked again at the moment of sending ---------------------------------------------------------------------------


def test_what_no_longer_concerns_the_reader_is_left_out(clock, store, owner):
    other = StoreFactory.create(name="Café Bruma", owner=owner)
    kept, lost = happens(store, 1), happens(other, 1)
    Store.objects.filter(pk=other.pk).update(owner=UserFactory.create())
    clock.move_to(at(8, day=11))
    work()
    [letter] = mail.outbox
    assert letter.subject == "Your digest: 1 notification"
    assert "Café Bruma" not in letter.body
    assert (of(lost, owner).state, of(lost, owner).problem) == (State.SUPPRESSED, "no longer concerned")
    assert of(kept, owner).state == State.GATHERED


def test_a_digest_with_nothing_left_to_say_is_not_sent(clock, store, owner):
    happens(store)
    Store.objects.filter(pk=store.pk).update(owner=UserFactory.create())
    clock.move_to(at(8, day=11))
    work()
    assert mail.outbox == []
    assert (digest_of(owner).state, digest_of(owner).problem) == (State.SUPPRESSED, "no longer concerned")


def test_a_closed_account_gets_no_digest(clock, store, owner):
    happens(store)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    clock.move_to(at(8, day=11))
    work()
    assert mail.outbox == []
    assert digest_of(owner).state == State.SUPPRESSED


def test_what_was_turned_off_meanwhile_is_left_out(clock, store, owner):
    event = happens(store)
    choose(owner, "off")
    clock.move_to(at(8, day=11))
    work()
    assert mail.outbox == []
    assert (of(event, owner).state, of(event, owner).problem) == (State.SUPPRESSED, "turned off")


def test_what_was_turned_off_and_on_again_before_eight_is_in_the_digest(clock, store, owner):
    happens(store)
    choose(owner, "off")
    choose(owner, "digest")
    clock.move_to(at(8, day=11))
    work()
    assert len(mail.outbox) == 1


def test_choosing_at_once_sends_at_once_what_was_gathered(clock, store, owner):
    event = happens(store)
    choose(owner, "now")
    send()
    [letter] = mail.outbox
    assert letter.extra_headers["Message-ID"] == of(event, owner).message_id
    assert of(event, owner).state == State.SENT
    clock.move_to(at(8, day=11))
    work()
    assert len(mail.outbox) == 1


def test_choosing_at_once_for_one_kind_leaves_the_others_gathered(clock, store, owner):
    event = happens(store)
    choose(owner, "now", "access.requested")
    send()
    assert of(event, owner).state == State.GATHERED


# --- Nothing lost, nothing doubled ----------------------------------------------------------------------------------


class Backend(BaseEmailBackend):
    accepted: list[str] = []
    then: type[Exception] | None = None

    def send_messages(self, messages):
        for message in messages:
            self.accepted.append(message.extra_headers["Message-ID"])
            if self.then:
                raise self.then


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(Backend, "accepted", [])
    monkeypatch.setattr(Backend, "then", None)
    monkeypatch.setattr(settings, "MAILERS", {"default": {"BACKEND": f"{__name__}.{Backend.__name__}"}})
    return Backend


def test_a_digest_whose_worker_dies_is_sent_again_under_the_same_name(clock, store, owner, server):
    event = happens(store)
    clock.move_to(at(8, day=11))
    make_digests()
    server.then = KeyboardInterrupt  # nothing is written down any more
    with pytest.raises(KeyboardInterrupt):
        send()
    assert digest_of(owner).state == State.SENDING
    server.then = None
    clock.shift(settings.DELIVERY_LEASE)
    work()
    assert (digest_of(owner).state, digest_of(owner).attempts) == (State.SENT, 2)
    assert server.accepted == [digest_of(owner).message_id] * 2
    assert of(event, owner).digest == digest_of(owner)


def test_a_mail_whose_worker_died_is_not_gathered_but_sent_again_under_its_own_name(clock, store, owner, server):
    """It may have arrived already. In a digest it would arrive twice."""
    choose(owner, "now")
    event = joined(store, somebody(store))
    server.then = KeyboardInterrupt
    while of(event, owner).state != State.SENDING:
        with pytest.raises(KeyboardInterrupt):
            send()
    choose(owner, "digest")
    server.then = None
    clock.shift(settings.DELIVERY_LEASE)
    work()
    assert of(event, owner).state == State.SENT
    assert set(server.accepted) == {of(event, owner).message_id}


def test_a_mail_server_that_is_down_at_eight_gets_the_digest_later(clock, store, owner, server):
    happens(store)
    clock.move_to(at(8, day=11))
    server.then = SMTPServerDisconnected
    work()
    assert (digest_of(owner).state, digest_of(owner).problem) == (State.PENDING, "SMTPServerDisconnected")
    server.then = None
    clock.shift(timedelta(minutes=2))
    work()
    assert digest_of(owner).state == State.SENT
    assert len(set(server.accepted)) == 1


def test_as_many_deliveries_are_sent_as_message_ids_were_accepted(clock, store, owner):
    for number in range(5):
        happens(store, number)
    choose(owner, "now")
    send()
    choose(owner, "digest")
    for number in range(5, 9):
        happens(store, number)
    clock.move_to(at(8, day=11))
    work()
    accepted = Counter(letter.extra_headers["Message-ID"] for letter in mail.outbox)
    sent = {row.message_id: 1 for row in Delivery.objects.filter(state=State.SENT)}
    assert accepted == sent
    assert len(sent) == 6


def test_a_line_that_cannot_be_written_goes_alone_and_stops_no_other(clock, store, owner, monkeypatch, caplog):
    kind = kinds.get(JOINED)
    audience = kind.audiences["store"]

    def no_words_for_omar(facts):
        if facts.person.name == "Omar":
            raise LookupError
        return audience.line(facts)

    broken = replace(kind, audiences={**kind.audiences, "store": replace(audience, line=no_words_for_omar)})
    good, bad = happens(store, 1), happens(store, 2, "Omar")
    monkeypatch.setitem(kinds._kinds, JOINED, broken)
    clock.move_to(at(8, day=11))
    work()
    work()
    assert of(good, owner).digest.state == State.SENT
    assert (of(bad, owner).state, of(bad, owner).digest) == (State.SENT, None)
    assert len(mail.outbox) == 2


def test_a_digest_that_was_given_up_and_tried_again_has_its_lines(clock, store, owner):
    happens(store)
    clock.move_to(at(8, day=11))
    make_digests()
    Delivery.objects.filter(pk=digest_of(owner).pk).update(state=State.DEAD, attempts=26)
    assert delivery.retry(digest_of(owner).pk, now=timezone.now())
    send()
    assert "Nina New joined the staff" in mail.outbox[0].body


def test_the_queries_of_the_sweep_do_not_grow_with_the_people_who_wait(clock):
    counts = []
    for number in range(8):
        store = make_store(f"owner-{number}")
        choose(store.owner, "digest")
        joined(store, somebody(store), number)
        send()
        with CaptureQueriesContext(connection) as queries:
            assert make_digests() == 0
        counts.append(len(queries))
    assert set(counts) == {1}  # who waits


def test_there_is_one_digest_a_day_even_for_a_line_that_is_put_aside_late(clock, store, owner):
    """Told before eight, put aside after the digest was made: it waits for the next one."""
    happens(store, 1)
    clock.move_to(at(7, 59, day=11))
    late = joined(store, somebody(store), 2)
    clock.move_to(at(8, day=11))
    make_digests()
    send()
    assert of(late, owner).state == State.GATHERED
    assert make_digests() == 0
    assert len(mail.outbox) == 1
    clock.move_to(at(8, day=12))
    work()
    assert len(mail.outbox) == 2
    assert of(late, owner).digest.state == State.SENT


# --- Two at once ----------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(transactional_db):
    """A line that waits since yesterday."""
    store = make_store()
    choose(store.owner, "digest")
    event = joined(store, StaffFactory.create(store=store).user)
    send()
    Delivery.objects.filter(event=event).update(created_at=timezone.now() - timedelta(days=2))
    return of(event, store.owner)


def make_here() -> int:
    return digests.make_due(now=timezone.now(), until=monotonic() + 30)


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_at_eight_one_makes_the_digest(waiting):
    made = races.together([make_here] * 8)
    assert sorted(made) == [0] * 7 + [1]
    assert Event.objects.filter(topic="mail.digest").count() == 1
    assert Delivery.objects.get(pk=waiting.pk).digest.user == waiting.user


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_only_the_dedupe_key_would_stand(waiting, monkeypatch):
    with races.without_locks(monkeypatch, meet_at=(Event, "save"), parties=4):
        made = races.together([make_here] * 4)
    assert made.count(1) == 1
    assert made.count(0) == 3  # those who came second were refused by the key alone
    assert Event.objects.filter(topic="mail.digest").count() == 1


def race_against_a_choice(waiting, how: str = "now") -> None:
    results = races.together([make_here, lambda: choices.choose(waiting.user, {JOINED: how})])
    assert not [result for result in results if isinstance(result, Exception)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(5))
def test_a_line_chosen_at_once_while_the_digest_is_made_leaves_exactly_once(waiting, round_):
    race_against_a_choice(waiting)
    make_here()
    send()
    send()
    mine = [letter for letter in mail.outbox if letter.to == [waiting.user.email]]
    assert len(mine) == 1


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_is_put_aside_while_its_reader_chooses_at_once_is_not_forgotten(transactional_db, monkeypatch):
    """Between asking and putting aside the reader changes their mind: the second look, under the lock, sees it."""
    store = make_store()
    choose(store.owner, "digest")
    person = StaffFactory.create(store=store).user
    choose(person, "off")
    event = joined(store, person)
    lock, changed = choices.lock, []

    def change_first(user):
        if not changed and user == store.owner:
            changed.append(True)
            MailChoice.objects.filter(user=user).delete()
        lock(user)

    monkeypatch.setattr(choices, "lock", change_first)
    assert send() == 1
    assert of(event, store.owner).state == State.SENT


def test_the_day_of_a_digest_is_the_readers():
    now = datetime(2031, 6, 9, 20, 30, tzinfo=UTC)
    assert digests.last_leaving("Pacific/Auckland", now).date() == date(2031, 6, 10)
    assert digests.last_leaving("America/Los_Angeles", now).date() == date(2031, 6, 9)


@pytest.mark.django_db
def test_a_digest_that_cannot_be_made_keeps_no_mail_from_leaving(waiting, monkeypatch):
    def broken(*_args):
        raise RuntimeError

    person = waiting.user
    with transaction.atomic():
        events.post("account.password_changed", dedupe_key="1", by=person, person=person.pk)
    monkeypatch.setattr(digests, "_make", broken)
    delivery.tell_untold(until=monotonic() + 30)
    make_here()
    delivery.send_due(until=monotonic() + 30)
    assert "Your password was changed" in [letter.subject for letter in mail.outbox]
