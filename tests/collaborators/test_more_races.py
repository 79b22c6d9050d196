"""More, reopening and reminders on real transactions, many at once; red without the locks."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from collaborators import actions
from collaborators.errors import AlreadyAsked, AnotherRequestWaits, TransitionNotAllowed
from collaborators.models import AccessRequest, Collaboration, RequestTemplate
from notifications.models import Event
from stores.models import Activity
from tests.factories import CODE, AccessRequestFactory, CollaborationFactory, MembershipFactory, RequestTemplateFactory
from tests.races import MEETING_TIMEOUT, meeting, together, without_locks

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 12
GUARD = (AccessRequest, "decide")  # between the guard and the write
HELD, MORE = ["products.view"], ["products.view", "themes.view"]


def asked_for_more() -> AccessRequest:
    membership = MembershipFactory.create(owner=True)
    collaboration = CollaborationFactory.create(partner=membership.partner, permissions=HELD)
    return AccessRequestFactory.create(
        partner=membership.partner,
        store=collaboration.store,
        asked_by=membership.user,
        more_of=collaboration,
        held=HELD,
        permissions=MORE,
    )


def approve(asked):
    return lambda: actions.approve_request(asked, permissions=MORE, ends_on=None, by=asked.store.owner)


def revoke(asked):
    return lambda: actions.revoke(asked.more_of, by=asked.store.owner)


def test_revoking_against_more_leaves_nothing_open(monkeypatch):
    for _ in range(3):
        asked = asked_for_more()
        with meeting(monkeypatch, GUARD, parties=CROWD, timeout=0.2):
            results = together([approve(asked), revoke(asked)] * (CROWD // 2))
        asked.refresh_from_db()
        [collaboration] = Collaboration.objects.filter(store=asked.store)
        assert collaboration.ended_how == "revoked"  # whoever came first: it is over, and stays over
        assert asked.status in {"approved", "expired"}
        assert collaboration.permissions == (MORE if asked.status == "approved" else HELD)
        assert {type(result) for result in results if isinstance(result, Exception)} <= {TransitionNotAllowed}
        assert Event.objects.filter(topic="access.revoked", payload__store=asked.store_id).count() == 1
        assert Activity.objects.filter(store=asked.store, kind="access.revoked").count() == 1


def test_without_the_locks_what_was_revoked_is_widened(monkeypatch):
    """Both pass the guard: a request is answered twice, or a constraint stops the second. Whoever writes the row of the
    access first makes the other wait, so that it takes some rounds to see."""

    def answered_twice() -> bool:
        asked = asked_for_more()
        with without_locks(monkeypatch, meet_at=GUARD, parties=2, timeout=MEETING_TIMEOUT):
            results = together([revoke(asked), approve(asked)])
        kinds = Activity.objects.filter(store=asked.store, kind__in=["access.approved", "access.expired"])
        return kinds.count() > 1 or any(isinstance(result, IntegrityError) for result in results)

    assert any(answered_twice() for _ in range(8))


def declined() -> AccessRequest:
    membership = MembershipFactory.create(owner=True)
    return AccessRequestFactory.create(partner=membership.partner, asked_by=membership.user, declined=True)


def reopen(asked):
    return lambda: actions.reopen_request(asked, by=asked.store.owner)


def ask_again(asked):
    return lambda: actions.request_access(
        asked.partner,
        store_url=asked.store.handle,
        code=CODE,
        permissions=HELD,
        ends_on=None,
        message="",
        by=asked.asked_by,
    )


@pytest.fixture
def no_wait(monkeypatch):
    """Only the wait of seven days keeps a new request from meeting a reopening; without it the locks have to."""
    monkeypatch.setattr("collaborators.actions.requests.AGAIN_AFTER", timedelta(0))


def test_reopening_against_a_new_request_leaves_one_waiting(no_wait):
    for _ in range(3):
        asked = declined()
        results = together([reopen(asked), ask_again(asked)] * (CROWD // 2))
        assert AccessRequest.objects.filter(store=asked.store).pending().count() == 1
        losers = {type(result) for result in results if isinstance(result, Exception)}
        assert losers <= {AlreadyAsked, AnotherRequestWaits}
        assert losers


def test_without_the_locks_only_a_constraint_stops_the_second(monkeypatch, no_wait):
    asked = declined()
    with without_locks(monkeypatch, meet_at=(AccessRequest, "save"), parties=2):
        results = together([reopen(asked), ask_again(asked)])
    assert not any(isinstance(result, AnotherRequestWaits) for result in results)
    assert any(isinstance(result, IntegrityError | AlreadyAsked) for result in results)


def test_many_sweeps_at_once_remind_once(monkeypatch):
    asked = AccessRequestFactory.create()
    now = asked.asked_at + timedelta(days=3)
    together([lambda: actions.remind_all_due(now=now)] * CROWD)
    assert Event.objects.filter(topic="access.reminded").count() == 1


def test_fifty_templates_are_fifty_however_many_come_at_once(monkeypatch):
    membership = MembershipFactory.create(owner=True)
    RequestTemplateFactory.create_batch(48, partner=membership.partner)

    def make(number: int):
        return lambda: actions.make_template(
            membership.partner, name=f"New {number}", permissions=HELD, days=None, message="", by=membership.user
        )

    together([make(number) for number in range(CROWD)])
    assert RequestTemplate.objects.count() == 50
    RequestTemplate.objects.filter(name__startswith="New").delete()
    with without_locks(monkeypatch, meet_at=(RequestTemplate, "save"), parties=CROWD):
        together([make(number) for number in range(CROWD)])
    assert RequestTemplate.objects.count() > 50


def test_seen_by_many_at_once_is_seen_once():
    asked = asked_for_more()
    results = together([lambda: actions.see_request(asked, by=asked.store.owner)] * CROWD)
    assert len({result.seen_at for result in results}) == 1
    asked.refresh_from_db()
    assert asked.seen_at <= timezone.now()
