"""What time does to jobs: what nobody answered lapses, and completion is approved."""

from datetime import datetime

from jobs.actions.approvals import completion_due
from jobs.actions.lapsing import candidates_due
from jobs.models import Job


def settle_due(job: Job, *, now: datetime) -> None:
    """Settle what is past its time in this job. It, its store and whoever is hired must be locked; `job` is
    brought up to date. Sweeps and actions share it."""
    completion_due(job, now=now)
    candidates_due(job, now=now)
