"""What people do with jobs, and what time does."""

from jobs.actions.beginnings import Wanted, begin_job, propose_job
from jobs.actions.cancelling import cancel_job
from jobs.actions.offers import Offer
from jobs.actions.proposals import (
    accept_proposal,
    decline_invitation,
    decline_proposal,
    invite_again,
    send_proposal,
    withdraw_proposal,
)
from jobs.actions.sweeping import lapse_all_due

__all__ = [
    "Offer",
    "Wanted",
    "accept_proposal",
    "begin_job",
    "cancel_job",
    "decline_invitation",
    "decline_proposal",
    "invite_again",
    "lapse_all_due",
    "propose_job",
    "send_proposal",
    "withdraw_proposal",
]
