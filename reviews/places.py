"""Where a review is read: by the partner, by the store, in public."""

from django.urls import NoReverseMatch, reverse

from reviews.models import Review


def partners_review(slug: str, review: Review) -> str:
    return reverse("reviews:partner-review", args=[slug, review.public_id])


def stores_review(handle: str, review: Review) -> str:
    return _once_there("reviews:review", handle, review.public_id) or reverse("store-home", args=[handle])


def public_review(review: Review) -> str:
    return _once_there("reviews:public-review", review.public_id)


def _once_there(name: str, *args) -> str:
    """ "" as long as there is no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
