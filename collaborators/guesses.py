"""How many wrong codes are too many.

Four digits are 10,000 values: the counters are what keeps them safe, and these lines are all that counts. A guess is
reserved before it is compared (`reserve`, a transaction of its own): counted, written and committed, whatever becomes
of the request. Who gets it right has their guesses given back (`give_back`). Why it is so: docs/adr/0009.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.views.decorators.debug import sensitive_variables

from collaborators import codes
from collaborators.models import (
    AccessRequest,
    CodeGuess,
    CodePathOpening,
    Collaboration,
    GuessCounter,
    PartnerBlock,
    RequestCode,
    RequestPolicy,
)
from partners.models import Partner
from stores.models import Store

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Limit:
    """So many, in a window that slides: what is older no longer counts."""

    count: int
    within: timedelta


OF_PAIR = (Limit(3, DAY), Limit(6, 365 * DAY))
OF_NEWCOMER = (Limit(5, DAY), Limit(10, 30 * DAY))  # a partner that no store has ever accepted
OF_PARTNER = (Limit(10, DAY), Limit(30, 30 * DAY))
OF_NETWORK = (Limit(10, HOUR), Limit(20, DAY))
OF_OPENING = 4  # at a store, from everybody together, until its code path is opened again
GIVEN_BACK_WITHIN = DAY
UNFINISHED = timedelta(seconds=15)  # a request that reserved a guess may still be about to compare it
KEPT = max(limit.within for limit in (*OF_PAIR, *OF_NEWCOMER, *OF_PARTNER, *OF_NETWORK))

PENDING_AT_ONCE = 50  # requests that wait for one store


@dataclass
class Attempt:
    """What was reserved. Holds no digits: an error report may show it."""

    partner: Partner
    store: Store | None = None
    guess: int | None = None  # the row that counts
    is_new: bool = False  # it was written for this attempt
    code: int | None = None  # what it may be compared with; None: nothing is compared
    opening: int | None = None
    right: bool = field(default=False, init=False)  # set by `compare`

    @property
    def may_be_compared(self) -> bool:
        return self.code is not None


# --- Reserving ------------------------------------------------------------------------------------------------------


@sensitive_variables("digits")
def reserve(
    partner: Partner, store: Store | None, *, address: tuple[str, str], digits: str, network: str, now: datetime
) -> Attempt:
    """Count one more guess, and say whether it may be compared.

    Whether it is right plays no part in what is counted, nor does what only the store knows: at a store that is
    closed, that blocks or that does not exist the same is counted for partner and network. Returns instead of
    raising: an exception would roll the count back and make guesses free.
    """
    with transaction.atomic(durable=True):  # it must stay counted even when the answer is "no"
        door = _Door.of(store, partner, now) if store else None
        attempt = Attempt(partner, store)
        if door and door.is_for_anyone:
            return attempt
        here = codes.fingerprint("network", network) if network else ""
        opening = _lock(partner, store, here, now)
        target = ("store", store.pk, door.code) if store and door else ("address", *address)
        mark = codes.fingerprint("guess", *target, digits)
        mine = CodeGuess.objects.filter(partner=partner, fingerprint=mark)
        guess = mine.select_for_update(of=("self",)).first()  # who gives it back comes before or after
        others = CodeGuess.objects.exclude(pk=guess.pk) if guess else CodeGuess.objects.all()
        if not _partner_may(partner, others, now) or not _network_may(here, others, now):
            return attempt
        pair_is_open = store is not None and _is_under(
            OF_PAIR, others.filter(partner=partner, store=store), now, "pair_at"
        )
        if guess is None:
            attempt.is_new = True
            guess = CodeGuess.objects.create(partner=partner, store=store, fingerprint=mark, network=here, at=now)
        if pair_is_open and guess.pair_at is None:
            guess.pair_at = now
            guess.save(update_fields=["pair_at"])
        attempt.guess = guess.pk
        if not pair_is_open or opening is None or door is None or not door.asks_for_code or not opening.is_open:
            return attempt
        if others.filter(opening=opening).count() >= OF_OPENING:
            return attempt
        if guess.opening_id != opening.pk:  # from now on the store counts it too
            guess.opening, guess.compared_at = opening, now
            guess.save(update_fields=["opening", "compared_at"])
        attempt.code, attempt.opening = door.code, opening.pk
        return attempt


@dataclass(frozen=True)
class _Door:
    """What a store says to a partner that has a code. Looked at again, under the store's lock, before it is opened."""

    rule: str
    code: int
    is_shut: bool  # for this partner, or for everybody until some request is answered

    @classmethod
    def of(cls, store: Store, partner: Partner, now: datetime) -> "_Door":
        rule = RequestPolicy.objects.values_list("rule", flat=True).get(store=store)
        code = RequestCode.objects.values_list("pk", flat=True).get(store=store, ended_at=None)
        return cls(rule, code, is_shut(store, partner, now))

    @property
    def is_for_anyone(self) -> bool:
        return self.rule == RequestPolicy.Rule.ANYONE and not self.is_shut

    @property
    def asks_for_code(self) -> bool:
        return self.rule == RequestPolicy.Rule.CODE and not self.is_shut


def is_shut(store: Store, partner: Partner, now: datetime) -> bool:
    """Whether no code helps: the store blocks the partner, or has more requests to answer than it can read."""
    if PartnerBlock.objects.filter(store=store, partner=partner).exists():
        return True
    waiting = AccessRequest.objects.filter(store=store).pending(now)
    return waiting[:PENDING_AT_ONCE].count() >= PENDING_AT_ONCE


