"""Where what is said of reviews leads."""

from django.urls import reverse

from reviews.models import Review, ReviewInvitation


def to_write(invitation: ReviewInvitation) -> str:
    """The page on which the store writes the review."""
    return reverse("reviews:review-making", args=[invitation.store.handle, invitation.public_id])


def in_store(review: Review) -> str:
    return reverse("reviews:review", args=[review.store.handle, review.public_id])


def in_partner(review: Review) -> str:
    return reverse("reviews:partner-review", args=[review.partner.slug, review.public_id])


def in_public(review: Review) -> str:
    return reverse("reviews:public-review", args=[review.public_id])
