"""Proposals: sent, withdrawn, accepted, declined; invitations: declined, and sent again."""

from datetime import timedelta

import pytest

from accounts.errors import NotAllowed
from jobs import actions, track_records
from jobs.errors import (
    CandidateMovedOn,
    JobMovedOn,
    NoAccessToEnd,
    NotOpenAnyMore,
    NotWorkingHere,
    OwnPartnersJob,
    ProposalMovedOn,
    TooManyItems,
    TooManyProposals,
)
from jobs.models import JobAccess
from notifications.models import Event
from stores.models import Activity, Role
from tests.factories import MembershipFactory
from tests.jobs.people import nothing_changes, part, status_of, topics

pytestmark = pytest.mark.django_db


@pytest.fixture
def answers(monkeypatch) -> list:
    """First answers that were counted."""
    counted: list = []
    monkeypatch.setattr(track_records, "count_answer", counted.append)
    return counted


# --- Sending --------------------------------------------------------------------------------------------------------


def test_an_invited_partner_sends_a_proposal(town, answers):
    job = town.ask()
    proposal = town.answer(job)
    candidate = part(job, town.nord)
    assert candidate.status == "proposed"
    assert candidate.answered_at == candidate.changed_at
    assert candidate.waits_until == proposal.sent_at + timedelta(hours=72)
    assert topics() == ["job.invited", "job.proposed"]
    assert answers == [candidate]


def test_a_store_can_compare_until_the_last_invitation_has_run_out(town):
    job = town.ask(town.nord, town.lumen)
    town.answer(job)
    latest = part(job, town.lumen).waits_until
    assert part(job, town.nord).waits_until == latest + timedelta(hours=72)


def test_a_second_proposal_waits_for_the_answer_to_the_first(town):
    job = town.ask()
    town.answer(job)
    with nothing_changes(), pytest.raises(CandidateMovedOn, match="which waits for an answer"):
        town.answer(job)


def test_after_a_no_or_a_withdrawal_a_partner_may_propose_again_five_times_in_all(town, answers):
    job = town.ask()
    for number in range(5):
        proposal = town.answer(job)
        if number % 2:
            actions.withdraw_proposal(proposal, by=town.tom)
        else:
            actions.decline_proposal(proposal, reason="Too much.", by=town.manager)
    with nothing_changes(), pytest.raises(TooManyProposals):
        town.answer(job)
    assert len(answers) == 1  # only the first answers the invitation


def test_whoever_declined_the_invitation_waits_for_another(town):
    job = town.ask()
    actions.decline_invitation(job, partner=town.nord, by=town.tom)
    with nothing_changes(), pytest.raises(CandidateMovedOn):
        town.answer(job)


def test_who_came_by_itself_comes_again_only_while_it_works_for_the_store(town):
    job = town.propose()
    actions.decline_proposal(part(job, town.nord).proposals.get(), by=town.manager)
    town.nord.collaborations.all().delete()
    with nothing_changes(), pytest.raises(NotWorkingHere):
        town.answer(job)


@pytest.mark.parametrize("who", ["lea", "luc", "manager"])
def test_only_who_manages_the_partners_jobs_answers(town, who):
    job = town.ask()
    with nothing_changes(), pytest.raises(NotAllowed):
        town.answer(job, by=getattr(town, who))
    with nothing_changes(), pytest.raises(NotAllowed):
        actions.decline_invitation(job, partner=town.nord, by=getattr(town, who))


def test_too_many_items_answer_nothing(town):
    job = town.ask()
    with nothing_changes(), pytest.raises(TooManyItems):
        town.answer(job, items=["One more"] * 101)


# --- Withdrawing and declining --------------------------------------------------------------------------------------


def test_a_proposal_is_withdrawn_once(town):
    proposal = town.answer(town.ask())
    actions.withdraw_proposal(proposal, by=town.tom)
    actions.withdraw_proposal(proposal, by=town.tom)  # the same said twice
    assert (status_of(proposal), status_of(proposal.candidate)) == ("withdrawn", "withdrawn")
    assert topics() == ["job.invited", "job.proposed", "job.withdrawn"]
    with nothing_changes(), pytest.raises(ProposalMovedOn) as no:
        actions.withdraw_proposal(proposal, by=town.ines)
    assert str(no.value).startswith("Tom Jobs withdrew this proposal on ")


def test_the_store_says_no_with_a_reason(town):
    proposal = town.answer(town.ask())
    actions.decline_proposal(proposal, reason="Too much.", by=town.manager)
    proposal.refresh_from_db()
    assert (proposal.status, proposal.reason, proposal.decided_by) == ("declined", "Too much.", town.manager)
    assert status_of(proposal.candidate) == "turned_down"
    assert topics()[-1] == "job.declined"
    with nothing_changes():
        actions.decline_proposal(proposal, reason="Other words.", by=town.manager)
    with nothing_changes(), pytest.raises(ProposalMovedOn):
        actions.decline_proposal(proposal, by=town.owner)


