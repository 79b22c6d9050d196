"""What happened is written with the change, once, and for good."""

import logging
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.utils import timezone

from collaborators.models import RequestCode, RequestPolicy
from notifications import events, wakeups
from notifications.models import Delivery, Event, Notification
from stores.actions import open_store
from stores.models import Store
from tests.factories import UserFactory


@pytest.fixture
def woken(monkeypatch):
    """Events for which a worker was woken, and whether the change was committed by then."""
    calls = []
    monkeypatch.setattr(wakeups, "wake", lambda pk: calls.append((pk, not connection.in_atomic_block)))
    return calls


@pytest.fixture
def subscribe(monkeypatch):
    """`events.subscribe` on a list of subscribers that ends with the test."""
    monkeypatch.setattr(events, "_subscribers", defaultdict(list))
    return events.subscribe


def open_a_store() -> Store:
    where = {"country": "FR", "industry": "home", "time_zone": "Europe/Paris", "currency": "EUR"}
    return open_store(name="Maison Lavande", handle="maison-lavande", by=UserFactory.create(), **where)


class ChangeFailedError(Exception):
    pass


# --- In the transaction of the change -------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match="inside the transaction"):
        events.post("door.opened", dedupe_key="door:1")
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_committed_event_wakes_a_worker_once_and_after_the_commit(woken):
    with transaction.atomic():
        event = events.post("door.opened", dedupe_key="door:1", door=1)
        assert woken == []
    assert woken == [(event.pk, True)]
    assert (event.topic, event.dedupe_key, event.payload) == ("door.opened", "door.opened:door:1", {"door": 1})


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_change_leaves_no_event_and_wakes_nobody(woken):
    with suppress(ChangeFailedError), transaction.atomic():
        events.post("door.opened", dedupe_key="door:1")
        raise ChangeFailedError
    assert not Event.objects.exists()
    assert woken == []


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_to_a_savepoint_leaves_no_event(woken):
    with transaction.atomic():
        kept = events.post("door.opened", dedupe_key="door:1")
        with suppress(ChangeFailedError), transaction.atomic():
            events.post("door.opened", dedupe_key="door:2")
            raise ChangeFailedError
    assert list(Event.objects.all()) == [kept]
    assert woken == [(kept.pk, True)]


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_that_fails_does_not_fail_the_change(monkeypatch, caplog):
    def fail(pk):
        raise ConnectionError

    monkeypatch.setattr(wakeups, "wake", fail)
    errors = logging.getLogger("django.db.backends.base")  # where Django says that a hook failed
    monkeypatch.setattr(errors, "disabled", False)  # whoever set up logging before
    monkeypatch.setattr(errors, "handlers", [caplog.handler])
    with caplog.at_level(logging.ERROR, logger=errors.name), transaction.atomic():
        events.post("door.opened", dedupe_key="door:1")
    assert Event.objects.count() == 1
    assert "ConnectionError" in caplog.text


@pytest.mark.django_db
def test_the_same_act_posted_twice_is_one_event(woken, subscribe, django_capture_on_commit_callbacks):
    heard = []
    subscribe("door.opened", heard.append)
    with django_capture_on_commit_callbacks(execute=True):
        first = events.post("door.opened", dedupe_key="door:1")
        assert events.post("door.opened", dedupe_key="door:1") == first
    assert list(Event.objects.all()) == [first]
    assert heard == [first]
    assert [pk for pk, _committed in woken] == [first.pk]


@pytest.mark.django_db
def test_the_same_row_may_be_the_act_of_two_topics():
    opened = events.post("door.opened", dedupe_key="door:1")
    closed = events.post("door.closed", dedupe_key="door:1")
    assert opened != closed


# --- Subscribers ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_subscribers_run_at_once_in_the_order_in_which_they_came(subscribe):
    heard = []
    for name in ("lower app", "higher app", "highest app"):
        subscribe("door.opened", lambda event, name=name: heard.append((name, event.pk)))
    subscribe("door.closed", lambda event: heard.append("another topic"))
    event = events.post("door.opened", dedupe_key="door:1")
    assert heard == [("lower app", event.pk), ("higher app", event.pk), ("highest app", event.pk)]


@pytest.mark.django_db
def test_who_subscribes_twice_is_told_once(subscribe):
    heard = []
    subscribe("door.opened", heard.append)
    subscribe("door.opened", heard.append)
    events.post("door.opened", dedupe_key="door:1")
    assert len(heard) == 1


