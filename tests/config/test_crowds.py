"""A store with 50 collaborators, 500 requests, 500 jobs and 10,000 changes, and a partner with as many: no page asks
more."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.keyset import PAGE_SIZE
from accounts.models import User
from collaborators.models import (
    ANSWER_WITHIN,
    About,
    AccessRequest,
    Collaboration,
    Conversation,
    RequestCode,
    RequestPolicy,
)
from jobs.models import Candidate, CompletionRequest, Job, JobItem
from partners.models import Partner
from stores.models import Activity, Store
from tests.config.test_addresses import (
    ASKING,
    NO_SUCH_METHOD,
    OURS,
    STORE,
    TABLE,
    WORKING,
    Address,
    Scene,
    make_scene,
    places,
    undone,
)
from tests.config.test_job_query_counts import MOST_OF_A_JOB
from tests.factories import CODE, JobItemFactory, MessageFactory

pytestmark = pytest.mark.django_db

COLLABORATORS, REQUESTS, CHANGES = 50, 500, 10_000
MOST = 12  # queries of a page
READER = {STORE: "owner", ASKING: "partner_owner", WORKING: "collaborator"}
KINDS = ("access.requested", "access.approved", "access.changed", "access.extended", "access.declined")


def make_partners(count: int) -> list[Partner]:
    return Partner.objects.bulk_create(Partner(name=f"Crowd {n}", slug=f"crowd-{n}") for n in range(count))


def make_stores(count: int, owner: User) -> list[Store]:
    stores = Store.objects.bulk_create(
        Store(
            name=f"Crowd {n}",
            handle=f"crowd-{n}",
            owner=owner,
            country="FR",
            industry="home",
            time_zone="Europe/Paris",
            currency="EUR",
        )
        for n in range(count)
    )
    RequestPolicy.objects.bulk_create(RequestPolicy(store=store) for store in stores)
    for store in stores[:1]:
        RequestCode.objects.create(store=store, digits=CODE, made_by=owner)
    return stores


def fill(pairs: list[tuple[Partner, Store]], *, by: User, asked_by: User, changes: int = CHANGES) -> None:
    """Between each pair a request, every third of which is still pending; fifty of them work there besides."""
    now, Status = timezone.now(), AccessRequest.Status  # noqa: N806 - as the actions call it
    AccessRequest.objects.bulk_create(
        AccessRequest(
            partner=partner,
            store=store,
            typed_address=store.handle,
            permissions=["products.view", "customers.view"],
            asked_by=asked_by,
            asked_at=now,
            expires_at=now + ANSWER_WITHIN,
            **({} if number % 3 == 0 else {"status": Status.DECLINED, "decided_at": now, "decided_by": by}),
        )
        for number, (partner, store) in enumerate(pairs)
    )
    Collaboration.objects.bulk_create(
        Collaboration(
            partner=partner,
            store=store,
            permissions=["products.view", "orders.view"],
            granted_by=by,
            ends_at=now + timedelta(days=number) if number % 2 else None,
        )
        for number, (partner, store) in enumerate(pairs[1::3][:COLLABORATORS], start=1)
    )
    Activity.objects.bulk_create(
        (
            Activity(
                store=store,
                partner=partner,
                actor=by,
                kind=KINDS[number % len(KINDS)],
                before={"permissions": ["products.view"], "ends_at": None},
                after={"permissions": ["products.view", "orders.view"], "ends_at": None},
            )
            for number, (partner, store) in enumerate(islice(_again(pairs), changes))
        ),
        batch_size=2000,
    )


def fill_jobs(pairs: list[tuple[Partner, Store]], *, by: User) -> None:
    """Between each pair a job: asked, proposed, in progress, said to be done, and so on; and what belongs to it."""
    now = timezone.now()
    talks = Conversation.objects.bulk_create(
        Conversation(partner=partner, store=store, about=About.JOB) for partner, store in pairs
    )
    hired = {"hired_at": now, "hired_by": by, "is_free": True, "status": Job.Status.IN_PROGRESS}
    jobs = Job.objects.bulk_create(
        Job(
            store=store,
            title=f"Job {number}",
            brief="A crowd of work.",
            currency="EUR",
            created_by=by,
            **({"partner": partner, **hired} if number % 4 >= 2 else {}),
        )
        for number, (partner, store) in enumerate(pairs)
    )
    statuses = [Candidate.Status.INVITED, Candidate.Status.PROPOSED, Candidate.Status.HIRED, Candidate.Status.HIRED]
    Candidate.objects.bulk_create(
        Candidate(
            job=job,
            partner=partner,
            conversation=talk,
            invited_by=by,
            invited_at=now,
            status=statuses[number % 4],
            waits_until=now + timedelta(hours=72) if number % 4 < 2 else None,
        )
        for number, (job, talk, (partner, _store)) in enumerate(zip(jobs, talks, pairs, strict=True))
    )
    CompletionRequest.objects.bulk_create(
        CompletionRequest(job=job, requested_by=by, deadline=now + timedelta(days=14), more_days=7)
        for job in jobs[3::4]
    )
    JobItem.objects.bulk_create(
        JobItem(job=job, text="Something", origin=JobItem.Origin.ADDED, added_by=by) for job in jobs[2::4]
    )


def _again(pairs: list) -> Iterator:
    while True:
        yield from pairs


@pytest.fixture(scope="module")
def crowd(django_db_setup, django_db_blocker) -> Iterator[Scene]:
    with django_db_blocker.unblock(), transaction.atomic():
        scene = make_scene()
        world, owner = scene.world, scene.world.store.owner
        partners, stores = make_partners(REQUESTS), make_stores(REQUESTS, owner=scene.world.people["other_owner"])
        asker = scene.world.people["partner_owner"]
        fill([(partner, world.store) for partner in partners], by=owner, asked_by=asker)
        fill_jobs([(partner, world.store) for partner in partners], by=owner)
        for partner in (world.asking, world.working):
            fill([(partner, store) for store in stores], by=owner, asked_by=asker)
            fill_jobs([(partner, store) for store in stores], by=owner)
        JobItemFactory.create_batch(99, job=scene.job)
        MessageFactory.create_batch(500, conversation=scene.job.candidates.get().conversation)
        yield scene
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _undone(crowd):
    with undone():
        yield


def queries(scene: Scene, place: str, path: str) -> int:
    ContentType.objects.clear_cache()
    client = scene.client(READER[place])
    client.get("/account/profile/")  # a session that was last seen a minute ago is noted, on whatever page comes first
    with CaptureQueriesContext(connection) as asked:
        response = client.get(path)  # of a file this is how it begins: what follows asks once for every 500 rows
    assert response.status_code == 200, path
    return len([query for query in asked if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))])


def _pages() -> list[tuple[Address, str]]:
    everywhere = ((address, place) for address in OURS for place in places(address))
    return [pair for pair in everywhere if _opens(TABLE.get((pair[0].name, "GET"), NO_SUCH_METHOD), pair[1])]


def _opens(row, place: str) -> bool:
    return any(READER.get(place) in people and what == 200 for people, what in row.get(place, {}).items())


@pytest.mark.parametrize(("address", "place"), _pages(), ids=str)
def test_no_page_of_a_crowded_store_or_partner_asks_more_than_twelve_times(crowd, address, place):
    most = MOST_OF_A_JOB if address.name in {"jobs:job", "jobs:partner-job"} else MOST
    assert queries(crowd, place, crowd.path(address, place)) <= most


def test_the_hundredth_page_of_changes_asks_as_often_as_the_first(crowd):
    path = f"/store/{crowd.world.store.handle}/activity/"
    rows = Activity.objects.filter(store=crowd.world.store).order_by("-pk")
    hundredth = rows[PAGE_SIZE * 99 - 1 : PAGE_SIZE * 99].get()
    assert queries(crowd, STORE, f"{path}?after={hundredth.public_id}") == queries(crowd, STORE, path)
