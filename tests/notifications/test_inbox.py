"""The bell and the inbox: one's own lines only, read by a click that leads somewhere; looking writes nothing."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.keyset import PAGE_SIZE
from accounts.models import User
from notifications.models import Event, Notification
from notifications.views import LATEST
from partners.models import Partner
from tests.factories import PartnerFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
INBOX, LATEST_PART, COUNT_PART = (reverse(f"notifications:{name}") for name in ("inbox", "latest", "count"))
READING_ALL = reverse("notifications:reading-all")
LOOKING = [INBOX, LATEST_PART, COUNT_PART]


@pytest.fixture
def owner(world) -> User:
    return world.people["owner"]


@pytest.fixture
def notify(world):
    """Put a line into somebody's inbox: a request of a partner, by its name."""

    def notify(user: User, partner: Partner = world.asking, *, read: bool = False) -> Notification:
        request = world.pending
        event = Event.objects.create(
            topic="access.requested",
            dedupe_key=f"notify:{uuid4()}",
            payload={"partner": partner.pk, "store": world.store.pk, "access_request": request.pk},
            actor=request.asked_by,
            told_at=timezone.now(),
        )
        read_at = timezone.now() if read else None
        return Notification.objects.create(event=event, user=user, audience="store", read_at=read_at)

    return notify


def reading(notification: Notification) -> str:
    return reverse("notifications:reading", args=[notification.public_id])


def shown_count(response) -> str:
    """The number beside the bell; empty if there is none."""
    found = re.search(r'class="dot" aria-hidden="true">([^<]*)<', response.content.decode())
    return found[1] if found else ""


def lines(response) -> list[str]:
    """Who asks, line by line."""
    return re.findall(r"<b>([^<]*) asks for access</b>", response.content.decode())


# --- What is shown --------------------------------------------------------------------------------------------------


def test_the_inbox_shows_newest_first_what_happened_where_and_what_is_unread(client, owner, notify):
    notify(owner, PartnerFactory.create(name="First"), read=True)
    notify(owner, PartnerFactory.create(name="Second"))
    client.force_login(owner)
    response = client.get(INBOX)
    assert response.status_code == 200
    assert lines(response) == ["Second", "First"]
    page = response.content.decode()
    assert page.count('<li class="unread">') == 1
    assert page.count("<bdi>Maison Lavande</bdi>") >= 2
    assert shown_count(response) == "1"


@pytest.mark.parametrize("address", [INBOX, LATEST_PART])
def test_an_empty_inbox_says_what_will_be_there(client, owner, address):
    client.force_login(owner)
    page = client.get(address).content.decode()
    assert "Nothing yet" in page
    assert "You are told here when somebody asks, answers or changes something." in page
    assert "Mark all as read" not in page


def test_names_in_the_inbox_are_text(client, owner, notify):
    notify(owner, PartnerFactory.create(name="<script>alert(1)</script>"))
    client.force_login(owner)
    page = client.get(INBOX).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; asks for access" in page
    assert "<script>alert" not in page


def test_a_line_of_a_kind_that_this_version_does_not_know_is_left_out(client, owner, notify):
    Event.objects.create(topic="job.posted", dedupe_key="job:1").notifications.create(user=owner, audience="store")
    notify(owner)
    client.force_login(owner)
    assert lines(client.get(INBOX)) == ["Atelier Nord"]


@pytest.mark.parametrize(
    ("unread", "read", "shown"), [(0, 3, ""), (1, 1, "1"), (99, 0, "99"), (100, 0, "99+"), (130, 0, "99+")]
)
def test_the_bell_counts_what_is_unread(client, owner, notify, unread, read, shown):
    event = notify(owner, read=True).event
    others = [
        Event(topic="access.requested", dedupe_key=f"many:{number}", payload=event.payload)
        for number in range(unread + read)
    ]
    Notification.objects.bulk_create(
        Notification(event=other, user=owner, audience="store", read_at=None if number < unread else timezone.now())
        for number, other in enumerate(Event.objects.bulk_create(others))
    )
    client.force_login(owner)
    response = client.get(COUNT_PART)
    assert shown_count(response) == shown
    said = f"Notifications, {unread if unread < 100 else 100} unread" if unread else "Notifications"
    assert re.search(rf'<span class="visually-hidden">{said}</span>', response.content.decode())


def test_the_bell_goes_on_asking_after_each_answer(client, owner):
    client.force_login(owner)
    part = client.get(COUNT_PART).content.decode()
    assert f'hx-get="{COUNT_PART}"' in part
    assert 'hx-trigger="every 30s"' in part
    assert 'hx-swap="outerHTML"' in part


def test_what_opens_under_the_bell_is_the_newest_few(client, owner, notify):
    for number in range(LATEST + 2):
        notify(owner, PartnerFactory.create(name=f"Partner {number:02}"))
    client.force_login(owner)
    response = client.get(LATEST_PART, headers=HTMX)
    assert lines(response) == [f"Partner {number:02}" for number in range(LATEST + 1, 1, -1)]
    assert "<html" not in response.content.decode()


def test_pages_of_the_inbox_show_each_line_once(client, owner, notify):
    names = [f"Partner {number:03}" for number in range(PAGE_SIZE + 3)]
    for name in names:
        notify(owner, PartnerFactory.create(name=name))
    client.force_login(owner)
    first = client.get(INBOX)
    assert lines(first) == names[: -PAGE_SIZE - 1 : -1]
    (address,) = re.findall(r'href="(\?[^"]*after=[^"]*)"', first.content.decode())
    second = client.get(INBOX + address)
    assert lines(second) == names[2::-1]
    assert "after=" not in second.content.decode()


