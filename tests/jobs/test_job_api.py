"""Jobs in the API: the tabs, search and pages of the list, and one job, as each side may know it."""

import pytest
from django.utils import timezone

from jobs.models import Job
from tests.factories import CandidateFactory, CompletionRequestFactory, JobFactory, MembershipFactory, StoreFactory
from tests.sessions import signed_in

pytestmark = pytest.mark.django_db

SHOP, AGENCY = "/api/v1/stores/shop/jobs/", "/api/v1/partners/agency/jobs/"


@pytest.fixture
def member():
    return MembershipFactory.create(owner=True, partner__slug="agency", partner__name="Agency")


@pytest.fixture
def store():
    return StoreFactory.create(handle="shop", name="Shop")


def titles(user, path: str) -> list[str]:
    response = signed_in(user).get(path)
    assert response.status_code == 200, response.content
    return [row["title"] for row in response.json()["results"]]


def test_a_state_is_a_tab_of_the_page_and_search_is_its_search(store, member):
    JobFactory.create(store=store, title="Going on", partner=member.partner, in_progress=True)
    done = JobFactory.create(store=store, title="Done by the clock", partner=member.partner, in_progress=True)
    CompletionRequestFactory.create(job=done, deadline=timezone.now())
    asked = JobFactory.create(store=store, title="Asked")
    CandidateFactory.create(job=asked, partner=member.partner)
    for user, path in ((store.owner, SHOP), (member.user, AGENCY)):
        assert titles(user, path) == ["Asked", "Done by the clock", "Going on"]
        assert titles(user, f"{path}?state=completed") == ["Done by the clock"]
        assert titles(user, f"{path}?state=in_progress&search=GOING") == ["Going on"]
    assert titles(store.owner, f"{SHOP}?search=agency") == ["Asked", "Done by the clock", "Going on"]
    assert titles(store.owner, f"{SHOP}?state=waiting") == ["Asked"]
    assert titles(member.user, f"{AGENCY}?state=to_answer") == ["Asked"]
    done_at = signed_in(store.owner).get(f"{SHOP}{done.public_id}/").json()["completed_at"]
    assert done_at is not None


@pytest.mark.parametrize("query", ["state=nothing", "search=" + "x" * 101, "after=nonsense"])
def test_what_means_nothing_in_the_address_is_a_400(store, query):
    assert signed_in(store.owner).get(f"{SHOP}?{query}").status_code == 400


def test_what_became_of_a_job_is_for_whoever_was_hired_alone(store, member):
    job = JobFactory.create(store=store, in_progress=True, price=987_654, received=987_654)
    Job.objects.filter(pk=job.pk).update(is_free=False)
    CandidateFactory.create(job=job, partner=member.partner, status="closed", waits_until=None)
    shown = signed_in(member.user).get(f"{AGENCY}{job.public_id}/")
    assert shown.json() | {"part": "closed", "state": "cancelled", "price": None, "received": None} == shown.json()
    assert "987654" not in shown.content.decode()
    assert job.partner.name not in shown.content.decode()
    whole = signed_in(store.owner).get(f"{SHOP}{job.public_id}/").json()
    assert (whole["price"], whole["state"], whole["partner"]["name"]) == (987_654, "in_progress", job.partner.name)


def test_another_stores_job_and_one_that_does_not_exist_answer_alike(store, member):
    elsewhere = JobFactory.create(in_progress=True)
    for user, path in ((store.owner, SHOP), (member.user, AGENCY)):
        client = signed_in(user)
        answers = [client.get(f"{path}{key}/") for key in (elsewhere.public_id, "9f6f2bb8-5a1c-4e0b-9b61-0d3f4b6f2a11")]
        assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}
