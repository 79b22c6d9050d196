"""What everybody may read: published listings with their figures, live reviews with their live replies.

Each page is asked for in two steps: first the version of what it shows, cheaply; then, only if nobody kept the page of
this version, the rest.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import Count, Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.keyset import NoSuchPlace
from partners.models import PartnerRating, PublicListing, TrackRecord
from reviews.models import Reply, Review
from reviews.reasons import Reason

PAGE_SIZE = 20


class Sort(models.TextChoices):
    NEWEST = "newest", _("Newest")
    HIGHEST = "highest", _("Highest")
    LOWEST = "lowest", _("Lowest")  # by the smaller of the two ratings


# In which order, and whether it falls. All columns of one order go the same way: a row is a place in an index.
ORDERS: dict[Sort, tuple[str, bool]] = {
    Sort.NEWEST: ("id", True),
    Sort.HIGHEST: ("total, id", True),
    Sort.LOWEST: ("lowest, id", False),
}


@dataclass(frozen=True)
class Asked:
    """Which reviews of a profile, and from where on."""

    sort: Sort = Sort.NEWEST
    service: str = ""
    source: str = ""
    after: UUID | None = None
    before: UUID | None = None


@dataclass(frozen=True)
class Key:
    """A review that a page shows, as far as its version tells."""

    pk: int
    public_id: UUID
    version: int
    store: str  # its name, which operators may change


@dataclass(frozen=True)
class Keys:
    rows: list[Key]
    after: UUID | None  # what the next page begins after; None on the last one
    before: UUID | None  # what the page before ends before; None on the first one

    @property
    def version(self) -> list[Any]:
        return [(key.pk, key.version, key.store) for key in self.rows] + [self.after, self.before]


# --- Profiles -------------------------------------------------------------------------------------------------------


# Asked on each read, also of what is kept: as SQL, since to compose a query takes longer than to answer it.
STATE = """
    SELECT listing.partner_id, ROW(listing.version, listing.changed_at, rating.version, record.*)::text {keys}
    FROM partners_publiclisting AS listing
    JOIN partners_partner AS partner ON partner.id = listing.partner_id
    LEFT JOIN partners_partnerrating AS rating ON rating.partner_id = listing.partner_id
    LEFT JOIN partners_trackrecord AS record ON record.partner_id = listing.partner_id
    WHERE partner.slug = %s AND listing.published_at IS NOT NULL