def test_the_partner_says_no_to_an_invitation(town, answers):
    job = town.ask()
    for _ in range(2):
        actions.decline_invitation(job, partner=town.nord, by=town.tom)
    assert status_of(part(job, town.nord)) == "passed"
    assert topics() == ["job.invited", "job.declined"]
    assert len(answers) == 1


@pytest.mark.parametrize("end", ["declined", "turned_down", "withdrawn"])
def test_the_store_invites_again(town, end):
    job = town.ask()
    if end == "declined":
        actions.decline_invitation(job, partner=town.nord, by=town.tom)
    else:
        proposal = town.answer(job)
        if end == "withdrawn":
            actions.withdraw_proposal(proposal, by=town.tom)
        else:
            actions.decline_proposal(proposal, by=town.manager)
    first = part(job, town.nord)
    again = actions.invite_again(first, by=town.manager)
    assert again.status == "invited"
    assert again.waits_until == again.changed_at + timedelta(hours=72)
    assert again.invited_at == first.invited_at  # the first: from it, time to answer is reckoned
    assert topics()[-1] == "job.invited"
    assert town.answer(job).status == "pending"


def test_who_came_by_itself_may_be_invited(town):
    job = town.propose()
    actions.decline_proposal(part(job, town.nord).proposals.get(), by=town.manager)
    again = actions.invite_again(part(job, town.nord), by=town.manager)
    assert (again.invited_by, again.invited_at) == (town.manager, again.changed_at)


def test_nobody_is_invited_again_who_has_not_answered(town):
    job = town.ask()
    with nothing_changes(), pytest.raises(CandidateMovedOn):
        actions.invite_again(part(job, town.nord), by=town.manager)


def test_inviting_again_gives_the_others_time_to_be_compared(town):
    job = town.ask(town.nord, town.lumen)
    actions.decline_invitation(job, partner=town.lumen, by=town.luc)
    town.answer(job)
    again = actions.invite_again(part(job, town.lumen), by=town.manager)
    assert part(job, town.nord).waits_until == again.waits_until + timedelta(hours=72)


# --- Accepting ------------------------------------------------------------------------------------------------------


def test_accepting_hires_for_what_was_proposed(town):
    proposal = town.answer(town.ask())
    job = actions.accept_proposal(proposal, by=town.manager)
    job.refresh_from_db()
    assert (job.status, job.partner, job.price, job.is_free, job.hired_by) == (
        "in_progress",
        town.nord,
        180_000,
        False,
        town.manager,
    )
    assert list(job.items.order_by("pk").values_list("text", "origin", "added_by")) == [
        ("New colours", "proposal", town.tom.pk),
        ("Size guide", "proposal", town.tom.pk),
    ]
    assert (status_of(proposal), status_of(proposal.candidate)) == ("accepted", "hired")
    assert topics() == ["job.invited", "job.proposed", "job.hired"]
    assert Activity.objects.get(kind="job.hired").after["price"] == [180_000, "EUR"]


def test_a_job_may_be_agreed_as_free(town):
    job = actions.accept_proposal(town.answer(town.ask(), price=None), by=town.manager)
    assert (job.price, job.is_free, job.may_be_completed) == (None, True, True)


def test_the_others_are_closed_kindly(town):
    job = town.ask(town.nord, town.lumen)
    other = town.answer(job, town.lumen)
    actions.accept_proposal(town.answer(job), by=town.manager)
    assert (status_of(other), status_of(other.candidate)) == ("closed", "closed")
    closed = Event.objects.get(topic="job.closed")
    assert (closed.payload["partner"], closed.payload["cause"]) == (town.lumen.pk, "hired")


def test_who_has_not_answered_yet_is_closed_too_and_who_declined_is_left_alone(town):
    job = town.ask(town.nord, town.lumen)
    actions.decline_invitation(job, partner=town.lumen, by=town.luc)
    actions.accept_proposal(town.answer(job), by=town.manager)
    assert status_of(part(job, town.lumen)) == "passed"
    assert "job.closed" not in topics()


def test_a_yes_said_twice_is_one_yes_and_somebody_elses_is_told_who(town):
    proposal = town.answer(town.ask())
    actions.accept_proposal(proposal, by=town.manager)
    with nothing_changes():
        actions.accept_proposal(proposal, by=town.manager)
    with nothing_changes(), pytest.raises(JobMovedOn) as no:
        actions.accept_proposal(proposal, by=town.owner)
    assert str(no.value).startswith("Manon Manager hired Atelier Nord for this job on ")


def test_only_one_of_two_proposals_is_accepted(town):
    job = town.ask(town.nord, town.lumen)
    one, other = town.answer(job), town.answer(job, town.lumen)
    actions.accept_proposal(one, by=town.manager)
    with nothing_changes(), pytest.raises(JobMovedOn):
        actions.accept_proposal(other, by=town.owner)


