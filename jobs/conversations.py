"""Conversations about jobs: each candidate's, from the first word until a while after the end."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from collaborators import conversations
from collaborators.conversation_views import TOPICS, Here, Topic
from collaborators.models import About, Conversation, Side
from jobs.models import Candidate, Job, Proposal

AFTER_THE_END = timedelta(days=30)  # for what is left to say once the job is completed


def open_candidates(now: datetime) -> QuerySet[Candidate]:
    """Candidates whose store and partner have something to agree: who waits for an answer or may propose again, who
    works on it, who completed it not long ago."""
    status = Candidate.Status
    proposed_before = Exists(Proposal.objects.filter(candidate=OuterRef("pk")))
    invited = Q(status=status.INVITED, waits_until__gt=now)
    may_propose = Q(status__in=[status.PROPOSED, status.TURNED_DOWN, status.WITHDRAWN])  # also past its time
    may_propose_again = Q(status__in=[status.INVITED, status.LAPSED]) & proposed_before
    hired = Q(status=status.HIRED)
    return Candidate.objects.filter(
        Q(job__status=Job.Status.OPEN) & (invited | may_propose | may_propose_again)
        | hired & Q(job__status=Job.Status.IN_PROGRESS)
        | hired & Q(job__status=Job.Status.COMPLETED, job__completed_at__gt=now - AFTER_THE_END)
    )


def topic(here: Here, conversation: Conversation) -> Topic | None:
    job = Job.objects.filter(candidates__conversation=conversation).first()
    if job is None:
        return None
    view = "jobs:job" if here.side is Side.STORE else "jobs:partner-job"
    return Topic(reverse(view, args=[here.name, job.public_id]), _("See the job"), job.title)


def register() -> None:
    conversations.SUBJECTS.append(open_candidates)
    TOPICS[About.JOB] = topic
