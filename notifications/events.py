"""How other apps say that something happened: in the transaction of the change, once per act."""

from collections import defaultdict
from collections.abc import Callable

from django.db import transaction

from accounts.models import User
from notifications import wakeups
from notifications.models import Event

Subscriber = Callable[[Event], None]

_subscribers: dict[str, list[Subscriber]] = defaultdict(list)


def subscribe(topic: str, subscriber: Subscriber) -> None:
    """Run `subscriber` at each post of `topic`, in the poster's transaction. It writes only rows of its own app.

    Apps subscribe when they are loaded, lower apps first, and run in that order.
    """
    if subscriber not in _subscribers[topic]:
        _subscribers[topic].append(subscriber)


def post(topic: str, *, dedupe_key: str, by: User | None = None, **payload: int | str) -> Event:
    """Record an event beside the change that caused it; people are told after the commit, at least once.

    `dedupe_key` names the act (`activity:42`), never a state: a second decline is a second event. `payload` holds ids.
    Raises RuntimeError outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("events.post() belongs inside the transaction it reports")
    event, created = Event.objects.get_or_create(
        dedupe_key=f"{topic}:{dedupe_key}", defaults={"topic": topic, "payload": payload, "actor": by}
    )
    if created:
        for subscriber in _subscribers[topic]:
            subscriber(event)
        transaction.on_commit(lambda: wakeups.wake(event.pk), robust=True)
    return event
