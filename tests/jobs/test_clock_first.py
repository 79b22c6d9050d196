"""From the deadline on every act lets the clock go first. What it did holds, though the act is refused for it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.errors import Conflict
from collaborators.models import Side
from jobs.actions import items, job_access
from jobs.actions.payments import reverse_payment
from jobs.models import CompletionRequest, Job
from notifications.models import Event
from tests.factories import CompletionRequestFactory, JobItemFactory
from tests.jobs.paying import Deal, make_deal

START = datetime(2030, 5, 6, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)  # what is rolled back must be gone


@pytest.fixture
def deal() -> Deal:
    return make_deal(received=180_000)


@pytest.fixture
def late(deal):
    """Past the deadline of what nobody answered, and nothing swept it."""
    CompletionRequestFactory.create(job=deal.job, deadline=timezone.now() + timedelta(seconds=1))
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        yield deal


def is_settled(deal: Deal) -> bool:
    topics = Event.objects.filter(topic__in=["completion.approved_by_clock", "job.completed"])
    completion, job = CompletionRequest.objects.get(), Job.objects.get(pk=deal.job.pk)
    assert topics.count() in {0, 2}
    return (completion.status, completion.decided_at, job.status) == ("approved", completion.deadline, "completed")


ACTS = {
    "add an item": lambda deal: items.add_item(deal.job, text="Size guide", by=deal["member"]),
    "tick an item": lambda deal: items.tick_item(deal.job.items.get(), is_done=True, by=deal["member"]),
    "link access": lambda deal: job_access.link_access(deal.job, by=deal["owner"]),
    "unlink access": lambda deal: job_access.unlink_access(deal.job, by=deal["owner"]),
    "reverse twice": lambda deal: reverse_payment(deal.job.payments.earliest("pk"), side=Side.STORE, by=deal["owner"]),
}


@pytest.mark.parametrize("name", ACTS)
def test_what_the_clock_did_holds_though_the_act_is_refused(deal, late, name):
    JobItemFactory.create(job=deal.job)
    if name == "reverse twice":
        with time_machine.travel(timezone.now() - timedelta(days=1), tick=False):
            deal.reverse(deal.record(side=Side.STORE))
    with pytest.raises(Conflict):
        ACTS[name](deal)
    assert is_settled(deal)
    assert not deal.job.items.exclude(done_at=None).exists()


PAGES = {"completion/": {"message": ""}, "items/": {"item": "Size guide"}}
PROGRAMS = {"completions/": {"message": ""}, "items/": {"text": "Size guide"}}


@pytest.mark.parametrize(
    ("is_page", "more", "sent"),
    [(True, *page) for page in PAGES.items()] + [(False, *program) for program in PROGRAMS.items()],
)
def test_so_it_does_where_a_key_says_to_do_it_once(deal, late, is_page, more, sent):
    """The key and the act are one transaction, and what is refused leaves nothing of it."""
    client = deal.client(deal["member"])
    client.force_login(deal["member"])
    if is_page:
        answer = client.post(deal.path(Side.PARTNER, more), {**sent, "key": "one"})
        assert answer.status_code in {302, 409}
    else:
        headers = {"idempotency-key": "one"}
        answer = client.post(deal.api(Side.PARTNER, more), sent, content_type="application/json", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "job_moved_on")
    assert is_settled(deal)


def test_a_payment_after_the_deadline_is_one_of_a_completed_job(late):
    late.record()
    assert is_settled(late)
