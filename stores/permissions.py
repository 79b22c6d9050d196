"""What somebody may do in a store, as written in PRODUCT.md section 3: keys, labels, sentences, what requires what."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stores.errors import MissingPermissions, StaffOnlyPermission, UnknownPermission


class Sensitivity(models.TextChoices):
    """Why a permission deserves a second look. The label describes the box, not the permission's name."""

    NONE = "", ""
    PERSONAL = "personal", _("Personal data")
    MONEY = "money", _("Money")
    CODE = "code", _("Code")


@dataclass(frozen=True)
class Permission:
    key: str
    label: str | Promise
    sentence: str | Promise  # what it lets somebody do
    sensitivity: Sensitivity = Sensitivity.NONE
    also_requires: tuple[str, ...] = ()  # besides its thing's own `.view`

    @property
    def thing(self) -> str:
        return self.key.partition(".")[0]

    @property
    def is_sensitive(self) -> bool:
        return bool(self.sensitivity.value)


@dataclass(frozen=True)
class Group:
    key: str
    label: str | Promise
    permissions: tuple[Permission, ...]
    staff_only: bool = False


P, M, C = Sensitivity.PERSONAL, Sensitivity.MONEY, Sensitivity.CODE

GROUPS: tuple[Group, ...] = (
    Group(
        "orders",
        _("Orders"),
        (
            Permission(
                "orders.view", _("View orders"), _("Can see every order, with the customer’s name and address."), P
            ),
            Permission("orders.edit", _("Edit orders"), _("Can change the lines, notes and addresses of orders.")),
            Permission("orders.fulfil", _("Fulfil orders"), _("Can mark orders as sent and add tracking numbers.")),
            Permission("orders.cancel", _("Cancel orders"), _("Can cancel orders that are not sent yet.")),
            Permission("orders.refund", _("Refund orders"), _("Can send money back to customers."), M),
            Permission(
                "orders.export",
                _("Export orders"),
                _("Can download all orders, with the names and addresses of customers."),
                P,
            ),
            Permission(
                "draft_orders.view",
                _("View draft orders"),
                _("Can see draft orders, with the customer’s name and address."),
                P,
            ),
            Permission("draft_orders.edit", _("Edit draft orders"), _("Can make draft orders and change them.")),
            Permission("draft_orders.delete", _("Delete draft orders"), _("Can delete draft orders for good.")),
        ),
    ),
    Group(
        "products",
        _("Products"),
        (
            Permission("products.view", _("View products"), _("Can see every product, also those that are hidden.")),
            Permission("products.edit", _("Edit products"), _("Can add products and change texts and pictures.")),
            Permission("products.edit_price", _("Edit product prices"), _("Can change what products sell for."), M),
            Permission(
                "products.edit_cost",
                _("Edit product costs"),
                _("Can see and change what products cost the store."),
                M,
            ),
            Permission("products.export", _("Export products"), _("Can download the whole catalogue.")),
            Permission("products.delete", _("Delete products"), _("Can delete products for good.")),
            Permission("inventory.view", _("View inventory"), _("Can see how many pieces are in stock, and where.")),
            Permission("inventory.edit", _("Edit inventory"), _("Can change how many pieces are in stock.")),
            Permission("inventory.transfer", _("Transfer inventory"), _("Can move stock from one place to another.")),
            Permission("gift_cards.view", _("View gift cards"), _("Can see gift cards and what is left on them."), M),
            Permission("gift_cards.edit", _("Edit gift cards"), _("Can issue gift cards and switch them off."), M),
        ),
    ),
    Group(
        "customers",
        _("Customers"),
        (
            Permission(
                "customers.view",
                _("View customers"),
                _("Can see the name, address and orders of every customer."),
                P,
            ),
            Permission("customers.edit", _("Edit customers"), _("Can change the personal details of customers."), P),
            Permission(
                "customers.export",
                _("Export customers"),
                _("Can download the names and addresses of every customer."),
                P,
            ),
            Permission("customers.delete", _("Delete customers"), _("Can delete customers and their details."), P),
        ),
    ),
    Group(
        "growth",
        _("Growth"),
        (
            Permission("discounts.view", _("View discounts"), _("Can see discounts and their codes.")),
            Permission("discounts.edit", _("Edit discounts"), _("Can make discounts and change them.")),
            Permission("discounts.delete", _("Delete discounts"), _("Can delete discounts for good.")),
            Permission("marketing.view", _("View marketing"), _("Can see campaigns and their results.")),
            Permission("marketing.edit", _("Edit marketing"), _("Can prepare campaigns and automations.")),
            Permission(
                "marketing.send", _("Send marketing"), _("Can send messages to customers in the name of the store."), P
            ),
            Permission("analytics.view", _("View analytics"), _("Can see sales figures and reports.")),
            Permission("analytics.export", _("Export analytics"), _("Can download sales figures and reports.")),
        ),
    ),
    Group(
        "online_store",
        _("Online store"),
        (
            Permission("themes.view", _("View themes"), _("Can see the themes and preview them.")),
            Permission("themes.edit", _("Edit themes"), _("Can change how the shop looks in the theme editor.")),
            Permission(
                "themes.edit_code",
                _("Edit theme code"),
                _("Can change the code that runs in every visitor’s browser."),
                C,
            ),
            Permission("themes.publish", _("Publish themes"), _("Can make another theme the live one.")),
            Permission("navigation.view", _("View navigation"), _("Can see the menus of the shop.")),
            Permission("navigation.edit", _("Edit navigation"), _("Can change the menus of the shop.")),
            Permission("content.view", _("View content"), _("Can see pages and blog posts, also drafts.")),
            Permission("content.edit", _("Edit content"), _("Can write pages and blog posts.")),
            Permission("content.publish", _("Publish content"), _("Can put pages and blog posts online.")),
            Permission("content.delete", _("Delete content"), _("Can delete pages and blog posts for good.")),
            Permission("files.view", _("View files"), _("Can see uploaded pictures and files.")),
            Permission("files.edit", _("Edit files"), _("Can upload and replace pictures and files.")),
            Permission("files.delete", _("Delete files"), _("Can delete uploaded pictures and files for good.")),
        ),
    ),
    Group(
        "apps",
        _("Apps"),
        (
            Permission("apps.view", _("View apps"), _("Can see which apps are installed.")),
            Permission("apps.install", _("Install apps"), _("Can add apps, which may read data of the store."), C),
            Permission("apps.remove", _("Remove apps"), _("Can remove apps and their settings.")),
            Permission("apps.develop", _("Develop apps"), _("Can make private apps with keys of their own."), C),
        ),
    ),
    Group(
        "money_and_settings",
        _("Money and settings"),
        (
            Permission("finances.view", _("View finances"), _("Can see turnover, fees and balances."), M),
            Permission(
                "finances.payouts", _("Manage payouts"), _("Can see payouts and the bank account they go to."), M
            ),
            Permission(
                "finances.billing", _("Manage billing"), _("Can see invoices and change how the plan is paid."), M
            ),
            Permission("settings.view", _("View settings"), _("Can see the settings of the store.")),
            Permission("settings.edit", _("Edit settings"), _("Can change the general settings of the store.")),
            Permission(
                "settings.shipping",
                _("Manage shipping"),
                _("Can change shipping zones and rates."),
                also_requires=("products.view",),
            ),
            Permission("settings.taxes", _("Manage taxes"), _("Can change which taxes are charged.")),
            Permission("settings.payments", _("Manage payments"), _("Can change how customers pay."), M),
            Permission("settings.checkout", _("Manage checkout"), _("Can change the checkout and its scripts."), C),
            Permission("settings.domains", _("Manage domains"), _("Can connect domains and change the main one.")),
        ),
    ),
    Group(
        "staff_only",
        _("Staff only"),
        (
            Permission("jobs.view", _("View jobs"), _("Can see jobs, their conversations and payments.")),
            Permission("jobs.manage", _("Manage jobs"), _("Can hire partners and approve finished work.")),
            Permission("reviews.write", _("Write reviews"), _("Can review partners in the name of the store.")),
            Permission("activity.view", _("View activity"), _("Can see everything that was changed, and by whom.")),
            Permission("users.view", _("View users"), _("Can see staff and collaborators and what they may do.")),
            Permission(
                "users.manage",
                _("Manage users"),
                _("Can see the request code, decide who may enter, and change or revoke access."),
            ),
        ),
        staff_only=True,
    ),
)

