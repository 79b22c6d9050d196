"""The completion of a job in the browser, on both sides; all of it without a script."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from jobs.models import CompletionRequest, Job, JobAccess, JobItem
from notifications.models import Event
from reviews.models import ReviewInvitation
from stores.models import Store
from tests.factories import (
    CandidateFactory,
    CollaborationFactory,
    CompletionRequestFactory,
    JobFactory,
    MembershipFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2030, 5, 6, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def job() -> Job:
    job = JobFactory.create(
        in_progress=True, received=180_000, title="Theme refresh", store__name="Maison Lavande", partner__name="Atelier"
    )
    MembershipFactory.create(partner=job.partner, owner=True)
    return job


@pytest.fixture
def completion(job) -> CompletionRequest:
    return CompletionRequestFactory.create(job=job, requested_by=asker(job), message="Have a <b>look</b>.")


@pytest.fixture
def access(job) -> JobAccess:
    collaboration = CollaborationFactory.create(partner=job.partner, store=job.store)
    return JobAccess.objects.create(job=job, collaboration=collaboration, added_by=job.store.owner)


def asker(job: Job):
    return job.partner.memberships.order_by("pk")[0].user


def stores_page(job: Job) -> str:
    return reverse("jobs:job", args=[job.store.handle, job.public_id])


def partners_page(job: Job) -> str:
    return reverse("jobs:partner-job", args=[job.partner.slug, job.public_id])


def making(job: Job) -> str:
    return reverse("jobs:partner-completion-making", args=[job.partner.slug, job.public_id])


def act(name: str, completion: CompletionRequest) -> str:
    return reverse(f"jobs:{name}", args=[completion.job.store.handle, completion.public_id])


def text(response) -> str:
    return " ".join(response.content.decode().split())


def topics() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("topic", flat=True))


# --- The partner ----------------------------------------------------------------------------------------------------


def test_the_partner_sends_the_request_from_the_dialog_or_from_its_page(client, job):
    client.force_login(asker(job))
    page = text(client.get(partners_page(job)))
    assert '<dialog id="complete"' in page
    assert f'href="{making(job)}"' in page
    assert "Send job completion request" in text(client.get(making(job)))
    response = client.post(making(job), {"message": "All live.\r\nThank you.", "key": "one"}, follow=True)
    assert response.redirect_chain == [(partners_page(job), 302)]
    assert "You said that this job is done" in text(response)
    assert "20 May 2030, 12:00" in text(response)
    assert CompletionRequest.objects.get().message == "All live.\nThank you."


def test_a_double_click_asks_once_and_is_answered_alike(client, job):
    client.force_login(asker(job))
    for _ in range(2):
        response = client.post(making(job), {"message": "All live.", "key": "one"}, follow=True)
        assert "Sent. Maison Lavande is asked to approve." in text(response)
    assert topics() == ["completion.requested"]


def test_the_key_with_another_message_is_not_sent_and_says_so(client, job):
    client.force_login(asker(job))
    client.post(making(job), {"message": "All live.", "key": "one"})
    response = client.post(making(job), {"message": "Something else", "key": "one"})
    assert response.status_code == 422
    assert "You sent this form once already" in text(response)
    assert topics() == ["completion.requested"]


@pytest.mark.parametrize(("message", "status"), [("é" * 1000, 302), ("e\u0301" * 1000, 302), ("x" * 1001, 422)])
def test_a_message_has_at_most_a_thousand_characters(client, job, message, status):
    client.force_login(asker(job))
    response = client.post(making(job), {"message": message, "key": "one"})
    assert response.status_code == status
    if status == 422:
        assert "Use at most 1000 characters; yours has 1001." in text(response)
        assert message in text(response)
        assert topics() == []


def test_before_a_payment_the_button_says_why_not_and_offers_to_record_it(client, job):
    Job.objects.update(received=0)
    client.force_login(asker(job))
    for page in (text(client.get(partners_page(job))), text(client.get(making(job)))):
        assert "No payment from Maison Lavande is recorded yet." in page
        assert f'href="{partners_page(job)}#payments"' in page
        assert 'name="message"' not in page
    response = client.post(making(job), {"message": "", "key": "one"})
    assert response.status_code == 422
    assert topics() == []


def test_completing_twice_leads_to_what_waits(client, job, completion):
    client.force_login(asker(job))
    assert 'data-dialog="complete"' not in text(client.get(partners_page(job)))
    response = client.post(making(job), {"message": "", "key": "two"}, follow=True)
    assert "A completion request is waiting for an answer." in text(response)
    assert CompletionRequest.objects.count() == 1


@pytest.mark.parametrize(
    "traits", [{"completed": True}, {"hired": True, "cancelled": True}], ids=["completed", "cancelled"]
)
def test_what_is_over_is_not_completed(client, traits):
    job = JobFactory.create(received=1, **traits)
    client.force_login(MembershipFactory.create(partner=job.partner, owner=True).user)
    assert "There is nothing to ask now" in text(client.get(making(job)))
    response = client.post(making(job), {"message": "", "key": "one"}, follow=True)
    assert response.redirect_chain == [(partners_page(job), 302)]
    assert topics() == []


def test_the_partner_withdraws(client, job, completion):
    client.force_login(asker(job))
    where = reverse("jobs:partner-completion-withdrawal", args=[job.partner.slug, completion.public_id])
    assert where in text(client.get(partners_page(job)))
    response = client.post(where, follow=True)
    assert "Withdrawn by" in text(response)
    assert topics() == ["completion.withdrawn"]


def test_others_that_were_asked_learn_nothing_of_the_completion(client, job, completion):
    other = MembershipFactory.create(owner=True)
    CandidateFactory.create(job=job, partner=other.partner, status="closed", waits_until=None)
    client.force_login(other.user)
    path = f"/partner/{other.partner.slug}/jobs/{job.public_id}/"
    page = text(client.get(path))
    assert completion.message not in page
    assert "completion" not in page.lower()
    for refused in (client.get(f"{path}completion/"), client.post(f"{path}completion/", {"message": "x", "key": "1"})):
        assert refused.status_code == 302
    withdrawal = f"/partner/{other.partner.slug}/jobs/completions/{completion.public_id}/withdrawal/"
    assert client.post(withdrawal).status_code == 404
    assert topics() == []


# --- The store ------------------------------------------------------------------------------------------------------


def test_the_store_reads_what_waits_with_the_exact_time(client, job, completion):
    Store.objects.update(time_zone="Asia/Tokyo")
    client.force_login(job.store.owner)
    page = text(client.get(stores_page(job)))
    assert "Atelier says “Theme refresh” is done" in page
    assert "Have a &lt;b&gt;look&lt;/b&gt;." in page
    zone = job.store.owner.time_zone
    assert "20 May 2030" in page
    assert ("in Asia/Tokyo" in page) is (zone != "Asia/Tokyo")
    for name in ("completion-approval", "completion-refusal", "completion-extension"):
        assert act(name, completion) in page


def test_after_the_yes_the_store_is_asked_for_a_review_and_the_job_says_what_happened(client, job, completion, access):
    client.force_login(job.store.owner)
    response = client.post(act("completion-approval", completion), {"access": "later", "days": "3"}, follow=True)
    asked = ReviewInvitation.objects.get(completion=completion)
    assert response.redirect_chain == [(f"/store/{job.store.handle}/reviews/invitations/{asked.public_id}/", 302)]
    assert "Approved. The job is completed" in text(response)
    page = text(client.get(stores_page(job)))
    assert "This job is completed" in page
    assert "The access of Atelier to the store ends on" in page
    assert "9 May 2030" in page
    access.collaboration.refresh_from_db()
    assert access.collaboration.ends_at == NOW + timedelta(days=3)
    client.force_login(asker(job))
    assert "This job is completed" in text(client.get(partners_page(job)))


@pytest.mark.parametrize("days", ["", "0", "91", "-1", "x"])
def test_days_that_make_no_sense_approve_nothing(client, job, completion, access, days):
    client.force_login(job.store.owner)
    response = client.post(act("completion-approval", completion), {"access": "later", "days": days})
    assert response.status_code == 422
    assert 'class="error"' in response.content.decode()
    assert topics() == []


def test_access_that_another_job_holds_too_stays_and_the_page_says_so(client, job, completion, access):
    other = JobFactory.create(in_progress=True, store=job.store, partner=job.partner)
    JobAccess.objects.create(job=other, collaboration=access.collaboration, added_by=job.store.owner)
    client.force_login(job.store.owner)
    client.post(act("completion-approval", completion))
    page = text(client.get(stores_page(job)))
    assert "goes on: it belongs to another job that is not done yet" in page


def test_a_decline_names_what_is_missing_one_a_line(client, job, completion):
    client.force_login(job.store.owner)
    response = client.post(
        act("completion-refusal", completion), {"items": " Size guide \r\n\r\nColours\r\n"}, follow=True
    )
    assert list(JobItem.objects.order_by("pk").values_list("text", flat=True)) == ["Size guide", "Colours"]
    page = text(response)
    assert "Declined by" in page
    assert "Size guide" in page
    client.force_login(asker(job))
    page = text(client.get(partners_page(job)))
    assert "Size guide" in page
    assert 'data-dialog="complete"' in page


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        ("", "Say at least one thing"),
        (" \r\n ", "Say at least one thing"),
        ("x\r\n" * 21, "Name at most 20 things"),
        ("ok\r\n" + "x" * 201, "Line 2 has 201 characters"),
        ("\u200d", "This would look empty"),
        ("a\u202eb", "invisible characters"),
    ],
)
def test_a_decline_that_says_nothing_is_shown_again_with_a_sentence(client, job, completion, items, sentence):
    client.force_login(job.store.owner)
    response = client.post(act("completion-refusal", completion), {"items": items})
    assert response.status_code == 422
    assert sentence in text(response)
    assert not JobItem.objects.exists()
    assert topics() == []


def test_the_store_takes_more_days_once(client, job, completion):
    client.force_login(job.store.owner)
    response = client.post(act("completion-extension", completion), follow=True)
    page = text(response)
    assert "27 May 2030" in page
    assert "Take 7 more days" not in page


@pytest.mark.parametrize("name", ["completion-approval", "completion-refusal", "completion-extension"])
@pytest.mark.parametrize("how", ["withdrawn", "past its deadline"])
def test_what_was_decided_meanwhile_is_said_and_stays(client, job, completion, frozen, name, how):
    if how == "withdrawn":
        CompletionRequest.objects.update(status="withdrawn", decided_at=NOW, decided_by=asker(job))
        said = "withdrew the completion request on"
    else:
        frozen.move_to(completion.deadline + timedelta(seconds=1))
        said = "approved by the clock on"
    client.force_login(job.store.owner)
    response = client.post(act(name, completion), {"items": "Colours"}, follow=True)
    assert said in text(response)
    assert not {"completion.approved", "completion.declined", "completion.extended"} & {*topics()}
    assert not JobItem.objects.exists()


def test_past_the_deadline_the_pages_say_what_the_clock_did_before_anything_swept(client, job, completion, frozen):
    frozen.move_to(completion.deadline)
    for user, path in ((job.store.owner, stores_page(job)), (asker(job), partners_page(job))):
        client.force_login(user)
        page = text(client.get(path))
        assert "Approved by the clock on <b>20 May 2030, " in page
        assert "/approval/" not in page
        assert "/withdrawal/" not in page
    assert topics() == []  # looking changes nothing


def test_who_belongs_to_the_partner_is_told_that_somebody_else_answers(client, job, completion):
    manager = StaffFactory.create(store=job.store, key="store_manager").user
    MembershipFactory.create(partner=job.partner, user=manager)
    client.force_login(manager)
    page = text(client.get(stores_page(job)))
    assert "You belong to Atelier, so somebody else answers for the store." in page
    assert act("completion-approval", completion) not in page
    for name in ("completion-approval", "completion-refusal", "completion-extension"):
        response = client.post(act(name, completion), {"items": "Colours"})
        assert response.status_code == 403
        assert "You belong to Atelier" in text(response)
    assert topics() == []


# --- Access ---------------------------------------------------------------------------------------------------------


def test_the_store_lets_access_end_with_the_job_and_takes_that_back(client, job):
    CollaborationFactory.create(partner=job.partner, store=job.store)
    client.force_login(job.store.owner)
    link, removal = (
        reverse(f"jobs:{name}", args=[job.store.handle, job.public_id]) for name in ("access-link", "access-removal")
    )
    assert link in text(client.get(stores_page(job)))
    page = text(client.post(link, follow=True))
    assert "ends with this job" in page
    assert removal in page
    assert link in text(client.post(removal, follow=True))


def test_who_manages_jobs_and_no_users_sees_no_button_for_access(client, job, access):
    from tests.factories import RoleFactory

    role = RoleFactory.create(store=job.store, permissions=["jobs.view", "jobs.manage"])
    client.force_login(StaffFactory.create(store=job.store, role=role).user)
    page = text(client.get(stores_page(job)))
    assert "ends with this job" in page
    removal = reverse("jobs:access-removal", args=[job.store.handle, job.public_id])
    assert removal not in page
    assert "See what they may do" not in page
    assert client.post(removal).status_code == 403
    assert JobAccess.objects.exists()
