"""Patience has an end, for mails that kill their worker too, and the operators are told; they may try again."""

from datetime import UTC, datetime, timedelta
from smtplib import SMTPServerDisconnected
from time import monotonic

import pytest
import time_machine
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notifications import delivery, kinds, operators
from notifications.models import Delivery, Event, Notification
from tests.factories import UserFactory
from tests.notifications.mailbox import make_store, new_code, of, send

pytestmark = pytest.mark.django_db

State = Delivery.State
LIST = "/operator/notifications/delivery/"
BEGAN = datetime(2031, 3, 10, 12, 10, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(BEGAN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def operator():
    return UserFactory.create(name="Ops", is_staff=True, is_superuser=True)


class Backend(BaseEmailBackend):
    error: type[BaseException] = SMTPServerDisconnected

    def send_messages(self, messages):
        raise self.error


@pytest.fixture
def broken(monkeypatch):
    monkeypatch.setattr(settings, "MAILERS", {"default": {"BACKEND": f"{__name__}.{Backend.__name__}"}})
    monkeypatch.setattr(Backend, "error", SMTPServerDisconnected)
    return Backend


def one(store, **fields) -> Delivery:
    """A mail to the owner, as old as it says."""
    row = of(new_code(store, Event.objects.count()), store.owner)
    Delivery.objects.filter(pk=row.pk).update(**fields)
    row.refresh_from_db()
    return row


def old() -> dict:
    return {"created_at": timezone.now() - timedelta(hours=25), "attempts": 25}


def tell() -> None:
    delivery.tell_untold(until=monotonic() + 30)


# --- A mail whose worker is killed in each attempt ------------------------------------------------------------------


def test_a_mail_that_kills_every_worker_is_given_up_after_a_day(clock, store, broken, caplog):
    broken.error = KeyboardInterrupt  # nothing is written down any more
    row = one(store)
    killed = 0
    while (row.refresh_from_db() or row.state) != State.DEAD:
        assert timezone.now() - BEGAN < timedelta(hours=26)
        try:
            send()
        except KeyboardInterrupt:
            killed += 1
        clock.shift(timedelta(minutes=30))
    assert row.problem == "worker lost"
    assert timezone.now() - BEGAN > timedelta(hours=24)
    assert killed == row.attempts
    assert Event.objects.filter(topic="mail.given_up").count() == 1


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"created_at": BEGAN - timedelta(hours=23), "attempts": 25}, State.SENDING),
        ({"created_at": BEGAN - timedelta(hours=25), "attempts": 9}, State.SENDING),
        ({"created_at": BEGAN - timedelta(hours=25), "attempts": 10}, State.DEAD),
    ],
    ids=["not a day", "not ten attempts", "both"],
)
def test_a_lost_mail_is_given_up_after_a_day_and_ten_attempts(clock, store, fields, state):
    row = one(store, state=State.SENDING, **fields)
    claimed = delivery.claim(now=timezone.now())
    row.refresh_from_db()
    assert row.state == state
    assert (claimed is None) is (state == State.DEAD)


def test_what_waited_in_good_order_is_tried_however_old_it_is(clock, store):
    one(store, **old())
    assert send() == 1


def test_one_that_is_given_up_does_not_keep_the_next_from_its_worker(clock, store):
    one(store, state=State.SENDING, next_at=BEGAN - timedelta(days=1), **old())
    good = one(store)
    assert delivery.claim(now=timezone.now()) == good


def test_a_lease_that_still_runs_is_not_given_up(clock, store):
    row = one(store, state=State.SENDING, lease_until=BEGAN + timedelta(seconds=1), **old())
    assert delivery.claim(now=timezone.now()) is None
    row.refresh_from_db()
    assert row.state == State.SENDING


# --- The operators are told -----------------------------------------------------------------------------------------


