"""The pages until somebody is hired: what they show to whom, and what a form that is wrong gets back."""

from html import unescape

import pytest
from django.urls import reverse

from jobs import actions
from jobs.models import Candidate, Job, Proposal
from partners.models import TrackRecord
from tests.factories import CollaborationFactory, MembershipFactory
from tests.jobs.people import nothing_changes, part, status_of

pytestmark = pytest.mark.django_db

MAKING = "/store/maison-lavande/jobs/new/"
PROPOSING = "/partner/atelier-nord/jobs/new/"
JOB = {"title": "Size guide", "brief": "For the new shoes.", "currency": "EUR"}
OFFER = {"how": "price", "price": "1,800", "message": "From Monday on.", "items": "New colours\n\n  Size   guide \n"}


def words(response) -> str:
    return " ".join(unescape(response.content.decode()).split())


def post(client, who, path, data=None, **more):
    client.force_login(who)
    return client.post(path, {**(data or {}), **more})


def see(client, who, job, view="job", place="maison-lavande"):
    client.force_login(who)
    return words(client.get(reverse(f"jobs:{view}", args=[place, job.public_id])))


def act(view, place, *ids):
    return reverse(f"jobs:{view}", args=[place, *ids])


# --- New job --------------------------------------------------------------------------------------------------------


def test_the_form_offers_partners_that_work_or_worked_here_with_the_stores_currency(client, town):
    client.force_login(town.manager)
    page = words(client.get(MAKING))
    assert page.index("Atelier Nord") < page.index("Bureau Lumen")
    assert "Far Away" not in page
    assert '<option value="EUR" selected>' in page


def test_a_store_asks_by_the_address_that_it_was_told(client, town):
    response = post(
        client, town.manager, MAKING, JOB, slug="https://entente.example/partners/Far-Away/", budget="2,500.50"
    )
    job = Job.objects.get()
    assert response.url == act("job", "maison-lavande", job.public_id)
    assert (job.beginning, job.budget) == ("asked", 250_050)
    assert part(job, town.far).status == "invited"


def test_a_store_posts_to_those_it_ticks(client, town):
    post(client, town.manager, MAKING, JOB, partners=["atelier-nord", "bureau-lumen"])
    assert Job.objects.get().beginning == "posted"


def test_the_same_form_sent_twice_makes_one_job_and_with_other_words_none(client, town):
    sent = {**JOB, "partners": ["atelier-nord"], "key": "one"}
    first, again = (post(client, town.manager, MAKING, sent) for _ in range(2))
    assert first.url == again.url
    with nothing_changes():
        other = post(client, town.manager, MAKING, {**sent, "title": "Other words"})
    assert other.status_code == 422
    assert "You sent this form once already." in words(other)
    assert 'value="one"' not in words(other)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"partners": []}, "Choose who gets the job: partners that worked for you, or one by its address."),
        ({"slug": "nobody"}, "No partner has the address “nobody”. Ask them for the one of their dashboard."),
        ({"slug": "atelier-nord"}, "Atelier Nord is chosen twice. Name each partner once."),
        ({"slug": "far-away"}, "Far Away has not worked for this store yet. Ask it alone, by its address."),
        ({"partners": ["../x"]}, "Choose who gets the job: partners that worked for you, or one by its address."),
        ({"budget": "-5"}, "Type an amount above zero."),
        ({"budget": "a lot"}, "Type an amount like €1,250.00."),
        ({"budget": "10000000001"}, "The most there can be is €10,000,000,000.00."),
        ({"budget": "1.5", "currency": "JPY"}, "JPY has no smaller amounts than ¥1."),
        ({"currency": "XXX"}, "Choose from what is offered."),
        ({"services": ["magic"]}, "Choose services from the list."),
        ({"title": "x" * 121}, "Use at most 120 characters; yours has 121."),
        ({"title": "\u202eeltit"}, "This contains invisible characters that change how text reads."),
        ({"brief": ""}, "Fill this in."),
    ],
)
def test_a_job_that_cannot_be_gets_a_sentence_and_keeps_what_was_typed(client, town, changed, sentence):
    with nothing_changes():
        response = post(client, town.manager, MAKING, {**JOB, "partners": ["atelier-nord"], **changed})
    assert response.status_code == 422
    assert sentence in words(response)
    if "brief" not in changed:
        assert "For the new shoes." in words(response)


# --- Propose a job --------------------------------------------------------------------------------------------------


