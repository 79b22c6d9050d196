from celery import shared_task
from django.utils import timezone

from collaborators import actions, conversations, guesses


@shared_task
def lapse() -> None:
    """Expire requests and end collaborations whose time is past."""
    actions.lapse_all_due(now=timezone.now())


@shared_task
def gather_unread() -> None:
    """Tell people of messages that they have not read for ten minutes."""
    conversations.gather_unread(now=timezone.now())


@shared_task
def remind_of_requests() -> None:
    """Remind merchants of requests that wait for their answer."""
    actions.remind_all_due(now=timezone.now())


@shared_task
def remind() -> None:
    """Tell of ends that are near and of access that nobody uses, and open the review of the quarter."""
    now = timezone.now()
    actions.remind_all_of_their_end(now=now)
    actions.question_all_unused(now=now)
    actions.open_all_reviews(now=now)


@shared_task
def close_code_paths() -> None:
    """Close what was guessed at too often and is still open, because a process died before it could."""
    actions.close_all_spent(now=timezone.now())


@shared_task
def tidy_codes() -> None:
    """Forget guesses that no window reaches, and seal codes that an older version wrote."""
    guesses.forget_old(now=timezone.now())
    actions.seal_all()
