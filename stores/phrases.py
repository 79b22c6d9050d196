"""Permissions and ends of access in words."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.zones import ends_a_day, last_day
from stores.models import OwnershipOffer
from stores.permissions import EVERYTHING, GROUPS, PERMISSIONS, Sensitivity, in_order
from stores.roles import SHIPPED
from stores.wishes import wishes

LISTED = 12  # permissions that are named one by one


def labels(keys: Iterable[str]) -> list[str]:
    return [str(PERMISSIONS[key].label) for key in in_order(keys)]


def listed(keys: Iterable[str]) -> str:
    """ "View themes, edit themes": one sentence-like line."""
    return _one_sentence(labels(keys))


def _one_sentence(parts: list[str]) -> str:
    return ", ".join(parts[:1] + [part[:1].lower() + part[1:] for part in parts[1:]])


def group_names(keys: Iterable[str]) -> str:
    """ "Orders, Products": which parts of the store a set touches."""
    wanted = set(keys)
    return ", ".join(str(group.label) for group in GROUPS if any(p.key in wanted for p in group.permissions))


def sensitive_listed(keys: Iterable[str]) -> str:
    """ "View customers (personal data)": the ones that deserve a second look, with why. Empty if there is none."""
    permissions = [PERMISSIONS[key] for key in in_order(keys) if PERMISSIONS[key].is_sensitive]
    return _one_sentence([f"{p.label} ({str(p.sensitivity.label).lower()})" for p in permissions])


def you_ask(keys: Iterable[str], *, held: Iterable[str] = ()) -> str:
    """ "You ask to view and edit themes and their code, and to view customers (personal data)." Beyond what is `held`,
    where the reader holds something already."""
    has = set(held)
    new = set(keys) - has
    if not new:
        return _("You have not chosen anything more yet.") if has else _("You have not chosen any permission yet.")
    sentence = _("You also ask to %(what)s.") if has else _("You ask to %(what)s.")
    return sentence % {"what": wishes(new)}


def they_ask(keys: Iterable[str], *, held: Iterable[str] = ()) -> str:
    """ "They ask to view and edit themes." Empty if there is nothing beyond what is `held`."""
    has = set(held)
    new = set(keys) - has
    if not new:
        return ""
    sentence = _("They also ask to %(what)s.") if has else _("They ask to %(what)s.")
    return sentence % {"what": wishes(new)}


def allows(keys: Iterable[str]) -> str:
    """ "This allows them to view and edit themes." For those who grant, or make a role."""
    chosen = set(keys)
    if not chosen:
        return _("You have not chosen any permission yet.")
    return _("This allows them to %(what)s.") % {"what": wishes(chosen)}


def opens(keys: Collection[str]) -> list[tuple[str, str]]:
    """Rows for a letter or a page: what a role opens, and what of it is sensitive. Many permissions are summed up."""
    many = len(keys) > LISTED
    rows = [(_("What it opens"), summed_up(keys) if many else listed(keys))]
    if sensitive := sensitive_counts(keys) if many else sensitive_listed(keys):
        rows.append((_("Sensitive"), sensitive))
    return rows


def summed_up(keys: Collection[str]) -> str:
    """ "65 permissions: Orders, Products"."""
    if set(keys) >= set(EVERYTHING):
        return _("Everything")
    sentence = ngettext("%(count)d permission: %(groups)s", "%(count)d permissions: %(groups)s", len(keys))
    return sentence % {"count": len(keys), "groups": group_names(keys)}


def sensitive_counts(keys: Iterable[str]) -> str:
    """ "Personal data (9), money (8)"."""
    counts = Counter(PERMISSIONS[key].sensitivity for key in keys if PERMISSIONS[key].is_sensitive)
    kinds = [kind for kind in Sensitivity if counts[kind]]
    return _one_sentence([f"{kind.label} ({counts[kind]})" for kind in kinds])


def role_name(name: str) -> str:
    """As activity keeps it: the key of a shipped role, or the store's own name."""
    return str(SHIPPED[name].label) if name in SHIPPED else name


def afterwards(offer: OwnershipOffer) -> str:
    """What the one who offers a store becomes."""
    sentence = _("%(person)s stays as %(role)s") if offer.keeps_role else _("%(person)s leaves the store")
    return sentence % {"person": offer.invited_by, "role": offer.keeps_role}


def end_day(ends_at: datetime | None, zone: str) -> str:
    """The last day of access as it was picked, in the store's zone. For readers who may not know that zone yet."""
    return date_format(last_day(ends_at, zone)) if ends_at else _("No end date")


def end(ends_at: datetime | None, zone: str) -> str:
    """When access ends: the day where reader and store share the hour, else the instant with the store's day beside.
    What does not end with a day is always an instant."""
    if ends_at is None:
        return _("No end date")
    if not ends_a_day(ends_at, zone):
        return moment(ends_at, zone)
    local = timezone.localtime(ends_at)
    if local.utcoffset() == ends_at.astimezone(ZoneInfo(zone)).utcoffset():
        return end_day(ends_at, zone)
    return _("%(moment)s (end of %(day)s in %(zone)s)") % {
        "moment": date_format(local, "DATETIME_FORMAT"),
        "day": end_day(ends_at, zone),
        "zone": zone,
    }


def moment(instant: datetime, zone: str) -> str:
    """ "6 December 2026, 14:05": the exact time, with the store's beside it where reader and store do not share the
    hour."""
    local, there = timezone.localtime(instant), instant.astimezone(ZoneInfo(zone))
    said = date_format(local, "DATETIME_FORMAT")
    if local.utcoffset() == there.utcoffset():
        return said
    return _("%(moment)s (%(there)s in %(zone)s)") % {
        "moment": said,
        "there": date_format(there, "DATETIME_FORMAT"),
        "zone": zone,
    }
