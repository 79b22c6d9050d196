"""A partner asks, and takes it back."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from accounts.errors import Refused
from accounts.models import User
from accounts.once import Answer, given_before, once
from collaborators import codes, conversations, guesses
from collaborators.actions.clock import lapse_due
from collaborators.actions.more import active_between, more_of
from collaborators.actions.openings import refuse_guess
from collaborators.actions.records import report, terms
from collaborators.actions.steps import chosen, lock_parents, lock_request
from collaborators.errors import AlreadyAsked, AskedTooSoon, CannotAsk, CannotAskForMore, TooManyPending
from collaborators.guesses import Attempt
from collaborators.models import ANSWER_WITHIN, AccessRequest, Collaboration, RequestPolicy
from partners.actions import require as require_in_team
from partners.models import Partner
from partners.permissions import TeamPermission
from stores import addresses
from stores.ends import end_of
from stores.models import Domain, Store

Status = AccessRequest.Status

PENDING_AT_ONCE = 20  # requests of one partner that wait, wherever
AGAIN_AFTER = timedelta(days=7)  # a store said no


@sensitive_variables("code", "asked", "named", "wanted")
def request_access_once(
    partner: Partner,
    *,
    by: User,
    network: str,
    key: str,
    asked: Any,
    answer: Callable[[AccessRequest], Answer],
    **wanted,
) -> Answer:
    """`request_access` under an idempotency key: answers a repeat as it was answered, with nothing counted for it.

    Raises what `accounts.once` and `request_access` raise.
    """
    if given := given_before(by=by, key=key, asked=asked):
        return given
    named = {name: wanted[name] for name in ("store_url", "code", "permissions")}
    attempt = attempt_at(partner, **named, network=network, by=by)
    acted = False

    def act() -> Answer:
        nonlocal acted
        acted = True
        return answer(send_request(attempt, **wanted, by=by))

    with settled(attempt):
        given = once(act, by=by, key=key, asked=asked)
    if not acted:  # the same request was faster
        guesses.take_back(attempt)
    return given


@sensitive_variables("code", "named", "wanted")
def request_access(
    partner: Partner,
    *,
    store_url: str,
    code: str,
    permissions: Collection[str],
    by: User,
    network: str = "",
    **wanted,
) -> AccessRequest:
    """Ask a store for access until the end of `ends_on` (None: open end). Not for use inside a transaction.

    Where the partner works it asks for more, without a code.

    Raises NotAllowed, NotAnAddress, PermissionsRefused, AlreadyAsked, AddsNothing, AskedTooSoon,
    TooManyPending, and CannotAsk for everything that only the store knows: unknown, closed, wrong code, blocked;
    CannotAskForMore where the partner works.
    """
    attempt = attempt_at(partner, store_url=store_url, code=code, permissions=permissions, network=network, by=by)
    with settled(attempt):
        return send_request(attempt, store_url=store_url, code=code, permissions=permissions, by=by, **wanted)


@sensitive_variables("code")
def attempt_at(
    partner: Partner, *, store_url: str, code: str, permissions: Collection[str], network: str, by: User
) -> Attempt:
    """What comes before the request: say what is wrong whatever the store is, then reserve the guess."""
    now = timezone.now()
    chosen(permissions)
    require_in_team(by, TeamPermission.MANAGE_STORES, partner)
    address = addresses.parse(store_url)
    store = find_store(*address)
    refuse_what_is_known(partner, store, address, now=now)
    if store is not None and works_there(partner, store, now=now):
        return Attempt(partner, store)  # asks for more, which needs no code: nothing is guessed
    return guesses.reserve(partner, store, address=address, digits=codes.clean(code), network=network, now=now)


@sensitive_variables("code")
@transaction.atomic
def send_request(
    attempt: Attempt,
    *,
    store_url: str,
    code: str,
    permissions: Collection[str],
    ends_on: date | None,
    message: str,
    by: User,
) -> AccessRequest:
    """The request itself, under the locks, where everything is asked again. `attempt` is reserved for this code.

    Where the partner works it asks for more, which needs no code.
    """
    asked_for = chosen(permissions)
    address = addresses.parse(store_url)
    partner = Partner.objects.lock(attempt.partner.pk)
    require_in_team(by, TeamPermission.MANAGE_STORES, partner)
    now = timezone.now()
    store, collaboration = find_store(*address), None
    if store is not None:
        store = Store.objects.lock(store.pk)
        lapse_due(partner, store, now=now)
    refuse_what_is_known(partner, store, address, now=now)
    if store is not None:
        collaboration = active_between(partner.pk, store.pk)
    if store is None or not is_let_in(attempt, store, code, for_more=collaboration is not None, now=now):
        raise CannotAsk if collaboration is None else CannotAskForMore
    refuse_what_is_known(partner, store, None, now=now)  # by another name, which it may know now
    ends_at = end_of(ends_on, store)
    terms_asked = {"permissions": asked_for, "ends_at": ends_at}
    if collaboration is not None:
        terms_asked |= more_of(collaboration, permissions=asked_for, ends_at=ends_at)
    try:
        with transaction.atomic():
            access_request = AccessRequest.objects.create(
                partner=partner,
                store=store,
                typed_address=store_url,
                **terms_asked,
                message=message,
                asked_by=by,
                asked_at=now,
                expires_at=now + ANSWER_WITHIN,
                conversation=conversations.for_request(store, partner),
            )
    except IntegrityError as error:
        if "access_request_one_pending" in str(error):
            raise AlreadyAsked from error
        raise
    if attempt.right:
        guesses.give_back(attempt, now=now)
    before = terms(collaboration.permissions, collaboration.ends_at) if collaboration else None
    report("access.requested", access_request, by=by, before=before, after=terms(access_request.permissions, ends_at))
    return access_request


@contextmanager
def settled(attempt: Attempt) -> Iterator[None]:
    """What is left to do when an attempt was refused, after the transaction that it could not stay in."""
    try:
        yield
    except CannotAsk:
        refuse_guess(attempt, now=timezone.now())
        raise
    except Refused:
        if attempt.right:  # something else is wrong, which they were told plainly
            guesses.give_back(attempt, now=timezone.now())
        raise


def refuse_what_is_known(
    partner: Partner, store: Store | None, address: tuple[str, str] | None, *, now: datetime
) -> None:
    """Raise what the partner knows by itself: its requests that wait, and the no it got for this very address. With
    None as the address the store let it in, so that it may know them by any name."""
    mine = AccessRequest.objects.filter(partner=partner)
    if store is not None:
        lately = mine.pending(now) | mine.filter(status=Status.DECLINED, decided_at__gt=now - AGAIN_AFTER)
        here = [row for row in lately.filter(store=store) if address in {None, _parsed(row.typed_address)}]
        if any(row.status == Status.PENDING for row in here):
            raise AlreadyAsked
        if declined := [row.decided_at for row in here if row.decided_at]:
            raise AskedTooSoon(max(declined) + AGAIN_AFTER)
    require_room(partner, now=now)


def require_room(partner: Partner, *, now: datetime) -> None:
    """Raise TooManyPending if so many requests of the partner wait that it may send no other."""
    if AccessRequest.objects.filter(partner=partner).pending(now)[:PENDING_AT_ONCE].count() >= PENDING_AT_ONCE:
        raise TooManyPending


def _parsed(typed: str) -> tuple[str, str] | None:
    try:
        return addresses.parse(typed)
    except addresses.NotAnAddress:  # what was one when it was typed
        return ("", typed)


def works_there(partner: Partner, store: Store, *, now: datetime) -> bool:
    return Collaboration.objects.active(now).filter(partner=partner, store=store).exists()


def find_store(kind: str, name: str) -> Store | None:
    """The store of a parsed address (`stores.addresses.parse`): by handle, or by a verified domain. What nobody owns
    yet is as unknown as what does not exist."""
    if kind == "handle":
        return Store.objects.filter(handle=name, owner__isnull=False).first()
    verified = Domain.objects.filter(name=name, verified_at__isnull=False, store__owner__isnull=False)
    domain = verified.select_related("store").first()
    return domain.store if domain else None


@sensitive_variables("code")
def is_let_in(attempt: Attempt, store: Store, code: str, *, for_more: bool, now: datetime) -> bool:
    """Whether the store lets this attempt ask. The store must be locked."""
    if guesses.is_shut(store, attempt.partner, now):
        return False
    if for_more:
        return True
    rule = RequestPolicy.objects.get(store=store).rule
    if rule == RequestPolicy.Rule.CODE:
        return guesses.compare(attempt, store, codes.clean(code))
    return rule == RequestPolicy.Rule.ANYONE


@transaction.atomic
def withdraw_request(access_request: AccessRequest, *, by: User) -> AccessRequest:
    """Take a request back. Raises NotAllowed, TransitionNotAllowed."""
    partner, store = lock_parents(access_request)
    require_in_team(by, TeamPermission.MANAGE_STORES, partner)
    access_request = lock_request(access_request, partner, store)
    if access_request.status == Status.WITHDRAWN and access_request.decided_by_id == by.pk:
        return access_request
    access_request.require(Status.WITHDRAWN)
    access_request.decide(Status.WITHDRAWN, by=by, at=timezone.now())
    report("access.withdrawn", access_request, by=by)
    return access_request
