"""What time does: requests expire, collaborations end."""

import logging
from datetime import datetime

from accounts.sweeps import one_of_many
from collaborators.actions.more import close_more
from collaborators.actions.records import report, terms
from collaborators.models import AccessRequest, Collaboration
from partners.models import Partner
from stores.models import Store

logger = logging.getLogger(__name__)


def lapse_due(partner: Partner, store: Store, *, now: datetime) -> None:
    """Close what is past its time between these two. Both must be locked. Sweep and actions share it."""
    between = {"partner": partner, "store": store}
    # Access first: what asked to widen it is closed with it, unless its own thirty days were over before.
    for collaboration in (
        Collaboration.objects.overdue(now).filter(**between).order_by("pk").select_for_update(of=("self",))
    ):
        collaboration.end(Collaboration.EndedBy.LAPSED, by=None, at=collaboration.ends_at or now)
        report("access.ended", collaboration, by=None, before=terms(collaboration.permissions, collaboration.ends_at))
        close_more(collaboration, at=collaboration.ended_at or now)
    for access_request in (
        AccessRequest.objects.overdue(now).filter(**between).order_by("pk").select_for_update(of=("self",))
    ):
        access_request.decide(AccessRequest.Status.EXPIRED, by=None, at=access_request.expires_at)
        report("access.expired", access_request, by=None)


def lapse_all_due(*, now: datetime, limit: int = 500) -> int:
    """Close what is past its time anywhere, each pair of partner and store in a transaction of its own.

    Returns how many pairs were looked at; with `limit` of them there may be more.
    """
    requests = AccessRequest.objects.overdue(now).order_by("expires_at").values_list("partner_id", "store_id")
    collaborations = Collaboration.objects.overdue(now).order_by("ends_at").values_list("partner_id", "store_id")
    pairs = sorted({*requests[:limit], *collaborations[:limit]})
    for partner_id, store_id in pairs:
        with one_of_many(logger, "What is due between partner %s and store %s waits", partner_id, store_id):
            partner, store = Partner.objects.lock(partner_id), Store.objects.lock(store_id)
            lapse_due(partner, store, now=now)
    return len(pairs)
