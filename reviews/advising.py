"""What the advice needs to know of a review and its partner, from the database."""

from collections import Counter

from django.utils import timezone, translation

from partners.services import SERVICES, in_order, labels
from reviews import advice
from reviews.models import Reply, Review

PRAISES_LOOKED_AT = 50


def advice_for(review: Review, text: str, *, editing: Reply | None = None) -> list[advice.Point]:
    """For a reply to this review, found with its partner's listing, that reads like `text`. One query. The reply that
    is edited is not its own former one."""
    others = Reply.objects.filter(partner=review.partner_id)
    if editing is not None:
        others = others.exclude(pk=editing.pk)
    listing = getattr(review.partner, "listing", None)
    keys = in_order([*review.services, *(listing.services if listing else [])])
    return advice.advise(
        text,
        review_text=review.text,
        ratings=(review.communication, review.quality),
        business={review.partner.name, *([listing.name] if listing else [])},
        services=_in_both_languages(keys),
        previous=others.order_by("-pk").values_list("text", flat=True)[: advice.REPLIES_COMPARED],
        days_since=days_since(review) if editing is None else (editing.published_at - review.published_at).days,
    )


def praised_besides(review: Review) -> list[str]:
    """The two services that most of the partner's latest good reviews are about; none beside a good review, which may
    name them itself."""
    if review.is_good:
        return []
    good = Review.objects.live().filter(partner=review.partner_id, lowest__gte=advice.GOOD_FROM).order_by("-pk")
    counted = Counter(key for keys in good.values_list("services", flat=True)[:PRAISES_LOOKED_AT] for key in keys)
    return labels([key for key, _times in counted.most_common(2)])


def days_since(review: Review) -> int:
    return (timezone.now() - review.published_at).days


def _in_both_languages(keys: list[str]) -> list[str]:
    """Whoever writes French to a French merchant may read these pages in English."""
    names = []
    for language in (advice.ENGLISH, advice.FRENCH):
        with translation.override(language):
            names += [str(SERVICES[key]) for key in keys]
    return names
