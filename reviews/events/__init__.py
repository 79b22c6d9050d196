"""What can happen to reviews, who is told, in which words."""

from notifications import kinds
from reviews.models import Reply, Report, Review, ReviewInvitation


def register() -> None:
    kinds.register_thing("review_invitation", ReviewInvitation.objects.in_bulk)
    kinds.register_thing("review", Review.objects.in_bulk)
    kinds.register_thing("reply", Reply.objects.in_bulk)
    kinds.register_thing("report", Report.objects.in_bulk)
