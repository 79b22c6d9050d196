"""Which wrong codes count, for whom, for how long, and when they are given back."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.errors import Refused
from collaborators import actions, codes, guesses
from collaborators.errors import AlreadyAsked, CannotAsk
from collaborators.models import AccessRequest, CodeGuess, CodePathOpening, GuessCounter
from notifications.models import Event
from stores.errors import EndsInThePast
from stores.models import Activity
from tests.factories import (
    CODE,
    AccessRequestFactory,
    CollaborationFactory,
    DomainFactory,
    MembershipFactory,
    StoreFactory,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def compared(monkeypatch):
    """What was compared with a store's code."""
    seen: list[str] = []

    def same(code, other):
        seen.append(other)
        return code == other

    monkeypatch.setattr(codes, "same", same)
    return seen


def ask(membership, store, code, *, network="", **wanted) -> str:
    """What somebody is answered: "sent" or the code of the refusal."""
    wanted = {"permissions": ["products.view"], "ends_on": None, "message": ""} | wanted
    address = store if isinstance(store, str) else store.handle
    try:
        actions.request_access(
            membership.partner, store_url=address, code=code, by=membership.user, network=network, **wanted
        )
    except Refused as refused:
        return refused.code
    return "sent"


def newcomer():
    return MembershipFactory.create(owner=True)


def known():
    """Somebody whose partner some store accepted once."""
    membership = newcomer()
    CollaborationFactory.create(partner=membership.partner, revoked=True)
    return membership


def at(moment):
    return time_machine.travel(moment, tick=False)


def misses(count: int, membership, *, from_number: int = 0, network="") -> None:
    """Each at a store of its own, so that only partner and network add up."""
    for number in range(count):
        assert ask(membership, StoreFactory.create(), f"{from_number + number:04d}", network=network) == "cannot_ask"


# --- Each limit, and its window ---------------------------------------------------------------------------------------


def test_a_partner_has_three_wrong_codes_a_day_at_one_store(compared):
    us, store = newcomer(), StoreFactory.create()
    for number, moment in enumerate([NOON, NOON + HOUR, NOON + 2 * HOUR]):
        with at(moment):
            assert ask(us, store, f"000{number}") == "cannot_ask"
    with at(NOON + DAY - timedelta(seconds=1)):
        assert ask(us, store, CODE) == "cannot_ask"
    assert compared == ["0000", "0001", "0002"]
    with at(NOON + DAY):  # the window slides: the first one is a day old
        assert ask(us, store, CODE) == "sent"


def test_a_partner_has_six_wrong_codes_a_year_at_one_store(compared):
    us, store = known(), StoreFactory.create()
    for day in range(6):
        with at(NOON + day * DAY):
            if day == 4:  # the store is closed by then, and opened again
                actions.reopen_code_path(store, by=store.owner)
            ask(us, store, "0000" if day < 4 else "0001" if day == 4 else "0002")
            if day < 4:
                actions.make_code(store, by=store.owner)  # the same digits are another guess now
    assert len(compared) == 6
    right = store.request_codes.get(ended_at=None).digits
    with at(NOON + 364 * DAY):
        assert ask(us, store, right) == "cannot_ask"
    assert len(compared) == 6
    with at(NOON + 365 * DAY):
        assert ask(us, store, right) == "sent"


@pytest.mark.parametrize(("somebody", "a_day", "a_month"), [(newcomer, 5, 10), (known, 10, 30)])
def test_a_partner_has_so_many_a_day_and_a_month_everywhere(somebody, a_day, a_month, compared):
    us, target = somebody(), StoreFactory.create()
    days = a_month // a_day
    for day in range(days):
        with at(NOON + day * DAY):
            misses(a_day, us, from_number=day * a_day)
            before = len(compared)
            assert ask(us, target, CODE) == "cannot_ask"
            assert len(compared) == before  # closed for as long
    with at(NOON + (days + 1) * DAY):
        assert ask(us, target, CODE) == "cannot_ask"  # the month is full
    with at(NOON + 30 * DAY - timedelta(seconds=1)):
        assert ask(us, target, CODE) == "cannot_ask"
    with at(NOON + 30 * DAY):
        assert ask(us, target, CODE) == "sent"