def test_a_partner_proposes_a_job_on_its_page(client, town):
    response = post(client, town.tom, PROPOSING, {**JOB, **OFFER, "store": "maison-lavande", "services": ["speed"]})
    proposal = Proposal.objects.get()
    assert response.url == act("partner-job", "atelier-nord", proposal.candidate.job.public_id)
    assert (proposal.price, proposal.items) == (180_000, ["New colours", "Size guide"])
    assert proposal.candidate.job.services == ["speed"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"store": "nowhere"}, "You can propose a job only to a store that you work for."),
        ({"store": ""}, "You can propose a job only to a store that you work for."),
        ({"price": ""}, "Type a price, or choose free."),
        ({"price": "0"}, "Type an amount above zero."),
        ({"how": "barter"}, "Choose a price, or free."),
        ({"message": "x" * 2001}, "Use at most 2000 characters; yours has 2001."),
        ({"items": "x" * 201}, "Item 1 has 201 characters. Use at most 200 for each."),
        ({"items": "\n".join(f"Item {n}" for n in range(101))}, "A job has at most 100 items. Put some together."),
    ],
)
def test_a_proposal_that_cannot_be_gets_a_sentence(client, town, changed, sentence):
    with nothing_changes():
        response = post(client, town.tom, PROPOSING, {**JOB, **OFFER, "store": "maison-lavande", **changed})
    assert response.status_code == 422
    assert sentence in words(response)


def test_a_partner_that_works_nowhere_is_told_what_to_do_first(client, town):
    client.force_login(town.fay)
    assert "Once a store gave you access, you can propose jobs to it." in words(
        client.get("/partner/far-away/jobs/new/")
    )


# --- On the page of the job -----------------------------------------------------------------------------------------


def test_an_invitation_says_until_when_and_is_answered_there(client, town):
    job = town.ask()
    until = "You have until"
    assert until in see(client, town.tom, job, "partner-job", "atelier-nord")
    path = act("partner-proposal-making", "atelier-nord", job.public_id)
    with nothing_changes():
        wrong = post(client, town.tom, path, {**OFFER, "price": "abc"})
    assert wrong.status_code == 422
    assert "Type an amount like €1,250.00." in words(wrong)
    assert "From Monday on." in words(wrong)
    post(client, town.tom, path, OFFER)
    page = see(client, town.tom, job, "partner-job", "atelier-nord")
    assert until not in page
    assert "Maison Lavande has until" in page
    assert "€1,800.00" in page
    assert "Send another proposal" not in page


def test_the_same_proposal_sent_twice_is_one_and_a_second_is_a_409(client, town):
    job = town.ask()
    path = act("partner-proposal-making", "atelier-nord", job.public_id)
    for _ in range(2):
        assert post(client, town.tom, path, OFFER, key="one").status_code == 302
    with nothing_changes():
        late = post(client, town.tom, path, OFFER, key="two")
    assert late.status_code == 409
    assert "Atelier Nord sent a proposal on" in words(late)


def test_the_store_compares_side_by_side_and_accepts_one(client, town):
    job = town.ask(town.nord, town.lumen)
    one, _other = town.answer(job), town.answer(job, town.lumen, price=None, message="For the love of it.")
    page = see(client, town.manager, job)
    for shown in ("Accept for €1,800.00", "Accept, free", "For the love of it.", "Waits for your answer until"):
        assert shown in page
    tick = "Their access to the store ends with this job"
    assert page.count(tick) == 1  # Lumen's access is over
    path = act("proposal-acceptance", "maison-lavande", job.public_id, one.public_id)
    post(client, town.manager, path, ends_access="on")
    assert job.access.get().collaboration.partner == town.nord
    late = post(client, town.owner, path)
    assert late.status_code == 409
    assert "Manon Manager hired Atelier Nord for this job on" in words(late)


def test_a_reason_that_is_too_long_comes_back_beside_its_proposal(client, town):
    job = town.ask(town.nord, town.lumen)
    town.answer(job)
    other = town.answer(job, town.lumen)
    path = act("proposal-refusal", "maison-lavande", job.public_id, other.public_id)
    with nothing_changes():
        response = post(client, town.manager, path, reason="x" * 1001)
    assert response.status_code == 422
    page = words(response)
    assert page.count("Use at most 1000 characters; yours has 1001.") == 1
    assert page.index("Bureau Lumen") < page.index("yours has 1001")
    post(client, town.manager, path, reason="Too much.")
    assert "Too much." in see(client, town.luc, job, "partner-job", "bureau-lumen")


def test_an_invitation_is_declined_and_sent_again(client, town):
    job = town.ask()
    post(client, town.tom, act("partner-invitation-refusal", "atelier-nord", job.public_id))
    assert "You declined this job. The store can invite you again." in see(
        client, town.tom, job, "partner-job", "atelier-nord"
    )
    candidate = part(job, town.nord)
    again = act("invitation-renewal", "maison-lavande", job.public_id, candidate.public_id)
    assert "Invite again" in see(client, town.manager, job)
    post(client, town.manager, again)
    assert status_of(candidate) == "invited"
    assert post(client, town.manager, again).status_code == 409


