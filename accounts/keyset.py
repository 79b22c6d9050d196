"""Pages of a list, newest first, that cost the same at any depth: the next one begins after a row, not at a number."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, QuerySet, Value
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

    def __iter__(self):
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def page(
    queryset: QuerySet,
    *,
    after: str | None = None,
    among: QuerySet | None = None,
    size: int = PAGE_SIZE,
    strict: bool = False,
) -> Page:
    """The rows after the one whose `public_id` is `after`, newest first; the first page if there is no such row.

    `strict` raises NoSuchPlace instead.

    Where rows leave a list (a request that is answered), `among` are the rows that were ever on it: the one that says
    where to go on may have left meanwhile.
    """
    rows = queryset.order_by("-pk")
    try:
        start = UUID(after) if after else None
    except ValueError:
        start = None
    if start is not None:
        known = (queryset if among is None else among).order_by().filter(public_id=start)
        if strict and not known.exists():
            raise NoSuchPlace
        rows = rows.filter(pk__lt=Coalesce(known.values("pk")[:1], FROM_THE_TOP))  # any page is one query
    found = list(rows[: size + 1])
    return Page(found[:size], found[size - 1].public_id if len(found) > size else None)
