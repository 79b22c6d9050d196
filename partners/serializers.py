from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import Email, Flag, Handle, InvitationSerializer, Line, Output, PersonSerializer
from partners.models import Membership, Partner, TeamInvitation
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


# --- Team ------------------------------------------------------------------------------------------------------------


class MemberSerializer(Output):
    """Somebody in the team."""

    person = PersonSerializer(source="user", read_only=True)
    email = serializers.SerializerMethodField()
    permissions = serializers.SerializerMethodField()
    me = serializers.SerializerMethodField()

    class Meta:
        model = Membership
        fields = ["id", "person", "email", "is_owner", "permissions", "joined_at", "me"]

    @extend_schema_field(serializers.EmailField(allow_null=True))
    def get_email(self, member: Membership) -> str | None:
        """For those who manage the team; null for others."""
        mine: Membership = self.context["mine"]
        return member.user.email if mine.may(TeamPermission.MANAGE_TEAM) else None

    @extend_schema_field(TEAM_PERMISSIONS)
    def get_permissions(self, member: Membership) -> list[str]:
        """What they may do. Owners hold everything."""
        return [permission for permission in TeamPermission.values if member.may(permission)]

    def get_me(self, member: Membership) -> bool:
        return member.user_id == self.context["mine"].user_id


class TeamInvitationSerializer(InvitationSerializer):
    permissions = TEAM_PERMISSIONS

    class Meta(InvitationSerializer.Meta):
        model = TeamInvitation
        fields = [*InvitationSerializer.Meta.fields, "is_owner", "permissions"]


class RightsSerializer(serializers.Serializer):
    """What somebody may do: everything as an owner, or some things."""

    is_owner = Flag(default=False)
    permissions = serializers.ListField(
        child=serializers.ChoiceField(TeamPermission.choices), max_length=20, help_text="Of an owner none are kept."
    )


class NewTeamInvitationSerializer(RightsSerializer):
    email = Email(help_text="Only whoever has this address can accept, within 7 days.")
