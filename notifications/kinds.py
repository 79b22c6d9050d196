"""The register of what can happen. Each app declares its kinds in its own `events.py`; none of their rules is here."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.functional import Promise

from accounts.models import User
from notifications.letters import Letter
from notifications.models import Event


class Facts:
    """An event with the rows it names: `facts.store`, `facts.partner`, loaded when first asked for. Missing: None."""

    def __init__(self, event: Event, rows: Callable[[str], Mapping[int, Any]]):
        """`rows` gives the rows of one kind of thing, for all events that are looked at together."""
        self.event = event
        self._rows = rows

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        wanted = self.event.actor_id if name == "actor" else self.event.payload.get(name)
        return self._rows(name).get(wanted) if wanted else None


def no_addresses(event: Event) -> Collection[str]:
    return ()


@dataclass(frozen=True)
class Audience:
    """People who are told of a kind of event in the same words."""

    recipients: Callable[[Event], Collection[int]]  # ids of users, from the event alone
    line: Callable[[Facts], str]  # in the inbox
    place: Callable[[Facts], str]  # under the line: the store or partner it is about
    url: Callable[[Facts], str]  # a path
    still_in: Callable[[Event, User], bool] | None  # asked before a mail leaves; None: those who *were* concerned
    letter: Callable[[Facts, User], Letter] | None = None  # None: inbox only
    addresses: Callable[[Event], Collection[str]] = no_addresses  # of people who may have no account: mail only

    @property
    def is_for_addresses(self) -> bool:
        return self.addresses is not no_addresses


@dataclass(frozen=True)
class Kind:
    topic: str
    icon: str  # a heroicon
    audiences: Mapping[str, Audience]  # the first that names a person is the one they are told in
    security: bool = False  # also told to the one who did it
    label: str | Promise = ""  # what the reader chooses mails by: "Access requested"


_kinds: dict[str, Kind] = {}
_silent: set[str] = set()
_loaders: dict[str, Callable[[Collection[int]], Mapping[int, Any]]] = {}


def register(*kinds: Kind) -> None:
    _kinds.update({kind.topic: kind for kind in kinds})


def register_thing(name: str, load: Callable[[Collection[int]], Mapping[int, Any]]) -> None:
    """Say how ids under `name` in a payload become rows: one query however many ids."""
    _loaders[name] = load


def register_silent(*topics: str) -> None:
    """Topics of which nobody is told: only other apps' subscribers care."""
    _silent.update(topics)


def get(topic: str) -> Kind | None:
    """None for a topic that this version does not know."""
    return _kinds.get(topic)


def is_silent(topic: str) -> bool:
    return topic in _silent


def all_kinds() -> list[Kind]:
    return list(_kinds.values())


def load_facts(events: Iterable[Event]) -> dict[int, Facts]:
    """Facts by event id, with one query for each kind of thing that somebody asks for, however many events."""
    events = list(events)
    loaders = {**_loaders, "actor": User.objects.in_bulk}

    @cache
    def rows(name: str) -> Mapping[int, Any]:
        named = (event.actor_id if name == "actor" else event.payload.get(name) for event in events)
        wanted = {row_id for row_id in named if row_id is not None}
        return loaders[name](wanted) if name in loaders and wanted else {}

    return {event.pk: Facts(event, rows) for event in events}
