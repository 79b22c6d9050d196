"""How a job begins: asked of one partner, posted to several, proposed by a partner."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.errors import NotAllowed
from collaborators.models import About, Side
from jobs import actions
from jobs.actions import beginnings
from jobs.errors import (
    NoPartnerChosen,
    NotWorkedHere,
    NotWorkingHere,
    OwnPartnersJob,
    PartnerTwice,
    TooManyInADay,
    TooManyItems,
    TooManyOpenJobs,
    TooManyPartners,
    UnknownPartner,
)
from jobs.models import Job
from stores.models import Activity, Store
from tests.factories import CollaborationFactory, MembershipFactory, PartnerFactory, StoreFactory
from tests.jobs.people import OFFER, WANTED, nothing_changes, part, status_of, topics

pytestmark = pytest.mark.django_db


def begin(town, *slugs, by=None):
    return actions.begin_job(
        town.store, wanted=WANTED, currency="EUR", budget=None, partners=slugs, by=by or town.manager
    )


# --- The store asks one, or posts to several ------------------------------------------------------------------------


def test_a_store_asks_one_partner_who_then_has_72_hours(town):
    job = town.ask(town.nord)
    invited = part(job, town.nord)
    assert (job.status, job.beginning, job.partner, job.budget, job.currency) == ("open", "asked", None, 200_000, "EUR")
    assert (invited.status, invited.invited_by) == ("invited", town.manager)
    assert invited.waits_until == invited.invited_at + timedelta(hours=72)
    assert invited.conversation.about == About.JOB
    assert topics() == ["job.invited"]
    assert Activity.objects.get().partner == town.nord


def test_a_store_may_ask_a_partner_that_it_does_not_know(town):
    assert status_of(part(town.ask(town.far), town.far)) == "invited"


def test_a_store_posts_a_job_to_several_that_work_or_worked_for_it(town):
    job = town.ask(town.nord, town.lumen)
    assert job.beginning == "posted"
    assert {candidate.status for candidate in job.candidates.all()} == {"invited"}
    assert len({candidate.conversation_id for candidate in job.candidates.all()}) == 2
    assert topics() == ["job.invited"] * 2


def test_who_was_hired_once_worked_for_the_store(town):
    town_job = town.ask(town.far)
    actions.accept_proposal(town.answer(town_job, town.far), by=town.owner)
    assert town.ask(town.nord, town.far).beginning == "posted"


def test_only_partners_that_worked_for_the_store_are_chosen_together(town):
    with nothing_changes(), pytest.raises(NotWorkedHere) as no:
        begin(town, "atelier-nord", "far-away")
    assert str(no.value) == "Far Away has not worked for this store yet. Ask it alone, by its address."


@pytest.mark.parametrize(
    ("slugs", "error", "sentence"),
    [
        ([], NoPartnerChosen, "Choose who gets the job: partners that worked for you, or one by its address."),
        (["nobody"], UnknownPartner, "No partner has the address “nobody”. Ask them for the one of their dashboard."),
        (["atelier-nord"] * 2, PartnerTwice, "Atelier Nord is chosen twice. Name each partner once."),
        (["atelier-nord"] * 21, TooManyPartners, "A job goes to at most 20 partners. Choose fewer."),
    ],
)
def test_a_choice_that_cannot_be_is_one_sentence(town, slugs, error, sentence):
    with nothing_changes(), pytest.raises(error) as no:
        begin(town, *slugs)
    assert str(no.value) == sentence


def test_twenty_partners_are_not_too_many(town):
    partners = [PartnerFactory.create() for _number in range(20)]
    for partner in partners:
        CollaborationFactory.create(partner=partner, store=town.store, revoked=True)
    assert begin(town, *(partner.slug for partner in partners)).candidates.count() == 20


@pytest.mark.parametrize("who", ["clerk", "tom", "fay"])
def test_only_who_manages_jobs_begins_one(town, who):
    with nothing_changes(), pytest.raises(NotAllowed):
        town.ask(by=getattr(town, who))


def test_nobody_gives_work_to_their_own_partner_but_the_owner(town):
    MembershipFactory.create(partner=town.lumen, user=town.manager)
    MembershipFactory.create(partner=town.lumen, user=town.owner)
    with nothing_changes(), pytest.raises(OwnPartnersJob):
        town.ask(town.nord, town.lumen)
    assert town.ask(town.nord, town.lumen, by=town.owner).candidates.count() == 2


def test_a_store_has_at_most_a_hundred_open_jobs(town, monkeypatch):
    monkeypatch.setattr(beginnings, "MOST_OPEN", 1)
    town.ask()
    with nothing_changes(), pytest.raises(TooManyOpenJobs):
        town.ask()


# --- The partner proposes one ---------------------------------------------------------------------------------------


def test_a_partner_proposes_a_job_to_a_store_it_works_for(town):
    job = town.propose()
    candidate = part(job, town.nord)
    assert (job.status, job.beginning, job.created_by, job.currency) == ("open", "proposed", town.tom, "EUR")
    assert (candidate.status, candidate.invited_at) == ("proposed", None)
    assert candidate.waits_until == job.created_at + timedelta(hours=72)
    proposal = candidate.proposals.get()
    assert (proposal.price, proposal.items, proposal.sent_by) == (180_000, ["New colours", "Size guide"], town.tom)
    assert topics() == ["job.proposed"]


def test_the_currency_is_that_of_the_store(town):
    Store.objects.filter(pk=town.store.pk).update(currency="JPY")
    assert town.propose().currency == "JPY"


@pytest.mark.parametrize("where", ["worked", "elsewhere", "nowhere"])
def test_a_store_that_it_does_not_work_for_and_none_are_the_same_sentence(town, where):
    store = {"worked": town.store, "elsewhere": StoreFactory.create(), "nowhere": None}[where]
    with nothing_changes(), pytest.raises(NotWorkingHere) as no:
        actions.propose_job(town.lumen, store=store, wanted=WANTED, offer=OFFER, by=town.luc)
    assert str(no.value) == "You can propose a job only to a store that you work for. Choose one from the list."


def test_access_that_is_past_its_end_is_none_swept_or_not(town):
    town.nord.collaborations.update(
        since=timezone.now() - timedelta(days=2), ends_at=timezone.now() - timedelta(seconds=1)
    )
    with nothing_changes(), pytest.raises(NotWorkingHere):
        town.propose()


def test_cancelling_makes_no_room_for_mail_without_end(town, monkeypatch):
    """Each job is a mail to the other side, and so is its end."""
    monkeypatch.setattr(beginnings, "MOST_IN_A_DAY", 1)
    monkeypatch.setattr(beginnings, "MOST_PROPOSED_IN_A_DAY", 1)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        actions.cancel_job(town.ask(), side=Side.STORE, reason="No.", by=town.manager)
        actions.cancel_job(town.propose(), side=Side.PARTNER, partner=town.nord, reason="No.", by=town.tom)
        for begin in (town.ask, town.propose):
            with nothing_changes(), pytest.raises(TooManyInADay):
                begin()
        clock.shift(timedelta(hours=24))
        assert (town.ask().status, town.propose().status) == ("open", "open")


@pytest.mark.parametrize("who", ["lea", "luc", "manager"])
def test_only_who_manages_the_partners_jobs_proposes(town, who):
    with nothing_changes(), pytest.raises(NotAllowed):
        town.propose(by=getattr(town, who))


def test_a_partner_cannot_fill_the_list_of_a_store(town, monkeypatch):
    monkeypatch.setattr(beginnings, "MOST_OPEN_PROPOSED", 1)
    town.propose()
    with nothing_changes(), pytest.raises(TooManyOpenJobs):
        town.propose()
    town.ask(town.lumen)  # the store's own go on


def test_a_hundred_and_one_items_are_too_many(town):
    many = actions.Offer(1, "", [f"Item {number}" for number in range(101)])
    with nothing_changes(), pytest.raises(TooManyItems):
        actions.propose_job(town.nord, store=town.store, wanted=WANTED, offer=many, by=town.tom)
    assert not Job.objects.exists()
