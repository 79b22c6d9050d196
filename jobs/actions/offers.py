"""What a partner offers, and writing it down."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import User
from jobs.actions.records import report
from jobs.errors import TooManyItems
from jobs.models import MOST_ITEMS, Candidate, Proposal


@dataclass(frozen=True)
class Offer:
    price: int | None  # smallest units of the job's currency; None: free
    message: str = ""
    items: Collection[str] = field(default_factory=tuple)


def write_proposal(candidate: Candidate, offer: Offer, *, by: User, now: datetime) -> Proposal:
    """A new one that waits for the store. The job is locked, the candidate's status is right. Raises TooManyItems."""
    if len(offer.items) > MOST_ITEMS:
        raise TooManyItems
    proposal = Proposal.objects.create(
        candidate=candidate,
        price=offer.price,
        message=offer.message,
        items=list(offer.items),
        sent_by=by,
        sent_at=now,
    )
    report(
        "job.proposed",
        candidate.job,
        by=by,
        partner=candidate.partner,
        after={"price": [offer.price, candidate.job.currency]},
        candidate=candidate.pk,
        proposal=proposal.pk,
    )
    return proposal
