"""What nobody answers in 72 hours closes by itself: at that instant, swept or not, once."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from jobs import actions, tasks
from jobs.actions import sweeping
from jobs.errors import CandidateMovedOn, ProposalMovedOn
from notifications.models import Event
from tests.jobs.people import nothing_changes, part, status_of, topics

pytestmark = pytest.mark.django_db

NOW = datetime(2030, 5, 6, 12, 0, tzinfo=UTC)
HOURS = timedelta(hours=72)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def test_72_hours_are_72_hours(town, frozen):
    job = town.ask()
    frozen.move_to(NOW + HOURS - timedelta(seconds=1))
    assert actions.lapse_all_due(now=datetime.now(UTC)) == 0
    frozen.move_to(NOW + HOURS)
    assert part(job, town.nord).is_waiting is False
    tasks.lapse()
    lapsed = part(job, town.nord)
    assert (lapsed.status, lapsed.changed_at, lapsed.waits_until) == ("lapsed", NOW + HOURS, None)
    assert status_of(job) == "open"
    tasks.lapse()
    assert topics() == ["job.invited", "job.lapsed"]


def test_after_two_days_without_a_sweep_nothing_is_skipped_and_nothing_twice(town, frozen):
    job, other = town.ask(), town.propose()
    frozen.move_to(NOW + HOURS + timedelta(days=2))
    for _ in range(2):
        tasks.lapse()
    assert [part(row, town.nord).changed_at for row in (job, other)] == [NOW + HOURS] * 2
    assert topics().count("job.lapsed") == 2


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=1), timedelta(days=2)])
def test_an_answer_after_the_instant_comes_too_late_swept_or_not(town, frozen, late):
    job = town.ask()
    frozen.move_to(NOW + HOURS + late)
    for act in (
        lambda: town.answer(job),
        lambda: actions.decline_invitation(job, partner=town.nord, by=town.tom),
    ):
        with pytest.raises(CandidateMovedOn) as no:
            act()
        assert str(no.value) == "Nobody answered in time: this closed by itself on 9 May 2030, 12:00."
        assert status_of(part(job, town.nord)) == "lapsed"  # what the clock did stands
        assert topics() == ["job.invited", "job.lapsed"]


def test_a_proposal_that_nobody_answered_lapses_and_may_be_sent_again(town, frozen):
    job = town.ask()
    frozen.move_to(NOW + timedelta(hours=10))
    proposal = town.answer(job)
    frozen.move_to(NOW + timedelta(hours=82))
    with pytest.raises(ProposalMovedOn) as no:
        actions.accept_proposal(proposal, by=town.manager)
    assert "it closed by itself on 9 May 2030, 22:00" in str(no.value)
    proposal.refresh_from_db()
    assert (proposal.status, proposal.decided_at, proposal.decided_by) == ("lapsed", NOW + timedelta(hours=82), None)
    assert Event.objects.get(topic="job.lapsed").payload["proposal"] == proposal.pk
    assert town.answer(job).status == "pending"


def test_one_second_before_the_instant_a_proposal_can_be_accepted(town, frozen):
    proposal = town.answer(town.ask())
    frozen.move_to(NOW + HOURS - timedelta(seconds=1))
    assert actions.accept_proposal(proposal, by=town.manager).partner == town.nord
    frozen.move_to(NOW + timedelta(days=30))
    tasks.lapse()
    assert "job.lapsed" not in topics()


def test_whoever_let_an_invitation_lapse_is_invited_again_before_it_answers(town, frozen):
    job = town.ask()
    frozen.move_to(NOW + HOURS)
    tasks.lapse()
    with nothing_changes(), pytest.raises(CandidateMovedOn):
        town.answer(job)
    actions.invite_again(part(job, town.nord), by=town.manager)
    assert town.answer(job).status == "pending"


def test_a_new_act_lapses_what_is_due_around_it(town, frozen):
    """The answer of one partner finds the others' time over, and reckons without them."""
    job = town.ask(town.nord, town.lumen)
    frozen.move_to(NOW + HOURS)
    actions.invite_again(part(job, town.nord), by=town.manager)
    assert status_of(part(job, town.lumen)) == "lapsed"
    town.answer(job)
    assert part(job, town.nord).waits_until == NOW + 2 * HOURS


def test_a_job_that_cannot_be_settled_keeps_no_other_waiting(town, frozen, monkeypatch, caplog):
    broken, other = town.ask(), town.ask()
    frozen.move_to(NOW + HOURS)
    settle = sweeping.steps.settle_due

    def fail_once(job, *, now):
        if job.pk == broken.pk:
            raise RuntimeError("broken")
        settle(job, now=now)

    monkeypatch.setattr(sweeping.steps, "settle_due", fail_once)
    tasks.lapse()
    assert [status_of(part(job, town.nord)) for job in (broken, other)] == ["invited", "lapsed"]
    assert f"What nobody answered about job {broken.pk} waits" in caplog.text