def test_operators_and_nobody_else_are_told_in_the_inbox_only(clock, client, store, broken, operator):
    UserFactory.create(name="Gone", is_staff=True, is_active=False)
    one(store, **old())
    send()
    tell()
    [line] = Notification.objects.filter(event__topic="mail.given_up")
    assert line.user == operator
    assert not Delivery.objects.filter(event__topic="mail.given_up").exists()

    client.force_login(operator)
    page = client.get("/notifications/").content.decode()
    assert "Mails could not be delivered and were given up" in page
    assert "In the hour from 10 March 2031, 12:00" in page
    response = client.post(f"/notifications/{line.public_id}/reading/")
    assert response.url == f"{LIST}?state__exact=dead"
    assert client.get(response.url).status_code == 200


def test_a_mail_server_that_was_down_for_a_day_is_one_line_an_hour(clock, store, broken, operator):
    for _ in range(5):
        one(store, **old())
    send()
    clock.move_to(BEGAN + timedelta(minutes=49, seconds=59))  # 12:59:59
    one(store, **old())
    send()
    assert Event.objects.filter(topic="mail.given_up").count() == 1
    clock.move_to(BEGAN + timedelta(minutes=50))
    one(store, **old())
    send()
    assert Event.objects.filter(topic="mail.given_up").count() == 2
    assert Delivery.objects.filter(state=State.DEAD).count() == 7


def test_it_is_told_in_the_transaction_that_gives_it_up(clock, store, broken, monkeypatch):
    """If it cannot be told, the mail is not given up."""
    row = one(store, **old())

    def fail(now):
        raise RuntimeError("no")

    monkeypatch.setattr(operators, "post_given_up", fail)
    with pytest.raises(RuntimeError):
        send()
    row.refresh_from_db()
    assert row.state == State.SENDING
    assert not Event.objects.filter(topic="mail.given_up").exists()


def test_who_is_no_operator_any_more_is_not_told(clock, store, broken, operator):
    one(store, **old())
    send()
    operator.is_staff = False
    operator.save()
    tell()
    assert not Notification.objects.filter(event__topic="mail.given_up").exists()


def test_an_attempt_that_another_worker_took_over_gives_nothing_up(clock, store, broken):
    row = one(store, **old())
    late = delivery.claim(now=timezone.now())
    Delivery.objects.filter(pk=row.pk).update(attempts=27)
    delivery._postpone(late, SMTPServerDisconnected())
    assert not Event.objects.filter(topic="mail.given_up").exists()


# --- The operators' page --------------------------------------------------------------------------------------------


@pytest.fixture
def page(client, operator):
    client.force_login(operator)
    return client


def act(client, *rows: Delivery, confirmed: bool = True):
    data = {"action": "retry", "_selected_action": [row.pk for row in rows]} | ({"post": "yes"} if confirmed else {})
    return client.post(LIST, data, follow=True)


def refused_row(store) -> Delivery:
    return one(store, state=State.SUPPRESSED, problem="address refused", attempts=1)


def dead_row(store) -> Delivery:
    return one(store, state=State.DEAD, problem="TimeoutError", **old())


def test_the_list_says_how_many_stand_where_and_how_late_the_oldest_is(clock, store, page):
    one(store)
    one(store, next_at=BEGAN - timedelta(hours=3), created_at=BEGAN - timedelta(hours=3))
    one(store, state=State.SENT, sent_at=BEGAN)
    dead_row(store)
    response = page.get(LIST)
    summary = response.context["summary"]
    assert {value: count for value, _label, count in summary.states} == {
        "pending": 2, "sending": 0, "gathered": 0, "sent": 1, "suppressed": 0, "dead": 1,
    }  # fmt: skip
    text = " ".join(response.content.decode().split())
    assert "10 March 2031, 09:10, 3 hours late" in text
    assert str(kinds.get("code.made").label) in text
    assert "TimeoutError" in text


@pytest.mark.parametrize("state", State)
def test_the_list_says_when_the_next_attempt_is_of_what_waits_only(clock, store, page, state):
    row = one(store, state=state, **({"sent_at": BEGAN} if state == State.SENT else {}))
    shown = page.get(LIST).content.decode().partition('class="field-due')[2].partition("</td>")[0]
    assert shown.endswith(">-") == (row.state != State.PENDING)


def test_the_list_of_one_state_holds_that_state_only(clock, store, page):
    one(store)
    dead = dead_row(store)
    response = page.get(LIST, {"state__exact": "dead"})
    assert list(response.context["cl"].result_list) == [dead]


