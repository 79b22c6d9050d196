"""What time does, swept or not."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from collaborators import actions, tasks
from collaborators.models import AccessRequest, Collaboration
from notifications.models import Event
from stores import access
from stores.models import Activity, Store
from tests.factories import AccessRequestFactory, CollaborationFactory, MembershipFactory

pytestmark = pytest.mark.django_db


def test_access_ends_at_the_check_before_any_sweep(client):
    membership = MembershipFactory.create(owner=True)
    now = timezone.now()
    collaboration = CollaborationFactory.create(partner=membership.partner, ends_at=now + timedelta(minutes=5))
    store, address = collaboration.store, reverse("store-home", args=[collaboration.store.handle])
    client.force_login(membership.user)
    with time_machine.travel(now + timedelta(minutes=5, seconds=-1), tick=False):
        assert client.get(address).status_code == 200
        assert membership.user.has_perm("products.view", store)
        assert access.users_who_may(store.pk, "products.view") == {store.owner_id, membership.user_id}
    with time_machine.travel(now + timedelta(minutes=5), tick=False):
        assert client.get(address).status_code == 404
        assert not membership.user.has_perm("products.view", store)
        assert not Store.objects.visible_to(membership.user).exists()
        assert not Store.objects.where_user_may(membership.user, "products.view").exists()
        assert access.users_who_may(store.pk, "products.view") == {store.owner_id}
    assert Collaboration.objects.get().ended_at is None  # nobody swept


def test_the_sweep_closes_what_is_past_its_time_once():
    ended = CollaborationFactory.create(past_its_end=True)
    expired = AccessRequestFactory.create(overdue=True)
    running = CollaborationFactory.create(ends_at=timezone.now() + timedelta(minutes=5))
    waiting = AccessRequestFactory.create()
    for _ in range(2):
        tasks.lapse()
    for row in (ended, expired, running, waiting):
        row.refresh_from_db()
    assert (ended.ended_how, ended.ended_at, ended.ended_by) == ("lapsed", ended.ends_at, None)
    assert (expired.status, expired.decided_at, expired.decided_by) == ("expired", expired.expires_at, None)
    assert running.is_active
    assert waiting.is_pending
    assert sorted(Event.objects.values_list("topic", flat=True)) == ["access.ended", "access.expired"]
    assert sorted(Activity.objects.values_list("kind", flat=True)) == ["access.ended", "access.expired"]


def test_thirty_days_are_seven_hundred_and_twenty_hours():
    access_request = AccessRequestFactory.create()
    with time_machine.travel(access_request.asked_at + timedelta(hours=720, seconds=-1), tick=False):
        actions.lapse_all_due(now=timezone.now())
        assert AccessRequest.objects.get().status == "pending"
    with time_machine.travel(access_request.asked_at + timedelta(hours=720), tick=False):
        actions.lapse_all_due(now=timezone.now())
        assert AccessRequest.objects.get().status == "expired"


def test_a_lapsed_collaboration_makes_room_for_the_next():
    membership = MembershipFactory.create(owner=True)
    old = CollaborationFactory.create(partner=membership.partner, past_its_end=True)
    access_request = AccessRequestFactory.create(partner=old.partner, store=old.store, asked_by=membership.user)
    fresh = actions.approve_request(access_request, permissions=["orders.view"], ends_on=None, by=old.store.owner)
    old.refresh_from_db()
    assert old.ended_how == "lapsed"
    assert fresh.pk != old.pk
    assert access.permissions_of(membership.user, old.store) == {"orders.view"}


def test_your_access_says_what_and_until_when(client):
    membership = MembershipFactory.create(owner=True)
    collaboration = CollaborationFactory.create(partner=membership.partner, permissions=["orders.view"])
    actions.change_end(collaboration, ends_on=timezone.localdate() + timedelta(days=3), by=collaboration.store.owner)
    client.force_login(membership.user)
    text = client.get(reverse("stores:access", args=[collaboration.store.handle])).content.decode()
    assert "Can see every order" in text
    assert "in Europe/Paris" in text  # the reader is in UTC: the store's day stands beside the instant
    assert "Edit orders" not in text


def test_your_access_that_ends_while_it_opens_is_a_404(client, monkeypatch):
    membership = MembershipFactory.create(owner=True)
    collaboration = CollaborationFactory.create(partner=membership.partner)
    client.force_login(membership.user)
    monkeypatch.setattr(access, "grants_of", lambda user, store: [])
    monkeypatch.setattr(access, "permissions_on", lambda request, store: frozenset({"products.view"}))
    assert client.get(reverse("stores:access", args=[collaboration.store.handle])).status_code == 404
