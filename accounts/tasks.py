"""Celery entry points. Each may run twice."""

from celery import shared_task
from django.utils import timezone

from accounts.models import GivenAnswer
from accounts.once import forget


@shared_task
def forget_answers() -> None:
    """Answers are kept for a day, for those who ask again."""
    forget(before=timezone.now() - GivenAnswer.KEPT)
