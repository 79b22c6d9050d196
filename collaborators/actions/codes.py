"""Who may ask: the policy and the code."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from collaborators import codes
from collaborators.models import RequestCode, RequestPolicy
from notifications import events
from stores import access, activity
from stores.models import Store


@transaction.atomic
def change_policy(store: Store, *, rule: str, by: User) -> RequestPolicy:
    """Who may ask to enter: only with the code, anyone, nobody. Raises NotAllowed."""
    store = Store.objects.lock(store.pk)
    access.require(by, "users.manage", store)
    policy = RequestPolicy.objects.select_for_update().get(store=store)
    if policy.rule != rule:
        before, policy.rule = policy.rule, rule
        policy.save(update_fields=["rule"])
        activity.record(store, "policy.changed", by=by, before={"rule": before}, after={"rule": rule})
    return policy


@transaction.atomic
def make_code(store: Store, *, by: User) -> RequestCode:
    """A new code; the old one ends at once, collaborations go on. Raises NotAllowed."""
    store = Store.objects.lock(store.pk)
    access.require(by, "users.manage", store)
    code = replace_code(store, by=by)
    entry = activity.record(store, "code.made", by=by)  # without digits: many may read activity
    events.post("code.made", dedupe_key=f"activity:{entry.pk}", by=by, store=store.pk)
    return code


def replace_code(store: Store, *, by: User | None) -> RequestCode:
    """End today's code, if any, and make the next. The store must be locked."""
    now = timezone.now()
    recent = RequestCode.objects.filter(store=store).order_by("-pk").values_list("digits", flat=True)
    digits = codes.new_digits(avoid=list(recent[: codes.NEVER_AGAIN]))
    RequestCode.objects.filter(store=store, ended_at=None).update(ended_at=now)
    return RequestCode.objects.create(store=store, digits=digits, made_at=now, made_by=by)
