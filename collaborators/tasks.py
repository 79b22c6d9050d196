from celery import shared_task
from django.utils import timezone

from collaborators import actions


@shared_task
def lapse() -> None:
    """Expire requests and end collaborations whose time is past."""
    actions.lapse_all_due(now=timezone.now())
