"""What nobody answered in time lapses: invitations and proposals."""

from datetime import datetime
from typing import Any

from jobs.actions.records import report
from jobs.models import Candidate, Job, Proposal


def candidates_due(job: Job, *, now: datetime) -> None:
    """Close what waited for an answer longer than there was time, at the instant that was said. The job is locked."""
    for candidate in job.candidates.overdue(now).select_related("partner").order_by("waits_until", "pk"):
        ended_at = candidate.waits_until or now
        proposal = candidate.proposals.filter(status=Proposal.Status.PENDING).first()
        ids: dict[str, Any] = {"candidate": candidate.pk}
        if proposal is not None:
            proposal.decide(Proposal.Status.LAPSED, by=None, at=ended_at)
            ids["proposal"] = proposal.pk
        candidate.become(Candidate.Status.LAPSED, at=ended_at)
        report("job.lapsed", job, by=None, partner=candidate.partner, **ids)