def test_a_network_has_ten_an_hour_and_twenty_a_day(compared):
    store = StoreFactory.create()
    with at(NOON):
        for _ in range(10):
            misses(1, newcomer(), network="203.0.113.7")
        assert ask(newcomer(), store, CODE, network="203.0.113.7") == "cannot_ask"
        assert len(compared) == 10
        assert ask(newcomer(), store, CODE, network="203.0.113.8") == "sent"
    with at(NOON + HOUR):
        for _ in range(10):
            misses(1, newcomer(), network="203.0.113.7")
    with at(NOON + 2 * HOUR):
        assert ask(newcomer(), store, CODE, network="203.0.113.7") == "cannot_ask"
    with at(NOON + DAY):
        assert ask(newcomer(), store, CODE, network="203.0.113.7") == "sent"


def test_a_store_has_four_from_everybody_until_it_is_opened_again(compared):
    store = StoreFactory.create()
    for day in range(4):
        with at(NOON + day * 400 * DAY):  # no window: they add up over years
            guesses.forget_old(now=NOON + day * 400 * DAY)
            assert ask(newcomer(), store, f"000{day}") == "cannot_ask"
    with at(NOON + 2000 * DAY):
        guesses.forget_old(now=NOON + 2000 * DAY)
        assert ask(newcomer(), store, CODE) == "cannot_ask"
        assert len(compared) == 4
        actions.make_code(store, by=store.owner)  # a new code alone opens nothing
        assert ask(newcomer(), store, store.request_codes.get(ended_at=None).digits) == "cannot_ask"
        code = actions.reopen_code_path(store, by=store.owner)
        assert ask(newcomer(), store, code.digits) == "sent"


def test_a_path_that_a_dead_process_left_open_compares_no_fifth(compared, monkeypatch):
    monkeypatch.setattr("collaborators.actions.requests.refuse_guess", lambda attempt, now: None)
    store = StoreFactory.create()
    for number in range(4):
        ask(newcomer(), store, f"000{number}")
    assert CodePathOpening.objects.get(store=store).is_open
    assert ask(newcomer(), store, CODE) == "cannot_ask"
    assert compared == ["0000", "0001", "0002", "0003"]


# --- What is a miss ---------------------------------------------------------------------------------------------------


def test_the_same_wrong_digits_again_are_no_new_miss():
    us, store = newcomer(), StoreFactory.create()
    DomainFactory.create(store=store, name="shop.example", verified=True)
    for address in (store.handle, store.handle.upper(), "shop.example", "https://www.shop.example/x"):
        assert ask(us, address, " 00-00 ") == "cannot_ask"
    assert CodeGuess.objects.count() == 1
    actions.make_code(store, by=store.owner)
    ask(us, store, "0000")  # of another code
    assert CodeGuess.objects.count() == 2


def test_an_unknown_address_counts_by_its_normalised_form():
    us = newcomer()
    for address in ("nowhere.example", "HTTPS://www.Nowhere.example/fr?x=1", "nowhere.example."):
        assert ask(us, address, "0000") == "cannot_ask"
    assert CodeGuess.objects.count() == 1
    ask(us, "nowhere.example", "0001")
    assert CodeGuess.objects.filter(store=None).count() == 2


@pytest.mark.parametrize(("rule", "counted"), [("code", 1), ("nobody", 1), ("anyone", 0)])
def test_an_empty_code_is_a_miss_unless_anyone_may_ask(rule, counted, compared):
    store = StoreFactory.create(rule=rule)
    assert ask(newcomer(), store, " - ") == ("sent" if rule == "anyone" else "cannot_ask")
    assert CodeGuess.objects.count() == counted


