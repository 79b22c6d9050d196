"""Where whoever approved a completion goes next. Higher apps register what they ask for; else it is the job's page."""

from collections.abc import Callable
from dataclasses import dataclass

from accounts.models import User
from jobs.models import CompletionRequest


@dataclass(frozen=True)
class NextStep:
    """What the person is asked for now."""

    page: str  # its path
    address: str  # the same in the API


Asks = Callable[[CompletionRequest, User], NextStep | None]

_asks: list[Asks] = []


def register(asks: Asks) -> None:
    """`asks` says what it wants of this person once the completion is approved; None: nothing."""
    if asks not in _asks:
        _asks.append(asks)


def after_approval(completion: CompletionRequest, *, by: User) -> NextStep | None:
    return next((step for asks in _asks if (step := asks(completion, by))), None)
