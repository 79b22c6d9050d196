from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import Handle, Line, Output
from partners.models import Membership, Partner
from partners.permissions import TeamPermission

TEAM_PERMISSIONS = serializers.ListField(child=serializers.ChoiceField(TeamPermission.choices))


class PartnerNameSerializer(serializers.ModelSerializer):
    """A partner, as stores know it."""

    class Meta:
        model = Partner
        fields = ["slug", "name"]


class PartnerSerializer(Output):
    """A partner whose team I am in, and what I may do there."""

    is_owner = serializers.BooleanField(source="i_own", read_only=True)
    permissions = serializers.SerializerMethodField()

    class Meta:
        model = Partner
        fields = ["id", "slug", "name", "created_at", "is_owner", "permissions"]

    @extend_schema_field(TEAM_PERMISSIONS)
    def get_permissions(self, partner) -> list[str]:
        """What I may do for it. Owners hold everything."""
        place = Membership(is_owner=partner.i_own, permissions=partner.my_permissions)
        return [permission for permission in TeamPermission.values if place.may(permission)]


class NewPartnerSerializer(serializers.Serializer):
    name = Line(max_length=100, help_text="As merchants know you.")
    slug = Handle(help_text="Its address in Entente: small letters, digits and dashes. It stays as it is.")