def test_with_nothing_due_the_list_says_so(clock, page):
    assert "Nothing is waiting" in page.get(LIST).content.decode()


@pytest.mark.parametrize("make", [dead_row, refused_row])
def test_retry_asks_first_and_then_tries_again_with_new_patience(clock, store, page, operator, make):
    row = make(store)
    response = act(page, row, confirmed=False)
    assert "Try again?" in response.content.decode()
    row.refresh_from_db()
    assert row.state in {State.DEAD, State.SUPPRESSED}

    response = act(page, row)
    assert "1 mail is tried again." in response.content.decode()
    attempts = row.attempts
    row.refresh_from_db()
    assert (row.state, row.attempts, row.problem) == (State.PENDING, attempts, "")
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (operator, str(row.pk))
    assert store.owner.email not in entry.change_message

    assert send() == 1
    row.refresh_from_db()
    assert (row.state, row.attempts) == (State.SENT, attempts + 1)
    assert mail.outbox[0].extra_headers["Message-ID"] == row.message_id


def test_what_is_tried_again_has_another_day(clock, store, page, broken):
    row = dead_row(store)
    act(page, row)
    for hours, state in ((0, State.PENDING), (23, State.PENDING), (25, State.DEAD)):
        clock.move_to(BEGAN + timedelta(hours=hours))
        Delivery.objects.filter(pk=row.pk).update(next_at=timezone.now(), lease_until=timezone.now())
        send()
        row.refresh_from_db()
        assert row.state == state


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"state": State.SENT, "sent_at": BEGAN},
        {"state": State.SUPPRESSED, "problem": "turned off"},
        {"state": State.SUPPRESSED, "problem": "no longer concerned"},
        {"state": State.SENDING, "lease_until": BEGAN + timedelta(minutes=1)},
        {"state": State.GATHERED},
    ],
    ids=["waiting", "sent", "turned off", "no longer concerned", "on its way", "gathered"],
)
def test_what_was_not_given_up_is_left_alone(clock, store, page, fields):
    row = one(store, **fields)
    before = Delivery.objects.values().get()
    assert not delivery.retry(row.pk, now=timezone.now())
    assert "1 mail is left alone" in act(page, row, confirmed=False).content.decode()
    assert "0 mails are tried again." in act(page, row).content.decode()
    assert Delivery.objects.values().get() == before
    assert not LogEntry.objects.exists()


def test_a_late_worker_does_not_settle_what_is_tried_again(clock, store, broken):
    row = one(store, **old())
    late = delivery.claim(now=timezone.now())
    Delivery.objects.filter(pk=row.pk).update(state=State.DEAD)
    assert delivery.retry(row.pk, now=timezone.now())
    assert not delivery._settle(late, State.SENT, sent_at=timezone.now())
    delivery.claim(now=timezone.now())
    assert not delivery._settle(late, State.SENT, sent_at=timezone.now())


def test_an_operator_who_may_only_look_cannot_retry(clock, client, store):
    looker = UserFactory.create(is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    client.force_login(looker)
    row = dead_row(store)
    assert 'value="retry"' not in client.get(LIST).content.decode()
    act(client, row)
    row.refresh_from_db()
    assert row.state == State.DEAD


def test_retry_is_not_done_by_looking(clock, store, page):
    row = dead_row(store)
    page.get(LIST, {"action": "retry", "_selected_action": row.pk, "post": "yes"})
    row.refresh_from_db()
    assert row.state == State.DEAD


def test_the_page_of_a_mail_shows_where_it_stands_and_changes_nothing(clock, store, page):
    row = dead_row(store)
    response = page.get(f"{LIST}{row.pk}/change/")
    assert response.status_code == 200
    assert 'name="_save"' not in response.content.decode()


def test_the_list_asks_as_often_for_many_as_for_one(clock, store, page):
    counts = []
    for _ in range(3):
        for _number in range(5):
            dead_row(store)
        with CaptureQueriesContext(connection) as queries:
            page.get(LIST)
        counts.append(len(queries))
    assert len(set(counts)) == 1
