"""The list of items: the partner adds to it and ticks it off, the merchant sees it with who and when."""

import pytest

from accounts.errors import NotAllowed
from jobs.actions import items as actions
from jobs.errors import JobMovedOn, TooManyItems
from jobs.models import Job, JobItem
from partners.models import Membership
from tests.factories import CandidateFactory, JobFactory, JobItemFactory, MembershipFactory, StoreFactory, UserFactory
from tests.sessions import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Membership:
    return MembershipFactory.create(owner=True, partner__slug="atelier", user__name="Inès Caron")


@pytest.fixture
def job(member) -> Job:
    return JobFactory.create(store=StoreFactory.create(handle="shop"), partner=member.partner, in_progress=True)


def path(job: Job, more: str = "items/") -> str:
    return f"/partner/atelier/jobs/{job.public_id}/{more}"


def tick(client, item: JobItem, done: str):
    return client.post(path(item.job, f"items/{item.public_id}/"), {"done": done})


def test_what_the_partner_adds_and_ticks_the_merchant_sees_with_who_and_when(member, job):
    client = signed_in(member.user)
    added = client.post(path(job), {"item": "Alt texts <b>", "key": "one"})
    assert added.url == f"{path(job, '')}#items"
    item = job.items.get()
    assert tick(client, item, "yes").status_code == 302
    page = signed_in(job.store.owner).get(f"/store/shop/jobs/{job.public_id}/").content.decode()
    assert "Alt texts &lt;b&gt;" in page
    assert "done by Inès Caron" in page
    assert "1 of 1 done" in page
    assert "<form" not in page.partition('id="items"')[2].partition("</section>")[0]  # the merchant looks on
    tick(client, item, "no")
    item.refresh_from_db()
    assert (item.done_at, item.done_by) == (None, None)


def test_to_tick_what_is_ticked_keeps_who_was_first(member, job):
    item = JobItemFactory.create(job=job)
    colleague = MembershipFactory.create(partner=member.partner, permissions=["manage_jobs"]).user
    tick(signed_in(member.user), item, "yes")
    tick(signed_in(colleague), item, "yes")
    item.refresh_from_db()
    assert item.done_by == member.user


def test_a_form_that_is_sent_twice_adds_once(member, job):
    client = signed_in(member.user)
    for _again in range(2):
        assert client.post(path(job), {"item": "Once", "key": "same"}).status_code == 302
    assert job.items.count() == 1
    other = client.post(path(job), {"item": "Other", "key": "same"})
    assert other.status_code == 422
    assert "You sent this form once already." in other.content.decode()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Fill this in."),
        ("x" * 201, "Use at most 200 characters; yours has 201."),
        ("a\u202eb", "cannot be seen"),
    ],
    ids=["nothing", "too long", "bidi"],
)
def test_what_cannot_be_added_is_said_beside_the_field_and_kept(member, job, text, sentence):
    refused = signed_in(member.user).post(path(job), {"item": text})
    assert refused.status_code == 422
    content = refused.content.decode()
    assert sentence in content or 'aria-invalid="true"' in content
    assert text in content
    assert not job.items.exists()


def test_a_hundred_items_and_no_more(member, job):
    JobItemFactory.create_batch(100, job=job)
    refused = signed_in(member.user).post(path(job), {"item": "One more"})
    assert refused.status_code == 422
    assert "A job has at most 100 items." in refused.content.decode()
    with pytest.raises(TooManyItems):
        actions.add_item(job, text="One more", by=member.user)
    assert job.items.count() == 100


@pytest.mark.parametrize("state", ["completed", "cancelled"])
def test_when_the_work_is_over_nothing_is_added_or_ticked_any_more(member, job, state):
    over = JobFactory.create(
        store=job.store,
        partner=member.partner,
        **({"completed": True} if state == "completed" else {"hired": True, "cancelled": True}),
    )
    item = JobItemFactory.create(job=over)
    client = signed_in(member.user)
    for response in (client.post(path(over), {"item": "Late"}), tick(client, item, "yes")):
        assert response.status_code == 409
    with pytest.raises(JobMovedOn):
        actions.tick_item(item, is_done=True, by=member.user)
    item.refresh_from_db()
    assert item.done_at is None
    assert over.items.count() == 1


def test_only_who_manages_the_jobs_of_the_partner_that_was_hired_may(member, job):
    item = JobItemFactory.create(job=job)
    plain = MembershipFactory.create(partner=member.partner, permissions=["manage_stores"]).user
    for user, status in ((plain, 403), (job.store.owner, 404), (UserFactory.create(), 404)):
        client = signed_in(user)
        assert client.post(path(job), {"item": "Mine"}).status_code == status
        assert tick(client, item, "yes").status_code == status
    for user in (plain, job.store.owner):
        with pytest.raises(NotAllowed):
            actions.add_item(job, text="Mine", by=user)
        with pytest.raises(NotAllowed):
            actions.tick_item(item, is_done=True, by=user)
    item.refresh_from_db()
    assert item.done_at is None
    assert job.items.count() == 1


def test_for_a_partner_that_was_not_hired_there_is_no_list(job):
    other = MembershipFactory.create(owner=True, partner__slug="other")
    CandidateFactory.create(job=job, partner=other.partner, status="closed", waits_until=None)
    item = JobItemFactory.create(job=job)
    client, start = signed_in(other.user), f"/partner/other/jobs/{job.public_id}/items/"
    assert client.post(start, {"item": "Mine"}).status_code == 404
    assert client.post(f"{start}{item.public_id}/", {"done": "yes"}).status_code == 404
    api = f"/api/v1/partners/other/jobs/{job.public_id}/items/"
    assert client.get(api).status_code == 404
    with pytest.raises(NotAllowed):
        actions.tick_item(item, is_done=True, by=other.user)
    assert job.items.filter(done_at=None).count() == 1


def test_an_item_of_another_job_is_not_found_here(member, job):
    elsewhere = JobItemFactory.create(job=JobFactory.create(partner=member.partner, in_progress=True))
    response = signed_in(member.user).post(path(job, f"items/{elsewhere.public_id}/"), {"done": "yes"})
    assert response.status_code == 404


def test_the_api_adds_and_ticks_as_the_page_does(member, job):
    client, start = signed_in(member.user), f"/api/v1/partners/atelier/jobs/{job.public_id}/items/"
    made = client.post(start, {"text": "Alt texts"}, content_type="application/json")
    assert made.status_code == 201, made.content
    ticked = client.put(f"{start}{made.json()['id']}/", {"done": True}, content_type="application/json")
    assert (ticked.json()["done"], ticked.json()["done_by"]) == (True, {"name": "Inès Caron"})
    seen = signed_in(job.store.owner).get(f"/api/v1/stores/shop/jobs/{job.public_id}/items/").json()["results"]
    assert [(row["text"], row["done"]) for row in seen] == [("Alt texts", True)]
