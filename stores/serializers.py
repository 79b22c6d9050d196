from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers

from accounts.serializers import Handle, Instant, Line, Output, PersonSerializer
from accounts.zones import zone_names
from partners.serializers import PartnerNameSerializer
from stores import activity, addresses
from stores.forms import countries, currencies
from stores.models import Activity, Industry, Store
from stores.permissions import EVERYTHING, REQUIRES, STAFF_ONLY, Permission, Sensitivity, in_order

PERMISSION_KEYS = serializers.ListField(child=serializers.CharField(help_text="A key, like `orders.view`."))


class StoreNameSerializer(serializers.ModelSerializer):
    """A store, as its collaborators know it."""

    class Meta:
        model = Store
        fields = ["handle", "name"]


class StoreSerializer(Output):
    """A store in which I may do something."""

    is_owner = serializers.SerializerMethodField()

    class Meta:
        model = Store
        fields = ["id", "handle", "name", "country", "industry", "time_zone", "currency", "created_at", "is_owner"]

    def get_is_owner(self, store) -> bool:
        return store.owner_id == self.context["me"].pk


class NewStoreSerializer(serializers.Serializer):
    name = Line(max_length=100)
    handle = Handle(help_text="Its address in Entente: small letters, digits and dashes. It stays as it is.")
    domain = Line(
        max_length=253,
        required=False,
        allow_blank=True,
        default="",
        help_text="Address of the shop, like `shop.example`. It finds the store once we have checked that it is yours.",
    )
    industry = serializers.ChoiceField(Industry.choices)
    country = serializers.ChoiceField([code for code, _name in countries() if code], help_text="ISO 3166-1 alpha-2.")
    currency = serializers.ChoiceField([code for code, _name in currencies() if code], help_text="ISO 4217.")
    time_zone = Line(max_length=64, help_text="IANA name, like `Europe/Paris`. Dates you pick end with that day here.")

    def validate_domain(self, typed: str) -> str:
        return addresses.parse_domain(typed)

    def validate_time_zone(self, name: str) -> str:
        if name not in zone_names():
            raise serializers.ValidationError(_("Choose a time zone by its IANA name, like Europe/Paris."))
        return name


class PermissionSerializer(serializers.Serializer):
    """One thing somebody may do in a store."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    sentence = serializers.CharField(help_text="What it lets somebody do.")
    sensitivity = serializers.ChoiceField(
        Sensitivity.choices, allow_blank=True, help_text="Why it deserves a second look; empty for most."
    )
    requires = serializers.SerializerMethodField()
    staff_only = serializers.SerializerMethodField()

    @extend_schema_field(PERMISSION_KEYS)
    def get_requires(self, permission: Permission) -> list[str]:
        return in_order(REQUIRES[permission.key])

    def get_staff_only(self, permission: Permission) -> bool:
        """A collaborator never holds it."""
        return permission.key in STAFF_ONLY


class AskedPermission(serializers.Serializer):
    permission = serializers.CharField(required=False)


ASKED_PERMISSION = OpenApiParameter(
    "permission", str, enum=EVERYTHING, description="What to ask about. Without it: everything I may do."
)


class MayISerializer(serializers.Serializer):
    """The answer to one permission."""

    allowed = serializers.BooleanField()
    until = Instant(allow_null=True, help_text="When this ends by itself; null for no end, and when it is not allowed.")


class HeldSerializer(serializers.Serializer):
    permission = serializers.CharField()
    until = Instant(allow_null=True, help_text="When this ends by itself; null for no end.")


class MyAccessSerializer(serializers.Serializer):
    """Everything I may do in the store."""

    permissions = HeldSerializer(many=True)


class ActivitySerializer(Output):
    """One change in a store. Nobody can edit it."""

    at = Instant(source="created_at", read_only=True)
    sentence = serializers.SerializerMethodField()
    details = serializers.SerializerMethodField()
    actor = PersonSerializer(allow_null=True, read_only=True, help_text="Who did it; null: the clock.")
    partner = PartnerNameSerializer(allow_null=True, read_only=True, help_text="The partner it is about, if any.")
    before = serializers.DictField(read_only=True)
    after = serializers.DictField(read_only=True)

    class Meta:
        model = Activity
        fields = ["id", "at", "kind", "sentence", "details", "actor", "partner", "before", "after"]

    def get_sentence(self, row) -> str:
        return activity.sentence(row)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_details(self, row) -> list[str]:
        return activity.details(row)
