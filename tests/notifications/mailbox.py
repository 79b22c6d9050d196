"""What tests of mails share: a store whose people are told of things, and the steps that workers take."""

from time import monotonic

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from notifications import choices, delivery, digests, events
from notifications.models import Delivery, Event
from stores.models import Store
from tests.factories import StoreFactory

JOINED, CODE_MADE = "staff.joined", "code.made"  # one that people choose about, and one of security


def make_store(owner: str = "odile", **fields) -> Store:
    return StoreFactory.create(owner__email=f"{owner}@people.example", **fields)


def joined(store: Store, person: User, number: int = 1) -> Event:
    """The owner is told that `person` joined, still to be delivered."""
    with transaction.atomic():
        event = events.post(JOINED, dedupe_key=f"{store.pk}:{number}", store=store.pk, person=person.pk)
    assert delivery.tell(event.pk)
    return event


def new_code(store: Store, number: int = 1) -> Event:
    with transaction.atomic():
        event = events.post(CODE_MADE, dedupe_key=f"{store.pk}:{number}", store=store.pk)
    assert delivery.tell(event.pk)
    return event


def send() -> int:
    return delivery.send_due(until=monotonic() + 30)


def make_digests(now=None) -> int:
    return digests.make_due(now=now or timezone.now(), until=monotonic() + 30)


def choose(user: User, how: str, *topics: str) -> None:
    choices.choose(user, dict.fromkeys(topics or (JOINED,), how))


def of(event: Event, user: User) -> Delivery:
    return Delivery.objects.select_related("digest").get(event=event, user=user)
