"""The directory of partners: who is listed, the best reviewed first."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.keyset import NoSuchPlace
from partners.models import PublicListing
from reviews.public import PAGE_SIZE, listings, version_of

BEST_FIRST = ("-partner__rating__score", "partner_id")
WORST_FIRST = ("partner__rating__score", "-partner_id")


@dataclass(frozen=True)
class Wanted:
    """Which partners, and from where on."""

    search: str = ""
    service: str = ""
    language: str = ""
    country: str = ""
    after: UUID | None = None
    before: UUID | None = None


@dataclass(frozen=True)
class Listed:
    rows: list[PublicListing]
    after: UUID | None
    before: UUID | None

    @property
    def version(self) -> list[Any]:
        return [[listing.partner.slug, *version_of(listing)] for listing in self.rows] + [self.after, self.before]


def listed(wanted: Wanted, *, strict: bool = False, size: int = PAGE_SIZE) -> Listed:
    """One page. Where the partner that is named is not known, the first one; `strict` raises NoSuchPlace instead."""
    rows = _matching(wanted)
    named = wanted.after or wanted.before
    place = _place(named, strict=strict) if named else None
    if place is None:
        return _page(list(rows.order_by(*BEST_FIRST)[: size + 1]), size)
    if wanted.after:
        return _page(list(rows.filter(_below(*place)).order_by(*BEST_FIRST)[: size + 1]), size, beyond=True)
    above = list(rows.filter(_above(*place)).order_by(*WORST_FIRST)[: size + 1])
    return _page(above, size, beyond=True, back=True) if above else _page(list(rows.order_by(*BEST_FIRST)[:size]), size)


def _matching(wanted: Wanted) -> QuerySet[PublicListing]:
    rows = listings().filter(partner__rating__isnull=False)  # each that is published has one: it is sorted by
    if wanted.search:
        rows = rows.filter(name__icontains=wanted.search)
    if wanted.service:
        rows = rows.filter(services__contains=[wanted.service])
    if wanted.language:
        rows = rows.filter(languages__contains=[wanted.language])
    if wanted.country:
        rows = rows.filter(country=wanted.country)
    return rows


def _place(named: UUID, *, strict: bool) -> tuple[int, int] | None:
    rows = PublicListing.objects.filter(partner__public_id=named)
    place = rows.values_list("partner__rating__score", "partner_id").first()
    known = place is not None and place[0] is not None
    if not known and strict:
        raise NoSuchPlace
    return place if known else None


def _below(score: int, partner: int) -> Q:
    return Q(partner__rating__score__lte=score) & (
        Q(partner__rating__score__lt=score) | Q(partner__gt=partner)
    )  # the first condition is where the index begins


def _above(score: int, partner: int) -> Q:
    return Q(partner__rating__score__gte=score) & (Q(partner__rating__score__gt=score) | Q(partner__lt=partner))


def _page(found: list[PublicListing], size: int, *, beyond: bool = False, back: bool = False) -> Listed:
    shown, more = found[:size], len(found) > size
    if back:
        shown.reverse()
    further, nearer = (beyond, more) if back else (more, beyond)
    return Listed(
        shown,
        after=shown[-1].partner.public_id if shown and further else None,
        before=shown[0].partner.public_id if shown and nearer else None,
    )