PERMISSIONS: dict[str, Permission] = {
    permission.key: permission for group in GROUPS for permission in group.permissions
}
STAFF_ONLY: frozenset[str] = frozenset(
    permission.key for group in GROUPS if group.staff_only for permission in group.permissions
)
COLLABORATOR_GROUPS: tuple[Group, ...] = tuple(group for group in GROUPS if not group.staff_only)
EVERYTHING: tuple[str, ...] = tuple(PERMISSIONS)


def _required_by(permission: Permission) -> frozenset[str]:
    view = f"{permission.thing}.view"
    own = {view} if view in PERMISSIONS and view != permission.key else set()
    return frozenset(own | set(permission.also_requires))


REQUIRES: dict[str, frozenset[str]] = {key: _required_by(permission) for key, permission in PERMISSIONS.items()}


def in_order(keys: Iterable[str]) -> list[str]:
    """The known ones among `keys`, once each, as the table lists them."""
    wanted = set(keys)
    return [key for key in PERMISSIONS if key in wanted]


def missing_from(keys: Collection[str]) -> dict[str, list[str]]:
    """For each permission that lacks something it requires, what that is. Empty for a closed set."""
    return {key: lacking for key in in_order(keys) if (lacking := in_order(REQUIRES[key] - set(keys)))}


def with_required(keys: Iterable[str]) -> set[str]:
    """The known ones among `keys` with all that they require."""
    found: set[str] = set()
    wanted = set(keys) & PERMISSIONS.keys()
    while wanted:
        found |= wanted
        wanted = {required for key in wanted for required in REQUIRES[key]} - found
    return found


def closed_for_collaborator(keys: Collection[str]) -> list[str]:
    """`keys` in order, if a collaborator may hold exactly these.

    Raises UnknownPermission, StaffOnlyPermission or MissingPermissions (which says what was missing).
    """
    if STAFF_ONLY & set(keys):
        raise StaffOnlyPermission
    return closed(keys)


def closed(keys: Collection[str]) -> list[str]:
    """`keys` in order, if somebody of the staff may hold exactly these.

    Raises UnknownPermission or MissingPermissions (which says what was missing).
    """
    if unknown := set(keys) - PERMISSIONS.keys():
        raise UnknownPermission(unknown)
    if missing := missing_from(keys):
        raise MissingPermissions(missing)
    return in_order(keys)


def grouped(keys: Collection[str]) -> list[Group]:
    """The display groups with those of their permissions that are in `keys`, without empty ones."""
    held = [replace(group, permissions=tuple(p for p in group.permissions if p.key in keys)) for group in GROUPS]
    return [group for group in held if group.permissions]