"""


@dataclass(frozen=True)
class Profile:
    version: list[Any]
    keys: Callable[[], Keys]  # of the reviews that it shows


def profile(slug: str, asked: Asked) -> Profile | None:
    """In which version a profile and the reviews on one of its pages are; None if nothing is published.

    One query for the first page. A page further on begins at a place, which has to be found before.
    """
    if asked.after or asked.before:
        state = next(iter(_asked(STATE.format(keys=""), [slug])), None)
        if state is None:
            return None
        found = keys(state[0], asked)
        return Profile([*state, *found.version], lambda: found)
    sql, parameters = _rows("listing.partner_id", asked, None, PAGE_SIZE + 1, downwards=ORDERS[asked.sort][1])
    row = next(iter(_asked(STATE.format(keys=f", ({AS_JSON.format(rows=sql)})"), [*parameters, slug])), None)
    return None if row is None else Profile(list(row), lambda: _turned(_read(row[-1]), PAGE_SIZE))


# Without being looked at, the text says in which version they are.
AS_JSON = "SELECT json_agg(json_build_array(id, public_id, version, name))::text FROM ({rows}) AS row"


def _read(text: str | None) -> list[Key]:
    return [Key(pk, UUID(public_id), *rest) for pk, public_id, *rest in json.loads(text or "[]")]


def _asked(sql: str, parameters: Sequence[Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def listings() -> QuerySet[PublicListing]:
    """What is published, with the figures that stand beside it."""
    return PublicListing.objects.published().select_related("partner__rating", "partner__track_record")


def rating_of(listing: PublicListing) -> PartnerRating:
    return getattr(listing.partner, "rating", None) or PartnerRating(partner=listing.partner)


def track_record_of(listing: PublicListing) -> TrackRecord:
    return getattr(listing.partner, "track_record", None) or TrackRecord(partner=listing.partner)


def version_of(listing: PublicListing) -> list[Any]:
    rating, record = rating_of(listing), track_record_of(listing)
    return [
        *(listing.pk, listing.version, listing.changed_at, listing.published_at),
        *(rating.version, rating.score),
        *(record.jobs_completed, record.first_time_approvals, record.answers, record.seconds_to_answer),
    ]


def removed(listing: PublicListing) -> dict[Reason, int]:
    """How many reviews operators took down, and for which rule."""
    rows = Review.objects.filter(partner=listing.pk).exclude(removed_for="").values_list("removed_for")
    return {Reason(reason): number for reason, number in rows.annotate(number=Count("pk")).order_by("removed_for")}


# --- Reviews of a profile -------------------------------------------------------------------------------------------


def keys(partner: int, asked: Asked, *, size: int = PAGE_SIZE, strict: bool = False) -> Keys:
    """The reviews of one page. It costs the same at any depth: the page begins after a row, not at a number.

    Where the row that is named is none of the partner's, the first page; `strict` raises NoSuchPlace instead.
    """
    columns, falls = ORDERS[asked.sort]
    named = asked.after or asked.before
    place = _place(partner, named, columns, strict=strict) if named else None
    back = place is not None and asked.after is None
    found = _keys(partner, asked, place, size + 1, downwards=falls != back)
    if back and not found:  # nothing stands before it any more
        return keys(partner, replace(asked, before=None), size=size)
    return _turned(found, size, back=back, beyond=place is not None)


def _place(partner: int, named: UUID, columns: str, *, strict: bool) -> tuple | None:
    """Where the row stands that a page begins after. One that was removed meanwhile still says where to go on."""
    sql = f"SELECT {columns} FROM reviews_review WHERE partner_id = %s AND public_id = %s"  # noqa: S608 - ours
    place = next(iter(_asked(sql, [partner, str(named)])), None)
    if place is None and strict:
        raise NoSuchPlace
    return place


def _keys(partner: int, asked: Asked, place: tuple | None, limit: int, *, downwards: bool) -> list[Key]:
    sql, parameters = _rows("%s", asked, place, limit, downwards=downwards)
    return [Key(*row) for row in _asked(sql, [partner, *parameters])]


def _rows(partner: str, asked: Asked, place: tuple | None, limit: int, *, downwards: bool) -> tuple[str, list[Any]]:
    """SQL for the reviews of `partner`, an expression, and what it is asked with.

    One partner is asked for as if there were several, and the order begins with them: else the planner takes the rows
    to lie evenly in the primary key, and walks over those of everybody else to find the latest of a partner who has
    many but none lately. So only the index of this order can serve.
    """
    columns, falls = ORDERS[asked.sort]
    conditions = [f"partner_id = ANY(ARRAY[{partner}])", "removed_at IS NULL"]
    parameters: list[Any] = []
    for condition, value in (
        ("services @> ARRAY[%s]::varchar[]", asked.service),
        ("source = %s", asked.source),
        (f"({columns}) {'<' if downwards else '>'} %s", place),  # one place in the index
    ):
        if value:
            conditions.append(condition)
            parameters.append(value)
    order = ", ".join(f"{column} {'DESC' if downwards else 'ASC'}" for column in columns.split(", "))
    sql = f"""
        SELECT id, public_id, version, (SELECT name FROM stores_store AS store WHERE store.id = store_id) AS name
        FROM reviews_review AS review
        WHERE {" AND ".join(conditions)}
        ORDER BY partner_id {"ASC" if downwards == falls else "DESC"}, {order} LIMIT %s
    """  # noqa: S608 - made of ours
    return sql, [*parameters, limit]


def _turned(found: list[Key], size: int, *, back: bool = False, beyond: bool = False) -> Keys:
    """The page as it is read, and what stands on both sides of it."""
    shown, more = found[:size], len(found) > size
    if back:
        shown.reverse()
    further, nearer = (beyond, more) if back else (more, beyond)
    return Keys(
        shown,
        after=shown[-1].public_id if shown and further else None,
        before=shown[0].public_id if shown and nearer else None,
    )


def with_reply() -> Prefetch:
    """The live reply, if there is one, as `live_replies`."""
    return Prefetch("replies", Reply.objects.live().defer("author"), to_attr="live_replies")


def reply_to(review: Review) -> Reply | None:
    """The live one, of a review that was found with it."""
    return next(iter(review.live_replies), None)  # type: ignore[attr-defined]


def reviews_of(page: Keys) -> list[tuple[Key, Review, Reply | None]]:
    """What stands on the page. Removed in this moment: left out."""
    rows = Review.objects.live().filter(pk__in=[key.pk for key in page.rows]).prefetch_related(with_reply())
    found = {review.pk: review for review in rows}
    return [(key, found[key.pk], reply_to(found[key.pk])) for key in page.rows if key.pk in found]


# --- One review -----------------------------------------------------------------------------------------------------


def one_review() -> QuerySet[Review]:
    """With who wrote it, about whom, and the live reply. Removed ones too: their address says so."""
    return Review.objects.select_related("store", "partner__listing").prefetch_related(with_reply())


def is_listed(review: Review) -> bool:
    listing = getattr(review.partner, "listing", None)
    return listing is not None and listing.is_published


def name_of(review: Review) -> str:
    """The partner's, as its reviews say it."""
    return review.partner.listing.name if is_listed(review) else review.partner.name


def version_of_review(review: Review) -> list[Any]:
    return [review.pk, review.version, review.store.name, name_of(review), review.partner.slug, is_listed(review)]