def test_where_anyone_may_ask_no_code_is_compared(compared):
    us, store = newcomer(), StoreFactory.create(rule="anyone")
    assert ask(us, store, "0000") == "sent"
    assert not compared
    assert not CodeGuess.objects.exists()


def test_somebody_whose_path_is_closed_may_still_ask_where_anyone_may():
    us = newcomer()
    misses(5, us)
    assert ask(us, StoreFactory.create(rule="anyone"), "") == "sent"


def test_what_the_partner_knows_by_itself_is_said_before_anything_counts():
    us, store = newcomer(), StoreFactory.create()
    AccessRequestFactory.create(partner=us.partner, store=store)
    assert ask(us, store, "0000") == "already_asked"
    CollaborationFactory.create(partner=us.partner, store=(works := StoreFactory.create()))
    assert ask(us, works, "0000", permissions=["themes.view"]) == "sent"  # for more, which needs no code
    assert ask(us, StoreFactory.create(), "0000", permissions=[]) != "cannot_ask"
    assert not CodeGuess.objects.filter(store__in=[store, works]).exists()


# --- Given back -------------------------------------------------------------------------------------------------------


def test_who_gets_it_right_within_a_day_has_it_all_given_back():
    us, others, store, elsewhere = known(), newcomer(), StoreFactory.create(), StoreFactory.create()
    with at(NOON):
        ask(us, store, "0000")
        ask(others, store, "0009")
    with at(NOON + 23 * HOUR):
        ask(us, store, "0001", network="203.0.113.7")
        ask(us, elsewhere, "0000")
    with at(NOON + DAY):
        assert ask(us, store, CODE, network="203.0.113.7") == "sent"
    left = set(CodeGuess.objects.values_list("partner", "store"))
    assert left == {(us.partner_id, store.pk), (others.partner_id, store.pk), (us.partner_id, elsewhere.pk)}
    assert CodeGuess.objects.get(partner=us.partner, store=store).at == NOON  # a day old: it stays


@pytest.mark.parametrize("level", ["pair", "partner", "network", "store"])
def test_what_is_given_back_counts_at_no_level(compared, level):
    """After two wrong codes and the right one, as many fit as if nobody had guessed, and not one more."""
    us, store, here = newcomer(), StoreFactory.create(), "203.0.113.7"
    yesterday = (datetime.now(UTC) - 2 * DAY).date()
    ask(us, store, "9000", network=here)
    ask(us, store, "9001", network=here)
    assert ask(us, store, CODE, network=here, ends_on=yesterday) == EndsInThePast.code  # right: nothing waits
    compared.clear()

    def next_guess(number: int) -> None:
        match level:
            case "pair":
                ask(us, store, f"{number:04d}")
            case "partner":
                ask(us, StoreFactory.create(), f"{number:04d}")
            case "network":
                ask(newcomer(), StoreFactory.create(), f"{number:04d}", network=here)
            case "store":
                ask(newcomer(), store, f"{number:04d}")

    fit = {"pair": 3, "partner": 5, "network": 10, "store": 4}[level]
    for number in range(fit + 1):
        next_guess(number)
    assert len(compared) == fit


def test_a_right_code_gives_back_even_when_the_request_fails_for_something_else():
    us, store = newcomer(), StoreFactory.create()
    ask(us, store, "0000")
    yesterday = (datetime.now(UTC) - 2 * DAY).date()
    assert ask(us, store, CODE, ends_on=yesterday) == EndsInThePast.code
    assert not CodeGuess.objects.exists()


def test_a_request_by_another_name_gives_nothing_back_before_the_code_is_right():
    us, store = newcomer(), StoreFactory.create()
    DomainFactory.create(store=store, name="shop.example", verified=True)
    AccessRequestFactory.create(partner=us.partner, store=store)
    assert ask(us, "shop.example", "0000") == "cannot_ask"
    assert CodeGuess.objects.count() == 1
    assert ask(us, "shop.example", CODE) == AlreadyAsked.code
    assert not CodeGuess.objects.exists()


