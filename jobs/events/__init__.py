"""What can happen about jobs, who is told, in which words."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from collaborators import consequences
from jobs.consequences import jobs_in_progress
from jobs.events import completions, hiring, payments
from jobs.events.words import price
from jobs.models import Candidate, CompletionRequest, Job, Payment, Proposal
from notifications import kinds
from partners.permissions import TeamPermission
from stores import activity
from stores.models import Activity

TOPICS: tuple[ModuleType, ...] = (hiring, completions, payments)
SILENT = ("job.completed",)  # for what follows a job in other apps; people are told of the approval
KINDS = tuple(kind for topic in TOPICS for kind in topic.KINDS)
ACTIVITY = {kind: words for topic in TOPICS for kind, words in topic.ACTIVITY.items()}

JOBS = activity.Group("jobs", gettext_lazy("Jobs"), team=TeamPermission.MANAGE_JOBS)

# What activity keeps of these changes, in words.
VALUES: dict[str, tuple[Promise, Callable[[Any, Activity], str]]] = {
    "job": (gettext_lazy("Job"), lambda title, row: str(title)),
    "price": (gettext_lazy("Price"), lambda agreed, row: price(*agreed)),
    **payments.VALUES,
}


def register() -> None:
    kinds.register_thing("job", Job.objects.select_related("store", "partner").in_bulk)
    kinds.register_thing("candidate", Candidate.objects.in_bulk)
    kinds.register_thing("proposal", Proposal.objects.in_bulk)
    kinds.register_thing("completion", CompletionRequest.objects.select_related("requested_by").in_bulk)
    kinds.register_thing("payment", Payment.objects.select_related("reverses").in_bulk)
    kinds.register(*KINDS)
    kinds.register_silent(*SILENT)
    for kind, words in ACTIVITY.items():
        activity.register(kind, words, group=JOBS, partner_sees=True)
    for name, (label, in_words) in VALUES.items():
        activity.register_value(name, label, in_words)
    consequences.register(jobs_in_progress)
