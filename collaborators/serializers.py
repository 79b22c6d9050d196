from datetime import date

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import Instant, Line, Output, PersonSerializer, Text
from accounts.zones import last_day
from collaborators import codes
from collaborators.models import (
    MESSAGE_LENGTH,
    REASON_LENGTH,
    AccessRequest,
    Collaboration,
    CollaborationUse,
    PartnerBlock,
    RequestPolicy,
)
from partners.serializers import PartnerNameSerializer
from stores import addresses
from stores.ends import EndSerializer
from stores.serializers import PERMISSION_KEYS, Permissions, StoreNameSerializer

# --- In ---------------------------------------------------------------------------------------------------------------


class PermissionsSerializer(serializers.Serializer):
    permissions = Permissions(help_text="All that the partner may do; a permission needs those it requires.")


class ApprovalSerializer(PermissionsSerializer, EndSerializer):
    """What the store makes of the request."""


class RefusalSerializer(serializers.Serializer):
    reason = Text(
        max_length=REASON_LENGTH, required=False, allow_blank=True, default="", help_text="The partner reads it."
    )


class CodeField(serializers.CharField):
    def run_validation(self, data=serializers.empty) -> codes.Typed:
        return codes.Typed(super().run_validation(data))


class NewRequestSerializer(EndSerializer):
    store_url = Line(max_length=300, help_text="Handle, address in Entente or domain, as somebody would type it.")
    code = CodeField(
        max_length=40,
        required=False,
        allow_blank=True,
        default="",
        help_text="The four digits that the merchant gave you. Leave it out if the store asks for none.",
    )
    permissions = Permissions(help_text="What you need; a permission needs those it requires.")
    message = Text(max_length=MESSAGE_LENGTH, required=False, allow_blank=True, default="")

    def validate_store_url(self, typed: str) -> str:
        addresses.parse(typed)
        return typed


class RenewalSerializer(serializers.Serializer):
    ends_on = serializers.DateField(
        help_text="`ends_on` of the access as you saw it: if it has another end by now, nothing changes."
    )


class PolicySerializer(serializers.Serializer):
    """Who may ask for access."""

    rule = serializers.ChoiceField(
        RequestPolicy.Rule.choices, help_text="`code`: only with the code. `anyone`. `nobody`."
    )


class RequestFilter(serializers.Serializer):
    status = serializers.ChoiceField(AccessRequest.Status.choices, required=False)


class CollaborationFilter(serializers.Serializer):
    active = serializers.ChoiceField(
        ["true", "false"], required=False, help_text="`true`: open now. `false`: over. Without it: both."
    )


# --- Out --------------------------------------------------------------------------------------------------------------


class CodeFactsSerializer(serializers.Serializer):
    """What there is to know about the collaborator request code without looking at it."""

    made_at = Instant()
    made_by = PersonSerializer(allow_null=True)
    closed_at = Instant(
        source="path_closed_at",
        allow_null=True,
        help_text="Since when nobody can ask with a code, after too many wrong ones; null: they can.",
    )


class CodeSerializer(serializers.Serializer):
    """The collaborator request code."""

    digits = serializers.CharField()
    made_at = Instant()
    made_by = PersonSerializer(allow_null=True)


class NewBlockSerializer(serializers.Serializer):
    partner = serializers.SlugField(max_length=50, help_text="`slug` of a partner that asked or worked here once.")


class BlockSerializer(Output):
    """A partner that may not ask this store. It is never told."""

    partner = PartnerNameSerializer(read_only=True)
    blocked_by = PersonSerializer(read_only=True)

    class Meta:
        model = PartnerBlock
        fields = ["id", "partner", "blocked_at", "blocked_by"]


class _RequestSerializer(Output):
    """Past its time a request is expired, swept or not."""

    status = serializers.SerializerMethodField()
    asked_by = PersonSerializer(read_only=True)
    decided_at = serializers.SerializerMethodField()
    decided_by = PersonSerializer(read_only=True, allow_null=True, help_text="null: nobody yet, or the clock.")
    ends_on = serializers.SerializerMethodField()
    permissions = PERMISSION_KEYS
    granted = serializers.ListField(
        child=serializers.CharField(), read_only=True, allow_null=True, help_text="What an approval made of it."
    )
    collaboration: serializers.SlugRelatedField = serializers.SlugRelatedField(
        "public_id", read_only=True, allow_null=True, help_text="`id` of the access that an approval led to."
    )
    more_of: serializers.SlugRelatedField = serializers.SlugRelatedField(
        "public_id",
        read_only=True,
        allow_null=True,
        help_text="`id` of the access that goes on meanwhile, where the partner asks for more of it.",
    )
    added = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="What is asked beyond what the partner held then."
    )
    seen_at = Instant(read_only=True, allow_null=True, help_text="When the store first opened it.")
    reopened_at = Instant(read_only=True, allow_null=True, help_text="When the store took a decline back.")

    @extend_schema_field(serializers.ChoiceField(AccessRequest.Status.choices))
    def get_status(self, row: AccessRequest) -> str:
        return row.Status.EXPIRED if _is_overdue(row) else row.status

    @extend_schema_field(Instant(allow_null=True))
    def get_decided_at(self, row: AccessRequest) -> str | None:
        at = row.expires_at if _is_overdue(row) else row.decided_at
        return Instant().to_representation(at) if at else None

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_ends_on(self, row: AccessRequest) -> date | None:
        """The last day of the access that is asked for; null for no end date."""
        return last_day(row.ends_at, row.store.time_zone) if row.ends_at else None


