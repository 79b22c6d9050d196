from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers

from accounts.places import countries
from accounts.serializers import (
    Email,
    Flag,
    Handle,
    Instant,
    InvitationSerializer,
    Line,
    Output,
    PersonSerializer,
    checked_zone,
)
from partners.serializers import PartnerNameSerializer
from stores import activity, addresses
from stores.forms import currencies
from stores.models import Activity, Industry, OwnershipOffer, Role, Staff, StaffInvitation, Store
from stores.permissions import EVERYTHING, PERMISSIONS, REQUIRES, STAFF_ONLY, Permission, Sensitivity, in_order


class Permissions(serializers.ListField):
    """Keys. Whether somebody may grant them, and whether they go together, the action says."""

    def __init__(self, **kwargs):
        key = serializers.CharField(max_length=40, help_text="A key, like `orders.view`.")
        super().__init__(child=key, max_length=2 * len(PERMISSIONS), **kwargs)


PERMISSION_KEYS = serializers.ListField(child=serializers.CharField(help_text="A key, like `orders.view`."))


class StoreNameSerializer(serializers.ModelSerializer):
    """A store, as its collaborators know it."""

    class Meta:
        model = Store
        fields = ["handle", "name"]


class StoreSerializer(Output):
    """A store in which I may do something."""

    is_owner = serializers.SerializerMethodField()
    is_development = serializers.BooleanField(read_only=True, help_text="Nobody owns it yet: a partner builds it.")

    class Meta:
        model = Store
        fields = [
            "id",
            "handle",
            "name",
            "country",
            "industry",
            "time_zone",
            "currency",
            "created_at",
            "is_owner",
            "is_development",
        ]

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
        return checked_zone(name)


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


# --- Staff, roles, ownership -----------------------------------------------------------------------------------------


class RoleNameSerializer(Output):
    """A role, as it stands beside somebody."""

    name = serializers.CharField(source="label", read_only=True)

    class Meta:
        model = Role
        fields = ["id", "name"]


class RoleSerializer(RoleNameSerializer):
    """A named set of permissions."""

    permissions = PERMISSION_KEYS
    shipped = serializers.SerializerMethodField()

    class Meta(RoleNameSerializer.Meta):
        fields = ["id", "name", "for_staff", "shipped", "permissions"]

    def get_shipped(self, role: Role) -> bool:
        """It comes with Entente and stays as it is."""
        return role.store_id is None


class StaffSerializer(Output):
    """Somebody who works in the store. The owner is not staff."""

    person = PersonSerializer(source="user", read_only=True)
    email = serializers.SerializerMethodField()
    role = RoleNameSerializer(read_only=True)
    me = serializers.SerializerMethodField()

    class Meta:
        model = Staff
        fields = ["id", "person", "email", "role", "joined_at", "me"]

    @extend_schema_field(serializers.EmailField(allow_null=True))
    def get_email(self, staff: Staff) -> str | None:
        """For those who hold `users.manage`; null for others."""
        return staff.user.email if "users.manage" in self.context["held"] else None

    def get_me(self, staff: Staff) -> bool:
        return staff.user_id == self.context["me"].pk


class StaffInvitationSerializer(InvitationSerializer):
    role = RoleNameSerializer(read_only=True, allow_null=True)

    class Meta(InvitationSerializer.Meta):
        model = StaffInvitation
        fields = [*InvitationSerializer.Meta.fields, "role"]


class OwnershipOfferSerializer(InvitationSerializer):
    keeps_role = RoleNameSerializer(read_only=True, allow_null=True, help_text="What the owner is afterwards.")

    class Meta(InvitationSerializer.Meta):
        model = OwnershipOffer
        fields = [*InvitationSerializer.Meta.fields, "keeps_role"]


class OwnershipSerializer(serializers.Serializer):
    owner = PersonSerializer()
    offer = OwnershipOfferSerializer(allow_null=True, help_text="To whom the store is offered, while that is open.")


class RoleChoiceSerializer(serializers.Serializer):
    role = serializers.UUIDField(help_text="`id` of a role for staff.")


class NewStaffInvitationSerializer(RoleChoiceSerializer):
    email = Email(help_text="Only whoever has this address can accept, within 7 days. The seat is taken meanwhile.")


class NewOfferSerializer(serializers.Serializer):
    staff = serializers.UUIDField(help_text="`id` of somebody of the staff, who becomes the owner by accepting.")
    keeps_role = serializers.UUIDField(
        allow_null=True, help_text="`id` of the role that I have here afterwards; null: I leave the store."
    )


class RoleChangeSerializer(serializers.Serializer):
    name = Line(max_length=60)
    permissions = Permissions(help_text="All that it opens; a permission needs those it requires.")


class NewRoleSerializer(RoleChangeSerializer):
    for_staff = Flag(default=True, help_text="false: for collaborators.")
