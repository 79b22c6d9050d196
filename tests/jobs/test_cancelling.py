"""Either side ends a job that is not done, with a reason; access goes on."""

import pytest

from accounts.errors import NotAllowed
from collaborators.models import Side
from jobs import actions
from jobs.errors import JobMovedOn, NotOpenAnyMore, OnlyTheStoreCancels, OwnPartnersJob
from jobs.models import Job
from notifications.models import Event
from tests.factories import CompletionRequestFactory, JobFactory, MembershipFactory
from tests.jobs.people import nothing_changes, part, status_of, topics

pytestmark = pytest.mark.django_db

REASON = "We changed our plans."


def by_store(job, town, by=None):
    return actions.cancel_job(job, side=Side.STORE, reason=REASON, by=by or town.manager)


def by_partner(job, town, by=None, partner=None):
    partner = partner or town.nord
    return actions.cancel_job(job, side=Side.PARTNER, partner=partner, reason=REASON, by=by or town.tom)


@pytest.mark.parametrize(("cancel", "side"), [(by_store, "store"), (by_partner, "partner")], ids=["store", "partner"])
def test_either_side_cancels_a_job_in_progress(town, cancel, side):
    job = town.hire()
    cancel(job, town)
    job.refresh_from_db()
    assert (job.status, job.cancelled_side, job.cancel_reason) == ("cancelled", side, REASON)
    assert town.nord.collaborations.get().is_active  # access goes on
    event = Event.objects.get(topic="job.cancelled")
    assert (event.payload["side"], event.payload["partner"]) == (side, town.nord.pk)
    cancel(job, town)  # the same said twice
    assert topics().count("job.cancelled") == 1


def test_what_waits_for_an_answer_is_withdrawn_with_it(town):
    job = town.hire()
    completion = CompletionRequestFactory.create(job=job)
    by_store(job, town)
    completion.refresh_from_db()
    assert (completion.status, completion.decided_by) == ("withdrawn", town.manager)


def test_the_one_who_was_asked_is_told_and_its_proposal_closed(town):
    job = town.ask()
    proposal = town.answer(job)
    by_store(job, town)
    assert (status_of(proposal), status_of(part(job, town.nord))) == ("closed", "closed")
    assert topics() == ["job.invited", "job.proposed", "job.cancelled"]
    assert Event.objects.get(topic="job.cancelled").payload["partner"] == town.nord.pk


def test_of_a_posted_job_everybody_who_waits_is_told_kindly_and_nobody_of_the_others(town):
    job = town.ask(town.nord, town.lumen)
    by_store(job, town)
    assert "partner" not in Event.objects.get(topic="job.cancelled").payload
    closed = Event.objects.filter(topic="job.closed").order_by("pk")
    assert [(row.payload["partner"], row.payload["cause"]) for row in closed] == [
        (town.nord.pk, "cancelled"),
        (town.lumen.pk, "cancelled"),
    ]


def test_a_partner_cancels_what_it_began(town):
    job = town.propose()
    by_partner(job, town)
    assert (status_of(job), status_of(part(job, town.nord))) == ("cancelled", "closed")


def test_a_partner_that_was_asked_declines_instead(town):
    job = town.ask()
    with nothing_changes(), pytest.raises(OnlyTheStoreCancels):
        by_partner(job, town)


def test_a_partner_that_was_not_chosen_cancels_nothing(town):
    job = town.ask(town.nord, town.lumen)
    town.hire(job)
    with nothing_changes(), pytest.raises(NotOpenAnyMore):
        by_partner(job, town, by=town.luc, partner=town.lumen)


@pytest.mark.parametrize("status", ["completed", "cancelled"])
def test_what_is_over_cannot_be_cancelled(town, status):
    job = JobFactory.create(store=town.store, partner=town.nord, hired=True, **{status: True})
    with nothing_changes(), pytest.raises(JobMovedOn):
        by_store(job, town)
    with nothing_changes(), pytest.raises(JobMovedOn):
        by_partner(job, town)


@pytest.mark.parametrize("who", ["clerk", "tom", "fay"])
def test_only_who_manages_the_stores_jobs_cancels_for_it(town, who):
    job = town.hire()
    with nothing_changes(), pytest.raises(NotAllowed):
        by_store(job, town, by=getattr(town, who))


@pytest.mark.parametrize("who", ["lea", "luc", "manager"])
def test_only_who_manages_the_partners_jobs_cancels_for_it(town, who):
    job = town.hire()
    with nothing_changes(), pytest.raises(NotAllowed):
        by_partner(job, town, by=getattr(town, who))


@pytest.mark.parametrize("begin", ["hired", "asked", "posted"])
def test_nobody_cancels_a_job_of_their_own_partner_but_the_owner(town, begin):
    job = town.hire() if begin == "hired" else town.ask(*([town.nord, town.lumen] if begin == "posted" else []))
    for person in (town.manager, town.owner):
        MembershipFactory.create(partner=town.nord, user=person)
    with nothing_changes(), pytest.raises(OwnPartnersJob):
        by_store(job, town)
    assert by_store(job, town, by=town.owner).status == Job.Status.CANCELLED
