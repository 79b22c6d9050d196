from celery import shared_task
from django.utils import timezone

from jobs import actions
from jobs.actions import completion_sweeps


@shared_task
def approve_completions() -> None:
    """Approve what nobody answered until its deadline."""
    completion_sweeps.approve_all_due(now=timezone.now())


@shared_task
def remind_of_completions() -> None:
    """Remind merchants of completion requests that wait for their answer."""
    completion_sweeps.remind_all_of_completions(now=timezone.now())


@shared_task
def lapse() -> None:
    """Close invitations and proposals that nobody answered in time."""
    actions.lapse_all_due(now=timezone.now())
