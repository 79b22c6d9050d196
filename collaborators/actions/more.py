"""Asking for more than one has, while what one has goes on."""

from collections.abc import Collection
from datetime import datetime

from collaborators.actions.records import report
from collaborators.errors import AddsNothing
from collaborators.models import AccessRequest, Collaboration
from stores.permissions import in_order

Status = AccessRequest.Status


def active_between(partner_id: int, store_id: int) -> Collaboration | None:
    """The access there is, locked. Partner and store must be locked, and what is past its time lapsed."""
    rows = Collaboration.objects.filter(partner_id=partner_id, store_id=store_id, ended_at=None)
    return rows.select_for_update(of=("self",)).first()


def more_of(collaboration: Collaboration, *, permissions: Collection[str], ends_at: datetime | None) -> dict:
    """What a request for more holds besides what any request holds. No code is asked for: the store knows the partner.

    Raises AddsNothing, if that is neither a permission nor a later end.
    """
    today = set(collaboration.permissions)
    longer = collaboration.ends_at is not None and (ends_at is None or ends_at > collaboration.ends_at)
    if not longer and today.issuperset(permissions):
        raise AddsNothing
    held = in_order(today)
    return {"more_of": collaboration, "held": held, "permissions": in_order(today | set(permissions))}


def close_more(collaboration: Collaboration, *, at: datetime) -> None:
    """With the access ends what asked to widen it, if it was not past its own time by then. Partner and store must be
    locked."""
    rows = AccessRequest.objects.filter(more_of=collaboration, status=Status.PENDING, expires_at__gt=at)
    for access_request in rows.order_by("pk").select_for_update(of=("self",)):
        access_request.decide(Status.EXPIRED, by=None, at=at)
        report("access.expired", access_request, by=None)