# --- What the answer could tell ---------------------------------------------------------------------------------------

SHUT = ["unknown", "nobody", "closed", "blocked", "full"]


def shut(kind: str, us) -> str:
    """The address of a store that lets nobody in."""
    if kind == "unknown":
        return "unknown"
    store = StoreFactory.create(handle=f"{kind}-store", rule="nobody" if kind == "nobody" else None)
    if kind == "closed":
        CodePathOpening.objects.create(store=store, closed_at=NOON)
    if kind == "blocked":
        actions.block(store, us.partner, by=store.owner)
    if kind == "full":
        AccessRequestFactory.create_batch(50, store=store)
    return store.handle


@pytest.mark.parametrize("code", [CODE, "0000", ""])
@pytest.mark.parametrize("kind", SHUT)
def test_where_nobody_is_let_in_each_guess_counts_the_same_right_or_wrong(kind, code, compared):
    us = newcomer()
    address = shut(kind, us)
    events, rows = Event.objects.count(), Activity.objects.count()
    assert ask(us, address, code, network="203.0.113.7") == "cannot_ask"
    assert ask(us, address, code, network="203.0.113.7") == "cannot_ask"
    guess = CodeGuess.objects.get()
    assert (guess.partner, guess.opening, guess.network != "") == (us.partner, None, True)
    assert not compared
    assert (Event.objects.count(), Activity.objects.count()) == (events, rows)


def test_a_pair_that_is_closed_counts_like_an_address_that_no_store_has(compared):
    """Else four tries, and the fifth elsewhere, would tell whether a store lives at an address."""
    left = {}
    for kind in ("pair", "unknown"):
        us, elsewhere = newcomer(), StoreFactory.create()
        address = StoreFactory.create().handle if kind == "pair" else "unknown"
        for number in range(4):
            assert ask(us, address, f"000{number}") == "cannot_ask"
        left[kind] = [ask(us, elsewhere, "0000"), ask(us, StoreFactory.create(), CODE)]
    assert left == {"pair": ["cannot_ask", "cannot_ask"], "unknown": ["cannot_ask", "cannot_ask"]}
    assert len(compared) == 3 + 1 + 1


def test_a_guess_of_a_closed_time_counts_for_the_store_once_it_is_compared(compared):
    us, store = known(), StoreFactory.create(rule="nobody")
    for number in range(3):
        ask(us, store, f"000{number}")
    actions.change_policy(store, rule="code", by=store.owner)
    with at(datetime.now(UTC) + DAY):
        for number in range(3):
            ask(us, store, f"000{number}")
        assert compared == ["0000", "0001", "0002"]
        assert CodeGuess.objects.filter(opening__store=store).count() == 3
        assert CodeGuess.objects.count() == 3  # no new misses
        ask(known(), store, "0003")
        assert ask(known(), store, CODE) == "cannot_ask"


def test_over_budget_nothing_is_written():
    us = newcomer()
    misses(5, us)
    before = CodeGuess.objects.count()
    assert ask(us, StoreFactory.create(), "0000") == "cannot_ask"
    assert CodeGuess.objects.count() == before


def test_a_guess_that_was_reserved_and_never_compared_stays_counted():
    """A process that dies in between made nobody's guess free."""
    us, store = newcomer(), StoreFactory.create()
    attempt = guesses.reserve(
        us.partner, store, address=("handle", store.handle), digits="0000", network="", now=datetime.now(UTC)
    )
    assert attempt.may_be_compared
    assert CodeGuess.objects.get().opening.store == store


