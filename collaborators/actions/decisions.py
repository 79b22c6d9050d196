"""The store says yes or no to an access request."""

from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from collaborators.actions.more import active_between
from collaborators.actions.records import iso, report, terms
from collaborators.actions.steps import chosen, lock_parents, lock_request, require_decider, require_held
from collaborators.errors import AccessMovedOn, AnotherRequestWaits, TooLateToReopen
from collaborators.models import AccessRequest, Collaboration
from stores.ends import end_of

Status = AccessRequest.Status


@transaction.atomic
def approve_request(
    access_request: AccessRequest, *, permissions: Collection[str], ends_on: date | None, by: User
) -> Collaboration:
    """Grant what was asked, or what `by` made of it, until the end of `ends_on` in the store's zone (None: open end).

    Where the partner works already this replaces what it may do, and until when: there is one access, not two.

    Raises NotAllowed, OwnPartner, PermissionsRefused, EndsInThePast, TransitionNotAllowed (already decided, expired).
    """
    partner, store = lock_parents(access_request)
    require_decider(by, store, partner)
    access_request = lock_request(access_request, partner, store)
    granted = chosen(permissions)
    ends_at = end_of(ends_on, store)
    if access_request.status == Status.APPROVED and access_request.decided_by_id == by.pk:
        before = Collaboration.objects.get(access_requests=access_request)
        if (access_request.granted, before.ends_at, before.ended_at) == (granted, ends_at, None):
            return before  # the same decision said twice
    access_request.require(Status.APPROVED)
    now = timezone.now()
    collaboration = active_between(partner.pk, store.pk)
    if collaboration is None:
        require_held(by, store, granted)
        before_it = terms(access_request.permissions, access_request.ends_at)
        collaboration = Collaboration.objects.create(
            partner=partner,
            store=store,
            permissions=granted,
            since=now,
            granted_by=by,
            ends_at=ends_at,
            conversation=access_request.conversation,
        )
    else:
        require_held(by, store, set(granted) - set(collaboration.permissions))
        before_it = terms(collaboration.permissions, collaboration.ends_at)
        collaboration.permissions = granted
        collaboration.save(update_fields=["permissions"])
        if ends_at != collaboration.ends_at:
            collaboration.end_at(ends_at, at=now)
        collaboration.keep(by=by, at=now)  # who decided just now is not asked whether to keep it
    access_request.decide(Status.APPROVED, by=by, at=now, collaboration=collaboration, granted=granted)
    report(
        "access.approved",
        access_request,
        by=by,
        before=before_it,
        after=terms(granted, ends_at),
        collaboration=collaboration.pk,
    )
    return collaboration


@transaction.atomic
def decline_request(access_request: AccessRequest, *, reason: str = "", by: User) -> AccessRequest:
    """Say no, with an optional reason for the partner. Raises NotAllowed, OwnPartner, TransitionNotAllowed."""
    partner, store = lock_parents(access_request)
    require_decider(by, store, partner)
    access_request = lock_request(access_request, partner, store)
    said_already = (access_request.status, access_request.decided_by_id, access_request.reason)
    if said_already == (Status.DECLINED, by.pk, reason):
        return access_request
    access_request.require(Status.DECLINED)
    access_request.decide(Status.DECLINED, by=by, at=timezone.now(), reason=reason)
    report("access.declined", access_request, by=by)
    return access_request


@transaction.atomic
def reopen_request(access_request: AccessRequest, *, by: User) -> AccessRequest:
    """Take a decline back within 24 hours: the request waits again, for 30 new days.

    Raises NotAllowed, OwnPartner, TransitionNotAllowed, TooLateToReopen, AnotherRequestWaits, AccessMovedOn.
    """
    partner, store = lock_parents(access_request)
    require_decider(by, store, partner)
    access_request = lock_request(access_request, partner, store)
    if access_request.status == Status.PENDING and access_request.reopened_by_id == by.pk:
        return access_request
    access_request.require(Status.PENDING)
    if access_request.reopens_until is None:
        raise TooLateToReopen
    collaboration = active_between(partner.pk, store.pk)
    if access_request.more_of_id != (collaboration.pk if collaboration else None):
        raise AccessMovedOn
    if AccessRequest.objects.filter(partner=partner, store=store, status=Status.PENDING).exists():
        raise AnotherRequestWaits
    declined = {"by": str(access_request.decided_by), "at": iso(access_request.decided_at)}
    access_request.reopen(by=by, at=timezone.now())
    report("access.reopened", access_request, by=by, before=declined)
    return access_request


@transaction.atomic
def see_request(access_request: AccessRequest, *, by: User) -> AccessRequest:
    """Keep when somebody who may decide first opened it: the partner reads that it was seen. Raises NotAllowed,
    OwnPartner."""
    partner, store = lock_parents(access_request)
    require_decider(by, store, partner)
    access_request = lock_request(access_request, partner, store)
    if access_request.seen_at is None and access_request.status == Status.PENDING:
        access_request.seen_at, access_request.seen_by = timezone.now(), by
        access_request.save(update_fields=["seen_at", "seen_by"])
    return access_request
