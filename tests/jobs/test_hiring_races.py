"""Two at once about one job: one winner, and a clear answer for the other. Red without the locks."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs import actions
from jobs.errors import CandidateMovedOn, JobMovedOn, ProposalMovedOn
from jobs.models import Candidate, Job, JobItem, Proposal
from notifications.models import Event
from tests.jobs.people import make_town, part, status_of
from tests.races import meeting, together, without_locks

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 3
HIRING = (Job, "hire")  # between the guard and the write
WRITING = (Proposal, "decide")


@pytest.fixture
def town():
    return make_town()


def accept(proposal, by):
    return lambda: actions.accept_proposal(proposal, by=by)


def two_proposals(town):
    job = town.ask(town.nord, town.lumen)
    return job, town.answer(job), town.answer(job, town.lumen)


# --- Two proposals accepted at once ---------------------------------------------------------------------------------


def test_two_people_accept_two_proposals_at_once_and_one_partner_is_hired(town, monkeypatch):
    for _ in range(ROUNDS):
        job, one, other = two_proposals(town)
        with meeting(monkeypatch, HIRING, parties=2, timeout=0.2):
            results = together([accept(one, town.owner), accept(other, town.manager)])
        losers = [result for result in results if isinstance(result, Exception)]
        assert [type(loser) for loser in losers] == [JobMovedOn]
        job.refresh_from_db()
        assert {status_of(one), status_of(other)} == {"accepted", "closed"}
        assert JobItem.objects.filter(job=job).count() == 2
        told = Event.objects.filter(payload__job=job.pk)
        assert told.filter(topic="job.hired", payload__partner=job.partner_id).count() == 1
        assert told.filter(topic="job.closed").exclude(payload__partner=job.partner_id).count() == 1


def test_without_the_locks_both_pass_the_guard(town, monkeypatch):
    _job, one, other = two_proposals(town)
    with without_locks(monkeypatch, meet_at=HIRING, parties=2):
        results = together([accept(one, town.owner), accept(other, town.manager)])
    assert not any(isinstance(result, JobMovedOn) for result in results)  # a constraint at most: no clear answer


def test_one_click_of_many_is_one_hire(town, monkeypatch):
    proposal = town.answer(town.ask())
    with meeting(monkeypatch, HIRING, parties=10, timeout=0.2):
        results = together([accept(proposal, town.owner)] * 10)
    assert {result.pk for result in results} == {proposal.candidate.job_id}
    assert Event.objects.filter(topic="job.hired").count() == 1


# --- Accepted while it is withdrawn ---------------------------------------------------------------------------------


def test_accepting_against_withdrawing_has_one_winner(town, monkeypatch):
    for _ in range(ROUNDS):
        proposal = town.answer(town.ask())
        withdraw = lambda row=proposal: actions.withdraw_proposal(row, by=town.tom)  # noqa: E731
        with meeting(monkeypatch, WRITING, parties=2, timeout=0.2):
            accepted, withdrawn = together([accept(proposal, town.owner), withdraw])
        assert isinstance(accepted, ProposalMovedOn) != isinstance(withdrawn, ProposalMovedOn)
        won = status_of(proposal) == "accepted"
        assert won == isinstance(withdrawn, ProposalMovedOn)
        assert (status_of(proposal.candidate.job) == "in_progress") == won
        topics = Event.objects.filter(payload__proposal=proposal.pk).values_list("topic", flat=True)
        assert set(topics) == {"job.proposed", "job.hired" if won else "job.withdrawn"}


def test_without_the_locks_a_withdrawn_proposal_is_hired(town, monkeypatch):
    proposal = town.answer(town.ask())
    with without_locks(monkeypatch, meet_at=WRITING, parties=2):
        accepted, withdrawn = together(
            [accept(proposal, town.owner), lambda: actions.withdraw_proposal(proposal, by=town.tom)]
        )
    assert not isinstance(accepted, ProposalMovedOn)
    assert not isinstance(withdrawn, ProposalMovedOn)


# --- Answered while the invitation lapses ---------------------------------------------------------------------------


def late_by_a_hair(town):
    """An invitation whose time is over for the sweep, and not yet for who answers."""
    job = town.ask()
    instant = timezone.now() + timedelta(hours=1)
    Candidate.objects.filter(job=job).update(waits_until=instant)
    return job, instant


BECOMING = (Candidate, "become")


def test_answering_against_the_clock_has_one_winner(town, monkeypatch):
    for _ in range(ROUNDS):
        job, instant = late_by_a_hair(town)
        with meeting(monkeypatch, BECOMING, parties=2, timeout=0.2):
            sent, swept = together(
                [lambda job=job: town.answer(job), lambda now=instant: actions.lapse_all_due(now=now)]
            )
        assert not isinstance(swept, Exception)
        candidate = part(job, town.nord)
        won = candidate.status == "proposed"
        assert isinstance(sent, CandidateMovedOn) != won
        assert candidate.proposals.count() == won
        topics = Event.objects.filter(payload__candidate=candidate.pk).values_list("topic", flat=True)
        assert set(topics) == {"job.invited", "job.proposed" if won else "job.lapsed"}


def test_without_the_locks_it_is_answered_and_lapsed(town, monkeypatch):
    job, instant = late_by_a_hair(town)
    with without_locks(monkeypatch, meet_at=BECOMING, parties=2):
        together([lambda: town.answer(job), lambda: actions.lapse_all_due(now=instant)])
    topics = set(Event.objects.values_list("topic", flat=True))
    assert {"job.proposed", "job.lapsed"} <= topics


# --- Two begin jobs with the same partners --------------------------------------------------------------------------


def test_two_stores_people_who_post_to_the_same_partners_do_not_block_each_other(town):
    posts = [lambda: town.ask(town.nord, town.lumen), lambda: town.ask(town.lumen, town.nord, by=town.owner)] * 3
    assert all(isinstance(result, Job) for result in together(posts))
