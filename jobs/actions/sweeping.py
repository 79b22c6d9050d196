"""What time does to jobs that nobody touches."""

import logging
from datetime import datetime

from accounts.sweeps import one_of_many
from jobs.actions import steps
from jobs.models import Candidate, Job

logger = logging.getLogger(__name__)


def lapse_all_due(*, now: datetime, limit: int = 500) -> int:
    """Close what nobody answered in time, each job in a transaction of its own. Returns how many were looked at."""
    overdue = Candidate.objects.overdue(now).order_by("waits_until").values_list("job_id", flat=True)
    jobs = Job.objects.filter(pk__in=set(overdue[:limit])).order_by("pk")
    for job in jobs:
        with one_of_many(logger, "What nobody answered about job %s waits", job.pk):
            steps.lock(job, now=now)
    return len(jobs)
