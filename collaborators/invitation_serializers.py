from datetime import date

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import Email, InvitationSerializer, Output, PersonSerializer, Text
from accounts.zones import last_day
from collaborators.models import MESSAGE_LENGTH, NOTE_LENGTH, ExpertInvitation
from collaborators.serializers import (
    PartnerCollaborationSerializer,
    PartnerRequestSerializer,
    PermissionsSerializer,
)
from partners.serializers import PartnerNameSerializer
from stores.ends import EndSerializer, check_last_day
from stores.serializers import PERMISSION_KEYS, Permissions, StoreNameSerializer

# --- In ---------------------------------------------------------------------------------------------------------------


class NewExpertInvitationSerializer(PermissionsSerializer, EndSerializer):
    email = Email(help_text="Only whoever has this address can accept, within 7 days.")
    note = Text(
        max_length=NOTE_LENGTH, required=False, allow_blank=True, default="", help_text="It stands in the e-mail."
    )


class ExpertAcceptanceSerializer(serializers.Serializer):
    """For which partner. What is left out is taken as it is offered."""

    partner = serializers.SlugField(help_text="`slug` of a partner whose stores I manage.")
    permissions = Permissions(required=False, help_text="Fewer than offered, or more: then it becomes a request.")
    ends_on = serializers.DateField(
        required=False,
        allow_null=True,
        help_text="The last day, in the store's time zone; null for no end date. Later than offered: a request.",
    )
    message = Text(max_length=MESSAGE_LENGTH, required=False, allow_blank=True, default="", help_text="With a request.")

    def validate_ends_on(self, day: date | None) -> date | None:
        if day is not None:
            check_last_day(day, zone=self.context["zone"])
        return day


# --- Out --------------------------------------------------------------------------------------------------------------


class _TermsSerializer(Output):
    permissions = PERMISSION_KEYS
    ends_on = serializers.SerializerMethodField()

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_ends_on(self, row: ExpertInvitation) -> date | None:
        """The last day, in the store's time zone; null for no end date."""
        return last_day(row.ends_at, row.store.time_zone) if row.ends_at else None


class ExpertInvitationSerializer(InvitationSerializer, _TermsSerializer):
    """An invitation, as the store sees it."""

    state = serializers.ChoiceField(ExpertInvitation.State.choices, read_only=True)
    accepted_by = PersonSerializer(read_only=True, allow_null=True)
    partner = PartnerNameSerializer(read_only=True, allow_null=True, help_text="For whom it was used.")
    collaboration: serializers.SlugRelatedField = serializers.SlugRelatedField(
        "public_id", read_only=True, allow_null=True, help_text="`id` of the access that it led to."
    )
    access_request: serializers.SlugRelatedField = serializers.SlugRelatedField(
        "public_id", read_only=True, allow_null=True, help_text="`id` of the request that it led to."
    )

    class Meta(InvitationSerializer.Meta):
        model = ExpertInvitation
        fields = [
            *InvitationSerializer.Meta.fields, "state", "permissions", "ends_on", "ends_at", "note", "accepted_at",
            "accepted_by", "partner", "collaboration", "access_request",
        ]  # fmt: skip


class ExpertOfferSerializer(_TermsSerializer):
    """An invitation, as whoever is invited sees it."""

    store = StoreNameSerializer(read_only=True)
    invited_by = PersonSerializer(read_only=True)

    class Meta:
        model = ExpertInvitation
        fields = ["id", "store", "permissions", "ends_on", "ends_at", "note", "invited_by", "invited_at", "expires_at"]


class ExpertAcceptedSerializer(serializers.Serializer):
    """What an invitation led to: one of the two."""

    collaboration = PartnerCollaborationSerializer(allow_null=True, help_text="Access at once.")
    access_request = PartnerRequestSerializer(allow_null=True, help_text="A request that waits for the store.")
