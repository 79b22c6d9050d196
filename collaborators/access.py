import logging
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from collaborators.models import Collaboration, CollaborationUse
from partners.permissions import TeamPermission
from stores.access import asks, open_now
from stores.models import Store

logger = logging.getLogger(__name__)

USED_AGAIN = timedelta(minutes=1)  # at most one write a minute for each person


class CollaboratorSource:
    """Owners of a collaborating partner, and its members with Manage stores: what the collaboration grants, until it
    ends. A source of `stores.access`."""

    def grants(self, now: datetime) -> QuerySet:
        # One filter() for both sides of the membership: the one who enters is the one who holds the right.
        enters = Q(partner__memberships__is_owner=True) | Q(
            partner__memberships__permissions__contains=[TeamPermission.MANAGE_STORES]
        )
        return (
            Collaboration.objects.active(now)
            .filter(enters)
            .annotate(
                who=F("partner__memberships__user_id"),
                where=F("store_id"),
                what=F("permissions"),
                until=F("ends_at"),
                two_step_for=asks("partner__", "store__"),
            )
        )

    def used(self, user: User, store: Store, now: datetime) -> None:
        """Write down that the user came in through a collaboration, once a minute. Never in the way of the page: what
        is locked, or fails, is left out."""
        if not cache.add(f"collaborators:used:{store.pk}:{user.pk}", 1, timeout=USED_AGAIN.total_seconds()):
            return
        mine = CollaborationUse.objects.filter(collaboration=OuterRef("pk"), user=user).values("last_used_at")[:1]
        through = self.grants(now).filter(open_now(), who=user.pk, where=store.pk).annotate(used_before=Subquery(mine))
        try:
            with transaction.atomic():
                for pk, before in through.values_list("pk", "used_before"):
                    _mark_used(pk, user, before=before, now=now)
        except DatabaseError:
            logger.exception("That a collaboration was used was not written down")


def _mark_used(pk: int, user: User, *, before: datetime | None, now: datetime) -> None:
    stale = now - USED_AGAIN
    if before is None:  # the first time: the new row needs the collaboration for a moment, or is left to the next time
        rows = Collaboration.objects.filter(pk=pk).select_for_update(skip_locked=True, no_key=True, of=("self",))
        if rows.values_list("pk", flat=True).first() is not None:
            first = CollaborationUse(collaboration_id=pk, user=user, last_used_at=now)
            CollaborationUse.objects.bulk_create([first], ignore_conflicts=True)
    elif before <= stale:
        again = CollaborationUse.objects.filter(collaboration=pk, user=user, last_used_at__lte=stale)
        again.update(last_used_at=now)