def test_a_withdrawn_proposal_cannot_be_accepted_even_if_another_waits(town):
    job = town.ask()
    first = town.answer(job)
    actions.withdraw_proposal(first, by=town.tom)
    second = town.answer(job)
    for no in (actions.accept_proposal, actions.decline_proposal):
        with nothing_changes(), pytest.raises(ProposalMovedOn):
            no(first, by=town.manager)
    assert actions.accept_proposal(second, by=town.manager).partner == town.nord


def test_who_was_not_chosen_hears_nothing_of_who_was(town):
    job = town.ask(town.nord, town.lumen)
    actions.decline_proposal(town.answer(job, town.lumen), by=town.manager)
    actions.accept_proposal(town.answer(job), by=town.manager)
    with nothing_changes(), pytest.raises(NotOpenAnyMore) as no:
        town.answer(job, town.lumen)
    assert str(no.value) == "This job is not open any more."
    with nothing_changes(), pytest.raises(JobMovedOn):
        actions.invite_again(part(job, town.lumen), by=town.manager)


DECISIONS = [actions.accept_proposal, actions.decline_proposal]


@pytest.mark.parametrize("decide", DECISIONS)
def test_nobody_decides_about_their_own_partner_but_the_owner(town, decide):
    proposal = town.answer(town.ask())
    for person in (town.manager, town.owner):
        MembershipFactory.create(partner=town.nord, user=person)
    with nothing_changes(), pytest.raises(OwnPartnersJob):
        decide(proposal, by=town.manager)
    decide(proposal, by=town.owner)


def test_nobody_invites_their_own_partner_again_but_the_owner(town):
    proposal = actions.decline_proposal(town.answer(town.ask()), by=town.manager)
    for person in (town.manager, town.owner):
        MembershipFactory.create(partner=town.nord, user=person)
    with nothing_changes(), pytest.raises(OwnPartnersJob):
        actions.invite_again(proposal.candidate, by=town.manager)
    assert actions.invite_again(proposal.candidate, by=town.owner).status == "invited"


@pytest.mark.parametrize("decide", DECISIONS)
def test_nobody_decides_about_those_who_wait_beside_their_own_partner_but_the_owner(town, decide):
    job = town.ask(town.nord, town.lumen)
    town.answer(job, town.nord)
    rival = town.answer(job, town.lumen)
    for person in (town.manager, town.owner):
        MembershipFactory.create(partner=town.nord, user=person)
    with nothing_changes(), pytest.raises(OwnPartnersJob, match="Atelier Nord"):
        decide(rival, by=town.manager)
    decide(rival, by=town.owner)


def test_nobody_invites_again_beside_their_own_partner_but_the_owner(town):
    job = town.ask(town.nord, town.lumen)
    actions.decline_invitation(job, partner=town.lumen, by=town.luc)
    for person in (town.manager, town.owner):
        MembershipFactory.create(partner=town.nord, user=person)
    rival = part(job, town.lumen)
    with nothing_changes(), pytest.raises(OwnPartnersJob, match="Atelier Nord"):
        actions.invite_again(rival, by=town.manager)
    assert actions.invite_again(rival, by=town.owner).status == "invited"


@pytest.mark.parametrize("decide", DECISIONS)
@pytest.mark.parametrize("who", ["clerk", "tom", "luc"])
def test_only_who_manages_the_stores_jobs_decides(town, who, decide):
    proposal = town.answer(town.ask())
    with nothing_changes(), pytest.raises(NotAllowed):
        decide(proposal, by=getattr(town, who))


# --- Access that ends with the job ----------------------------------------------------------------------------------


def test_access_may_belong_to_the_job(town):
    job = actions.accept_proposal(town.answer(town.ask()), ends_access=True, by=town.manager)
    linked = JobAccess.objects.get()
    assert (linked.job, linked.collaboration, linked.added_by) == (job, town.nord.collaborations.get(), town.manager)


def test_where_there_is_no_access_none_can_end(town):
    proposal = town.answer(town.ask(town.lumen), town.lumen)
    with nothing_changes(), pytest.raises(NoAccessToEnd):
        actions.accept_proposal(proposal, ends_access=True, by=town.manager)


def test_only_who_manages_users_lets_access_end(town):
    role = Role.objects.create(store=town.store, name="Jobs", permissions=["jobs.view", "jobs.manage"])
    town.store.staff.filter(user=town.clerk).update(role=role)
    proposal = town.answer(town.ask())
    with nothing_changes(), pytest.raises(NotAllowed):
        actions.accept_proposal(proposal, ends_access=True, by=town.clerk)
    assert actions.accept_proposal(proposal, by=town.clerk).partner == town.nord
    assert not JobAccess.objects.exists()
