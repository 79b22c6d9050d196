"""A request that came twice is done once: by a key of its sender (HOLDING.md, section 2)."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables

from accounts.errors import BadIdempotencyKey, KeyInUse, KeyUsedOtherwise
from accounts.models import GivenAnswer, User

type Answer = tuple[int, Any]
"""Status and body; the body is JSON."""


@sensitive_variables("asked")
def once(act: Callable[[], Answer], *, by: User, key: str, asked: Any, waits: bool = True) -> Answer:
    """Do `act` and keep its answer with it; if it was done under this key, give that answer again.

    Act and answer are one transaction, and a crash leaves neither. Whoever comes at the same time waits for it, or is
    told at once that it is being done (`waits` False: for programs, which ask again). What is refused (`act` raises)
    changed nothing and is not kept: the key is free again. `asked` is what was asked for, as JSON. Without a key it is
    just done. Raises BadIdempotencyKey, KeyUsedOtherwise, KeyInUse, and whatever `act` raises.
    """
    if not key:
        return act()
    fingerprint = _fingerprint(key, asked)
    with transaction.atomic():
        _take(by, key, waits=waits)
        given = _claim(by, key, fingerprint)
        if given.asked != fingerprint:
            raise KeyUsedOtherwise
        if given.status is None:
            given.status, answered = act()
            given.body = _as_json(answered)
            given.save(update_fields=["status", "body"])
    return given.status, json.loads(given.body)


@sensitive_variables("asked")
def given_before(*, by: User, key: str, asked: Any) -> Answer | None:
    """What `once` would answer without doing anything; None if it would act. Only looks, for those who must do
    something before. Raises BadIdempotencyKey, KeyUsedOtherwise."""
    if not key:
        return None
    fingerprint = _fingerprint(key, asked)
    kept = GivenAnswer.objects.filter(user=by, key=key, created_at__gte=timezone.now() - GivenAnswer.KEPT)
    given = kept.exclude(status=None).first()
    if given is None:
        return None
    if given.asked != fingerprint:
        raise KeyUsedOtherwise
    return given.status, json.loads(given.body)  # type: ignore[return-value]


@sensitive_variables("asked")
def _fingerprint(key: str, asked: Any) -> str:
    """Made with the secret key: what is asked may hold four digits, which a plain hash in a dump would give away."""
    if len(key) > GivenAnswer.KEY_LENGTH or not (key.isascii() and key.isprintable()):
        raise BadIdempotencyKey
    return salted_hmac("accounts.once", _as_json(asked), algorithm="sha256").hexdigest()


def _as_json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder)


def _take(by: User, key: str, *, waits: bool) -> None:
    """Hold the key until the transaction ends. The row below cannot be asked without waiting: as long as whoever was
    first has not committed it, nobody else sees it. Raises KeyInUse."""
    lock = "pg_advisory_xact_lock" if waits else "pg_try_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {lock}(hashtextextended(%s, 0))", [f"accounts.once:{by.pk}:{key}"])
        if cursor.fetchone() == (False,):
            raise KeyInUse


def _claim(by: User, key: str, fingerprint: str) -> GivenAnswer:
    """The row of this key: a new one, or that of whoever was first, once their transaction is over."""
    forget(before=timezone.now() - GivenAnswer.KEPT, user=by, key=key)
    row = GivenAnswer(user=by, key=key, asked=fingerprint)
    GivenAnswer.objects.bulk_create([row], ignore_conflicts=True)
    return GivenAnswer.objects.select_for_update().get(user=by, key=key)


def forget(*, before: datetime, **which) -> int:
    """Delete answers that were given before. Returns how many."""
    return GivenAnswer.objects.filter(created_at__lt=before, **which).delete()[0]
