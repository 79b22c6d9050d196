"""Writing the activity of a store, and saying it in words."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from partners.models import Partner
from partners.permissions import TeamPermission
from stores import phrases
from stores.models import Activity, Store
from stores.permissions import PERMISSIONS, in_order


@dataclass(frozen=True)
class Words:
    """How a kind of change reads: what happened, without who did it (pages say that beside it), and what changed."""

    sentence: Callable[[Activity], str]
    details: Callable[[Activity], list[str]] = field(default=lambda row: [])


@dataclass(frozen=True)
class Group:
    """Kinds of change that a reader looks for together. `key` stands in addresses; `team` is what people of a partner
    need, to know of those that concern it."""

    key: str
    label: str | Promise
    team: TeamPermission = TeamPermission.MANAGE_STORES


_words: dict[str, Words] = {}
_groups: dict[Group, list[str]] = {}
_seen_by_partners: dict[str, TeamPermission] = {}


def register(kind: str, words: Words, *, group: Group, partner_sees: bool = False) -> None:
    """Say how a kind of change reads. `partner_sees`: the partner that it concerns may know of it (`Group.team`).

    Without it a kind stays inside the store: that a partner was blocked, say, must not stand on its own pages.
    """
    _words[kind] = words
    kinds = _groups.setdefault(group, [])
    if kind not in kinds:
        kinds.append(kind)
    if partner_sees:
        _seen_by_partners[kind] = group.team


def groups(*, held: Collection[str] | None = None) -> list[Group]:
    """Those with a kind that stores see, or that people of a partner see who hold these team permissions."""
    seen = set(seen_by_partners(held or ()))
    return [group for group, kinds in _groups.items() if held is None or seen & {*kinds}]


def kinds_in(keys: Collection[str]) -> list[str]:
    """The kinds of the groups with these keys."""
    return [kind for group, kinds in _groups.items() if group.key in keys for kind in kinds]


def seen_by_partners(held: Collection[str]) -> list[str]:
    """Kinds that people of a partner may know of who hold these team permissions."""
    return sorted(kind for kind, team in _seen_by_partners.items() if team in held)


def record(
    store: Store,
    kind: str,
    *,
    by: User | None,
    partner: Partner | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Activity:
    """One row, in the transaction of the change. `by` None: the clock.

    Raises LookupError for something in `before` or `after` that has no words: see `register_value`.
    """
    if unsaid := {*(before or {}), *(after or {})} - _values.keys():
        raise LookupError(f"No words for {sorted(unsaid)} of {kind}")
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


# --- What was there before and after, in words ----------------------------------------------------------------------


def _last_day(raw: str | None, row: Activity) -> str:
    return phrases.end_day(datetime.fromisoformat(raw) if raw else None, row.store.time_zone)


_values: dict[str, tuple[str | Promise, Callable[[Any, Activity], str]]] = {
    "permissions": (gettext_lazy("Permissions"), lambda keys, row: phrases.listed(keys)),
    "ends_at": (gettext_lazy("Access ends"), _last_day),
    "role": (gettext_lazy("Role"), lambda name, row: phrases.role_name(name)),
    "name": (gettext_lazy("Name"), lambda name, row: str(name)),
    "email": (gettext_lazy("E-mail"), lambda address, row: str(address)),
    "domain": (gettext_lazy("Domain"), lambda domain, row: str(domain)),
    "limit": (gettext_lazy("Staff seats"), lambda limit, row: str(limit)),
    "required": (gettext_lazy("Two-step sign-in required"), lambda required, row: _("yes") if required else _("no")),
}


def register_value(name: str, label: str | Promise, in_words: Callable[[Any, Activity], str]) -> None:
    """Say how what stands under `name` in `before` and `after` reads. What nobody registered cannot be recorded; if an
    old row has it, it reads as it is kept."""
    _values[name] = (label, in_words)


def values(row: Activity, kept: dict[str, Any]) -> str:
    """ "Permissions: View orders; Access ends: 5 December 2026": `row.before` or `row.after` on one line. What is put
    into no words is left out."""
    known = [*_values]
    parts = []
    for name, value in sorted(kept.items(), key=lambda pair: known.index(pair[0]) if pair[0] in known else len(known)):
        label, in_words = _values.get(name, (name.replace("_", " ").capitalize(), lambda value, row: str(value)))
        if said := in_words(value, row):
            parts.append(_("%(label)s: %(value)s") % {"label": label, "value": said})
    return "; ".join(parts)