def test_a_proposal_is_withdrawn_on_the_page(client, town):
    proposal = town.answer(town.ask())
    path = act("partner-proposal-withdrawal", "atelier-nord", proposal.candidate.job.public_id, proposal.public_id)
    post(client, town.tom, path)
    assert status_of(proposal) == "withdrawn"
    assert post(client, town.ines, path).status_code == 409


@pytest.mark.parametrize("side", ["store", "partner"])
def test_a_job_is_cancelled_with_a_reason_from_either_side(client, town, side):
    job = town.hire()
    who, view, place = {
        "store": (town.manager, "cancellation", "maison-lavande"),
        "partner": (town.tom, "partner-cancellation", "atelier-nord"),
    }[side]
    path = act(view, place, job.public_id)
    for reason, sentence in (("", "Fill this in."), ("x" * 1001, "yours has 1001.")):
        with nothing_changes():
            response = post(client, who, path, reason=reason)
        assert response.status_code == 422
        assert sentence in words(response)
    post(client, who, path, reason="We changed our plans.")
    page = see(client, town.owner, job)
    assert "We changed our plans." in page
    assert "The access of the partner goes on." in page
    assert "We changed our plans." in see(client, town.ines, job, "partner-job", "atelier-nord")


def test_who_belongs_to_the_partner_is_told_who_decides(client, town):
    job = town.ask()
    proposal = town.answer(job)
    MembershipFactory.create(partner=town.nord, user=town.manager)
    page = see(client, town.manager, job)
    assert "You belong to this partner: the owner of the store decides." in page
    assert "Accept for" not in page
    with nothing_changes():
        response = post(
            client, town.manager, act("proposal-acceptance", "maison-lavande", job.public_id, proposal.public_id)
        )
    assert response.status_code == 403


def test_the_track_record_stands_beside_each_candidate(client, town):
    job = town.ask(town.nord, town.lumen)
    TrackRecord.objects.create(partner=town.nord, jobs_completed=7, first_time_approvals=5)
    page = see(client, town.manager, job)
    assert "7 jobs completed · 5 approved at first" in page
    assert "No job completed yet" in page  # of Lumen


def test_who_belongs_to_one_of_those_who_wait_is_offered_no_decision_about_the_others(client, town):
    job = town.ask(town.nord, town.lumen)
    town.answer(job, town.lumen)
    MembershipFactory.create(partner=town.nord, user=town.manager)
    page = see(client, town.manager, job)
    assert "You belong to Atelier Nord, which waits for an answer too: the owner of the store decides." in page
    assert "Accept for" not in page


# --- Nothing of the others ------------------------------------------------------------------------------------------


def test_a_partner_sees_nothing_of_another_on_page_event_or_mail(client, town, deliver, mailoutbox):
    """Who else was invited, how many, what they asked for: at no point of the job."""
    job = town.ask(town.nord, town.lumen, town_far(town))
    secret = "Zebra stripes"
    other = town.answer(job, town.lumen, message=secret, price=123_456, items=[secret])
    pages = [see(client, town.tom, job, "partner-job", "atelier-nord")]
    town.answer(job)
    actions.accept_proposal(other, by=town.manager)
    pages.append(see(client, town.tom, job, "partner-job", "atelier-nord"))
    client.force_login(town.tom)
    pages.append(words(client.get(reverse("notifications:inbox"))))
    deliver()
    pages += [f"{mail.subject} {mail.body}" for mail in mailoutbox if mail.to == [town.tom.email]]
    pages.append(words(client.get(reverse("collaborators:partner-activity", args=["atelier-nord"]))))
    assert len(pages) > 4
    for page in pages:
        for word in (secret, "Bureau Lumen", "bureau-lumen", "1,234.56", "Far Away", "Luc Lumen"):
            assert word not in page


def town_far(town):

    CollaborationFactory.create(partner=town.far, store=town.store, revoked=True)
    return town.far


def test_anothers_proposal_is_no_proposal(client, town):
    job = town.ask(town.nord, town.lumen)
    other = town.answer(job, town.lumen)
    elsewhere = town.answer(town.ask(town.lumen), town.lumen)
    for path in (
        act("partner-proposal-withdrawal", "atelier-nord", job.public_id, other.public_id),
        act("partner-proposal-withdrawal", "bureau-lumen", job.public_id, elsewhere.public_id),
        act("proposal-acceptance", "maison-lavande", job.public_id, elsewhere.public_id),
        act("proposal-refusal", "maison-lavande", job.public_id, elsewhere.public_id),
        act("invitation-renewal", "maison-lavande", job.public_id, elsewhere.candidate.public_id),
    ):
        person = town.tom if "atelier" in path else town.luc if "lumen" in path else town.manager
        with nothing_changes():
            assert post(client, person, path).status_code == 404
    assert Candidate.objects.filter(status="proposed").count() == 2
