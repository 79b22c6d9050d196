"""Writing the activity of a store, and saying it in words."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from partners.models import Partner
from stores.models import Activity, Store
from stores.permissions import PERMISSIONS, in_order


@dataclass(frozen=True)
class Words:
    """How a kind of change reads: what happened, without who did it (pages say that beside it), and what changed."""

    sentence: Callable[[Activity], str]
    details: Callable[[Activity], list[str]] = field(default=lambda row: [])


_words: dict[str, Words] = {}


def register(kind: str, words: Words) -> None:
    _words[kind] = words


def record(
    store: Store,
    kind: str,
    *,
    by: User | None,
    partner: Partner | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Activity:
    """One row, in the transaction of the change. `by` None: the clock."""
    return Activity.objects.create(
        store=store, partner=partner, actor=by, kind=kind, before=before or {}, after=after or {}
    )


def sentence(row: Activity) -> str:
    words = _words.get(row.kind)
    return words.sentence(row) if words else row.kind


def details(row: Activity) -> list[str]:
    words = _words.get(row.kind)
    return words.details(row) if words else []


def permission_changes(row: Activity) -> list[str]:
    """ "+ View orders, − Export customers": the difference between before and after, on one line."""
    before, after = set(row.before.get("permissions", ())), set(row.after.get("permissions", ()))
    added = [f"+ {PERMISSIONS[key].label}" for key in in_order(after - before)]
    taken = [f"− {PERMISSIONS[key].label}" for key in in_order(before - after)]
    return [", ".join(added + taken)] if added or taken else []
