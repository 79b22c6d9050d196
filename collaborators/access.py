from datetime import datetime

from django.db.models import F, Q, QuerySet

from collaborators.models import Collaboration
from partners.permissions import TeamPermission
from stores.access import asks


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
