"""The shipped roles. Rows of `stores.Role` are kept equal to this after each migrate; the names live here."""

from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stores.permissions import EVERYTHING


@dataclass(frozen=True)
class ShippedRole:
    key: str
    label: str | Promise
    permissions: tuple[str, ...]
    for_staff: bool = False


SHIPPED: dict[str, ShippedRole] = {
    role.key: role
    for role in (
        ShippedRole(
            "theme_work",
            _("Theme work"),
            (
                "products.view",
                "themes.view",
                "themes.edit",
                "themes.edit_code",
                "navigation.view",
                "navigation.edit",
                "content.view",
                "files.view",
                "files.edit",
            ),
        ),
        ShippedRole(
            "app_support",
            _("App support"),
            ("themes.view", "apps.view", "apps.install", "apps.remove", "settings.view"),
        ),
        ShippedRole(
            "catalogue",
            _("Catalogue"),
            (
                "products.view",
                "products.edit",
                "products.edit_price",
                "products.export",
                "inventory.view",
                "inventory.edit",
                "files.view",
                "files.edit",
            ),
        ),
        ShippedRole(
            "marketing",
            _("Marketing"),
            (
                "products.view",
                "discounts.view",
                "discounts.edit",
                "marketing.view",
                "marketing.edit",
                "analytics.view",
                "content.view",
                "content.edit",
            ),
        ),
        ShippedRole(
            "bookkeeping",
            _("Bookkeeping"),
            ("orders.view", "orders.export", "analytics.view", "finances.view", "finances.payouts"),
        ),
        ShippedRole(
            "order_support",
            _("Order support"),
            ("orders.view", "orders.edit", "orders.fulfil", "products.view", "inventory.view", "customers.view"),
        ),
        ShippedRole("store_manager", _("Store manager"), EVERYTHING, for_staff=True),
        ShippedRole(
            "staff_order_support",
            _("Order support"),
            (
                "orders.view",
                "orders.edit",
                "orders.fulfil",
                "orders.cancel",
                "draft_orders.view",
                "draft_orders.edit",
                "products.view",
                "inventory.view",
                "customers.view",
                "customers.edit",
            ),
            for_staff=True,
        ),
    )
}


def ship(*, using: str = DEFAULT_DB_ALIAS, **kwargs) -> None:
    """Make the rows of the shipped roles equal to the table above. Runs after every migrate; safe to repeat."""
    from stores.models import Role

    if "stores_role" not in connections[using].introspection.table_names():
        return  # migrated backwards
    for role in SHIPPED.values():
        Role.objects.using(using).update_or_create(
            key=role.key,
            store=None,
            defaults={"for_staff": role.for_staff, "permissions": list(role.permissions)},
        )
