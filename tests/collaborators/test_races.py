"""Twenty at once on real transactions: one winner, clear answers to the rest. And red without the locks."""

from collections import Counter

import pytest
from django.db import IntegrityError, connection

from collaborators import actions
from collaborators.errors import AlreadyAsked, TransitionNotAllowed
from collaborators.models import AccessRequest, Collaboration, RequestCode
from notifications.models import Event
from stores.models import Activity
from tests.factories import (
    CODE,
    AccessRequestFactory,
    CollaborationFactory,
    MembershipFactory,
    StaffFactory,
    StoreFactory,
)
from tests.races import meeting, together, without_locks

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 3
CROWD = 20
GUARD = (AccessRequest, "decide")  # between the guard and the write


def asked() -> AccessRequest:
    membership = MembershipFactory.create(owner=True)
    return AccessRequestFactory.create(partner=membership.partner, asked_by=membership.user)


def approve(access_request):
    return lambda: actions.approve_request(
        access_request, permissions=["products.view"], ends_on=None, by=access_request.store.owner
    )


def withdraw(access_request):
    return lambda: actions.withdraw_request(access_request, by=access_request.asked_by)


def decline(access_request):
    return lambda: actions.decline_request(access_request, by=access_request.store.owner)


def decisions() -> int:
    return Activity.objects.exclude(kind="access.requested").count()


