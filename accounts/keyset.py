"""Pages of a list, newest first, that cost the same at any depth: the next one begins after a row, not at a number."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.errors import Refused

PAGE_SIZE = 50
FROM_THE_TOP = Value(BigIntegerField.MAX_BIGINT, output_field=BigIntegerField())


class NoSuchPlace(Refused):
    """Whoever walks a list by a program must not begin again without noticing."""

    code = "no_such_place"
    field = "after"
    sentence = _("There is no such row to go on after. Begin again without it.")


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    after: UUID | None  # what the next page begins after; None on the last one
    before: UUID | None = None  # what the page of newer ones ends before; None on the first one

    def __iter__(self):
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def page(
    queryset: QuerySet,
    *,
    after: str | None = None,
    before: str | None = None,
    among: QuerySet | None = None,
    size: int = PAGE_SIZE,
    strict: bool = False,
) -> Page:
    """The rows after the one whose `public_id` is `after`, newest first; the first page if there is no such row.

    `before` goes back: the rows just before that one, newest first as well.

    `strict` raises NoSuchPlace instead.

    Where rows leave a list (a request that is answered), `among` are the rows that were ever on it: the one that says
    where to go on may have left meanwhile.
    """
    known = queryset if among is None else among
    start = _named(after or before)
    named = known.order_by().filter(public_id=start).values("pk")[:1]
    if strict and start is not None and not named.exists():
        raise NoSuchPlace
    place = Coalesce(Subquery(named), FROM_THE_TOP)  # any page is one query
    if start is not None and not after and (newer := _newer(queryset.filter(pk__gt=place), size)):
        return newer
    rows = queryset.order_by("-pk")
    if start is not None and after:
        rows = rows.filter(pk__lt=place)
    found = list(rows[: size + 1])
    shown = found[:size]
    return Page(
        shown,
        after=shown[-1].public_id if len(found) > size else None,
        before=shown[0].public_id if start is not None and after and shown else None,
    )


def _named(place: str | None) -> UUID | None:
    try:
        return UUID(place) if place else None
    except ValueError:
        return None


def _newer(rows: QuerySet, size: int) -> Page | None:
    """The oldest of what is newer than the place, which itself stands on the page after; None if nothing is newer."""
    found = list(rows.order_by("pk")[: size + 1])
    if not found:
        return None
    shown = found[:size][::-1]
    return Page(
        shown,
        after=shown[-1].public_id,
        before=shown[0].public_id if len(found) > size else None,
    )
