"""Who may ask: the policy and the code."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from collaborators import codes
from collaborators.models import RequestCode, RequestPolicy
from notifications import events
from stores import access, activity
from stores.models import Activity, Store


@transaction.atomic
def change_policy(store: Store, *, rule: str, by: User) -> RequestPolicy:
    """Who may ask to enter: only with the code, anyone, nobody. Raises NotAllowed, DevelopmentStore."""
    store = Store.objects.lock(store.pk)
    access.require(by, "users.manage", store)
    access.require_owned(store)
    policy = RequestPolicy.objects.select_for_update().get(store=store)
    if policy.rule != rule:
        before, policy.rule = policy.rule, rule
        policy.save(update_fields=["rule"])
        activity.record(store, "policy.changed", by=by, before={"rule": before}, after={"rule": rule})
    return policy


@transaction.atomic
def note_shown(store: Store, *, since: datetime, by: User) -> RequestCode:
    """The code for somebody who looks at it, recorded: once for each code and renewed sign-in (`since`).

    Raises NotAllowed, DevelopmentStore.
    """
    store = Store.objects.lock(store.pk)
    access.require(by, "users.manage", store)
    access.require_owned(store)
    code = RequestCode.objects.get(store=store, ended_at=None)
    rows = Activity.objects.filter(store=store, actor=by, kind="code.shown", created_at__gte=max(since, code.made_at))
    if not rows.exists():
        activity.record(store, "code.shown", by=by)
    return code


@transaction.atomic
def make_code(store: Store, *, by: User) -> RequestCode:
    """A new code; the old one ends at once, collaborations go on. Opens no path that is closed. Raises NotAllowed,
    DevelopmentStore."""
    store = Store.objects.lock(store.pk)
    access.require(by, "users.manage", store)
    access.require_owned(store)
    code = replace_code(store, by=by)
    entry = activity.record(store, "code.made", by=by)  # without digits: many may read activity
    events.post("code.made", dedupe_key=f"activity:{entry.pk}", by=by, store=store.pk)
    return code


def replace_code(store: Store, *, by: User | None) -> RequestCode:
    """End today's code, if any, and make the next. The store must be locked."""
    now = timezone.now()
    recent = RequestCode.objects.filter(store=store).order_by("-pk")[: codes.NEVER_AGAIN]
    digits = codes.new_digits(avoid=[code.digits for code in recent])
    RequestCode.objects.filter(store=store, ended_at=None).update(ended_at=now)
    code = RequestCode(store=store, made_at=now, made_by=by)
    code.digits = digits
    code.save()
    return code


def seal_all(*, anew: bool = False) -> int:
    """Close what an older version wrote in the open; `anew`: everything, with today's key, so that older keys may go.

    Returns how many. What no key opens stays as it is.
    """
    rows = RequestCode.objects.all() if anew else RequestCode.objects.filter(sealed=None)
    sealed = 0
    for pk in rows.order_by("pk").values_list("pk", flat=True).iterator():
        with transaction.atomic():
            code = RequestCode.objects.select_for_update(of=("self",)).get(pk=pk)
            if digits := code.digits:
                code.digits = digits
                code.save(update_fields=["sealed", "plain"])
                sealed += 1
    return sealed
