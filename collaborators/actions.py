"""What people do about access: ask, decide, change, end.

Every action locks the partner, then the store, then its own row; looks at the right again inside the lock; lapses what
is past its time; guards; writes; records; tells.
"""

import logging
from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.zones import end_of_day
from collaborators import codes
from collaborators.errors import (
    AlreadyAsked,
    AlreadyCollaborating,
    CannotAsk,
    EndsInThePast,
    OwnPartner,
)
from collaborators.models import ANSWER_WITHIN, AccessRequest, Collaboration, RequestCode, RequestPolicy
from notifications import events
from partners.actions import require as require_in_team
from partners.models import Partner
from partners.permissions import TeamPermission
from stores import access, activity, addresses
from stores.errors import GrantsMoreThanHeld, NoPermissions
from stores.models import Activity, Domain, Store
from stores.permissions import closed_for_collaborator, in_order

logger = logging.getLogger(__name__)

Status = AccessRequest.Status
EndedBy = Collaboration.EndedBy


# --- Who may ask ----------------------------------------------------------------------------------------------------


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


# --- Asking ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def request_access(
    partner: Partner,
    *,
    store_url: str,
    code: str,
    permissions: Collection[str],
    ends_on: date | None,
    message: str,
    by: User,
) -> AccessRequest:
    """Ask a store for access until the end of `ends_on` (None: open end).

    Raises NotAllowed, NotAnAddress, PermissionsRefused, AlreadyAsked, AlreadyCollaborating, and CannotAsk for
    everything that only the store knows: unknown, closed, wrong code.
    """
    asked_for = _chosen(permissions)
    address = addresses.parse(store_url)
    partner = Partner.objects.lock(partner.pk)
    require_in_team(by, TeamPermission.MANAGE_STORES, partner)
    store, pending = find_store(*address), None
    if store is not None:
        store = Store.objects.lock(store.pk)
        lapse_due(partner, store, now=timezone.now())
        pending = AccessRequest.objects.filter(partner=partner, store=store, status=Status.PENDING).first()
        if pending and addresses.parse(pending.typed_address) == address:  # by another name it may not know the store
            raise AlreadyAsked
        if Collaboration.objects.filter(partner=partner, store=store, ended_at=None).exists():
            raise AlreadyCollaborating
    if not may_ask(store, code) or store is None:
        raise CannotAsk
    if pending:
        raise AlreadyAsked
    ends_at = _end(ends_on, store)
    now = timezone.now()
    try:
        with transaction.atomic():
            access_request = AccessRequest.objects.create(
                partner=partner,
                store=store,
                typed_address=store_url,
                permissions=asked_for,
                ends_at=ends_at,
                message=message,
                asked_by=by,
                asked_at=now,
                expires_at=now + ANSWER_WITHIN,
            )
    except IntegrityError as error:
        if "access_request_one_pending" in str(error):
            raise AlreadyAsked from error
        raise
    _report("access.requested", access_request, by=by, after=_terms(asked_for, access_request.ends_at))
    return access_request


def find_store(kind: str, name: str) -> Store | None:
    """The store of a parsed address (`stores.addresses.parse`): by handle, or by a verified domain."""
    if kind == "handle":
        return Store.objects.filter(handle=name).first()
    domain = Domain.objects.filter(name=name, verified_at__isnull=False).select_related("store").first()
    return domain.store if domain else None


def may_ask(store: Store | None, code: str) -> bool:
    """Whether the store's policy lets somebody with this code ask. False for no store, in about the same time."""
    digits = "" if store is None else RequestCode.objects.get(store=store, ended_at=None).digits
    rule = RequestPolicy.Rule.NOBODY if store is None else RequestPolicy.objects.get(store=store).rule
    right = codes.same(digits or "----", codes.clean(code))
    return rule == RequestPolicy.Rule.ANYONE or (rule == RequestPolicy.Rule.CODE and right)


@transaction.atomic
def withdraw_request(access_request: AccessRequest, *, by: User) -> AccessRequest:
    """Take a request back. Raises NotAllowed, TransitionNotAllowed."""
    partner, store = _lock_parents(access_request)
    require_in_team(by, TeamPermission.MANAGE_STORES, partner)
    access_request = _lock_request(access_request, partner, store)
    if access_request.status == Status.WITHDRAWN and access_request.decided_by_id == by.pk:
        return access_request
    access_request.require(Status.WITHDRAWN)
    access_request.decide(Status.WITHDRAWN, by=by, at=timezone.now())
    _report("access.withdrawn", access_request, by=by)
    return access_request


# --- Deciding -------------------------------------------------------------------------------------------------------


