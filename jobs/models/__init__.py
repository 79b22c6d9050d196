"""What is true of one row, and which rows."""

from jobs.models.candidates import MESSAGE_LENGTH, MOST_INVITED, MOST_PROPOSALS, Candidate, Proposal, worked_for
from jobs.models.completions import (
    CLOCK_ENDS_ACCESS_AFTER,
    LONGEST_AFTER,
    MOST_MISSING,
    REMIND_AFTER,
    CompletionRequest,
    CompletionRules,
    JobAccess,
)
from jobs.models.jobs import (
    ANSWER_WITHIN_HOURS,
    BRIEF_LENGTH,
    ITEM_LENGTH,
    MOST_ITEMS,
    REASON_LENGTH,
    TITLE_LENGTH,
    Job,
    JobItem,
)
from jobs.models.payments import MOST_PAYMENTS, REFERENCE_LENGTH, Payment

__all__ = [
    "ANSWER_WITHIN_HOURS",
    "BRIEF_LENGTH",
    "CLOCK_ENDS_ACCESS_AFTER",
    "ITEM_LENGTH",
    "LONGEST_AFTER",
    "MESSAGE_LENGTH",
    "MOST_INVITED",
    "MOST_ITEMS",
    "MOST_MISSING",
    "MOST_PAYMENTS",
    "MOST_PROPOSALS",
    "REASON_LENGTH",
    "REFERENCE_LENGTH",
    "REMIND_AFTER",
    "TITLE_LENGTH",
    "Candidate",
    "CompletionRequest",
    "CompletionRules",
    "Job",
    "JobAccess",
    "JobItem",
    "Payment",
    "Proposal",
    "worked_for",
]
