"""The code path of a store: closed by too many wrong guesses, opened again by people. It closes a door, never an
account: collaborations, requests that wait and invitations go on."""

import logging
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from django.db.models import Count
from django.utils import timezone

from accounts.models import User
from accounts.sweeps import one_of_many
from collaborators import guesses
from collaborators.actions.codes import replace_code
from collaborators.errors import CodePathIsOpen, ReopeningIsForTheOwner
from collaborators.guesses import Attempt
from collaborators.models import CodePathOpening, RequestCode
from notifications import events
from stores import access, activity
from stores.models import Store

logger = logging.getLogger(__name__)

A_CLICK_LATER = timedelta(minutes=1)
ONCE_IN = timedelta(days=365)  # reopened by those who manage users; more often by the owner alone


def refuse_guess(attempt: Attempt, *, now: datetime) -> None:
    """The answer is no: keep that, and close the code path if this was its last guess.

    Where somebody else holds the store the sweep does it: a refusal reads the same however busy the store is.
    """
    if attempt.store is None or not attempt.may_be_compared:
        return
    try:
        close_if_spent(attempt.store, refused=attempt, now=now)
    except OperationalError:
        logger.warning("The code path of store %s waits to be closed", attempt.store.pk, exc_info=True)


@transaction.atomic
def close_if_spent(store: Store, *, refused: Attempt | None = None, now: datetime) -> bool:
    """Close the code path once its guesses are used up, and tell. Whether it was this call that closed it.

    Not while one of them, other than `refused`, is under way: if it is right it is given back, and one is left.
    """
    store = Store.objects.lock(store.pk)
    guesses.lock_store(store)
    if refused is not None:
        guesses.note_refused(refused, now=now)
    opening = guesses.opening_of(store)
    if opening is None or not opening.is_open or not guesses.is_spent(opening):
        return False
    if guesses.is_under_way(opening, now=now):
        return False
    opening.closed_at = now
    opening.save(update_fields=["closed_at"])
    entry = activity.record(store, "code.closed", by=None, after={"wrong": guesses.OF_OPENING})
    events.post("code.closed", dedupe_key=f"activity:{entry.pk}", by=None, store=store.pk)
    return True


def close_all_spent(*, now: datetime) -> int:
    """Close what nobody closed because a process died between comparing and closing. Returns how many were closed."""
    guessed_at = CodePathOpening.objects.filter(closed_at=None).annotate(count=Count("guesses"))
    spent = guessed_at.filter(count__gte=guesses.OF_OPENING)
    closed = 0
    for opening in spent.select_related("store").order_by("pk"):
        with one_of_many(logger, "The code path of store %s waits to be closed", opening.store_id):
            closed += close_if_spent(opening.store, now=now)
    return closed


def reopened_lately(store: Store, *, now: datetime) -> bool:
    """Whether somebody opened it again within a year, so that the next time is for the owner."""
    return CodePathOpening.objects.filter(store=store, opened_by__isnull=False, opened_at__gt=now - ONCE_IN).exists()


def require_may_reopen(store: Store, by: User, *, now: datetime) -> None:
    """Raise NotAllowed, or ReopeningIsForTheOwner for those who may manage users but not do this again."""
    access.require(by, "users.manage", store)
    if store.owner_id != by.pk and reopened_lately(store, now=now):
        raise ReopeningIsForTheOwner


@transaction.atomic
def reopen_code_path(store: Store, *, by: User) -> RequestCode:
    """A new code, and a new opening for it: four more wrong guesses. Raises NotAllowed, ReopeningIsForTheOwner,
    CodePathIsOpen. A second click of the same person gets the code that the first one made."""
    now = timezone.now()
    store = Store.objects.lock(store.pk)
    access.require(by, "users.manage", store)
    guesses.lock_store(store)
    opening = guesses.opening_of(store)
    if opening is None or opening.is_open:
        if opening is not None and (code := _code_of_first_click(opening, by=by, now=now)):
            return code
        raise CodePathIsOpen(opening)
    require_may_reopen(store, by, now=now)
    CodePathOpening.objects.create(store=store, opened_at=now, opened_by=by)
    code = replace_code(store, by=by)
    entry = activity.record(store, "code.reopened", by=by)
    events.post("code.made", dedupe_key=f"activity:{entry.pk}", by=by, store=store.pk)
    return code


def _code_of_first_click(opening: CodePathOpening, *, by: User, now: datetime) -> RequestCode | None:
    """The code that was made with this opening, for whoever opened it just now, as long as it is today's."""
    if opening.opened_by_id != by.pk or opening.opened_at <= now - A_CLICK_LATER:
        return None
    made_since = RequestCode.objects.filter(store=opening.store_id, made_at__gte=opening.opened_at)[:2]
    return made_since[0] if len(made_since) == 1 else None