def _is_overdue(row: AccessRequest) -> bool:
    return row.status == row.Status.PENDING and not row.is_pending


class StoreRequestSerializer(_RequestSerializer):
    """An access request, as the store sees it."""

    partner = PartnerNameSerializer(read_only=True)
    seen_by = PersonSerializer(read_only=True, allow_null=True)
    ends_at = Instant(read_only=True, allow_null=True, help_text="The instant at which `ends_on` is over.")

    class Meta:
        model = AccessRequest
        fields = [
            "id", "status", "partner", "permissions", "more_of", "added", "ends_on", "ends_at", "message", "asked_by",
            "asked_at", "expires_at", "seen_at", "seen_by", "reopened_at", "decided_at", "decided_by", "reason",
            "granted", "collaboration",
        ]  # fmt: skip


class PartnerRequestSerializer(_RequestSerializer):
    """An access request, as the partner sees it: until the store said yes, it knows the address that it typed."""

    store_url = serializers.CharField(source="typed_address", read_only=True)
    store = serializers.SerializerMethodField()

    class Meta:
        model = AccessRequest
        fields = [
            "id", "status", "store_url", "store", "permissions", "more_of", "added", "ends_on", "message", "asked_by",
            "asked_at", "expires_at", "seen_at", "reopened_at", "decided_at", "decided_by", "reason", "granted",
            "collaboration",
        ]  # fmt: skip

    @extend_schema_field(StoreNameSerializer(allow_null=True))
    def get_store(self, row: AccessRequest) -> dict | None:
        """The store, once it approved, or where the partner works already."""
        return StoreNameSerializer(row.store).data if row.knows_store else None


class UseSerializer(serializers.ModelSerializer):
    """When one person last came in."""

    person = PersonSerializer(source="user", read_only=True)
    last_used_at = Instant(read_only=True)

    class Meta:
        model = CollaborationUse
        fields = ["person", "last_used_at"]


class PartnerCollaborationSerializer(Output):
    """The access of a partner to a store, as the partner sees it. Past its end it is over, swept or not."""

    partner = PartnerNameSerializer(read_only=True)
    store = StoreNameSerializer(read_only=True)
    permissions = PERMISSION_KEYS
    active = serializers.BooleanField(source="is_active", read_only=True)
    granted_by = PersonSerializer(read_only=True)
    ends_on = serializers.SerializerMethodField()
    ended_at = Instant(source="over_since", read_only=True, allow_null=True)
    ended_by = PersonSerializer(read_only=True, allow_null=True, help_text="null: nobody yet, or the clock.")
    ended_how = serializers.SerializerMethodField()
    renewal_ends_on = serializers.DateField(
        source="renewed_until",
        read_only=True,
        allow_null=True,
        help_text="The last day that a renewal would give; null for no end date.",
    )
    last_used_at = Instant(read_only=True, allow_null=True, help_text="To the minute; null: not used yet.")
    unused = serializers.BooleanField(source="is_unused", read_only=True, help_text="Not used for 60 days.")
    used_by = UseSerializer(
        source="last_users",
        many=True,
        read_only=True,
        help_text="The twenty people who came in last, the latest first.",
    )

    class Meta:
        model = Collaboration
        fields = [
            "id", "partner", "store", "permissions", "active", "since", "granted_by", "ends_on", "ends_at", "ended_at",
            "ended_by", "ended_how", "renewal_ends_on", "last_used_at", "unused", "used_by",
        ]  # fmt: skip

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_ends_on(self, row: Collaboration) -> date | None:
        """The last day, in the store's time zone; null for no end date."""
        return last_day(row.ends_at, row.store.time_zone) if row.ends_at else None

    @extend_schema_field(serializers.ChoiceField(Collaboration.EndedBy.choices, allow_null=True))
    def get_ended_how(self, row: Collaboration) -> str | None:
        """`revoked` by the store, `left` by the partner, `lapsed` by the clock; null while it is active."""
        return None if row.is_active else row.ended_how or row.EndedBy.LAPSED


class CollaborationSerializer(PartnerCollaborationSerializer):
    """The access of a partner to a store. Past its end it is over, swept or not."""

    kept_at = Instant(
        read_only=True,
        allow_null=True,
        help_text="When the store last said to keep it, or changed what is granted or until when.",
    )
    kept_by = PersonSerializer(read_only=True, allow_null=True)

    class Meta(PartnerCollaborationSerializer.Meta):
        fields = [*PartnerCollaborationSerializer.Meta.fields, "kept_at", "kept_by"]
