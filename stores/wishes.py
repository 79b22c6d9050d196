"""A set of permissions as somebody would say it: "view and edit themes and their code, and to view customers".

Written once, for pages and whatever asks them: a script that wrote it again would sooner or later say something else.
"""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stores.permissions import PERMISSIONS, in_order

# What is done, as it follows "You ask to": each stands before any of its things.
_VERBS = {
    "view": gettext_lazy("view"),
    "edit": gettext_lazy("edit"),
    "fulfil": gettext_lazy("fulfil"),
    "cancel": gettext_lazy("cancel"),
    "refund": gettext_lazy("refund"),
    "export": gettext_lazy("export"),
    "transfer": gettext_lazy("transfer"),
    "publish": gettext_lazy("publish"),
    "delete": gettext_lazy("delete"),
    "send": gettext_lazy("send"),
    "install": gettext_lazy("install"),
    "remove": gettext_lazy("remove"),
    "develop": gettext_lazy("develop"),
    "manage": gettext_lazy("manage"),
    "write": gettext_lazy("write"),
}

_THINGS = {
    "orders": gettext_lazy("orders"),
    "draft_orders": gettext_lazy("draft orders"),
    "products": gettext_lazy("products"),
    "inventory": gettext_lazy("the inventory"),
    "gift_cards": gettext_lazy("gift cards"),
    "customers": gettext_lazy("customers"),
    "discounts": gettext_lazy("discounts"),
    "marketing": gettext_lazy("marketing campaigns"),
    "analytics": gettext_lazy("analytics"),
    "themes": gettext_lazy("themes"),
    "navigation": gettext_lazy("the navigation"),
    "content": gettext_lazy("content"),
    "files": gettext_lazy("files"),
    "apps": gettext_lazy("apps"),
    "finances": gettext_lazy("finances"),
    "settings": gettext_lazy("settings"),
    "jobs": gettext_lazy("jobs"),
    "reviews": gettext_lazy("reviews"),
    "activity": gettext_lazy("the activity"),
    "users": gettext_lazy("users"),
}

# Permissions about a part of their thing: the verb, the part beside its thing, and the part by itself.
_PARTS = {
    "products.edit_price": ("edit", gettext_lazy("their prices"), gettext_lazy("the prices of products")),
    "products.edit_cost": ("edit", gettext_lazy("their costs"), gettext_lazy("the costs of products")),
    "themes.edit_code": ("edit", gettext_lazy("their code"), gettext_lazy("the code of themes")),
    "finances.payouts": ("manage", gettext_lazy("payouts"), gettext_lazy("payouts")),
    "finances.billing": ("manage", gettext_lazy("billing"), gettext_lazy("billing")),
    "settings.shipping": ("manage", gettext_lazy("shipping"), gettext_lazy("shipping")),
    "settings.taxes": ("manage", gettext_lazy("taxes"), gettext_lazy("taxes")),
    "settings.payments": ("manage", gettext_lazy("payments"), gettext_lazy("payments")),
    "settings.checkout": ("manage", gettext_lazy("the checkout"), gettext_lazy("the checkout")),
    "settings.domains": ("manage", gettext_lazy("domains"), gettext_lazy("domains")),
}
_SAYS_SO = {"themes.edit_code"}  # in its own words: "their code (code)" would say it twice


def wishes(keys: Iterable[str]) -> str:
    """What follows "You ask to", with what is sensitive in brackets. `keys` may not be empty."""
    wanted = in_order(keys)
    things = dict.fromkeys(PERMISSIONS[key].thing for key in wanted)
    said = [_wish(thing, [key for key in wanted if PERMISSIONS[key].thing == thing]) for thing in things]
    said.sort(key=lambda wish: bool(wish[1]))  # what deserves a second look stands at the end, where it is read last
    return _all([_("%(wish)s (%(sensitive)s)") % {"wish": w, "sensitive": s} if s else w for w, s in said])


def _wish(thing: str, keys: Sequence[str]) -> tuple[str, str]:
    """What is wanted of one thing, "view and edit themes and their code", and why it is sensitive."""
    verbs = [key.partition(".")[2] for key in keys if key not in _PARTS]
    parts = [key for key in keys if key in _PARTS]
    together = verbs == ["view", "edit"] and all(_PARTS[key][0] == "edit" for key in parts)
    said = []
    if verbs:
        nouns = [str(_THINGS[thing]), *(str(_PARTS[key][1]) for key in parts if together)]
        said.append(_done(verbs, nouns))
    if parts and not together:
        nouns = [str(_PARTS[key][1 if verbs else 2]) for key in parts]
        said.append(_done([_PARTS[parts[0]][0]], nouns))
    kinds = [PERMISSIONS[key].sensitivity for key in keys if PERMISSIONS[key].is_sensitive and key not in _SAYS_SO]
    return _and(said), ", ".join(dict.fromkeys(str(kind.label).lower() for kind in kinds))


def _done(verbs: Sequence[str], nouns: Sequence[str]) -> str:
    return _("%(verbs)s %(things)s") % {"verbs": _and([str(_VERBS[verb]) for verb in verbs]), "things": _and(nouns)}


def _and(words: Sequence[str]) -> str:
    """ "view, edit and publish"."""
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s and %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}


def _all(said: Sequence[str]) -> str:
    """ "view orders, to edit products, and to view customers"."""
    whole = said[0]
    for wish in said[1:-1]:
        whole = _("%(first)s, to %(next)s") % {"first": whole, "next": wish}
    return whole if len(said) == 1 else _("%(first)s, and to %(last)s") % {"first": whole, "last": said[-1]}
