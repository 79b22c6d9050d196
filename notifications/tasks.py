"""Celery entry points: load by id, call delivery. Each may run twice."""

from time import monotonic

from celery import shared_task

from notifications import delivery

TIME_BUDGET = 30  # seconds, below the soft limit; what is left waits for the next sweep


@shared_task
def deliver(event_id: int) -> None:
    delivery.tell(event_id)
    delivery.send_due(until=monotonic() + TIME_BUDGET, event_id=event_id)


@shared_task
def sweep() -> None:
    """Finish what lost wake-ups, killed workers and sleeping mail servers left."""
    until = monotonic() + TIME_BUDGET
    delivery.tell_untold(until=until)
    delivery.send_due(until=until)
