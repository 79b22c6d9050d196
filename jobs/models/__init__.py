"""What is true of one row, and which rows."""

from jobs.models.candidates import Candidate, Proposal
from jobs.models.completions import CompletionRequest, CompletionRules, JobAccess
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
from jobs.models.payments import Payment

__all__ = [
    "ANSWER_WITHIN_HOURS",
    "BRIEF_LENGTH",
    "ITEM_LENGTH",
    "MOST_ITEMS",
    "REASON_LENGTH",
    "TITLE_LENGTH",
    "Candidate",
    "CompletionRequest",
    "CompletionRules",
    "Job",
    "JobAccess",
    "JobItem",
    "Payment",
    "Proposal",
]
