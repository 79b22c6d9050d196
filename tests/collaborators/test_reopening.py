"""The merchant takes a decline back, within 24 hours."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotAllowed
from collaborators import actions
from collaborators.errors import AccessMovedOn, AnotherRequestWaits, OwnPartner, TooLateToReopen, TransitionNotAllowed
from collaborators.models import AccessRequest
from notifications.models import Event
from stores.models import Activity
from tests.factories import AccessRequestFactory, CollaborationFactory, MembershipFactory, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def declined():
    membership = MembershipFactory.create(owner=True)
    asked = AccessRequestFactory.create(partner=membership.partner, asked_by=membership.user)
    return actions.decline_request(asked, reason="Not now", by=asked.store.owner)


def reopenings() -> tuple[int, int]:
    return (
        Event.objects.filter(topic="access.reopened").count(),
        Activity.objects.filter(kind="access.reopened").count(),
    )


def test_it_waits_again_for_thirty_new_days_without_who_and_when(client, declined):
    client.force_login(declined.store.owner)
    address = reverse("collaborators:request", args=[declined.store.handle, declined.public_id])
    assert "Reopen the request" in client.get(address).content.decode()
    now = timezone.now() + timedelta(hours=23)
    with time_machine.travel(now, tick=False):
        client.force_login(declined.store.owner)
        response = client.post(
            reverse("collaborators:request-reopening", args=[declined.store.handle, declined.public_id])
        )
    assert response.status_code == 302
    declined.refresh_from_db()
    assert (declined.status, declined.decided_by, declined.decided_at, declined.reason) == ("pending", None, None, "")
    assert declined.expires_at == declined.waiting_since + timedelta(days=30)
    assert (declined.reopened_by, declined.waiting_since) == (declined.store.owner, declined.reopened_at)
    assert reopenings() == (1, 1)


def test_a_second_decline_is_a_second_event(declined):
    actions.reopen_request(declined, by=declined.store.owner)
    actions.decline_request(declined, reason="Not now", by=declined.store.owner)
    assert Event.objects.filter(topic="access.declined").count() == 2
    assert len(set(Event.objects.filter(topic="access.declined").values_list("dedupe_key"))) == 2


@pytest.mark.parametrize(("late", "works"), [(-1, True), (0, False), (60, False)])
def test_twenty_four_hours_are_hours_also_when_the_clocks_change(late, works):
    with time_machine.travel("2027-03-27T12:00:00Z", tick=False):  # Paris skips an hour in the night
        asked = AccessRequestFactory.create()
        actions.decline_request(asked, by=asked.store.owner)
    with time_machine.travel("2027-03-28T12:00:00Z", tick=False) as clock:
        clock.shift(timedelta(seconds=late))
        if works:
            actions.reopen_request(asked, by=asked.store.owner)
        else:
            with pytest.raises(TooLateToReopen):
                actions.reopen_request(asked, by=asked.store.owner)
    assert AccessRequest.objects.get().status == ("pending" if works else "declined")
    assert reopenings() == ((1, 1) if works else (0, 0))


def test_not_while_a_newer_one_waits(declined):
    AccessRequestFactory.create(partner=declined.partner, store=declined.store)
    with pytest.raises(AnotherRequestWaits):
        actions.reopen_request(declined, by=declined.store.owner)
    assert reopenings() == (0, 0)


def test_a_newer_one_past_its_time_does_not_stand_in_the_way(declined):
    AccessRequestFactory.create(partner=declined.partner, store=declined.store, overdue=True)
    assert actions.reopen_request(declined, by=declined.store.owner).is_pending


def test_not_where_access_began_meanwhile(declined):
    CollaborationFactory.create(partner=declined.partner, store=declined.store)
    with pytest.raises(AccessMovedOn):
        actions.reopen_request(declined, by=declined.store.owner)
    assert reopenings() == (0, 0)


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_request_for_more_reopens_while_its_access_goes_on(goes_on):
    membership = MembershipFactory.create(owner=True)
    collaboration = CollaborationFactory.create(partner=membership.partner)
    owner = collaboration.store.owner
    asked = actions.request_access(
        membership.partner,
        store_url=collaboration.store.handle,
        code="",
        permissions=["files.view"],
        ends_on=None,
        message="",
        by=membership.user,
    )
    actions.decline_request(asked, by=owner)
    if goes_on:
        assert actions.reopen_request(asked, by=owner).is_pending
        return
    actions.revoke(collaboration, by=owner)
    with pytest.raises(AccessMovedOn):
        actions.reopen_request(asked, by=owner)
    assert reopenings() == (0, 0)


@pytest.mark.parametrize("status", ["approved", "withdrawn", "expired"])
def test_only_a_decline_can_be_taken_back(status):
    owner_of = {"approved": {"approved": True}}.get(status)
    asked = AccessRequestFactory.create(**(owner_of or {}))
    if status == "withdrawn":
        MembershipFactory.create(partner=asked.partner, user=asked.asked_by, owner=True)
        actions.withdraw_request(asked, by=asked.asked_by)
    if status == "expired":
        actions.lapse_all_due(now=asked.expires_at)
    with pytest.raises(TransitionNotAllowed):
        actions.reopen_request(asked, by=asked.store.owner)
    assert reopenings() == (0, 0)


def test_said_twice_by_the_same_person_it_is_one(declined):
    for _ in range(2):
        actions.reopen_request(declined, by=declined.store.owner)
    assert reopenings() == (1, 1)


def test_only_those_who_manage_users_and_stand_apart(declined):
    clerk = StaffFactory.create(store=declined.store).user
    manager = StaffFactory.create(store=declined.store, key="store_manager").user
    MembershipFactory.create(partner=declined.partner, user=manager)
    for person, error in ((clerk, NotAllowed), (UserFactory.create(), NotAllowed), (manager, OwnPartner)):
        with pytest.raises(error):
            actions.reopen_request(declined, by=person)
    assert reopenings() == (0, 0)


def test_the_partner_reads_that_it_is_open_again(client, declined):
    actions.reopen_request(declined, by=declined.store.owner)
    client.force_login(declined.asked_by)
    page = client.get(reverse("collaborators:partner-request", args=[declined.partner.slug, declined.public_id]))
    assert "took the decline back" in page.content.decode()
    assert "Not now" not in page.content.decode()
