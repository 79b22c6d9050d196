from celery import shared_task
from django.utils import timezone

from reviews.actions import invitation_sweeps


@shared_task
def remind() -> None:
    """Remind merchants of reviews that they can still write."""
    invitation_sweeps.remind_all(now=timezone.now())


@shared_task
def lapse() -> None:
    """Close invitations whose time is over."""
    invitation_sweeps.lapse_all(now=timezone.now())
