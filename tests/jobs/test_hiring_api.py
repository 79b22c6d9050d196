"""The same doors and sentences for programs."""

import json

import pytest
from django.urls import reverse

from jobs.models import Job
from tests.jobs.people import nothing_changes, part, status_of

pytestmark = pytest.mark.django_db

WANTED = {"title": "Size guide", "brief": "For the new shoes.", "services": ["theme_design"]}


def call(client, who, view, *args, body=None, method="post", **headers):
    client.force_login(who)
    path = reverse(f"api:{view}", args=args)
    return client.generic(method.upper(), path, json.dumps(body or {}), "application/json", headers=headers)


def test_a_job_goes_from_the_question_to_the_yes(client, town):
    begun = call(client, town.manager, "store-jobs", town.store.handle, body={**WANTED, "partners": ["atelier-nord"]})
    assert (begun.status_code, begun.json()["currency"], begun.json()["budget"]) == (201, "EUR", None)
    key = begun.json()["id"]
    ours = call(client, town.tom, "job-candidacy", "atelier-nord", key, method="get").json()
    assert (ours["status"], ours["proposals"]) == ("invited", [])
    sent = call(client, town.tom, "proposals", "atelier-nord", key, body={"price": 90_000, "items": ["Size guide"]})
    assert (sent.status_code, sent.json()["price"], sent.json()["currency"]) == (201, 90_000, "EUR")
    listed = call(client, town.manager, "job-candidates", town.store.handle, key, method="get").json()["results"]
    assert listed[0]["proposals"][0]["id"] == sent.json()["id"]
    proposal = sent.json()["id"]
    hired = call(client, town.manager, "proposal-acceptance", town.store.handle, key, proposal, body={})
    assert (hired.status_code, hired.json()["status"]) == (200, "in_progress")
    late = call(client, town.owner, "proposal-refusal", town.store.handle, key, proposal)
    assert (late.status_code, late.json()["code"]) == (409, "proposal_moved_on")


def test_a_repeat_under_the_same_key_makes_one_job(client, town):
    body = {**WANTED, "partners": ["atelier-nord"]}
    answers = [
        call(client, town.manager, "store-jobs", town.store.handle, body=body, **{"Idempotency-Key": "one"})
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert Job.objects.count() == 1
    other = call(
        client, town.manager, "store-jobs", town.store.handle, body={**body, "title": "x"}, **{"Idempotency-Key": "one"}
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_used_otherwise")


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"partners": []}, 422, "no_partner_chosen"),
        ({"partners": ["nobody"]}, 422, "unknown_partner"),
        ({"partners": ["atelier-nord", "atelier-nord"]}, 422, "partner_twice"),
        ({"partners": ["atelier-nord", "far-away"]}, 422, "not_worked_here"),
        ({"budget": 0}, 422, "invalid"),
        ({"budget": "5"}, 422, "invalid"),
        ({"budget": 10**12 + 1}, 422, "invalid"),
        ({"currency": "XXX"}, 422, "invalid"),
        ({"services": ["magic"]}, 422, "invalid"),
    ],
)
def test_a_job_that_cannot_be_is_refused(client, town, changed, status, code):
    with nothing_changes():
        answer = call(
            client,
            town.manager,
            "store-jobs",
            town.store.handle,
            body={**WANTED, "partners": ["atelier-nord"], **changed},
        )
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("store", ["maison-lavande", "nowhere"])
def test_a_store_that_a_partner_does_not_work_for_and_none_are_one_answer(client, town, store):
    with nothing_changes():
        answer = call(client, town.luc, "partner-jobs", "bureau-lumen", body={**WANTED, "price": None, "store": store})
    assert (answer.status_code, answer.json()["code"]) == (422, "not_working_here")


def test_a_partner_reads_only_its_own_part(client, town):
    job = town.ask(town.nord, town.lumen)
    town.answer(job, town.lumen, message="Zebra stripes")
    ours = call(client, town.tom, "job-candidacy", "atelier-nord", job.public_id, method="get")
    assert ours.json()["partner"]["slug"] == "atelier-nord"
    for word in ("Zebra", "lumen", "Lumen"):
        assert word not in ours.content.decode()


def test_the_rest_has_an_address_too(client, town):
    job = town.ask()
    assert call(client, town.tom, "job-invitation-refusal", "atelier-nord", job.public_id).json()["status"] == "passed"
    candidate = part(job, town.nord).public_id
    again = call(client, town.manager, "job-invitation-renewal", town.store.handle, job.public_id, candidate)
    assert again.json()["status"] == "invited"
    proposal = town.answer(job)
    args = ("atelier-nord", job.public_id, proposal.public_id)
    assert call(client, town.tom, "proposal-withdrawal", *args).json()["status"] == "withdrawn"
    no_reason = call(client, town.manager, "job-cancellation", town.store.handle, job.public_id)
    assert no_reason.status_code == 422
    call(client, town.manager, "job-cancellation", town.store.handle, job.public_id, body={"reason": "Over."})
    assert status_of(job) == "cancelled"
    mine = town.propose()
    call(client, town.tom, "partner-job-cancellation", "atelier-nord", mine.public_id, body={"reason": "Over."})
    assert status_of(mine) == "cancelled"
