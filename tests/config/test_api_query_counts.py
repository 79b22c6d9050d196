"""No answer's queries grow with its rows, and lists go on where the last page ended."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.keyset import PAGE_SIZE
from accounts.models import User
from jobs.models import Job
from partners.models import Partner
from stores import activity as activity_rows
from stores.models import Store
from tests.config.test_query_counts import (
    add_activity,
    add_answers,
    add_blocked,
    add_built,
    add_collaborations,
    add_lines,
    add_past,
    add_requests,
    add_reviews,
    add_unanswered,
    make_agency,
    make_shop,
)
from tests.factories import (
    AccessRequestFactory,
    AccessReviewFactory,
    AccessTokenFactory,
    CollaborationFactory,
    CompletionRequestFactory,
    ExpertInvitationFactory,
    JobFactory,
    JobItemFactory,
    MembershipFactory,
    MessageFactory,
    PartnerFactory,
    PaymentFactory,
    ReplyFactory,
    RequestTemplateFactory,
    ReviewFactory,
    ReviewInvitationFactory,
    RoleFactory,
    StaffFactory,
    StaffInvitationFactory,
    StoreFactory,
    TeamInvitationFactory,
    UserFactory,
    converse,
)

pytestmark = pytest.mark.django_db

type Built = tuple[User, str, Callable[[int], None]]
"""Who reads, which list, and how more of its rows are made."""


def _shop(path: str, add: Callable) -> Built:
    store = make_shop()
    return store.owner, f"stores/shop/{path}", lambda count: add(count, store=store)


def _agency(path: str, add: Callable) -> Built:
    partner = make_agency()
    return partner.memberships.get().user, f"partners/agency/{path}", lambda count: add(count, partner=partner)


def requests() -> Built:
    return _shop("requests/", add_requests)


def collaborations() -> Built:
    return _shop("collaborations/", add_collaborations)


def past_collaborations() -> Built:
    return _shop("collaborations/?active=false", add_past)


def activity() -> Built:
    return _shop("activity/", add_activity)


def partner_activity() -> Built:
    def add(count: int, partner: Partner) -> None:
        for _number in range(count):
            collaboration = CollaborationFactory.create(partner=partner)
            activity_rows.record(collaboration.store, "access.revoked", by=UserFactory.create(), partner=partner)

    return _agency("activity/", add)


def store_conversations() -> Built:
    return _shop("conversations/", add_conversations)


def partner_conversations() -> Built:
    return _agency("conversations/", add_conversations)


def add_conversations(count: int, **place) -> None:
    for _number in range(count):
        MessageFactory.create(conversation=converse(AccessRequestFactory.create(**place)))


def sent_requests() -> Built:
    return _agency("requests/", add_unanswered)


def templates() -> Built:
    return _agency("templates/", lambda count, partner: RequestTemplateFactory.create_batch(count, partner=partner))


def access_reviews() -> Built:
    return _shop("access-reviews/", add_reviews)


def review_lines() -> Built:
    """The review asks about those who may enter when the list is read."""
    store = make_shop()
    review = AccessReviewFactory.create(store=store, begins_at=timezone.now() + timedelta(days=1))
    path = f"stores/shop/access-reviews/{review.public_id}/answers/"
    return store.owner, path, lambda count: add_answers(count, review=review)


def development_stores() -> Built:
    return _agency("development-stores/", add_built)


def places() -> Built:
    return _agency("collaborations/?active=true", add_collaborations)


def staff() -> Built:
    return _shop("staff/", lambda count, store: StaffFactory.create_batch(count, store=store))


def staff_invitations() -> Built:
    return _shop("staff/invitations/", lambda count, store: StaffInvitationFactory.create_batch(count, store=store))


def add_experts(count: int, *, store: Store) -> None:
    """Open, used, and so on: each by somebody else."""
    for number in range(count):
        used = {"used": True, "collaboration__granted_by": UserFactory.create()} if number % 2 else {}
        ExpertInvitationFactory.create(store=store, invited_by=UserFactory.create(), **used)


def expert_invitations() -> Built:
    return _shop("experts/invitations/", add_experts)


def team() -> Built:
    """The owner, who reads it, is one of them."""
    return _agency("team/", lambda count, partner: MembershipFactory.create_batch(count, partner=partner))


def team_invitations() -> Built:
    return _agency(
        "team/invitations/", lambda count, partner: TeamInvitationFactory.create_batch(count, partner=partner)
    )


def notifications() -> Built:
    user = UserFactory.create()
    return user, "notifications/", lambda count: add_lines(user, count)


def partners() -> Built:
    user = UserFactory.create()
    return user, "partners/", lambda count: MembershipFactory.create_batch(count, user=user) and None


def stores() -> Built:
    user = UserFactory.create()

    def add(count: int) -> None:
        for number in range(count):
            StoreFactory.create(owner=user) if number % 2 else StaffFactory.create(user=user)

    return user, "stores/", add


def store_payments() -> Built:
    job = JobFactory.create(store=make_shop(), in_progress=True)
    return job.store.owner, f"stores/shop/jobs/{job.public_id}/payments/", lambda count: add_payments(count, job=job)


def partner_payments() -> Built:
    job = JobFactory.create(partner=make_agency(), in_progress=True)
    path = f"partners/agency/jobs/{job.public_id}/payments/"
    return job.partner.memberships.get().user, path, lambda count: add_payments(count, job=job)


def add_payments(count: int, *, job: Job) -> None:
    """Each by somebody else; every other one of them takes back the one before."""
    before = None
    for _number in range(count):
        before = PaymentFactory.create(job=job, reverses=before if before and not before.is_reversal else None)


def add_jobs(count: int, **place) -> None:
    """Each hired, cancelled and begun by somebody else."""
    for _number in range(count):
        JobFactory.create(**place, in_progress=True, created_by=UserFactory.create(), hired_by=UserFactory.create())


def store_jobs() -> Built:
    return _shop("jobs/", add_jobs)


def partner_jobs() -> Built:
    return _agency("jobs/", add_jobs)


def items() -> Built:
    store = make_shop()
    job = JobFactory.create(store=store, partner=PartnerFactory.create(), in_progress=True)
    path = f"stores/shop/jobs/{job.public_id}/items/"
    return store.owner, path, lambda count: JobItemFactory.create_batch(count, job=job)


def store_completions() -> Built:
    job = JobFactory.create(store=make_shop(), in_progress=True)
    return job.store.owner, f"stores/shop/jobs/{job.public_id}/completions/", lambda count: add_completions(count, job)


def partner_completions() -> Built:
    job = JobFactory.create(partner=make_agency(), in_progress=True)
    path = f"partners/agency/jobs/{job.public_id}/completions/"
    return job.partner.memberships.get().user, path, lambda count: add_completions(count, job)


def add_completions(count: int, job: Job) -> None:
    """Each asked, given more days and declined by somebody else, with what was missing."""
    for _number in range(count):
        completion = CompletionRequestFactory.create(
            job=job, declined=True, extended_at=timezone.now(), extended_by=UserFactory.create()
        )
        JobItemFactory.create_batch(2, job=job, origin="decline", completion=completion)


def partner_reviews() -> Built:
    def add(count: int, partner: Partner) -> None:
        for _number in range(count):
            ReplyFactory.create(review=ReviewFactory.create(partner=partner))

    return _agency("reviews/", add)


def blocks() -> Built:
    return _shop("blocked/", add_blocked)


def review_invitations() -> Built:
    return _shop("reviews/invitations/", lambda count, store: ReviewInvitationFactory.create_batch(count, store=store))


def reviews() -> Built:
    return _shop("reviews/", add_answered_reviews)


def add_answered_reviews(count: int, store: Store) -> None:
    for _number in range(count):
        ReplyFactory.create(review__store=store)


LISTS = {  # list: queries, the one of the token among them
    requests: 4,  # token, store, permissions; requests with partner, people and collaboration
    collaborations: 5,  # and who used them
    past_collaborations: 5,
    access_reviews: 4,
    review_lines: 7,  # token, store, permissions; review; collaborations with people, who used them, answers
    activity: 4,
    partner_activity: 3,
    store_conversations: 4,
    partner_conversations: 3,
    blocks: 4,
    review_invitations: 4,  # token, store, permissions; invitations with people, partner and review
    reviews: 5,  # and replies
    store_payments: 5,  # token, store, permissions; job; payments with people, reversals and job
    partner_payments: 4,
    partner_reviews: 5,  # token, membership with partner; reviews with store; replies with people; their versions
    store_completions: 6,  # token, store, permissions; job; requests with people; what was missing
    partner_completions: 5,
    store_jobs: 4,  # token, store, permissions; jobs with people, partner and conversation
    partner_jobs: 3,
    items: 5,  # token, store, permissions; job; items with who added and ticked them
    sent_requests: 3,  # token, membership with partner; requests
    templates: 3,  # token, membership with partner; templates with who made them
    places: 4,
    development_stores: 3,  # token, membership with partner; stores with their open offers
    staff: 4,  # token, store, permissions; staff with person and role
    staff_invitations: 4,
    expert_invitations: 4,
    team: 3,  # token, membership with partner; members with person
    team_invitations: 3,
    notifications: 7,  # token; notifications with event; partners, stores, requests, collaborations and actors
    partners: 2,  # token; partners with my place
    stores: 2,
}


def read(client: Client, path: str) -> dict:
    response = client.get(path)
    assert response.status_code == 200, response.content
    return response.json()


def with_token(user: User) -> Client:
    AccessTokenFactory.create(user=user, secret="ent_secret")
    return Client(headers={"authorization": "Bearer ent_secret"})


@pytest.mark.parametrize("count", [1, 3, 50])
@pytest.mark.parametrize("build", LISTS, ids=lambda build: build.__name__)
def test_a_list_asks_as_often_for_fifty_as_for_one(build, count, django_assert_num_queries):
    user, path, add = build()
    add(count - (build is team))
    client = with_token(user)
    with django_assert_num_queries(LISTS[build]):
        body = read(client, f"/api/v1/{path}")
    assert len(body["results"]) == count
    assert body["next"] is None


def test_the_roles_of_a_store_ask_as_often_for_many_as_for_one(django_assert_num_queries):
    store = make_shop()
    client = with_token(store.owner)
    shipped = len(read(client, "/api/v1/stores/shop/roles/")["results"])
    for count in (1, 20):
        RoleFactory.create_batch(count, store=store)
        with django_assert_num_queries(4):  # token, store, permissions; roles
            body = read(client, "/api/v1/stores/shop/roles/")
    assert len(body["results"]) == shipped + 21


@pytest.mark.parametrize("build", LISTS, ids=lambda build: build.__name__)
def test_a_long_list_goes_on_where_the_page_ends_and_shows_each_row_once(build, settings):
    user, path, add = build()
    add(PAGE_SIZE + 3 - (build is team))
    client = with_token(user)
    first = read(client, f"/api/v1/{path}")
    assert first["next"].startswith(settings.SITE_URL)
    add(1)  # newer rows do not move the place
    with CaptureQueriesContext(connection) as queries:
        second = read(client, first["next"].removeprefix(settings.SITE_URL))
    ids = [row["id"] for page in (first, second) for row in page["results"]]
    assert (len(first["results"]), len(second["results"])) == (PAGE_SIZE, 3)
    assert len({*ids}) == PAGE_SIZE + 3
    assert second["next"] is None
    assert len(queries) == LISTS[build] + 1  # where the page begins


def test_whether_somebody_may_costs_four_queries(world, django_assert_num_queries):
    client = with_token(world.people["collaborator"])
    read(client, "/api/v1/stores/maison-lavande/")  # that they came in is written down, once a minute
    with django_assert_num_queries(4):  # token; store, permissions; grants with their ends
        read(client, "/api/v1/stores/maison-lavande/access/?permission=orders.view")


@pytest.mark.parametrize(
    ("build", "query", "count"),
    [
        (requests, "status=pending", 2),
        (requests, "status=approved", 2),
        (requests, "status=declined", 2),
        (requests, "status=withdrawn", 0),
        (sent_requests, "status=pending", 2),
        (sent_requests, "status=expired", 2),  # past its time, not swept
    ],
)
def test_a_filter_shows_those_and_no_others(build, query, count):
    user, path, add = build()
    add(6)
    found = read(with_token(user), f"/api/v1/{path}?{query}")["results"]
    assert [row["status"] for row in found] == [query.partition("=")[2]] * count


def test_open_and_over_are_two_halves_of_the_list():
    store = make_shop()
    add_collaborations(3, store=store)
    add_past(3, store=store)
    client = with_token(store.owner)
    path = "/api/v1/stores/shop/collaborations/"
    halves = [read(client, f"{path}?active={which}")["results"] for which in ("true", "false")]
    assert [{row["active"] for row in half} for half in halves] == [{True}, {False}]
    assert {row["ended_how"] for row in halves[1]} == {"revoked", "lapsed"}
    assert all(row["ended_at"] for row in halves[1])
    assert len(read(client, path)["results"]) == 6


def test_the_next_page_keeps_the_filter(settings):
    user, path, add = requests()
    add(3 * (PAGE_SIZE + 1))
    client = with_token(user)
    body = read(client, f"/api/v1/{path}?status=declined")
    rest = read(client, body["next"].removeprefix(settings.SITE_URL))
    assert [row["status"] for row in rest["results"]] == ["declined"]