@transaction.atomic
def approve_request(
    access_request: AccessRequest, *, permissions: Collection[str], ends_on: date | None, by: User
) -> Collaboration:
    """Grant what was asked, or what `by` made of it, until the end of `ends_on` in the store's zone (None: open end).

    Raises NotAllowed, OwnPartner, PermissionsRefused, EndsInThePast, TransitionNotAllowed (already decided, expired).
    """
    partner, store = _lock_parents(access_request)
    _require_decider(by, store, partner)
    access_request = _lock_request(access_request, partner, store)
    granted = _chosen(permissions)
    ends_at = _end(ends_on, store)
    if access_request.status == Status.APPROVED and access_request.decided_by_id == by.pk:
        before = Collaboration.objects.get(access_requests=access_request)
        if (access_request.granted, before.ends_at, before.ended_at) == (granted, ends_at, None):
            return before  # the same decision said twice
    access_request.require(Status.APPROVED)
    _require_held(by, store, granted)
    now = timezone.now()
    collaboration = Collaboration.objects.create(
        partner=partner, store=store, permissions=granted, since=now, granted_by=by, ends_at=ends_at
    )
    access_request.decide(Status.APPROVED, by=by, at=now, collaboration=collaboration, granted=granted)
    _report(
        "access.approved",
        access_request,
        by=by,
        before=_terms(access_request.permissions, access_request.ends_at),
        after=_terms(granted, ends_at),
        collaboration=collaboration.pk,
    )
    return collaboration


@transaction.atomic
def decline_request(access_request: AccessRequest, *, reason: str = "", by: User) -> AccessRequest:
    """Say no, with an optional reason for the partner. Raises NotAllowed, OwnPartner, TransitionNotAllowed."""
    partner, store = _lock_parents(access_request)
    _require_decider(by, store, partner)
    access_request = _lock_request(access_request, partner, store)
    said_already = (access_request.status, access_request.decided_by_id, access_request.reason)
    if said_already == (Status.DECLINED, by.pk, reason):
        return access_request
    access_request.require(Status.DECLINED)
    access_request.decide(Status.DECLINED, by=by, at=timezone.now(), reason=reason)
    _report("access.declined", access_request, by=by)
    return access_request


# --- While it lasts -------------------------------------------------------------------------------------------------


@transaction.atomic
def change_permissions(collaboration: Collaboration, *, permissions: Collection[str], by: User) -> Collaboration:
    """Replace what the partner may do, at once.

    Raises NotAllowed, OwnPartner, PermissionsRefused, TransitionNotAllowed (it is over).
    """
    partner, store = _lock_parents(collaboration)
    _require_decider(by, store, partner)
    collaboration = _lock_collaboration(collaboration, partner, store)
    granted = _chosen(permissions)
    collaboration.require_active()
    before = in_order(collaboration.permissions)
    if granted == before:
        return collaboration
    _require_held(by, store, set(granted) - set(before))
    collaboration.permissions = granted
    collaboration.save(update_fields=["permissions"])
    _report(
        "access.changed",
        collaboration,
        by=by,
        before={"permissions": before},
        after={"permissions": granted},
    )
    return collaboration


@transaction.atomic
def change_end(collaboration: Collaboration, *, ends_on: date | None, by: User) -> Collaboration:
    """Let access end with `ends_on` in the store's zone (None: open end).

    Raises NotAllowed, OwnPartner, EndsInThePast, TransitionNotAllowed (it is over).
    """
    partner, store = _lock_parents(collaboration)
    _require_decider(by, store, partner)
    collaboration = _lock_collaboration(collaboration, partner, store)
    ends_at = _end(ends_on, store)
    collaboration.require_active()
    before = collaboration.ends_at
    if ends_at == before:
        return collaboration
    collaboration.ends_at = ends_at
    collaboration.save(update_fields=["ends_at"])
    longer = before is not None and (ends_at is None or ends_at > before)
    _report(
        "access.extended" if longer else "access.changed",
        collaboration,
        by=by,
        before={"ends_at": _iso(before)},
        after={"ends_at": _iso(ends_at)},
    )
    return collaboration


@transaction.atomic
def revoke(collaboration: Collaboration, *, by: User) -> Collaboration:
    """The store ends it, at this moment. Raises NotAllowed, OwnPartner, TransitionNotAllowed (it is over)."""
    partner, store = _lock_parents(collaboration)
    _require_decider(by, store, partner)
    return _end_now(collaboration, partner, store, how=EndedBy.REVOKED, by=by)


@transaction.atomic
def leave(collaboration: Collaboration, *, by: User) -> Collaboration:
    """The partner ends it, at this moment. Raises NotAllowed, TransitionNotAllowed (it is over)."""
    partner, store = _lock_parents(collaboration)
    require_in_team(by, TeamPermission.MANAGE_STORES, partner)
    return _end_now(collaboration, partner, store, how=EndedBy.LEFT, by=by)


