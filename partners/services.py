"""What partners do for stores: one list, for jobs, public listings and reviews. Keys are kept and never reused."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SERVICES: dict[str, str | Promise] = {
    "store_setup": _("Store set-up"),
    "store_migration": _("Migration from another platform"),
    "theme_design": _("Theme design"),
    "theme_development": _("Theme development"),
    "custom_apps": _("Custom apps and integrations"),
    "app_setup": _("App set-up and support"),
    "speed": _("Speed and performance"),
    "accessibility": _("Accessibility"),
    "catalogue": _("Catalogue and product data"),
    "product_photography": _("Product photography"),
    "copywriting": _("Copywriting"),
    "translation": _("Translation"),
    "brand_design": _("Brand and graphic design"),
    "search_engines": _("Search engine optimisation"),
    "advertising": _("Advertising"),
    "email_marketing": _("E-mail marketing"),
    "social_media": _("Social media"),
    "conversion": _("Conversion and user research"),
    "analytics": _("Analytics and reports"),
    "payments_and_checkout": _("Payments and checkout"),
    "shipping": _("Shipping and fulfilment"),
    "bookkeeping": _("Bookkeeping and taxes"),
    "order_support": _("Customer and order support"),
    "training": _("Training and advice"),
    "maintenance": _("Maintenance"),
}


def choices() -> list[tuple[str, str]]:
    """For a form, by label in the reader's language."""
    return sorted(((key, str(label)) for key, label in SERVICES.items()), key=lambda pair: pair[1].casefold())


def in_order(keys: Iterable[str]) -> list[str]:
    """Without doubles, as the list has them; keys that this version does not know are left out."""
    wanted = set(keys)
    return [key for key in SERVICES if key in wanted]


def labels(keys: Iterable[str]) -> list[str]:
    return [str(SERVICES[key]) for key in in_order(keys)]