def test_a_reservation_is_worth_nothing_once_the_code_is_another(compared):
    us, store = newcomer(), StoreFactory.create()
    terms = {"store_url": store.handle, "code": "0042", "permissions": ["products.view"], "by": us.user}
    from collaborators.actions import requests

    attempt = requests.attempt_at(us.partner, network="", **terms)
    code = actions.make_code(store, by=store.owner)
    code.digits = "0042"
    code.save()
    with pytest.raises(CannotAsk):
        requests.send_request(attempt, ends_on=None, message="", **terms)
    assert not compared
    assert not AccessRequest.objects.exists()


def test_a_reservation_is_worth_nothing_once_the_path_was_opened_again(compared):
    """Whatever becomes of the code: what was counted for one opening is compared under no other."""
    us, store = newcomer(), StoreFactory.create()
    now = datetime.now(UTC)
    attempt = guesses.reserve(us.partner, store, address=("handle", store.handle), digits=CODE, network="", now=now)
    assert attempt.may_be_compared
    CodePathOpening.objects.update(closed_at=now)
    CodePathOpening.objects.create(store=store, opened_at=now, opened_by=store.owner)
    assert not guesses.compare(attempt, store, CODE)
    assert not compared


# --- What is written --------------------------------------------------------------------------------------------------


def test_neither_digits_nor_addresses_stand_in_the_database():
    us, store = newcomer(), StoreFactory.create()
    ask(us, store, "7391", network="203.0.113.7")
    ask(us, "no-such-store", "7391", network="2001:db8::/64")
    written = [*CodeGuess.objects.values_list("fingerprint", "network"), *GuessCounter.objects.values_list("key")]
    for value in (text for row in written for text in row):
        assert not any(secret in value for secret in ("203.0.113", "2001:db8", "no-such-store"))
        assert len(value) == 64 or value.startswith(("partner:", "store:", "network:"))


def test_fingerprints_need_the_key(settings):
    before = codes.fingerprint("guess", "store", 1, 1, "0000")
    settings.REQUEST_CODE_KEY = "another"
    assert codes.fingerprint("guess", "store", 1, 1, "0000") != before


def test_guesses_are_forgotten_when_no_window_reaches_them():
    us, store = newcomer(), StoreFactory.create()
    closed = StoreFactory.create(rule="nobody")
    with at(NOON):
        ask(us, store, "0000")  # of an open path: it counts until that is closed
        ask(us, closed, "0000", network="203.0.113.7")
    guesses.forget_old(now=NOON + 365 * DAY - timedelta(seconds=1))
    assert CodeGuess.objects.count() == 2
    assert guesses.forget_old(now=NOON + 365 * DAY) == 1
    assert CodeGuess.objects.get().store == store
    assert not GuessCounter.objects.filter(key__startswith="network:").exists()


def test_a_guess_is_kept_for_as_long_as_it_counts_between_the_two():
    """Made while the pair was closed, it counts for the two of them only from its repetition on."""
    us, store = known(), StoreFactory.create()
    with at(NOON):
        CodePathOpening.objects.create(store=store, closed_at=NOON)
        for number in range(4):
            ask(us, store, f"000{number}")
    later = NOON + 300 * DAY
    with at(later):
        ask(us, store, "0003")
    guesses.forget_old(now=later + 365 * DAY - timedelta(seconds=1))
    assert CodeGuess.objects.get().pair_at == later
    assert guesses.forget_old(now=later + 365 * DAY) == 1


# --- A repeat of the same request -------------------------------------------------------------------------------------


@pytest.mark.parametrize("refused", [False, True])
def test_a_repeat_takes_back_only_what_nobody_was_refused_for(refused):
    us, store = newcomer(), StoreFactory.create()
    terms = {"store_url": store.handle, "code": "0007", "permissions": ["products.view"], "by": us.user}
    attempt = actions.requests.attempt_at(us.partner, network="", **terms)
    if refused:  # a colleague tried the same digits
        assert ask(us, store, "0007") == "cannot_ask"
    guesses.take_back(attempt)
    assert CodeGuess.objects.count() == refused