@pytest.mark.parametrize("other", [withdraw, decline], ids=["withdraw", "decline"])
def test_an_approval_against_another_decision_has_one_winner(monkeypatch, other):
    for _ in range(ROUNDS):
        access_request = asked()
        before = decisions()
        with meeting(monkeypatch, GUARD, parties=CROWD, timeout=0.2):
            results = together([approve(access_request), other(access_request)] * (CROWD // 2))
        access_request.refresh_from_db()
        won = access_request.status
        winners = [result for result in results if not isinstance(result, Exception)]
        losers = [result for result in results if isinstance(result, Exception)]
        assert len(winners) == len(losers) == CROWD // 2  # one side; saying the same again is no second decision
        assert {type(loser) for loser in losers} == {TransitionNotAllowed}
        assert all(access_request.decided_by.name in str(loser) for loser in losers)
        assert decisions() == before + 1
        assert Collaboration.objects.filter(store=access_request.store).count() == (won == "approved")
        assert Event.objects.filter(payload__access_request=access_request.pk).count() == 1


@pytest.mark.parametrize("other", [withdraw, decline], ids=["withdraw", "decline"])
def test_without_the_lock_both_pass_the_guard(monkeypatch, other):
    access_request = asked()
    with without_locks(monkeypatch, meet_at=GUARD, parties=2):
        results = together([approve(access_request), other(access_request)])
    # Both passed the guard. Where the second one overwrites an approval, a check constraint stops it: no clear answer.
    assert not any(isinstance(result, TransitionNotAllowed) for result in results)
    assert decisions() > 1 or any(isinstance(result, IntegrityError) for result in results)


def test_two_people_who_revoke_at_once_end_it_once():
    for _ in range(ROUNDS):
        collaboration = CollaborationFactory.create()
        people = [collaboration.store.owner, StaffFactory.create(store=collaboration.store, key="store_manager").user]
        acts = [lambda by=by: actions.revoke(collaboration, by=by) for by in people] * (CROWD // 2)  # noqa: B023
        losers = [result for result in together(acts) if isinstance(result, Exception)]
        collaboration.refresh_from_db()
        assert {type(loser) for loser in losers} == {TransitionNotAllowed}
        assert len(losers) == CROWD // 2
        assert all(f"{collaboration.ended_by.name} revoked this access" in str(loser) for loser in losers)
        assert Event.objects.filter(payload__collaboration=collaboration.pk).count() == 1


def test_a_revocation_against_leaving_is_one_end():
    for _ in range(ROUNDS):
        membership = MembershipFactory.create(owner=True)
        collaboration = CollaborationFactory.create(partner=membership.partner)
        owner = collaboration.store.owner
        revoke = lambda: actions.revoke(collaboration, by=owner)  # noqa: E731, B023
        leave = lambda: actions.leave(collaboration, by=membership.user)  # noqa: E731, B023
        results = together([revoke, leave] * (CROWD // 2))
        losers = [result for result in results if isinstance(result, Exception)]
        assert {type(loser) for loser in losers} == {TransitionNotAllowed}
        assert len(losers) == CROWD // 2
        assert Event.objects.filter(payload__collaboration=collaboration.pk).count() == 1
        assert Activity.objects.filter(partner=collaboration.partner).count() == 1


def test_without_the_lock_an_end_is_written_twice(monkeypatch):
    collaboration = CollaborationFactory.create()
    owner = collaboration.store.owner
    with without_locks(monkeypatch, meet_at=(Collaboration, "end"), parties=2):
        together([lambda: actions.revoke(collaboration, by=owner)] * 2)
    assert Activity.objects.count() == 2


def ask(membership, store):
    return lambda: actions.request_access(
        membership.partner,
        store_url=store.handle,
        code=CODE,
        permissions=["products.view"],
        ends_on=None,
        message="",
        by=membership.user,
    )


def test_two_requests_are_one():
    for _ in range(ROUNDS):
        membership, store = MembershipFactory.create(owner=True), StoreFactory.create()
        results = Counter(type(result) for result in together([ask(membership, store)] * CROWD))
        assert results == {AccessRequest: 1, AlreadyAsked: CROWD - 1}
        assert AccessRequest.objects.filter(store=store).count() == 1
        assert Event.objects.filter(payload__store=store.pk).count() == 1


def test_without_the_lock_the_constraint_alone_still_holds(monkeypatch):
    membership, store = MembershipFactory.create(owner=True), StoreFactory.create()
    with without_locks(monkeypatch, meet_at=(AccessRequest, "save"), parties=5):
        results = Counter(type(result) for result in together([ask(membership, store)] * 5))
    assert results == {AccessRequest: 1, AlreadyAsked: 4}


def test_without_lock_and_constraint_there_are_two(monkeypatch):
    membership, store = MembershipFactory.create(owner=True), StoreFactory.create()
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX access_request_one_pending")
    try:
        with without_locks(monkeypatch, meet_at=(AccessRequest, "save"), parties=5):
            together([ask(membership, store)] * 5)
        assert AccessRequest.objects.count() > 1
    finally:
        AccessRequest.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE UNIQUE INDEX access_request_one_pending ON collaborators_accessrequest (partner_id, store_id)"
                " WHERE status = 'pending'"
            )


def test_twenty_new_codes_leave_one():
    store = StoreFactory.create()
    results = together([lambda: actions.make_code(store, by=store.owner)] * CROWD)
    assert all(isinstance(result, RequestCode) for result in results)
    assert RequestCode.objects.filter(store=store, ended_at=None).count() == 1
    assert RequestCode.objects.filter(store=store).count() == CROWD + 1


def test_a_right_that_is_lost_while_waiting_for_the_lock_is_lost():
    """The right is asked for inside the lock, in a fresh query: not as it was when the click came in."""
    import threading

    from django.db import transaction

    from accounts.errors import NotAllowed
    from stores.models import Staff, Store

    access_request = asked()
    manager = StaffFactory.create(store=access_request.store, key="store_manager").user
    locked, clicked = threading.Event(), threading.Event()

    def dismiss():
        with transaction.atomic():
            Store.objects.lock(access_request.store_id)
            locked.set()
            clicked.wait(5)
            Staff.objects.filter(user=manager).delete()

    def click():
        locked.wait(5)
        threading.Timer(0.3, clicked.set).start()  # the click waits for the lock by then
        return actions.approve_request(access_request, permissions=["products.view"], ends_on=None, by=manager)

    _dismissed, decided = together([dismiss, click])
    assert isinstance(decided, NotAllowed)
    assert not Collaboration.objects.exists()


def test_the_clock_against_an_approval_has_one_winner():
    from datetime import timedelta

    from django.utils import timezone

    access_request = asked()
    AccessRequest.objects.filter(pk=access_request.pk).update(expires_at=timezone.now() + timedelta(milliseconds=200))
    sweep = lambda: actions.lapse_all_due(now=timezone.now() + timedelta(seconds=1))  # noqa: E731
    together([approve(access_request), sweep] * 5)
    access_request.refresh_from_db()
    assert Event.objects.filter(payload__access_request=access_request.pk).count() == 1
    assert Collaboration.objects.count() == (access_request.status == "approved")
