"""The store says yes or no to an access request."""

from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from collaborators.actions.records import report, terms
from collaborators.actions.steps import chosen, end_of, lock_parents, lock_request, require_decider, require_held
from collaborators.models import AccessRequest, Collaboration

Status = AccessRequest.Status


@transaction.atomic
def approve_request(
    access_request: AccessRequest, *, permissions: Collection[str], ends_on: date | None, by: User
) -> Collaboration:
    """Grant what was asked, or what `by` made of it, until the end of `ends_on` in the store's zone (None: open end).

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
    require_held(by, store, granted)
    now = timezone.now()
    collaboration = Collaboration.objects.create(
        partner=partner,
        store=store,
        permissions=granted,
        since=now,
        granted_by=by,
        ends_at=ends_at,
        conversation=access_request.conversation,
    )
    access_request.decide(Status.APPROVED, by=by, at=now, collaboration=collaboration, granted=granted)
    report(
        "access.approved",
        access_request,
        by=by,
        before=terms(access_request.permissions, access_request.ends_at),
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
