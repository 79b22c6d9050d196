from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import After, Endpoint, paged
from collaborators.activity import PartnerActivityFilter, seen_by
from partners.models import Membership
from partners.pages import enter
from partners.permissions import TeamPermission
from stores.activity_api import described, look_for
from stores.models import Activity
from stores.serializers import ActivitySerializer


class PartnerActivitySerializer(ActivitySerializer):
    """One change that concerns the partner, with what it may know of the store."""

    place = serializers.CharField(
        read_only=True, help_text="Name of the store; until it said yes, the address that was typed."
    )

    class Meta:
        model = Activity
        fields = ["id", "at", "kind", "place", "sentence", "details", "actor"]


class PartnerActivityQuery(described(for_partner=True)):  # type: ignore[misc]
    """Days are those of my own time zone."""

    store = serializers.CharField(
        required=False, allow_blank=True, help_text="Handle of a store that the partner works or worked for."
    )


@extend_schema(tags=["Access, for partners"])
class PartnerActivity(Endpoint):
    @extend_schema(
        operation_id="partner_activity",
        summary="What concerns us",
        parameters=[After, PartnerActivityQuery],
        responses=paged(PartnerActivitySerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """What was asked, granted, changed and ended in all stores, newest first. For those with Manage stores; what
        concerns jobs, for those who manage them too."""
        enter(request, slug, TeamPermission.MANAGE_STORES)
        member: Membership = request.membership  # type: ignore[attr-defined]
        form = PartnerActivityFilter(request.query_params, member=member, zone=self.me.time_zone)
        look_for(request, PartnerActivityQuery, form)
        return self.listed(self.page(form.among(seen_by(member))), PartnerActivitySerializer)
