"""What every act leaves behind: a row of the store's activity, and the event that tells people."""

from collections.abc import Collection
from datetime import datetime

from accounts.models import User
from collaborators.models import AccessRequest, Collaboration, ExpertInvitation
from notifications import events
from stores import activity
from stores.models import Activity
from stores.permissions import in_order


def iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def terms(permissions: Collection[str], ends_at: datetime | None) -> dict:
    return {"permissions": in_order(permissions), "ends_at": iso(ends_at)}


def report(
    topic: str, row: AccessRequest | Collaboration, *, by: User | None, before=None, after=None, **ids
) -> Activity:
    """Record the act in the store's activity, and post the event that tells people: once per act."""
    partner, store = row.partner, row.store
    entry = activity.record(store, topic, by=by, partner=partner, before=before, after=after)
    if isinstance(row, AccessRequest):
        ids |= {"access_request": row.pk, "asked_by": row.asked_by_id}
    else:
        ids |= {"collaboration": row.pk, **who_wanted(row)}
    events.post(topic, dedupe_key=f"activity:{entry.pk}", by=by, partner=partner.pk, store=store.pk, **ids)
    return entry


def who_wanted(collaboration: Collaboration) -> dict[str, int]:
    """The person who asked for it last, or who accepted the invitation that it came from."""
    asked_by = collaboration.access_requests.order_by("-pk").values_list("asked_by_id", flat=True).first()
    if asked_by is None:
        invitations = ExpertInvitation.objects.filter(collaboration=collaboration)
        asked_by = invitations.values_list("accepted_by_id", flat=True).first()
    return {"asked_by": asked_by} if asked_by else {}
