"""A partner asks, and takes it back."""

from collections.abc import Collection
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from collaborators import codes, conversations
from collaborators.actions.clock import lapse_due
from collaborators.actions.more import active_between, more_of
from collaborators.actions.records import report, terms
from collaborators.actions.steps import chosen, end_of, lock_parents, lock_request
from collaborators.errors import AlreadyAsked, CannotAsk
from collaborators.models import ANSWER_WITHIN, AccessRequest, RequestCode, RequestPolicy
from partners.actions import require as require_in_team
from partners.models import Partner
from partners.permissions import TeamPermission
from stores import addresses
from stores.models import Domain, Store

Status = AccessRequest.Status


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
    """Ask a store for access until the end of `ends_on` (None: open end); where the partner works, for more of it.

    Raises NotAllowed, NotAnAddress, PermissionsRefused, AlreadyAsked, AddsNothing, and CannotAsk for everything that
    only the store knows: unknown, closed, wrong code.
    """
    asked_for = chosen(permissions)
    address = addresses.parse(store_url)
    partner = Partner.objects.lock(partner.pk)
    require_in_team(by, TeamPermission.MANAGE_STORES, partner)
    store, pending, collaboration = find_store(*address), None, None
    if store is not None:
        store = Store.objects.lock(store.pk)
        lapse_due(partner, store, now=timezone.now())
        pending = AccessRequest.objects.filter(partner=partner, store=store, status=Status.PENDING).first()
        if pending and addresses.parse(pending.typed_address) == address:  # by another name it may not know the store
            raise AlreadyAsked
        collaboration = active_between(partner.pk, store.pk)
    if store is None or (collaboration is None and not may_ask(store, code)):
        raise CannotAsk
    if pending:
        raise AlreadyAsked
    ends_at = end_of(ends_on, store)
    terms_asked = {"permissions": asked_for, "ends_at": ends_at}
    if collaboration is not None:
        terms_asked |= more_of(collaboration, permissions=asked_for, ends_at=ends_at)
    now = timezone.now()
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
    before = terms(collaboration.permissions, collaboration.ends_at) if collaboration else None
    report("access.requested", access_request, by=by, before=before, after=terms(access_request.permissions, ends_at))
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
    partner, store = lock_parents(access_request)
    require_in_team(by, TeamPermission.MANAGE_STORES, partner)
    access_request = lock_request(access_request, partner, store)
    if access_request.status == Status.WITHDRAWN and access_request.decided_by_id == by.pk:
        return access_request
    access_request.require(Status.WITHDRAWN)
    access_request.decide(Status.WITHDRAWN, by=by, at=timezone.now())
    report("access.withdrawn", access_request, by=by)
    return access_request