@pytest.mark.parametrize("address", [INBOX, LATEST_PART])
def test_the_number_of_queries_does_not_grow_with_the_lines(client, owner, notify, address):
    client.force_login(owner)
    counted = []
    for more in (1, 2, 47):
        for _ in range(more):
            notify(owner, PartnerFactory.create())
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counted.append(len(queries))
    assert len(set(counted)) == 1
    assert counted[0] <= 12


# --- Reading --------------------------------------------------------------------------------------------------------


def test_reading_a_line_marks_it_and_leads_to_what_happened(client, world, owner, notify):
    notification, other = notify(owner), notify(owner)
    client.force_login(owner)
    response = client.post(reading(notification))
    assert response.status_code == 302
    assert response.url == reverse("collaborators:request", args=["maison-lavande", world.pending.public_id])
    assert client.get(response.url).status_code == 200
    notification.refresh_from_db()
    other.refresh_from_db()
    assert notification.read_at is not None
    assert other.read_at is None


def test_reading_again_leads_there_again_and_keeps_when_it_was_read(client, owner, notify):
    notification = notify(owner)
    read_at = timezone.now() - timedelta(days=1)
    Notification.objects.update(read_at=read_at)
    client.force_login(owner)
    assert client.post(reading(notification)).status_code == 302
    notification.refresh_from_db()
    assert notification.read_at == read_at


def test_what_was_read_leads_nowhere_for_who_may_no_longer_go_there(client, world, notify):
    manager = world.people["manager"]
    notification = notify(manager)
    manager.staff_places.all().delete()
    client.force_login(manager)
    response = client.post(reading(notification))
    assert client.get(response.url).status_code == 404


def test_marking_all_as_read_marks_ones_own_and_nobody_elses(client, world, owner, notify):
    mine, read = [notify(owner), notify(owner)], notify(owner, read=True)
    read_at = read.read_at
    others = notify(world.people["manager"])
    client.force_login(owner)
    response = client.post(READING_ALL)
    assert (response.status_code, response.url) == (302, INBOX)
    for notification in [*mine, read, others]:
        notification.refresh_from_db()
    assert all(notification.read_at for notification in mine)
    assert read.read_at == read_at
    assert others.read_at is None
    assert shown_count(client.get(COUNT_PART)) == ""


@pytest.mark.parametrize("address", LOOKING)
def test_looking_writes_nothing(client, owner, notify, address):
    notify(owner)
    client.force_login(owner)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    statements = [query["sql"].split(None, 1)[0] for query in queries]
    assert set(statements) == {"SELECT"}
    assert Notification.objects.get().read_at is None


def test_reading_needs_a_post(client, owner, notify):
    notification = notify(owner)
    client.force_login(owner)
    for address in (reading(notification), READING_ALL):
        assert client.get(address).status_code == 405
    notification.refresh_from_db()
    assert notification.read_at is None


@pytest.mark.parametrize("address", LOOKING)
def test_looking_takes_no_post(client, owner, address):
    client.force_login(owner)
    assert client.post(address).status_code == 405


def test_reading_needs_the_token_of_the_form(owner, notify):
    notification = notify(owner)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    for address in (reading(notification), READING_ALL):
        assert strict.post(address).status_code == 403
    notification.refresh_from_db()
    assert notification.read_at is None


# --- Nobody else's --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["manager", "partner_owner", "other_owner", "operator"])
def test_somebody_elses_line_is_as_unknown_as_one_that_never_was(client, world, owner, notify, who):
    notification = notify(owner)
    client.force_login(world.people[who])
    found = client.post(reading(notification))
    missing = client.post(reverse("notifications:reading", args=[uuid4()]))
    assert (found.status_code, missing.status_code) == (404, 404)
    notification.refresh_from_db()
    assert notification.read_at is None


@pytest.mark.parametrize("address", LOOKING)
def test_somebody_elses_lines_are_neither_shown_nor_counted(client, world, owner, notify, address):
    notify(owner, PartnerFactory.create(name="Canary Partner"))
    client.force_login(world.people["operator"])
    response = client.get(address)
    assert "Canary" not in response.content.decode()
    assert shown_count(response) == ""


def test_somebody_elses_line_does_not_turn_the_page(client, world, owner, notify):
    """A cursor is looked up among one's own lines: another's is no cursor at all."""
    mine = notify(owner, PartnerFactory.create(name="Mine"))
    theirs = notify(world.people["manager"])
    client.force_login(owner)
    assert lines(client.get(INBOX, {"after": str(theirs.public_id)})) == ["Mine"]
    assert lines(client.get(INBOX, {"after": str(mine.public_id)})) == []


@pytest.mark.parametrize("address", LOOKING)
def test_signed_out_people_are_asked_to_sign_in(client, address):
    response = client.get(address)
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


@pytest.mark.parametrize("address", [LATEST_PART, COUNT_PART])
def test_a_page_left_open_after_signing_out_gets_no_sign_in_page_under_the_bell(client, address):
    response = client.get(address, headers=HTMX)
    assert response.status_code == 401
    assert b"<form" not in response.content


def test_signed_out_people_read_nothing(client, owner, notify):
    notification = notify(owner)
    for address in (reading(notification), READING_ALL):
        response = client.post(address)
        assert response.status_code == 302
        assert response.url.startswith(reverse("account_login"))
    notification.refresh_from_db()
    assert notification.read_at is None


def test_the_inbox_is_kept_by_no_cache(client, owner):
    client.force_login(owner)
    for address in LOOKING:
        assert "no-store" in client.get(address).headers["Cache-Control"]