def _lock(partner: Partner, store: Store | None, network: str, now: datetime) -> CodePathOpening | None:
    """Whoever counts for the same partner, store or network waits here, in one order. Returns the store's opening."""
    keys = [f"partner:{partner.pk}"]
    if store is not None:
        keys.append(_store_key(store))
    if network:
        keys.append(f"network:{network}")
    lock_counters(keys)
    return None if store is None else opening_of(store) or CodePathOpening.objects.create(store=store, opened_at=now)


def _store_key(store: Store) -> str:
    return f"store:{store.pk}"


def lock_counters(keys: Iterable[str]) -> None:
    """Until the transaction ends. Rows are made in the order in which they are locked: two that come with the same
    keys never wait for each other in a ring."""
    wanted = sorted(keys)
    locked: list[str] = []
    while locked != wanted:  # else the sweep took a row away in between
        GuessCounter.objects.bulk_create([GuessCounter(key=key) for key in wanted], ignore_conflicts=True)
        rows = GuessCounter.objects.select_for_update().filter(key__in=wanted).order_by("key")
        locked = sorted(row.key for row in rows)


def opening_of(store: Store) -> CodePathOpening | None:
    return CodePathOpening.objects.filter(store=store).order_by("-pk").first()


def _partner_may(partner: Partner, others: QuerySet[CodeGuess], now: datetime) -> bool:
    accepted = Collaboration.objects.filter(partner=partner).exists()
    return _is_under(OF_PARTNER if accepted else OF_NEWCOMER, others.filter(partner=partner), now)


def _network_may(network: str, others: QuerySet[CodeGuess], now: datetime) -> bool:
    return not network or _is_under(OF_NETWORK, others.filter(network=network), now)


def _is_under(limits: tuple[Limit, ...], rows: QuerySet[CodeGuess], now: datetime, since: str = "at") -> bool:
    """Whether one more fits. `since` names the moment from which a row counts."""
    counts = rows.aggregate(
        **{str(n): Count("pk", filter=Q(**{f"{since}__gt": now - limit.within})) for n, limit in enumerate(limits)}
    )
    return all(counts[str(n)] < limit.count for n, limit in enumerate(limits))


# --- Afterwards -----------------------------------------------------------------------------------------------------


@sensitive_variables("digits", "expected")
def compare(attempt: Attempt, store: Store, digits: str) -> bool:
    """Whether a reserved guess is right. The store must be locked.

    A reservation is a ticket for one opening and one code: it stays good when others close the path meanwhile, and is
    worth nothing once the code is another.
    """
    if not attempt.may_be_compared:
        return False
    today = RequestCode.objects.get(store=store, ended_at=None)
    opening = opening_of(store)
    if today.pk != attempt.code or opening is None or opening.pk != attempt.opening:
        return False
    expected = today.digits
    attempt.right = codes.same(expected, digits) and expected != ""
    return attempt.right


def give_back(attempt: Attempt, *, now: datetime) -> None:
    """The partner got it right: what it guessed at this store within a day, this included, counts nowhere."""
    mine = CodeGuess.objects.filter(partner=attempt.partner, store=attempt.store)
    mine.filter(Q(at__gt=now - GIVEN_BACK_WITHIN) | Q(pk=attempt.guess or 0)).delete()


def take_back(attempt: Attempt) -> None:
    """The attempt was none: the same request had been answered before. Only what it wrote itself goes, unless somebody
    else was refused with the same digits meanwhile."""
    if attempt.is_new and attempt.guess is not None:
        CodeGuess.objects.filter(pk=attempt.guess, partner=attempt.partner, refused_at=None).delete()


def note_refused(attempt: Attempt, *, now: datetime) -> None:
    """Its answer was no: nobody is about to compare it any more."""
    CodeGuess.objects.filter(pk=attempt.guess or 0, refused_at=None).update(refused_at=now)


def lock_store(store: Store) -> None:
    lock_counters([_store_key(store)])


def is_spent(opening: CodePathOpening) -> bool:
    """Whether everybody together has used it up. Decide with it under `lock_store`."""
    return opening.guesses.count() >= OF_OPENING


def is_under_way(opening: CodePathOpening, *, now: datetime) -> bool:
    """Whether some guess may still be compared, and given back if it is right."""
    return opening.guesses.filter(refused_at=None, compared_at__gt=now - UNFINISHED).exists()


def forget_old(*, now: datetime) -> int:
    """Delete guesses that no window reaches any more, from whichever moment it counts them, and no open path counts,
    and counters of nobody.

    Returns how many guesses went.
    """
    still_open = CodePathOpening.objects.filter(closed_at=None)
    old = CodeGuess.objects.filter(at__lte=now - KEPT).exclude(pair_at__gt=now - KEPT).exclude(opening__in=still_open)
    gone, _by_model = old.delete()
    networks = CodeGuess.objects.exclude(network="").values_list("network", flat=True).distinct()
    known = {f"network:{network}" for network in networks}
    unused = [key for key in _network_keys() if key not in known]
    for start in range(0, len(unused), 500):
        with transaction.atomic():
            rows = GuessCounter.objects.filter(key__in=unused[start : start + 500])
            rows.filter(pk__in=rows.select_for_update(skip_locked=True).values("pk")).delete()
    return gone


def _network_keys() -> list[str]:
    return list(GuessCounter.objects.filter(key__startswith="network:").values_list("key", flat=True))
