"""Completion requests in the API: the same acts, the same rules, each refusal a sentence with its code."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from jobs.actions import completions
from jobs.models import CompletionRequest, Job, JobAccess
from notifications.models import Event
from tests.factories import (
    CandidateFactory,
    CollaborationFactory,
    CompletionRequestFactory,
    JobFactory,
    MembershipFactory,
)
from tests.races import together

pytestmark = pytest.mark.django_db


@pytest.fixture
def job() -> Job:
    job = JobFactory.create(in_progress=True, received=180_000)
    MembershipFactory.create(partner=job.partner, owner=True)
    return job


def asker(job: Job):
    return job.partner.memberships.order_by("pk")[0].user


def api(user, method: str, path: str, body="{}", **headers):
    client = Client()
    client.force_login(user)
    return client.generic(method, f"/api/v1/{path}", data=body, content_type="application/json", headers=headers)


def completions_of(job: Job) -> str:
    return f"partners/{job.partner.slug}/jobs/{job.public_id}/completions/"


def of_store(completion: CompletionRequest, act: str) -> str:
    return f"stores/{completion.job.store.handle}/jobs/completions/{completion.public_id}/{act}/"


def test_the_whole_story(job):
    owner, partner = job.store.owner, asker(job)
    sent = api(partner, "POST", completions_of(job), '{"message": "All live."}')
    assert sent.status_code == 201
    assert (sent.json()["status"], sent.json()["message"], sent.json()["missing"]) == ("pending", "All live.", [])
    completion = CompletionRequest.objects.get()
    longer = api(owner, "POST", of_store(completion, "extension")).json()
    assert longer["deadline"] > sent.json()["deadline"]
    assert longer["extended_by"]["name"] == owner.name
    declined = api(owner, "POST", of_store(completion, "refusal"), '{"items": ["Size guide", "Colours"]}').json()
    assert (declined["status"], declined["missing"]) == ("declined", ["Size guide", "Colours"])
    again = api(partner, "POST", completions_of(job)).json()
    withdrawal = f"partners/{job.partner.slug}/jobs/completions/{again['id']}/withdrawal/"
    assert api(partner, "POST", withdrawal).json()["status"] == "withdrawn"
    api(partner, "POST", completions_of(job))
    approved = api(owner, "POST", of_store(CompletionRequest.objects.latest("pk"), "approval"), "{}").json()
    assert (approved["status"], approved["by_the_clock"]) == ("approved", False)
    for path in (completions_of(job), f"stores/{job.store.handle}/jobs/{job.public_id}/completions/"):
        shown = api(owner if path.startswith("stores") else partner, "GET", path).json()["results"]
        assert [row["status"] for row in shown] == ["approved", "withdrawn", "declined"]


def test_the_same_key_is_answered_alike_and_another_body_is_refused(job):
    key = {"idempotency-key": "one"}
    first, again = (api(asker(job), "POST", completions_of(job), '{"message": "Done."}', **key) for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    other = api(asker(job), "POST", completions_of(job), '{"message": "Other."}', **key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_used_otherwise")
    assert Event.objects.filter(topic="completion.requested").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_under_one_key_the_second_is_told_at_once(job, monkeypatch):
    """The first one stays in the midst of it until the second has its answer."""
    inside, over = threading.Event(), threading.Event()
    request, path, by = completions.request_completion, completions_of(job), asker(job)

    def in_the_midst(*args, **kwargs):
        inside.set()
        assert over.wait(20)
        return request(*args, **kwargs)

    def send():
        return api(by, "POST", path, '{"message": "Done."}', **{"idempotency-key": "one"})

    def second():
        assert inside.wait(20)
        try:
            return send()
        finally:
            over.set()

    monkeypatch.setattr(completions, "request_completion", in_the_midst)
    answers = together([send, second])
    assert [answer.status_code for answer in answers] == [201, 409]
    assert answers[1].json()["code"] == "idempotency_key_in_use"
    assert CompletionRequest.objects.count() == 1
    assert send().content == answers[0].content


@pytest.mark.parametrize(
    ("change", "body", "status", "code"),
    [
        ({"received": 0}, "{}", 422, "payment_first"),
        ({}, '{"message": "%s"}' % ("x" * 1001), 422, "invalid"),
        ({"status": "completed", "completed_at": "2030-01-01T00:00Z", "is_counted": True}, "{}", 409, "job_moved_on"),
    ],
    ids=["not paid", "1,001 characters", "completed"],
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(job, change, body, status, code):
    Job.objects.filter(pk=job.pk).update(**change)
    refused = api(asker(job), "POST", completions_of(job), body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert refused.json()["message"]
    assert not CompletionRequest.objects.exists()
    assert not Event.objects.exists()


def test_asking_twice_is_a_conflict(job):
    CompletionRequestFactory.create(job=job)
    refused = api(asker(job), "POST", completions_of(job))
    assert (refused.status_code, refused.json()["code"]) == (409, "completion_moved_on")


@pytest.mark.parametrize(
    "body", ["{}", '{"items": []}', '{"items": [""]}', '{"items": "x"}', '{"items": ["%s"]}' % ("x" * 201)]
)
def test_a_decline_without_an_item_is_refused(job, body):
    completion = CompletionRequestFactory.create(job=job)
    refused = api(job.store.owner, "POST", of_store(completion, "refusal"), body)
    assert refused.status_code == 422
    assert "items" in refused.json()["fields"]
    assert not Event.objects.exists()


@pytest.mark.parametrize("act", ["approval", "refusal", "extension"])
def test_past_the_deadline_the_loser_hears_what_the_clock_did(job, act):
    completion = CompletionRequestFactory.create(job=job)
    with time_machine.travel(completion.deadline + timedelta(seconds=1), tick=False):
        refused = api(job.store.owner, "POST", of_store(completion, act), '{"items": ["x"]}')
        shown = api(job.store.owner, "GET", f"stores/{job.store.handle}/jobs/{job.public_id}/completions/").json()
    assert (refused.status_code, refused.json()["code"]) == (409, "completion_moved_on")
    assert "approved by the clock" in refused.json()["message"]
    assert shown["results"][0]["by_the_clock"] is True


def test_others_that_were_asked_find_nothing(job):
    completion = CompletionRequestFactory.create(job=job)
    other = MembershipFactory.create(owner=True)
    CandidateFactory.create(job=job, partner=other.partner, status="closed", waits_until=None)
    base = f"partners/{other.partner.slug}/jobs"
    for method, path in (
        ("GET", f"{base}/{job.public_id}/completions/"),
        ("POST", f"{base}/{job.public_id}/completions/"),
        ("POST", f"{base}/completions/{completion.public_id}/withdrawal/"),
    ):
        assert api(other.user, method, path).status_code == 404


def test_access_is_linked_shown_and_unlinked(job):
    collaboration = CollaborationFactory.create(partner=job.partner, store=job.store)
    path = f"stores/{job.store.handle}/jobs/{job.public_id}/access/"
    assert api(job.store.owner, "GET", path).json() == {"collaboration": None, "held_by_others": False}
    linked = api(job.store.owner, "PUT", path)
    assert linked.json() == {"collaboration": str(collaboration.public_id), "held_by_others": False}
    assert api(job.store.owner, "DELETE", path).status_code == 204
    assert not JobAccess.objects.exists()
    assert api(job.store.owner, "DELETE", path).status_code == 404