def _end_now(collaboration: Collaboration, partner: Partner, store: Store, *, how, by: User) -> Collaboration:
    collaboration = _lock_collaboration(collaboration, partner, store)
    if collaboration.ended_how == how and collaboration.ended_by_id == by.pk:
        return collaboration  # the same decision said twice
    collaboration.require_active()
    collaboration.end(how, by=by, at=timezone.now())
    _report(f"access.{how}", collaboration, by=by, before=_terms(collaboration.permissions, collaboration.ends_at))
    return collaboration


# --- What time does -------------------------------------------------------------------------------------------------


def lapse_due(partner: Partner, store: Store, *, now: datetime) -> None:
    """Close what is past its time between these two. Both must be locked. Sweep and actions share it."""
    between = {"partner": partner, "store": store}
    for access_request in (
        AccessRequest.objects.overdue(now).filter(**between).order_by("pk").select_for_update(of=("self",))
    ):
        access_request.decide(Status.EXPIRED, by=None, at=access_request.expires_at)
        _report("access.expired", access_request, by=None)
    for collaboration in (
        Collaboration.objects.overdue(now).filter(**between).order_by("pk").select_for_update(of=("self",))
    ):
        collaboration.end(EndedBy.LAPSED, by=None, at=collaboration.ends_at or now)
        terms = _terms(collaboration.permissions, collaboration.ends_at)
        _report("access.ended", collaboration, by=None, before=terms)


def lapse_all_due(*, now: datetime, limit: int = 500) -> int:
    """Close what is past its time anywhere, each pair of partner and store in a transaction of its own.

    Returns how many pairs were looked at; with `limit` of them there may be more.
    """
    requests = AccessRequest.objects.overdue(now).order_by("expires_at").values_list("partner_id", "store_id")
    collaborations = Collaboration.objects.overdue(now).order_by("ends_at").values_list("partner_id", "store_id")
    pairs = sorted({*requests[:limit], *collaborations[:limit]})
    for partner_id, store_id in pairs:
        try:
            with transaction.atomic():
                partner, store = Partner.objects.lock(partner_id), Store.objects.lock(store_id)
                lapse_due(partner, store, now=now)
        except Exception:  # one pair that is busy or broken keeps no other from ending
            logger.exception("What is due between partner %s and store %s waits", partner_id, store_id)
    return len(pairs)


# --- Shared steps ---------------------------------------------------------------------------------------------------


def _lock_parents(row: AccessRequest | Collaboration) -> tuple[Partner, Store]:
    return Partner.objects.lock(row.partner_id), Store.objects.lock(row.store_id)


def _lock_request(access_request: AccessRequest, partner: Partner, store: Store) -> AccessRequest:
    lapse_due(partner, store, now=timezone.now())
    return AccessRequest.objects.select_for_update(of=("self",)).get(pk=access_request.pk)


def _lock_collaboration(collaboration: Collaboration, partner: Partner, store: Store) -> Collaboration:
    lapse_due(partner, store, now=timezone.now())
    return Collaboration.objects.select_for_update(of=("self",)).get(pk=collaboration.pk)


def _require_decider(by: User, store: Store, partner: Partner) -> None:
    """Raise unless `by` manages users here and stands apart from the partner; the owner may decide even so."""
    access.require(by, "users.manage", store)
    if store.owner_id != by.pk and partner.membership_of(by):
        raise OwnPartner(partner)


def _require_held(by: User, store: Store, keys: Iterable[str]) -> None:
    if beyond := set(keys) - access.permissions_of(by, store):
        raise GrantsMoreThanHeld(in_order(beyond))


def _chosen(permissions: Collection[str]) -> list[str]:
    if not permissions:
        raise NoPermissions
    return closed_for_collaborator(permissions)


def _end(ends_on: date | None, store: Store) -> datetime | None:
    ends_at = end_of_day(ends_on, store.time_zone) if ends_on else None
    if ends_at is not None and ends_at <= timezone.now():
        raise EndsInThePast
    return ends_at


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _terms(permissions: Collection[str], ends_at: datetime | None) -> dict:
    return {"permissions": in_order(permissions), "ends_at": _iso(ends_at)}


def _report(
    topic: str, row: AccessRequest | Collaboration, *, by: User | None, before=None, after=None, **ids
) -> Activity:
    """Record the act in the store's activity, and post the event that tells people: once per act."""
    partner, store = row.partner, row.store
    entry = activity.record(store, topic, by=by, partner=partner, before=before, after=after)
    if isinstance(row, AccessRequest):
        ids |= {"access_request": row.pk, "asked_by": row.asked_by_id}
    else:
        first_asked = row.access_requests.order_by("-pk").values_list("asked_by_id", flat=True).first()
        ids |= {"collaboration": row.pk, **({"asked_by": first_asked} if first_asked else {})}
    events.post(topic, dedupe_key=f"activity:{entry.pk}", by=by, partner=partner.pk, store=store.pk, **ids)
    return entry
