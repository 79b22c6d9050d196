"""No page's queries grow with its rows, and lists go on where the last page ended: once each row, at any depth."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.keyset import PAGE_SIZE
from accounts.models import User
from collaborators.models import AccessReview, CollaborationUse, PartnerBlock
from config.dashboards import SHOWN
from notifications.models import Event, MailChoice, Notification, RefusedAddress
from notifications.views import LATEST
from partners.models import Partner
from stores.models import Activity, Store
from tests.factories import (
    AccessRequestFactory,
    AccessReviewAnswerFactory,
    AccessReviewFactory,
    CollaborationFactory,
    ExpertInvitationFactory,
    HandoverOfferFactory,
    MembershipFactory,
    MessageFactory,
    PartnerFactory,
    RequestTemplateFactory,
    RoleFactory,
    StaffFactory,
    StaffInvitationFactory,
    StoreFactory,
    TeamInvitationFactory,
    UserFactory,
    converse,
)

pytestmark = pytest.mark.django_db

COUNTS = pytest.mark.parametrize("count", [1, 3, 50])
MOST = 12  # queries of a page

ROW_ID = "([0-9a-f-]{36})"
REQUEST = rf'href="/store/shop/settings/users/collaborators/requests/{ROW_ID}/"'
COLLABORATION = rf'href="/store/shop/settings/users/collaborators/{ROW_ID}/"'
BLOCKED = rf'action="/store/shop/settings/users/security/blocked/{ROW_ID}/removal/"'
CHANGE = r"by (Person \d+)"  # each change by somebody else
SENT = rf'href="/partner/agency/stores/requests/{ROW_ID}/"'
PLACE = rf'href="/partner/agency/stores/collaborations/{ROW_ID}/"'
BUILT = rf'href="/partner/agency/stores/development/{ROW_ID}/"'
TEMPLATE = rf'href="/partner/agency/stores/templates/{ROW_ID}/"'
LINE = rf'action="/notifications/{ROW_ID}/reading/"'


@dataclass(frozen=True)
class Reader:
    """Somebody in front of a list, how to find its rows in the page, and how to make more of them."""

    user: User
    path: str
    row: str
    add: Callable[[int], None] = lambda _count: None

    def of(self, count: int) -> "Reader":
        self.add(count)
        return self

    def client(self) -> Client:
        client = Client()
        client.force_login(self.user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return client


def rows(response, row: str) -> list[str]:
    assert response.status_code == 200
    return re.findall(row, response.content.decode())


# --- Rows: each with people, partners and stores of its own ---------------------------------------------------------


def make_shop() -> Store:
    return StoreFactory.create(name="Shop", handle="shop", owner__name="Shop Owner")


def make_agency() -> Partner:
    partner = PartnerFactory.create(name="Agency", slug="agency")
    MembershipFactory.create(partner=partner, user__name="Agency Owner", owner=True)
    return partner


def ends(count: int) -> list:
    """No end, soon, far away, and so on."""
    now = timezone.now()
    return list(islice(cycle([None, now + timedelta(days=5), now + timedelta(days=90)]), count))


def add_pending(count: int, **either) -> None:
    for ends_at in ends(count):
        AccessRequestFactory.create(**either, ends_at=ends_at)


def add_unanswered(count: int, *, partner: Partner) -> None:
    """Pending, declined, past its time but not swept, and so on."""
    for traits in islice(cycle([{}, {"declined": True}, {"overdue": True}]), count):
        AccessRequestFactory.create(partner=partner, **traits)


def add_requests(count: int, *, store: Store) -> None:
    """Pending, declined, approved, and so on."""
    for traits in islice(cycle([{}, {"declined": True}, {"approved": True}]), count):
        decider = {"decided_by": UserFactory.create()} if traits else {}
        AccessRequestFactory.create(store=store, **traits, **decider)


def add_collaborations(count: int, **either) -> None:
    for ends_at in ends(count):
        CollaborationFactory.create(**either, ends_at=ends_at, granted_by=UserFactory.create())


def add_past(count: int, **either) -> None:
    """Revoked, lapsed, past its end but not swept, and so on."""
    for trait in islice(cycle(["revoked", "lapsed", "past_its_end"]), count):
        ended_by = {"ended_by": UserFactory.create()} if trait == "revoked" else {}
        CollaborationFactory.create(**either, **{trait: True}, **ended_by)


def add_reviews(count: int, *, store: Store) -> None:
    """One a quarter, back from a year that was never reached by another."""
    first = AccessReview.objects.filter(store=store).count()
    for number in range(first, first + count):
        day = date(2000 + number // 4, number % 4 * 3 + 1, 1)
        begins_at = datetime(day.year, day.month, 1, tzinfo=UTC)
        AccessReviewFactory.create(
            store=store, quarter=day, begins_at=begins_at, closes_at=begins_at + timedelta(days=90)
        )


def add_answers(count: int, *, review: AccessReview) -> None:
    """Not answered, kept, reduced by somebody, and so on; each used by two people."""
    for decision in islice(cycle(["", "keep", "reduce"]), count):
        permissions = ["orders.view", "customers.view"]
        row = CollaborationFactory.create(store=review.store, permissions=permissions, granted_by=UserFactory.create())
        for _number in range(2):
            CollaborationUse.objects.create(collaboration=row, user=UserFactory.create(), last_used_at=timezone.now())
        if decision:
            after = permissions[: 1 if decision == "reduce" else 2]
            said = {"decision": decision, "before": permissions, "after": after, "answered_by": UserFactory.create()}
            AccessReviewAnswerFactory.create(review=review, collaboration=row, **said)


def add_blocked(count: int, *, store: Store) -> None:
    for _ in range(count):
        PartnerBlock.objects.create(store=store, partner=PartnerFactory.create(), blocked_by=UserFactory.create())


def add_activity(count: int, *, store: Store) -> None:
    terms = {"permissions": ["products.view"], "ends_at": timezone.now().isoformat()}
    kinds = ["access.approved", "access.requested", "access.changed", "access.revoked"]
    for kind in islice(cycle(kinds), count):
        partner, actor = PartnerFactory.create(), UserFactory.create()
        Activity.objects.create(store=store, partner=partner, actor=actor, kind=kind, before=terms, after=terms)


def add_lines(user: User, count: int) -> None:
    """Approvals: each names a partner, a store, a request, a collaboration and an actor of its own."""
    for _number in range(count):
        row = AccessRequestFactory.create(approved=True)
        payload = {
            "partner": row.partner_id,
            "store": row.store_id,
            "access_request": row.pk,
            "collaboration": row.collaboration_id,
        }
        event = Event.objects.create(
            topic="access.approved", dedupe_key=str(row.pk), payload=payload, actor=row.store.owner
        )
        Notification.objects.create(event=event, user=user, audience="partner")


# --- Lists ----------------------------------------------------------------------------------------------------------


def shop_list(path: str, row: str, add: Callable, count: int) -> Reader:
    store = make_shop()
    return Reader(store.owner, f"/store/shop/{path}", row, lambda more: add(more, store=store)).of(count)


def agency_list(path: str, row: str, add: Callable, count: int) -> Reader:
    partner = make_agency()
    owner = partner.memberships.get().user
    return Reader(owner, f"/partner/agency/stores/{path}", row, lambda more: add(more, partner=partner)).of(count)


def collaborators(count: int) -> Reader:
    return shop_list("settings/users/collaborators/", COLLABORATION, add_collaborations, count)


def waiting_requests(count: int) -> Reader:
    return shop_list("settings/users/collaborators/", REQUEST, add_pending, count)


def all_requests(count: int) -> Reader:
    return shop_list("settings/users/collaborators/requests/", REQUEST, add_requests, count)


def blocked(count: int) -> Reader:
    return shop_list("settings/users/security/", BLOCKED, add_blocked, count)


def past_access(count: int) -> Reader:
    return shop_list("settings/users/collaborators/past/", COLLABORATION, add_past, count)


def review_lines(count: int) -> Reader:
    """Read by somebody of the staff, who may belong to a partner."""
    store = make_shop()
    add_reviews(10, store=store)
    review = AccessReviewFactory.create(store=store, begins_at=timezone.now() + timedelta(days=1))
    add_answers(count, review=review)
    manager = StaffFactory.create(store=store, key="store_manager").user
    path = "/store/shop/settings/users/collaborators/review/"
    return Reader(manager, path, COLLABORATION, lambda more: add_answers(more, review=review))


def changes(count: int) -> Reader:
    return shop_list("activity/", CHANGE, add_activity, count)


def changes_for_partner(count: int) -> Reader:
    partner = make_agency()

    def add(more: int) -> None:
        for _number in range(more):
            store, actor = CollaborationFactory.create(partner=partner).store, UserFactory.create()
            Activity.objects.create(store=store, partner=partner, actor=actor, kind="access.revoked")

    return Reader(partner.memberships.get().user, "/partner/agency/activity/", CHANGE, add).of(count)


def places(count: int) -> Reader:
    return agency_list("", PLACE, add_collaborations, count)


def add_built(count: int, *, partner: Partner) -> None:
    """Being built, offered, handed over, and so on."""
    for number in range(count):
        if number % 3 == 2:
            StoreFactory.create(built_by=partner, handed_over_at=timezone.now())
        else:
            store = StoreFactory.create(owner=None, built_by=partner)
            if number % 3:
                HandoverOfferFactory.create(store=store)


def built(count: int) -> Reader:
    return agency_list("", BUILT, add_built, count)


def sent_requests(count: int) -> Reader:
    return agency_list("", SENT, add_unanswered, count)


def add_templates(count: int, *, partner: Partner) -> None:
    RequestTemplateFactory.create_batch(count, partner=partner)


def templates(count: int) -> Reader:
    return agency_list("templates/", TEMPLATE, add_templates, count)


def past_places(count: int) -> Reader:
    return agency_list("past/", PLACE, add_past, count)


def add_experts(count: int, *, store: Store) -> None:
    """Open, used, taken back, too old, and so on."""
    for traits in islice(cycle([{}, {"used": True}, {"taken_back": True}, {"lapsed": True}]), count):
        ExpertInvitationFactory.create(store=store, invited_by=UserFactory.create(), **traits)


def invited_experts(count: int) -> Reader:
    return shop_list(
        "settings/users/collaborators/invitations/", r"<b>(invited-\d+@people.example)</b>", add_experts, count
    )


def lines(count: int) -> Reader:
    user = UserFactory.create()
    return Reader(user, "/notifications/", LINE, lambda more: add_lines(user, more)).of(count)


# --- As many queries for fifty rows as for one ----------------------------------------------------------------------


@COUNTS
def test_the_collaborator_list_asks_as_often_for_fifty_as_for_one(count, django_assert_num_queries):
    reader = collaborators(count)
    add_pending(count, store=Store.objects.get(handle="shop"))
    client = reader.client()
    with django_assert_num_queries(11):
        # session, user, store, permissions; requests with partner, collaborations with partner and store, code with
        # policy and maker; frame: stores, partners, waiting, unread
        response = client.get(reader.path)
    assert len(rows(response, COLLABORATION)) == count
    assert len(rows(response, REQUEST)) == count


@COUNTS
def test_the_request_list_asks_as_often_for_fifty_as_for_one(count, django_assert_num_queries):
    reader = all_requests(count)
    client = reader.client()
    with django_assert_num_queries(9):
        # session, user, store, permissions; requests with partner and decider; frame: stores, partners, waiting, unread
        response = client.get(reader.path)
    assert len(rows(response, reader.row)) == count


@COUNTS
def test_the_page_of_security_asks_as_often_for_fifty_blocked_partners_as_for_one(count, django_assert_num_queries):
    reader = blocked(count)
    client = reader.client()
    with django_assert_num_queries(11):
        # session, user, store, permissions; code with policy, maker and its path; second step; blocked partners with
        # who blocked them; frame: stores, partners, waiting, unread
        response = client.get(reader.path)
    assert len(rows(response, reader.row)) == count


@COUNTS
def test_the_list_of_past_access_asks_as_often_for_fifty_as_for_one(count, django_assert_num_queries):
    reader = past_access(count)
    client = reader.client()
    with django_assert_num_queries(9):
        # session, user, store, permissions; collaborations with partner, store and who ended them; frame: stores,
        # partners, waiting, unread
        response = client.get(reader.path)
    assert len(rows(response, reader.row)) == count


@COUNTS
def test_the_access_review_asks_as_often_for_fifty_as_for_one(count, django_assert_num_queries):
    reader = review_lines(count)
    client = reader.client()
    with django_assert_num_queries(11):
        # session, user, store, permissions; reviews; collaborations with partner and store, answers with people; frame:
        # stores, partners, waiting, unread
        response = client.get(reader.path)
    assert len(rows(response, reader.row)) == count
    assert len(rows(response, r'value="(reduce)"')) == -(-count // 3)


@COUNTS
def test_a_past_access_review_asks_as_often_for_fifty_as_for_one(count, django_assert_num_queries):
    reader = review_lines(count)
    review = AccessReview.objects.get(store__handle="shop", quarter__gt=date(2020, 1, 1))
    with time_machine.travel(review.closes_at):
        client = reader.client()
        with django_assert_num_queries(11):
            # session, user, store, permissions; review; collaborations with partner and store, answers with people;
            # frame: stores, partners, waiting, unread
            response = client.get(f"{reader.path}{review.public_id}/")
    assert len(rows(response, reader.row)) == count


@COUNTS
def test_the_csv_of_a_review_asks_as_often_for_fifty_as_for_one(count, django_assert_num_queries):
    reader = review_lines(count)
    review = AccessReview.objects.get(store__handle="shop", quarter__gt=date(2020, 1, 1))
    client = reader.client()
    with django_assert_num_queries(9):
        # session, user, store, permissions; review; collaborations with partner and store, answers with people; whether
        # the reader may still see users, before the rows and after them
        content = client.get(f"{reader.path}{review.public_id}/csv/").getvalue().decode()
    assert content.count("\r\n") == count + 1


@COUNTS
def test_the_renewal_and_the_keeping_of_access_cost_the_same_however_many_used_it(count, django_assert_num_queries):
    store = make_shop()
    row = CollaborationFactory.create(store=store, ends_at=timezone.now() + timedelta(days=5))
    for _number in range(count):
        CollaborationUse.objects.create(collaboration=row, user=UserFactory.create(), last_used_at=timezone.now())
    client = Reader(store.owner, "", "").client()
    for page, queries in (("renewal", 12), ("keeping", 11)):
        with django_assert_num_queries(queries):
            # session, user, store, permissions; collaboration with people, (membership,) permissions again; jobs in
            # progress; frame: stores, partners, waiting, unread
            response = client.get(f"/store/shop/settings/users/collaborators/{row.public_id}/{page}/")
        assert response.status_code == 200


@COUNTS
def test_the_activity_list_asks_as_often_for_fifty_as_for_one(count, django_assert_num_queries):
    reader = changes(count)
    client = reader.client()
    with django_assert_num_queries(10):
        # session, user, store, permissions; activity with actor, partner and store; people and partners to choose from;
        # frame: stores, partners, waiting, unread
        response = client.get(reader.path)
    assert len(rows(response, reader.row)) == count


@COUNTS
def test_the_activity_of_a_partner_asks_as_often_for_fifty_as_for_one(count, django_assert_num_queries):
    reader = changes_for_partner(count)
    client = reader.client()
    with django_assert_num_queries(9):
        # session, user, membership with partner; activity with actor, store and place; stores to choose from; frame:
        # stores, partners, jobs that wait, unread
        response = client.get(reader.path)
    assert len(rows(response, reader.row)) == count


def test_the_hundredth_page_of_ten_thousand_changes_asks_as_often_as_the_first_whatever_is_looked_for():
    store = make_shop()
    partner, actor = PartnerFactory.create(slug="ours"), UserFactory.create()
    Activity.objects.bulk_create(
        Activity(store=store, partner=partner, actor=actor, kind="access.revoked") for _number in range(10_000)
    )
    newest, *_rest, late = Activity.objects.order_by("-pk")[: 99 * PAGE_SIZE]
    client = Reader(store.owner, "", "").client()
    today = timezone.localdate()
    for looked_for in (
        "",
        "&kind=access&kind=roles",
        f"&person={newest.public_id}",
        "&partner=ours",
        f"&since={today - timedelta(days=1)}&until={today + timedelta(days=1)}",
        f"&kind=access&person={newest.public_id}&partner=ours&since={today - timedelta(days=1)}",
    ):
        asked = []
        for place in ("", f"&after={late.public_id}", f"&before={late.public_id}"):
            with CaptureQueriesContext(connection) as queries:
                response = client.get(f"/store/shop/activity/?{place}{looked_for}")
            assert len(rows(response, r"<li>\s+Access of")) == PAGE_SIZE
            asked.append(len(queries))
        assert len({*asked}) == 1, looked_for
        assert asked[0] <= MOST, looked_for


@COUNTS
@pytest.mark.parametrize("side", ["store", "partner"])
def test_a_conversation_asks_as_often_for_fifty_messages_as_for_one(count, side, django_assert_num_queries):
    collaboration = CollaborationFactory.create(store=make_shop(), partner=make_agency())
    talk = converse(collaboration)
    for _number in range(count):
        MessageFactory.create(conversation=talk, side="partner")
    in_store = side == "store"
    reader = collaboration.store.owner if in_store else collaboration.partner.memberships.get().user
    client = Reader(reader, "", "").client()
    with django_assert_num_queries(11 if in_store else 10):
        # session, user, store, permissions (or membership); conversation with whether it is open and how far it was
        # read; messages with authors; what was written with the request; frame: stores, partners, waiting, unread
        response = client.get(f"/{'store/shop' if in_store else 'partner/agency'}/conversations/{talk.public_id}/")
    assert len(rows(response, r"<b>Person \d+</b>")) == count


@COUNTS
def test_the_store_home_asks_as_often_for_fifty_as_for_one(count, django_assert_num_queries):
    reader = changes(count)
    shop = Store.objects.get(handle="shop")
    add_pending(count, store=shop)
    add_collaborations(count, store=shop)
    client = reader.client()
    with django_assert_num_queries(12):
        # session, user, store, permissions; requests with partner, collaborations with partner and store, activity with
        # actor, partner and store; frame: stores, partners, waiting, unread; jobs that wait
        response = client.get("/store/shop/")
    for row in (REQUEST, COLLABORATION, CHANGE):
        assert len(rows(response, row)) == min(count, SHOWN)


@COUNTS
def test_the_partner_home_asks_as_often_for_fifty_as_for_one(count, django_assert_num_queries):
    reader = places(count)
    partner = reader.user.memberships.get().partner
    add_pending(count, partner=partner)
    client = reader.client()
    with django_assert_num_queries(11):
        # session, user, membership with partner; requests with who asked, collaborations with store and partner; frame:
        # stores, partners, what waits, unread; these jobs, these reviews
        response = client.get("/partner/agency/")
    assert len(rows(response, PLACE)) == min(count, SHOWN)
    assert len(rows(response, SENT)) == min(count, SHOWN)


@COUNTS
def test_the_partners_store_list_asks_as_often_for_fifty_as_for_one(count, django_assert_num_queries):
    reader = places(count)
    partner = reader.user.memberships.get().partner
    add_unanswered(count, partner=partner)
    for _number in range(count):
        ExpertInvitationFactory.create(email=reader.user.email)
    client = reader.client()
    add_built(count, partner=partner)
    with django_assert_num_queries(12):
        # session, user, membership with partner; collaborations with store, requests with store and who asked; stores
        # that it builds with their open offers; verified addresses, what they are invited to; frame: stores, partners,
        # jobs that wait, unread
        response = client.get(reader.path)
    assert len(rows(response, PLACE)) == count
    assert len(rows(response, BUILT)) == count
    assert len(rows(response, SENT)) == count


@COUNTS
def test_the_partners_past_access_asks_as_often_for_fifty_as_for_one(count, django_assert_num_queries):
    reader = past_places(count)
    client = reader.client()
    with django_assert_num_queries(8):
        # session, user, membership with partner; collaborations with store and who ended them; frame: stores, partners,
        # jobs that wait, unread
        response = client.get(reader.path)
    assert len(rows(response, reader.row)) == count


@COUNTS
def test_the_inbox_asks_as_often_for_fifty_as_for_one(count, django_assert_num_queries):
    reader = lines(count)
    client = reader.client()
    with django_assert_num_queries(10):
        # session, user; notifications with event; the partners, stores, requests, collaborations and actors that the
        # events name; frame: stores, partners, unread
        response = client.get(reader.path)
    assert len(rows(response, reader.row)) == count


@COUNTS
def test_the_page_of_mails_asks_as_often_for_fifty_choices_as_for_one(count, django_assert_num_queries):
    user = UserFactory.create()
    for number in range(count):
        MembershipFactory.create(user=user)
        StoreFactory.create(owner=user)
        MailChoice.objects.create(user=user, topic=f"kind.{number}", how="off")
    client = Reader(user, "", "").client()
    with django_assert_num_queries(8):
        # session, user; whether stores, whether partners; choices; frame: stores, partners, unread
        response = client.get("/account/mails/")
    assert len(rows(response, r'name="([a-z.]+)" value="off"')) > 5


def test_an_address_that_is_refused_costs_no_query(django_assert_num_queries):
    user = UserFactory.create()
    RefusedAddress.objects.create(user=user, address=user.email)
    client = Reader(user, "", "").client()
    with django_assert_num_queries(6):  # session, user, notifications; frame: unread and the address, stores, partners
        response = client.get("/notifications/")
    assert f"Mails to {user.email} come back" in response.content.decode()


@COUNTS
def test_what_opens_under_the_bell_asks_as_often_for_fifty_as_for_one(count, django_assert_num_queries):
    reader = lines(count)
    client = reader.client()
    with django_assert_num_queries(7):
        # session, user; notifications with event; the partners, stores, requests and actors that their lines name
        response = client.get("/notifications/latest/")
    assert len(rows(response, reader.row)) == min(count, LATEST)


@COUNTS
def test_the_number_at_the_bell_asks_as_often_for_fifty_as_for_one(count, django_assert_num_queries):
    reader = lines(count)
    client = reader.client()
    with django_assert_num_queries(3):  # session, user, unread
        response = client.get("/notifications/count/")
    assert rows(response, r'<span class="dot" aria-hidden="true">(\d+)</span>') == [str(count)]


@COUNTS
def test_the_page_of_a_collaboration_asks_as_often_for_a_long_history_as_for_a_short_one(
    count, django_assert_num_queries
):
    store = make_shop()
    collaboration = CollaborationFactory.create(store=store)
    for _number in range(count):
        actor = UserFactory.create()
        Activity.objects.create(store=store, partner=collaboration.partner, actor=actor, kind="access.declined")
    reader = Reader(store.owner, f"/store/shop/settings/users/collaborators/{collaboration.public_id}/", CHANGE)
    client = reader.client()
    with django_assert_num_queries(12):
        # session, user, store, permissions; collaboration with partner, store and people, who used it; activity with
        # actor, partner and store; whether it is blocked; jobs in progress; frame: stores, partners, waiting, unread
        response = client.get(reader.path)
    assert len(rows(response, reader.row)) == min(count, 20)


@COUNTS
def test_a_team_and_its_invitations_cost_the_same_however_many(count, django_assert_num_queries):
    partner = make_agency()
    for _number in range(count):
        MembershipFactory.create(partner=partner, permissions=["manage_jobs"])
        TeamInvitationFactory.create(partner=partner, invited_by=UserFactory.create())
    reader = Reader(partner.memberships.get(is_owner=True).user, "/partner/agency/team/", r">Person \d+<")
    client = reader.client()
    with django_assert_num_queries(9):
        # session, user, membership with partner, members with users, invitations with who sent them; frame: stores,
        # partners, jobs that wait, unread
        response = client.get(reader.path)
    assert len(rows(response, r"/team/invitations/[0-9a-f-]{36}/withdrawal/")) == min(count, PAGE_SIZE)
    assert len(rows(response, r'href="/partner/agency/team/[0-9a-f-]{36}/"')) == min(count + 1, PAGE_SIZE)


@COUNTS
def test_staff_and_their_invitations_cost_the_same_however_many(count, django_assert_num_queries):
    store = make_shop()
    for _number in range(count):
        StaffFactory.create(store=store, role=RoleFactory.create(store=store))
        StaffInvitationFactory.create(store=store, invited_by=UserFactory.create())
    reader = Reader(store.owner, "/store/shop/settings/users/", r"/invitations/[0-9a-f-]{36}/withdrawal/")
    client = reader.client()
    with django_assert_num_queries(12):
        # session, user, store, permissions; staff with users and roles, seats, invitations with who sent them, roles
        # to choose from; frame: stores, partners, waiting, unread
        response = client.get(reader.path)
    assert len(rows(response, reader.row)) == min(count, PAGE_SIZE)
    assert len(rows(response, r'href="/store/shop/settings/users/staff/[0-9a-f-]{36}/"')) == min(count, PAGE_SIZE)


@COUNTS
def test_invited_experts_cost_the_same_however_many(count, django_assert_num_queries):
    reader = invited_experts(count)
    client = reader.client()
    with django_assert_num_queries(9):
        # session, user, store, permissions; invitations with people, partner and what they led to; frame: stores,
        # partners, waiting, unread
        response = client.get(reader.path)
    assert len(rows(response, reader.row)) == count


@COUNTS
def test_the_page_of_an_invitation_costs_the_same_however_many_partners_one_has(count, django_assert_num_queries):
    user = UserFactory.create()
    invitation = ExpertInvitationFactory.create(email=user.email)
    for _number in range(count):
        partner = MembershipFactory.create(user=user, owner=True).partner
        CollaborationFactory.create(partner=partner, store=invitation.store)  # and one more for whom they may accept
    MembershipFactory.create(user=user, owner=True)
    client = Reader(user, "", "").client()
    with django_assert_num_queries(9):
        # session, user; invitation with store and inviter, verified addresses, partners, which of them work there;
        # frame: stores, partners, unread
        response = client.get(f"/account/invitations/experts/{invitation.token}/")
    assert len(rows(response, r'<option value="(partner-[0-9]+)"')) == count + 1
    assert len(rows(response, "works for this store already")) == count


@COUNTS
def test_whom_to_ask_costs_the_same_however_many_teams_one_is_in(count, django_assert_num_queries):
    user = UserFactory.create()
    invitation = ExpertInvitationFactory.create(email=user.email)
    for _number in range(count):
        MembershipFactory.create(user=user)
    client = Reader(user, "", "").client()
    with django_assert_num_queries(10):  # and the teams with their owners
        response = client.get(f"/account/invitations/experts/{invitation.token}/")
    assert len(rows(response, "you need Manage stores there")) == count


@COUNTS
def test_roles_cost_the_same_however_many_and_whoever_has_them(count, django_assert_num_queries):
    store = make_shop()
    for _number in range(count):
        StaffFactory.create(store=store, role=RoleFactory.create(store=store))
    reader = Reader(store.owner, "/store/shop/settings/users/roles/", r">Role \d+<")
    client = reader.client()
    with django_assert_num_queries(9):
        # session, user, store, permissions; roles with their people; frame: stores, partners, waiting, unread
        response = client.get(reader.path)
    assert len(rows(response, r"\?copy=[0-9a-f-]{36}")) == count + 8
    assert response.content.decode().count("1 person") == count


@COUNTS
def test_the_switcher_asks_as_often_for_fifty_memberships_as_for_one(count, django_assert_num_queries):
    user = UserFactory.create()
    for _number in range(count):
        MembershipFactory.create(user=user)
        StaffFactory.create(user=user)
        StoreFactory.create(owner=user)
    reader = Reader(user, "/notifications/", r'<a href="/(?:store|partner)/([\w-]+)/">')
    client = reader.client()
    with django_assert_num_queries(6):  # session, user, notifications; frame: stores, partners, unread
        response = client.get(reader.path)
    assert len(rows(response, reader.row)) == 3 * count


def test_an_inbox_with_every_kind_of_thing_stays_within_the_limit():
    """The most that an event can name: a page with all of it at once."""
    reader = lines(3)
    partner, store, person = PartnerFactory.create(), StoreFactory.create(), UserFactory.create()
    role = RoleFactory.create(store=store)
    for topic, audience, payload in (
        ("team.joined", "partner", {"partner": partner.pk, "person": person.pk}),
        ("staff.joined", "store", {"store": store.pk, "person": person.pk}),
        ("role.changed", "person", {"store": store.pk, "role": role.pk}),
    ):
        event = Event.objects.create(topic=topic, dedupe_key=topic, payload=payload, actor=UserFactory.create())
        Notification.objects.create(event=event, user=reader.user, audience=audience)
    client = reader.client()
    with CaptureQueriesContext(connection) as queries:
        response = client.get(reader.path)
    assert len(rows(response, reader.row)) == 6
    assert len(queries) <= MOST


@COUNTS
def test_the_list_of_templates_asks_as_often_for_fifty_as_for_one(count, django_assert_num_queries):
    reader = templates(count)
    client = reader.client()
    with django_assert_num_queries(8):
        # session, user, membership with partner; templates with who made them; frame: stores, partners, jobs that wait,
        # unread
        response = client.get(reader.path)
    assert len(rows(response, reader.row)) == count


@COUNTS
def test_the_form_asks_as_often_for_fifty_templates_as_for_one(count, django_assert_num_queries):
    reader = templates(count)
    client = reader.client()
    with django_assert_num_queries(8):
        # session, user, membership with partner; templates; frame: stores, partners, jobs that wait, unread
        response = client.get("/partner/agency/stores/request/")
    assert response.content.decode().count(">Template ") == count


# --- Older ones -----------------------------------------------------------------------------------------------------

LISTS = pytest.mark.parametrize(
    ("build", "parameter"),
    [
        (collaborators, "after"),
        (waiting_requests, "requests_after"),
        (all_requests, "after"),
        (past_access, "after"),
        (blocked, "after"),
        (changes, "after"),
        (changes_for_partner, "after"),
        (review_lines, "after"),
        (places, "after"),
        (sent_requests, "requests_after"),
        (built, "built_after"),
        (templates, "after"),
        (past_places, "after"),
        (invited_experts, "after"),
        (lines, "after"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)


def link_to_older(response, parameter: str) -> str | None:
    found = re.search(rf'href="(\?{parameter}={ROW_ID})"', response.content.decode())
    return found and found[1]


@LISTS
def test_a_long_list_goes_on_where_the_page_ends_and_shows_each_row_once(build: Callable, parameter):
    reader = build(PAGE_SIZE + 3)
    client = reader.client()
    first = client.get(reader.path)
    older = link_to_older(first, parameter)
    assert older
    with CaptureQueriesContext(connection) as queries:
        second = client.get(reader.path + older)
    on_first, on_second = rows(first, reader.row), rows(second, reader.row)
    assert (len(on_first), len(on_second)) == (PAGE_SIZE, 3)
    assert len({*on_first, *on_second}) == PAGE_SIZE + 3
    assert link_to_older(second, parameter) is None
    assert len(queries) <= MOST


@LISTS
def test_a_list_that_fits_on_its_page_leads_nowhere(build: Callable, parameter):
    reader = build(PAGE_SIZE)
    response = reader.client().get(reader.path)
    assert len(rows(response, reader.row)) == PAGE_SIZE
    assert link_to_older(response, parameter) is None


@LISTS
def test_a_list_does_not_lose_its_place_when_newer_rows_come_in_between(build: Callable, parameter):
    reader = build(PAGE_SIZE + 1)
    client = reader.client()
    older = link_to_older(client.get(reader.path), parameter)
    before = rows(client.get(reader.path + older), reader.row)
    reader.add(1)
    assert rows(client.get(reader.path + older), reader.row) == before


NONSENSE = ("nonsense", "", "0", "-1", "' OR 1=1 --", "%F0%9F%8E%88", "{}", "é" * 200, str(uuid4()))


@LISTS
def test_a_place_in_a_list_that_does_not_exist_gives_the_first_page(build: Callable, parameter):
    reader = build(PAGE_SIZE + 1)
    client = reader.client()
    first = rows(client.get(reader.path), reader.row)
    for nonsense in NONSENSE:
        assert rows(client.get(reader.path, {parameter: nonsense}), reader.row) == first, nonsense


def test_a_row_of_another_store_is_no_place_in_a_list():
    reader = all_requests(3)
    theirs = AccessRequestFactory.create()
    AccessRequestFactory.create(store=Store.objects.get(handle="shop"))
    client = reader.client()
    first = rows(client.get(reader.path), reader.row)
    assert len(first) == 4
    assert rows(client.get(reader.path, {"after": theirs.public_id}), reader.row) == first
