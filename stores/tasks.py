from celery import shared_task
from django.utils import timezone

from stores import actions


@shared_task
def lapse_handovers() -> None:
    """Close offers of development stores that nobody answered in time."""
    actions.lapse_all_due(now=timezone.now())
