"""What a partner's reviews add up to: reckoned from rows, kept in the transaction of the act, or from scratch."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from partners.models import ANSWER_HOURS, PRIOR_SCORE, PRIOR_STORES, Partner, PartnerRating
from reviews.models import Review


@dataclass(frozen=True)
class Figures:
    """As `PartnerRating` keeps them. One may be added to another, and taken off."""

    reviews: int = 0
    stores: int = 0
    communication: int = 0
    quality: int = 0
    spread: tuple[int, ...] = (0,) * 5
    answered: int = 0
    answer_times: tuple[int, ...] = (0,) * (len(ANSWER_HOURS) + 1)
    removed: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return self._with(other, 1)

    def __sub__(self, other: "Figures") -> "Figures":
        return self._with(other, -1)

    def _with(self, other: "Figures", sign: int) -> "Figures":
        both = {name: (getattr(self, name), getattr(other, name)) for name in KEPT}
        values: dict[str, Any] = {
            name: tuple(a + sign * b for a, b in zip(mine, theirs, strict=True))
            if isinstance(mine, tuple)
            else mine + sign * theirs
            for name, (mine, theirs) in both.items()
        }
        return Figures(**values)


KEPT = tuple(field.name for field in fields(Figures))


def of_store(reviews: Iterable[Review]) -> Figures:
    """What all reviews of one partner by one store, oldest first, add up to."""
    total, latest = Figures(), None
    for review in reviews:
        if not review.is_live:
            total += Figures(removed=1)
            continue
        latest = review
        total += Figures(reviews=1, spread=_one_at(review.stars - 1, 5), **_answer(review))
    if latest is not None:
        total += Figures(stores=1, communication=latest.communication, quality=latest.quality)
    return total


def _answer(review: Review) -> dict:
    if review.answered_at is None:
        return {}
    hours = (review.answered_at - review.published_at).total_seconds() / 3600
    place = sum(hours > bound for bound in ANSWER_HOURS)
    return {"answered": 1, "answer_times": _one_at(place, len(ANSWER_HOURS) + 1)}


def _one_at(place: int, size: int) -> tuple[int, ...]:
    return tuple(int(at == place) for at in range(size))


def score(figures: Figures) -> int:
    """For sorting, in thousandths of a star: the mean as if PRIOR_STORES stores had given PRIOR_SCORE before (a
    Bayesian average), so that one merchant's five stars do not outrank fifty merchants' 4.9."""
    stars = 500 * (figures.communication + figures.quality)
    return (PRIOR_STORES * PRIOR_SCORE + stars) // (PRIOR_STORES + figures.stores)


# --- With each act --------------------------------------------------------------------------------------------------


@contextmanager
def recounted(partner: Partner, store_id: int) -> Iterator[None]:
    """Around whatever changes a review of the partner by this store, or its reply: keeps the figures, and moves on the
    version of what the public sees. The partner must be locked."""
    before = of_store(_reviews(partner.pk, store_id))
    yield
    after = of_store(_reviews(partner.pk, store_id))
    rating, _created = PartnerRating.objects.get_or_create(partner=partner)
    _keep(rating, kept(rating) + after - before)


def _reviews(partner_id: int, store_id: int) -> QuerySet[Review]:
    return Review.objects.filter(partner=partner_id, store=store_id).order_by("pk")


def kept(rating: PartnerRating) -> Figures:
    values: dict[str, Any] = {}
    for name in KEPT:
        value = getattr(rating, name)
        values[name] = tuple(value) if isinstance(value, list) else value
    return Figures(**values)


def _keep(rating: PartnerRating, figures: Figures) -> None:
    for name in KEPT:
        value = getattr(figures, name)
        setattr(rating, name, list(value) if isinstance(value, tuple) else value)
    rating.score = score(figures)
    rating.version += 1
    rating.save()


# --- From scratch ---------------------------------------------------------------------------------------------------


@transaction.atomic
def rebuild(partner_id: int) -> bool:
    """Put the partner's figures right. True if they were wrong. The lock keeps acts out."""
    partner = Partner.objects.lock(partner_id)
    figures, store = Figures(), None
    of_one: list[Review] = []
    for review in Review.objects.filter(partner=partner).order_by("store", "pk").iterator():
        if review.store_id != store:
            figures, of_one, store = figures + of_store(of_one), [], review.store_id
        of_one.append(review)
    figures += of_store(of_one)
    rating = PartnerRating.objects.filter(partner=partner).first()
    if rating is None and figures == Figures():
        return False
    rating = rating or PartnerRating(partner=partner)
    if kept(rating) == figures and rating.score == score(figures):
        return False
    _keep(rating, figures)
    return True
