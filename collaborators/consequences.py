"""What else it means when access ends now: higher apps say so, where somebody is about to end it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from accounts.models import User
from collaborators.models import Collaboration, Side


@dataclass(frozen=True)
class Consequence:
    """One sentence, with the page that it is about. `url` "": there is none, or none that the reader may open."""

    sentence: str
    url: str = ""


type Teller = Callable[[Collaboration, Side, User], Iterable[Consequence]]

_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    if teller not in _tellers:
        _tellers.append(teller)


def told(collaboration: Collaboration, *, side: Side, reader: User) -> list[Consequence]:
    """What the reader, on this side, should know before this access ends. Nothing of an access that is over."""
    if not collaboration.is_active:
        return []
    return [said for teller in _tellers for said in teller(collaboration, side, reader)]
