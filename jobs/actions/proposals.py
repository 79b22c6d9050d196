"""Until somebody is hired: partners send proposals, withdraw them or decline; the store accepts one."""

from datetime import datetime

from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from collaborators.models import Collaboration
from jobs import track_records
from jobs.actions import steps
from jobs.actions.beginnings import ANSWER_WITHIN, require_working_here
from jobs.actions.offers import Offer, write_proposal
from jobs.actions.records import report
from jobs.errors import (
    NoAccessToEnd,
    NotOpenAnyMore,
    TooManyItems,
    TooManyProposals,
    candidate_moved_on,
    job_moved_on,
    proposal_moved_on,
)
from jobs.models import MOST_ITEMS, MOST_PROPOSALS, Candidate, Job, JobAccess, JobItem, Proposal
from partners.models import Partner
from stores import access

Status = Candidate.Status
WAITING = Candidate.WAITING


# --- The partner ----------------------------------------------------------------------------------------------------


@steps.clock_first
def send_proposal(job: Job, *, partner: Partner, offer: Offer, by: User) -> Proposal:
    """Answer an invitation with a proposal, or try once more after one that came to nothing.

    Raises NotAllowed, NotOpenAnyMore, CandidateMovedOn (a proposal waits already, the 72 hours are over, …),
    NotWorkingHere, TooManyProposals, TooManyItems.
    """
    locked = steps.lock(job, partner_id=partner.pk)
    job, now = locked.job, timezone.now()
    candidate = _candidate_of(job, partner)
    steps.require_partner_side(by, candidate.partner)
    _require_may_propose(candidate, locked, now=now)
    answers_first = candidate.status == Status.INVITED and candidate.answered_at is None
    candidate.become(Status.PROPOSED, at=now, waits_until=_time_to_compare(candidate, now))
    if answers_first:
        track_records.count_answer(candidate)
    return write_proposal(candidate, offer, by=by, now=now)


def _require_may_propose(candidate: Candidate, locked: steps.Locked, *, now: datetime) -> None:
    if candidate.status != Status.HIRED and locked.job.status != Job.Status.OPEN:
        raise NotOpenAnyMore
    candidate.require(Status.PROPOSED)
    sent = candidate.proposals.count()
    if candidate.status == Status.LAPSED and not sent:
        raise candidate_moved_on(candidate)  # the invitation lapsed: the store may invite again
    if sent >= MOST_PROPOSALS:
        raise TooManyProposals
    if candidate.invited_at is None:  # it came by itself, and comes again
        require_working_here(candidate.partner, locked.store, now=now)


def _time_to_compare(candidate: Candidate, now: datetime) -> datetime:
    """72 hours from now, or after the last open invitation runs out: so that the store can compare."""
    others = candidate.job.candidates.exclude(pk=candidate.pk).filter(status=Status.INVITED)
    latest = others.aggregate(latest=Max("waits_until"))["latest"]
    return max(now, latest or now) + ANSWER_WITHIN


@steps.clock_first
def withdraw_proposal(proposal: Proposal, *, by: User) -> Proposal:
    """Raises NotAllowed, ProposalMovedOn."""
    _locked, candidate, proposal = _lock_proposal(proposal)
    steps.require_partner_side(by, candidate.partner)
    if _is_repeat(proposal, Proposal.Status.WITHDRAWN, by):
        return proposal
    _require_pending(proposal)
    now = timezone.now()
    proposal.decide(Proposal.Status.WITHDRAWN, by=by, at=now)
    candidate.become(Status.WITHDRAWN, at=now)
    _report_answer("job.withdrawn", proposal, by=by)
    return proposal


@steps.clock_first
def decline_invitation(job: Job, *, partner: Partner, by: User) -> Candidate:
    """The partner passes. Raises NotAllowed, CandidateMovedOn."""
    locked = steps.lock(job, partner_id=partner.pk)
    candidate = _candidate_of(locked.job, partner)
    steps.require_partner_side(by, candidate.partner)
    if candidate.status == Status.PASSED:
        return candidate  # the same answer said twice
    candidate.require(Status.PASSED)
    answers_first = candidate.answered_at is None
    candidate.become(Status.PASSED, at=timezone.now())
    if answers_first:
        track_records.count_answer(candidate)
    report("job.declined", locked.job, by=by, partner=partner, candidate=candidate.pk)
    return candidate


# --- The store ------------------------------------------------------------------------------------------------------


@steps.clock_first
def accept_proposal(proposal: Proposal, *, by: User, ends_access: bool = False) -> Job:
    """Hire the partner for what it proposed; all others are closed kindly.

    `ends_access`: the access that the partner has to the store ends with the job; for those who manage users.
    Raises NotAllowed, OwnPartnersJob, JobMovedOn (somebody else was hired), ProposalMovedOn, NoAccessToEnd,
    TooManyItems.
    """
    locked, candidate, proposal = _lock_proposal(proposal)
    job, partner, now = locked.job, candidate.partner, timezone.now()
    steps.require_store_side(by, locked.store, partner)
    steps.require_no_stake(by, locked.store, locked.job)
    if _is_repeat(proposal, Proposal.Status.ACCEPTED, by):
        return job
    _require_open(job)
    _require_pending(proposal)
    candidate.require(Status.HIRED)
    if len(proposal.items) > MOST_ITEMS:
        raise TooManyItems
    if ends_access:
        _end_access_with(job, partner, by=by, now=now)
    job.hire(partner, price=proposal.price, by=by, at=now)
    proposal.decide(Proposal.Status.ACCEPTED, by=by, at=now)
    candidate.become(Status.HIRED, at=now)
    JobItem.objects.bulk_create(
        JobItem(job=job, text=text, origin=JobItem.Origin.PROPOSAL, added_by=proposal.sent_by, added_at=now)
        for text in proposal.items
    )
    after = {"price": [proposal.price, job.currency]}
    report("job.hired", job, by=by, after=after, candidate=candidate.pk, proposal=proposal.pk)
    close_waiting(job, by=by, now=now)
    return job


