from rest_framework import serializers

from accounts.serializers import Email, Instant, InvitationSerializer, Output, PersonSerializer, Text
from partners.serializers import PartnerNameSerializer
from stores.ends import EndSerializer
from stores.models import HANDOVER_MESSAGE_LENGTH, HandoverOffer, Store
from stores.serializers import PERMISSION_KEYS, NewStoreSerializer, Permissions, StoreNameSerializer

# --- In ---------------------------------------------------------------------------------------------------------------


class NewDevelopmentStoreSerializer(NewStoreSerializer):
    domain = None  # type: ignore[assignment]  # the merchant's to say


class NewHandoverSerializer(serializers.Serializer):
    email = Email(help_text="Only whoever has this address can accept, within 14 days.")
    message = Text(
        max_length=HANDOVER_MESSAGE_LENGTH,
        required=False,
        allow_blank=True,
        default="",
        help_text="It stands in the e-mail and in the offer.",
    )
    wished = Permissions(required=False, default=list, help_text="What you would like to keep: a wish.")


class HandoverAcceptanceSerializer(EndSerializer):
    keeps = Permissions(help_text="What the partner may still do; empty for nothing. Need not be what it wished for.")


# --- Out --------------------------------------------------------------------------------------------------------------


class HandoverSerializer(InvitationSerializer):
    """An offer, as the partner sees it."""

    wished = PERMISSION_KEYS
    kept = PERMISSION_KEYS

    class Meta(InvitationSerializer.Meta):
        model = HandoverOffer
        fields = [
            *InvitationSerializer.Meta.fields, "message", "wished", "accepted_at", "declined_at", "taken_back_at",
            "lapsed_at", "kept", "kept_until",
        ]  # fmt: skip


class DevelopmentStoreSerializer(Output):
    """A store that the partner builds, or built."""

    offered_to = serializers.EmailField(read_only=True, allow_null=True, help_text="While an offer is open.")
    offered_until = Instant(read_only=True, allow_null=True)
    handed_over = serializers.SerializerMethodField()

    class Meta:
        model = Store
        fields = [
            "id", "handle", "name", "country", "industry", "time_zone", "currency", "created_at", "offered_to",
            "offered_until", "handed_over", "handed_over_at",
        ]  # fmt: skip

    def get_handed_over(self, store: Store) -> bool:
        return not store.is_development


class OfferedStoreSerializer(Output):
    """An offer, as the merchant sees it."""

    store = StoreNameSerializer(read_only=True)
    partner = PartnerNameSerializer(read_only=True, help_text="Who built it.")
    invited_by = PersonSerializer(read_only=True)
    wished = PERMISSION_KEYS

    class Meta:
        model = HandoverOffer
        fields = ["id", "store", "partner", "message", "wished", "invited_by", "invited_at", "expires_at"]
