"""A request that came twice is done once: by a key of its sender (HOLDING.md, section 2)."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

from accounts.errors import BadIdempotencyKey, KeyUsedOtherwise
from accounts.models import GivenAnswer, User

type Answer = tuple[int, Any]
"""Status and body; the body is JSON."""


def once(act: Callable[[], Answer], *, by: User, key: str, asked: Any) -> Answer:
    """Do `act` and keep its answer with it; if it was done under this key, give that answer again.

    Act and answer are one transaction: whoever comes at the same time waits for it, and a crash leaves neither. What is
    refused (`act` raises) changed nothing and is not kept: the key is free again. `asked` is what was asked for, as
    JSON. Without a key it is just done. Raises BadIdempotencyKey, KeyUsedOtherwise, and whatever `act` raises.
    """
    if not key:
        return act()
    if len(key) > GivenAnswer.KEY_LENGTH or not (key.isascii() and key.isprintable()):
        raise BadIdempotencyKey
    fingerprint = hashlib.sha256(_as_json(asked).encode()).hexdigest()
    with transaction.atomic():
        given = _claim(by, key, fingerprint)
        if given.asked != fingerprint:
            raise KeyUsedOtherwise
        if given.status is None:
            given.status, answered = act()
            given.body = _as_json(answered)
            given.save(update_fields=["status", "body"])
    return given.status, json.loads(given.body)


def _as_json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder)


def _claim(by: User, key: str, fingerprint: str) -> GivenAnswer:
    """The row of this key: a new one, or that of whoever was first, once their transaction is over."""
    forget(before=timezone.now() - GivenAnswer.KEPT, user=by, key=key)
    row = GivenAnswer(user=by, key=key, asked=fingerprint)
    GivenAnswer.objects.bulk_create([row], ignore_conflicts=True)
    return GivenAnswer.objects.select_for_update().get(user=by, key=key)


def forget(*, before: datetime, **which) -> int:
    """Delete answers that were given before. Returns how many."""
    return GivenAnswer.objects.filter(created_at__lt=before, **which).delete()[0]
