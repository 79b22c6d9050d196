"""Jobs: as many queries for fifty rows as for one, and lists that go on where the last page ended."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.keyset import PAGE_SIZE
from config.dashboards import SHOWN
from jobs.models import Job
from partners.models import Partner
from stores.models import Store
from tests.config.test_query_counts import COUNTS, MOST, ROW_ID, Reader, make_agency, make_shop
from tests.factories import (
    CandidateFactory,
    CompletionRequestFactory,
    JobFactory,
    JobItemFactory,
    MessageFactory,
    PaymentFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

STEPS = ((1, 1), (2, 3), (47, 50))  # so many more, and how many there are then
MOST_OF_A_JOB = 20  # queries of the page of one job, which shows everything there is about it; never more with its rows


def pair() -> tuple[Store, Partner]:
    return make_shop(), make_agency()


def add_jobs(count: int, store: Store, partner: Partner) -> list[Job]:
    """In progress, each with a completion that the store declined before."""
    jobs = [JobFactory.create(store=store, partner=partner, in_progress=True) for _number in range(count)]
    for job in jobs:
        CompletionRequestFactory.create(job=job, declined=True)
    return jobs


def readers(store: Store, partner: Partner) -> dict[str, Reader]:
    owner = partner.memberships.get().user
    return {
        "store": Reader(store.owner, "/store/shop/jobs/", rf'href="/store/shop/jobs/{ROW_ID}/"'),
        "partner": Reader(owner, "/partner/agency/jobs/", rf'href="/partner/agency/jobs/{ROW_ID}/"'),
    }


SIDES = pytest.mark.parametrize(("side", "queries"), [("store", 10), ("partner", 9)])


@COUNTS
@SIDES
def test_the_list_asks_as_often_for_fifty_as_for_one(count, side, queries, django_assert_num_queries):
    store, partner = pair()
    add_jobs(count, store, partner)
    reader = readers(store, partner)[side]
    client = reader.client()
    with django_assert_num_queries(queries):
        # session, user, store, permissions (or membership); counts of the tabs; jobs with what a line says; frame:
        # stores, partners, what waits, unread
        response = client.get(reader.path)
    assert len(re.findall(reader.row, response.content.decode())) == count


def measured(client, path: str, marks: str, count: int) -> int:
    """How many queries the page asks that shows `count` of these marks."""
    with CaptureQueriesContext(connection) as asked:
        response = client.get(path)
    assert len(re.findall(marks, response.content.decode())) == count
    return len(asked)


@pytest.mark.parametrize("side", ["store", "partner"])
def test_the_page_of_a_job_asks_as_often_for_fifty_of_everything_as_for_one(side):
    store, partner = pair()
    job = add_jobs(1, store, partner)[0]
    talk = job.candidates.get().conversation
    reader = readers(store, partner)[side]
    client = reader.client()
    client.get(reader.path)
    asked = []
    for more, count in STEPS:
        for _number in range(more):
            JobItemFactory.create(job=job, added_by=UserFactory.create())
            MessageFactory.create(conversation=talk, side="partner")
            PaymentFactory.create(job=job, amount=100)
            CompletionRequestFactory.create(job=job, declined=True)
            CandidateFactory.create(job=job, status="closed", waits_until=None)
        asked.append(measured(client, f"{reader.path}{job.public_id}/", 'id="item-', count))
    assert len({*asked}) == 1, asked
    assert asked[0] <= MOST_OF_A_JOB


def test_the_page_of_an_open_job_asks_as_often_for_fifty_candidates_as_for_two():
    store = make_shop()
    job = JobFactory.create(store=store)
    client = Reader(store.owner, "", "").client()
    asked = []
    for number in range(49):
        CandidateFactory.create(job=job, proposed=number % 2 == 1)
        if number in {1, 2, 48}:
            talks = f"/store/shop/conversations/{ROW_ID}/"
            asked.append(measured(client, f"/store/shop/jobs/{job.public_id}/", talks, number + 1))
    assert len({*asked}) == 1, asked
    assert asked[0] <= MOST_OF_A_JOB


@pytest.mark.parametrize("side", ["store", "partner"])
def test_homes_ask_as_often_for_fifty_jobs_that_wait_as_for_one(side):
    store, partner = pair()
    reader = readers(store, partner)[side]
    client = reader.client()
    asked = []
    for more, count in STEPS:
        for job in add_jobs(more, store, partner):
            if side == "store":
                CompletionRequestFactory.create(job=job)
            else:
                CandidateFactory.create(job=JobFactory.create(store=store), partner=partner)
        asked.append(measured(client, reader.path.removesuffix("jobs/"), reader.row, min(count, SHOWN)))
    assert len({*asked}) == 1, asked
    assert asked[0] <= MOST


@COUNTS
@pytest.mark.parametrize(("side", "queries"), [("store", 7), ("partner", 6)])
def test_the_file_asks_as_often_for_fifty_as_for_one(count, side, queries, django_assert_num_queries):
    store, partner = pair()
    add_jobs(count, store, partner)
    reader = readers(store, partner)[side]
    client = reader.client()
    with django_assert_num_queries(queries):
        # session, user, store, permissions (or membership); jobs; whether the reader still may, before them and after
        content = client.get(f"{reader.path}export/").getvalue().decode()
    assert content.count("\r\n") == count + 1


@pytest.mark.parametrize("side", ["store", "partner"])
def test_a_long_list_goes_on_where_the_page_ends_and_shows_each_job_once(side):
    store, partner = pair()
    add_jobs(PAGE_SIZE + 3, store, partner)
    reader = readers(store, partner)[side]
    client = reader.client()

    def shown(path: str) -> tuple[list[str], str]:
        content = client.get(path).content.decode()
        older = re.search(r'href="(\?after=[^"]+)"', content)
        return re.findall(reader.row, content), older[1].replace("&amp;", "&") if older else ""

    first, older = shown(reader.path)
    add_jobs(1, store, partner)  # newer rows do not move the place
    second, end = shown(reader.path + older)
    assert (len(first), len(second), end) == (PAGE_SIZE, 3, "")
    assert not {*first} & {*second}