def _end_access_with(job: Job, partner: Partner, *, by: User, now: datetime) -> None:
    access.require(by, "users.manage", job.store)
    between = {"partner": partner, "store": job.store}
    collaboration = Collaboration.objects.active(now).filter(**between).first()
    if collaboration is None:
        raise NoAccessToEnd
    JobAccess.objects.create(job=job, collaboration=collaboration, added_by=by, added_at=now)


@steps.clock_first
def decline_proposal(proposal: Proposal, *, reason: str = "", by: User) -> Proposal:
    """Raises NotAllowed, OwnPartnersJob, ProposalMovedOn."""
    locked, candidate, proposal = _lock_proposal(proposal)
    steps.require_store_side(by, locked.store, candidate.partner)
    steps.require_no_stake(by, locked.store, locked.job)
    if _is_repeat(proposal, Proposal.Status.DECLINED, by):
        return proposal
    _require_pending(proposal)
    now = timezone.now()
    proposal.decide(Proposal.Status.DECLINED, by=by, at=now, reason=reason)
    candidate.become(Status.TURNED_DOWN, at=now)
    _report_answer("job.declined", proposal, by=by)
    return proposal


@steps.clock_first
def invite_again(candidate: Candidate, *, by: User) -> Candidate:
    """Ask once more a partner whose part came to nothing: it has 72 hours again.

    Raises NotAllowed, OwnPartnersJob, JobMovedOn, CandidateMovedOn.
    """
    locked = steps.lock(candidate.job, partner_id=candidate.partner_id)
    candidate = _candidate_of(locked.job, candidate.partner)
    steps.require_store_side(by, locked.store, candidate.partner)
    steps.require_no_stake(by, locked.store, locked.job)
    _require_open(locked.job)
    candidate.require(Status.INVITED)
    now = timezone.now()
    if candidate.invited_at is None:
        candidate.invited_by, candidate.invited_at = by, now
        candidate.save(update_fields=["invited_by", "invited_at"])
    candidate.become(Status.INVITED, at=now, waits_until=now + ANSWER_WITHIN)
    compared = now + 2 * ANSWER_WITHIN  # as in _time_to_compare()
    locked.job.candidates.filter(status=Status.PROPOSED, waits_until__lt=compared).update(waits_until=compared)
    report("job.invited", locked.job, by=by, partner=candidate.partner, candidate=candidate.pk)
    return candidate


# --- Both -----------------------------------------------------------------------------------------------------------


def close_waiting(job: Job, *, by: User, now: datetime, tell: bool = True) -> None:
    """Close what still waits for an answer, kindly: somebody else was hired, or the job is cancelled. It is locked."""
    for candidate in job.candidates.filter(status__in=WAITING).select_related("partner").order_by("pk"):
        for proposal in candidate.proposals.filter(status=Proposal.Status.PENDING):
            proposal.decide(Proposal.Status.CLOSED, by=None, at=now)
        candidate.become(Status.CLOSED, at=now)
        if tell:
            cause = "cancelled" if job.status == Job.Status.CANCELLED else "hired"
            report("job.closed", job, by=by, partner=candidate.partner, candidate=candidate.pk, cause=cause)


def _candidate_of(job: Job, partner: Partner) -> Candidate:
    """As it is now, guarded by the lock of the job."""
    candidate = job.candidates.select_related("partner").get(partner=partner)
    candidate.job = job
    return candidate


def _lock_proposal(proposal: Proposal) -> tuple[steps.Locked, Candidate, Proposal]:
    candidate = Candidate.objects.select_related("job", "partner").get(pk=proposal.candidate_id)
    locked = steps.lock(candidate.job, partner_id=candidate.partner_id)
    candidate = _candidate_of(locked.job, candidate.partner)
    proposal = Proposal.objects.select_related("decided_by", "sent_by").get(pk=proposal.pk)
    proposal.candidate = candidate
    return locked, candidate, proposal


def _report_answer(topic: str, proposal: Proposal, *, by: User) -> None:
    candidate = proposal.candidate
    report(topic, candidate.job, by=by, partner=candidate.partner, candidate=candidate.pk, proposal=proposal.pk)


def _is_repeat(proposal: Proposal, status: Proposal.Status, by: User) -> bool:
    """One's own decision, said twice."""
    return proposal.status == status and proposal.decided_by_id == by.pk


def _require_open(job: Job) -> None:
    """Raise JobMovedOn, which says who was hired or who cancelled: for the store's side alone."""
    if job.status != Job.Status.OPEN:
        raise job_moved_on(job)


def _require_pending(proposal: Proposal) -> None:
    if proposal.status != Proposal.Status.PENDING:
        raise proposal_moved_on(proposal)