@pytest.mark.django_db(transaction=True)
def test_a_subscriber_that_fails_takes_the_change_with_it(subscribe, woken):
    def fail(event):
        raise ChangeFailedError

    subscribe("store.opened", fail)
    with pytest.raises(ChangeFailedError):
        open_a_store()
    assert not Store.objects.exists()
    assert not Event.objects.exists()
    assert woken == []


@pytest.mark.django_db(transaction=True)
def test_what_subscribers_wrote_goes_with_the_change():
    with suppress(ChangeFailedError), transaction.atomic():
        open_a_store()
        assert (RequestPolicy.objects.count(), RequestCode.objects.count()) == (1, 1)
        raise ChangeFailedError
    assert (RequestPolicy.objects.count(), RequestCode.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_a_new_store_has_its_policy_and_code_at_once():
    store = open_a_store()
    assert store.request_policy.rule == RequestPolicy.Rule.CODE
    assert store.request_codes.get(ended_at=None).made_by == store.owner


# --- For good -------------------------------------------------------------------------------------------------------


@pytest.fixture
def event(db) -> Event:
    return events.post("door.opened", dedupe_key="door:1", by=UserFactory.create(), door=1)


def run(sql: str, *values) -> int:
    """Raw SQL, past everything that Python could forbid. Returns how many rows it touched."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount


@pytest.mark.parametrize(
    "change",
    [
        "id = id + 1000",
        "topic = 'door.closed'",
        "dedupe_key = 'another act'",
        """payload = '{"door": 2}'""",
        "actor_id = NULL",
        "created_at = created_at - interval '1 day'",
        "told_at = now(), topic = 'door.closed'",
    ],
)
def test_the_database_keeps_what_an_event_says(event, change):
    before = Event.objects.filter(pk=event.pk).values().get()
    with pytest.raises(InternalError, match="Cannot update rows"):
        run(f"UPDATE notifications_event SET {change} WHERE id = %s", event.pk)
    assert Event.objects.filter(pk=event.pk).values().get() == before


def test_when_an_event_was_told_may_be_written(event):
    assert run("UPDATE notifications_event SET told_at = now() WHERE id = %s", event.pk) == 1


def test_the_database_deletes_no_event(event):
    with pytest.raises(InternalError, match="Cannot delete rows"):
        run("DELETE FROM notifications_event WHERE id = %s", event.pk)
    assert Event.objects.filter(pk=event.pk).exists()


# --- Once per person ------------------------------------------------------------------------------------------------

NOTIFICATION = """
    INSERT INTO notifications_notification (public_id, event_id, user_id, audience, created_at)
    VALUES (gen_random_uuid(), %s, %s, 'store', now())
"""
DELIVERY = """
    INSERT INTO notifications_delivery
        (public_id, event_id, user_id, audience, channel, state, attempts, next_at, lease_until, created_at, problem)
    VALUES (gen_random_uuid(), %s, %s, 'store', %s, %s, 0, now(), now(), now(), '')
"""


def test_the_database_keeps_one_notification_per_event_and_person(event):
    reader, other = UserFactory.create_batch(2)
    run(NOTIFICATION, event.pk, reader.pk)
    run(NOTIFICATION, event.pk, other.pk)
    run(NOTIFICATION, events.post("door.opened", dedupe_key="door:2").pk, reader.pk)
    with pytest.raises(IntegrityError, match="notification_once_per_event_and_person"):
        run(NOTIFICATION, event.pk, reader.pk)
    assert Notification.objects.count() == 3


def test_the_database_keeps_one_delivery_per_event_person_and_channel(event):
    reader, other = UserFactory.create_batch(2)
    run(DELIVERY, event.pk, reader.pk, "mail", "pending")
    run(DELIVERY, event.pk, other.pk, "mail", "pending")
    run(DELIVERY, event.pk, reader.pk, "pigeon", "pending")
    with pytest.raises(IntegrityError, match="delivery_once_per_event_person_and_channel"):
        run(DELIVERY, event.pk, reader.pk, "mail", "dead")
    assert Delivery.objects.count() == 3


def test_the_database_lets_a_delivery_be_sent_only_with_its_time(event):
    reader = UserFactory.create()
    with pytest.raises(IntegrityError, match="delivery_sent_has_its_time"):
        run(DELIVERY, event.pk, reader.pk, "mail", "sent")
    run(DELIVERY, event.pk, reader.pk, "mail", "pending")
    with pytest.raises(IntegrityError, match="delivery_sent_has_its_time"):
        run("UPDATE notifications_delivery SET sent_at = %s", timezone.now() - timedelta(hours=1))
