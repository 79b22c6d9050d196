"""Unused for 60 days: the store is asked once whether to keep it, and again 60 days after it said so."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.errors import NotAllowed
from collaborators import actions
from collaborators.errors import OwnPartner, TransitionNotAllowed
from collaborators.models import Collaboration, CollaborationUse
from notifications.models import Event
from stores.models import Activity
from tests.factories import CollaborationFactory, MembershipFactory, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db

START = datetime(2030, 1, 15, 12, 0, tzinfo=UTC)
SIXTY, SECOND = timedelta(days=60), timedelta(seconds=1)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def row() -> Collaboration:
    return CollaborationFactory.create(partner=MembershipFactory.create(owner=True).partner)


def asked_at(moment: datetime) -> int:
    actions.question_all_unused(now=moment)
    assert actions.question_all_unused(now=moment) == 0  # asked is asked: nothing is left to look at
    return Event.objects.filter(topic="access.unused").count()


def use(row: Collaboration, at: datetime) -> None:
    user = row.partner.memberships.get().user
    CollaborationUse.objects.update_or_create(collaboration=row, user=user, defaults={"last_used_at": at})


def test_sixty_days_are_1440_hours_since_it_began_and_it_is_asked_once(row):
    assert asked_at(START + SIXTY - SECOND) == 0
    assert asked_at(START + SIXTY) == 1
    assert asked_at(START + 3 * SIXTY) == 1


def test_a_use_begins_a_new_stretch(row):
    use(row, START + timedelta(days=50))
    assert asked_at(START + SIXTY) == 0
    assert asked_at(START + timedelta(days=110)) == 1
    use(row, START + timedelta(days=120))
    assert asked_at(START + timedelta(days=179)) == 1
    assert asked_at(START + timedelta(days=180)) == 2


def test_kept_is_asked_again_after_sixty_more_unused_days(row, frozen):
    assert asked_at(START + SIXTY) == 1
    kept = START + timedelta(days=65)
    frozen.move_to(kept)
    actions.keep(row, by=row.store.owner)
    assert asked_at(kept + SIXTY - SECOND) == 1
    assert asked_at(kept + SIXTY) == 2


def gave_more(row: Collaboration) -> None:
    asks = row.partner.memberships.get().user
    terms = {"permissions": ["themes.view"], "ends_on": None, "message": "", "code": ""}
    request = actions.request_access(row.partner, store_url=row.store.handle, **terms, by=asks)
    actions.approve_request(request, permissions=["products.view", "themes.view"], ends_on=None, by=row.store.owner)


def changed_what_it_may(row: Collaboration) -> None:
    actions.change_permissions(row, permissions=["themes.view"], by=row.store.owner)


def changed_its_end(row: Collaboration) -> None:
    actions.change_end(row, ends_on=date(2031, 1, 1), by=row.store.owner)


@pytest.mark.parametrize("decide", [gave_more, changed_what_it_may, changed_its_end])
def test_whoever_just_decided_about_access_is_not_asked_whether_to_keep_it(row, frozen, decide):
    decided = START + timedelta(days=59, hours=23)
    frozen.move_to(decided)
    decide(row)
    assert asked_at(START + SIXTY) == 0
    assert asked_at(decided + SIXTY) == 1


def test_what_changed_nothing_was_no_decision(row, frozen):
    frozen.move_to(START + timedelta(days=59))
    actions.change_permissions(row, permissions=row.permissions, by=row.store.owner)
    actions.change_end(row, ends_on=None, by=row.store.owner)
    assert asked_at(START + SIXTY) == 1


def test_access_that_is_over_is_not_asked_about(row):
    CollaborationFactory.create(ended_how="lapsed", ended_at=START)
    Collaboration.objects.filter(pk=row.pk).update(ends_at=START + SIXTY)
    assert asked_at(START + SIXTY) == 0


def test_use_before_it_was_written_down_is_not_taken_for_none(row):
    """Rows that are older than the column begin their stretch on the day it came."""
    Collaboration.objects.update(watched_since=START + timedelta(days=30))
    assert asked_at(START + SIXTY) == 0
    assert asked_at(START + timedelta(days=90)) == 1


def test_to_keep_it_is_recorded_with_who_and_when(row):
    actions.keep(row, by=row.store.owner)
    row.refresh_from_db()
    assert (row.kept_at, row.kept_by) == (START, row.store.owner)
    [entry] = Activity.objects.all()
    assert (entry.kind, entry.actor, entry.partner) == ("access.kept", row.store.owner, row.partner)
    actions.keep(row, by=row.store.owner)  # a double click
    assert Activity.objects.count() == 1


# --- The page that the mail leads to --------------------------------------------------------------------------------


def path(row: Collaboration) -> str:
    return reverse("collaborators:collaboration-keeping", args=[row.store.handle, row.public_id])


def test_the_page_has_keep_and_end_and_looking_writes_nothing(row, client, frozen):
    frozen.move_to(START + SIXTY)
    client.force_login(row.store.owner)
    text = client.get(path(row)).content.decode()
    revocation = reverse("collaborators:collaboration-revocation", args=[row.store.handle, row.public_id])
    assert "not used for 60 days" in text
    assert f'action="{revocation}"' in text
    row.refresh_from_db()
    assert row.kept_at is None
    assert not Activity.objects.exists()
    text = client.post(path(row), follow=True).content.decode()
    assert "Kept. You are asked again if it stays unused for 60 more days." in text
    row.refresh_from_db()
    assert row.kept_by == row.store.owner


def test_what_ended_meanwhile_is_not_kept(row, client):
    actions.revoke(row, by=row.store.owner)
    with pytest.raises(TransitionNotAllowed):
        actions.keep(row, by=row.store.owner)
    client.force_login(row.store.owner)
    assert "Keep access</button>" not in client.get(path(row)).content.decode()
    assert "revoked this access on" in client.post(path(row), follow=True).content.decode()
    assert Collaboration.objects.get().kept_at is None


def test_only_who_decides_for_the_store_keeps_it(row, client):
    partner, clerk = row.partner.memberships.get().user, StaffFactory.create(store=row.store).user
    for person in (partner, clerk):
        with pytest.raises(NotAllowed):
            actions.keep(row, by=person)
        client.force_login(person)
        assert client.post(path(row)).status_code == 403
    StaffFactory.create(store=row.store, key="store_manager", user=partner)
    with pytest.raises(OwnPartner):
        actions.keep(row, by=partner)
    assert Collaboration.objects.get().kept_at is None
    assert not Activity.objects.exists()


def test_the_api_keeps_it_and_shows_it(row, client, frozen):
    frozen.move_to(START + SIXTY)
    client.force_login(row.store.owner)
    address = f"/api/v1/stores/{row.store.handle}/collaborations/{row.public_id}/"
    assert client.get(address).json()["unused"] is True
    kept = client.post(f"{address}keeping/", content_type="application/json").json()
    assert kept["kept_by"]["name"] == row.store.owner.name
    assert kept["last_used_at"] is None
    use(row, START + SIXTY)
    shown = client.get(address).json()
    assert (shown["unused"], shown["last_used_at"]) == (False, "2030-03-16T12:00:00Z")
    assert [use["person"]["name"] for use in shown["used_by"]] == [row.partner.memberships.get().user.name]


def test_the_api_names_the_twenty_who_used_it_last(row, client):
    people = [UserFactory.create(name=f"Person {number}") for number in range(25)]
    for minutes, user in enumerate(people):
        CollaborationUse.objects.create(collaboration=row, user=user, last_used_at=START + timedelta(minutes=minutes))
    CollaborationUse.objects.create(
        collaboration=CollaborationFactory.create(store=row.store), user=people[0], last_used_at=START
    )
    client.force_login(row.store.owner)
    listed = client.get(f"/api/v1/stores/{row.store.handle}/collaborations/").json()["results"]
    assert [len(one["used_by"]) for one in listed] == [1, 20]
    shown = client.get(f"/api/v1/stores/{row.store.handle}/collaborations/{row.public_id}/").json()
    latest = [person.name for person in reversed(people[5:])]
    assert [use["person"]["name"] for use in shown["used_by"]] == latest
    assert [use["person"]["name"] for use in listed[1]["used_by"]] == latest
