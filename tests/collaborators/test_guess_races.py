"""Fifty at once at one store: exactly the budget is compared, never one more. Red with a counter that only looks."""

import threading
import time

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from collaborators import actions, codes, guesses
from collaborators.errors import CannotAsk
from collaborators.guesses import Attempt
from collaborators.models import AccessRequest, CodeGuess, CodePathOpening, RequestCode
from notifications.models import Event
from stores.models import Activity
from tests.factories import CODE, CollaborationFactory, MembershipFactory, StoreFactory
from tests.races import MEETING_TIMEOUT, together, without_locks

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 4
CROWD = 50


@pytest.fixture
def compared(monkeypatch):
    """Every comparison with a code, as it happens."""
    seen: list[str] = []

    def same(code, other):
        seen.append(other)
        return code == other

    monkeypatch.setattr(codes, "same", same)
    return seen


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Fifty on a small machine wait longer for each other than a page would."""
    from django.db.backends.signals import connection_created

    def wait_for_long(connection, **_kwargs):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '60s'")

    connection_created.connect(wait_for_long)
    yield
    connection_created.disconnect(wait_for_long)


def ask(membership, store, code, network=""):
    def act():
        return actions.request_access(
            membership.partner,
            store_url=store.handle,
            code=code,
            permissions=["products.view"],
            ends_on=None,
            message="",
            by=membership.user,
            network=network,
        )

    return act


def experienced():
    """Of a partner that some store accepted once: ten a day, so that the narrower limits decide."""
    membership = MembershipFactory.create(owner=True)
    CollaborationFactory.create(partner=membership.partner, revoked=True)
    return membership


def as_one_partner(store):
    us = experienced()
    return [ask(us, store, f"{number:04d}") for number in range(CROWD)], 3


def as_fifty_partners(store):
    return [ask(experienced(), store, f"{number:04d}") for number in range(CROWD)], 4


def as_fifty_partners_from_one_network(store):
    network = f"2001:db8:{store.pk:x}::/64"
    acts = [ask(experienced(), StoreFactory.create(), f"{number:04d}", network) for number in range(CROWD)]
    return acts, 10


def as_one_partner_everywhere(_store):
    us = experienced()
    return [ask(us, StoreFactory.create(), f"{number:04d}") for number in range(CROWD)], 10


@pytest.mark.parametrize(
    "crowd", [as_one_partner, as_fifty_partners, as_fifty_partners_from_one_network, as_one_partner_everywhere]
)
def test_exactly_the_budget_is_compared(crowd, compared):
    for _ in range(ROUNDS):
        store = StoreFactory.create()
        acts, budget = crowd(store)
        compared.clear()
        results = together(acts)
        assert {type(result) for result in results} == {CannotAsk}
        assert len(compared) == len(set(compared)) == budget
        assert not AccessRequest.objects.exists()
        if crowd is as_fifty_partners:
            assert CodePathOpening.objects.get(store=store).closed_at
            assert Event.objects.filter(topic="code.closed", payload__store=store.pk).count() == 1
            assert Activity.objects.filter(store=store, kind="code.closed").count() == 1


@pytest.mark.parametrize("crowd", [as_one_partner, as_fifty_partners])
def test_with_a_counter_in_the_cache_more_get_through(crowd, compared, monkeypatch):
    """The negative control: look, compare, then count, as a limit in a cache does."""
    met = threading.Barrier(8)

    def look_then_count(partner, store, *, address, digits, network, now):
        key = f"guesses:{partner.pk if crowd is as_one_partner else store.pk}"
        if cache.get(key, 0) >= budget:
            return Attempt(partner, store)
        try:
            met.wait(2)
        except threading.BrokenBarrierError:
            time.sleep(0.01)
        cache.add(key, 0)
        cache.incr(key)
        opening = guesses.opening_of(store)
        code = RequestCode.objects.get(store=store, ended_at=None)
        return Attempt(partner, store, code=code.pk, opening=opening and opening.pk)

    store = StoreFactory.create()
    CodePathOpening.objects.create(store=store)
    acts, budget = crowd(store)
    monkeypatch.setattr(guesses, "reserve", look_then_count)
    compared.clear()
    together(acts)
    assert len(compared) > budget


@pytest.mark.parametrize("crowd", [as_one_partner, as_fifty_partners])
def test_without_the_lock_more_get_through(crowd, compared, monkeypatch):
    """The negative control of the counter rows: it is they who make each wait until the one before is counted."""
    store = StoreFactory.create()
    CodePathOpening.objects.create(store=store)
    acts, budget = crowd(store)
    monkeypatch.setattr(guesses, "lock_counters", lambda keys: None)
    with without_locks(monkeypatch, meet_at=(CodeGuess, "save"), parties=8, timeout=MEETING_TIMEOUT):
        together(acts)
    assert len(compared) > budget


def test_the_right_code_among_fifty_wrong_ones_is_one_request_or_none(compared):
    """It may come too late to be compared; it never makes a fifth."""
    for _ in range(ROUNDS):
        store = StoreFactory.create()
        acts, budget = as_fifty_partners(store)
        compared.clear()
        results = together([*acts[:-1], ask(experienced(), store, CODE)])
        sent = [result for result in results if isinstance(result, AccessRequest)]
        assert AccessRequest.objects.filter(store=store).count() == len(sent) == (CODE in compared)
        assert len(compared) <= budget + len(sent)  # what is given back may be guessed again, by those who had it right


def test_a_right_code_from_ten_clicks_is_one_request_and_leaves_no_guess():
    for _ in range(ROUNDS):
        us, store = MembershipFactory.create(owner=True), StoreFactory.create()

        def act(us=us, store=store):
            return actions.request_access_once(
                us.partner,
                store_url=store.handle,
                code=CODE,
                permissions=["products.view"],
                ends_on=None,
                message="",
                by=us.user,
                network="203.0.113.7",
                key="one",
                asked=["this"],
                answer=lambda row: (201, str(row.public_id)),
            )

        results = together([act] * 10)
        assert len({str(result) for result in results}) == 1, results
        assert AccessRequest.objects.filter(store=store).count() == 1
        assert not CodeGuess.objects.exists()


def test_two_who_reopen_at_once_open_it_once():
    store = StoreFactory.create()
    CodePathOpening.objects.create(store=store, closed_at="2026-11-22T12:00:00Z")
    results = together([lambda: actions.reopen_code_path(store, by=store.owner)] * 10)
    assert len({result.pk for result in results}) == 1
    assert CodePathOpening.objects.filter(store=store).count() == 2


def test_a_guess_that_is_given_back_while_it_is_repeated_is_answered(monkeypatch):
    """A colleague gets it right at the moment in which somebody repeats a wrong one: it waits, and comes after."""
    us, store = experienced(), StoreFactory.create()
    ask_again = ask(us, store, "0001")
    CodePathOpening.objects.create(store=store, closed_at="2026-11-22T12:00:00Z")
    with pytest.raises(CannotAsk):
        ask_again()
    CodeGuess.objects.update(pair_at=None)
    looked, whole = [], guesses._partner_may

    def give_back_meanwhile(*counted):
        colleague = threading.Thread(target=given_back, args=(us.partner, store))
        colleague.start()
        colleague.join(0.5)
        looked.append(colleague)
        return whole(*counted)

    monkeypatch.setattr(guesses, "_partner_may", give_back_meanwhile)
    with pytest.raises(CannotAsk):
        ask_again()
    looked[0].join(10)
    assert not CodeGuess.objects.exists()


def given_back(partner, store):
    guesses.give_back(Attempt(partner, store), now=timezone.now())
    connection.close()
