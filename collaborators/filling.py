"""What stands in the form of a request before somebody types: from a link, from a template, from what is held."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.zones import last_day
from collaborators.forms import RequestForm
from collaborators.models import LONGEST_DAYS, AccessRequest, Collaboration, RequestTemplate
from partners.models import Partner
from stores import phrases
from stores.permissions import PERMISSIONS, STAFF_ONLY, in_order, with_required

USUAL_DAYS = 90  # what the form proposes
LONGEST_LIST = 4_000  # characters of keys in a link: all of them together have less


@dataclass
class Filling:
    """Values of the form by field, and what the reader should know about where they come from."""

    values: dict[str, object] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def usual(today: date) -> dict[str, object]:
    return length(USUAL_DAYS, today)


def length(days: int | None, today: date) -> dict[str, object]:
    if days is None:
        return {"how_long": RequestForm.OPEN, "ends_on": None}
    return {"how_long": RequestForm.UNTIL, "ends_on": today + timedelta(days=days)}


def days_until(ends_on: date | None, today: date) -> int | None:
    """What `length` was given; None for an open end."""
    return None if ends_on is None else max((ends_on - today).days, 1)


def days_asked(access_request: AccessRequest) -> int | None:
    """For how long a request asked, from the day it was sent; None for an open end."""
    if access_request.ends_at is None:
        return None
    zone = access_request.store.time_zone
    return days_until(last_day(access_request.ends_at, zone), last_day(access_request.asked_at, zone))


def of_template(template: RequestTemplate, today: date) -> dict[str, object]:
    """A template without a message leaves the one that stands there."""
    values = {"permissions": in_order(template.permissions), **length(template.days, today)}
    return values | ({"message": template.message} if template.message else {})


def of_collaboration(collaboration: Collaboration) -> dict[str, object]:
    """For asking for more: all that is held, until the end it has."""
    zone, ends_at = collaboration.store.time_zone, collaboration.ends_at
    end = {"how_long": RequestForm.UNTIL, "ends_on": last_day(ends_at, zone)} if ends_at else length(None, date.min)
    return {"store_url": collaboration.store.handle, "permissions": in_order(collaboration.permissions), **end}


def template_of(partner: Partner, public_id: str) -> RequestTemplate | None:
    """One of this partner's; that of another is as if it did not exist."""
    try:
        return RequestTemplate.objects.filter(partner=partner, public_id=UUID(public_id)).first()
    except ValueError:
        return None


def of_link(query: QueryDict, *, partner: Partner, today: date) -> Filling:
    """What a prefilled link says. Never a code, nothing is sent; what is too long or means nothing is left out."""
    filling = Filling(usual(today))
    if wanted := query.get("template", ""):
        template = template_of(partner, wanted)
        if template:
            filling.values |= of_template(template, today)
        else:
            filling.remarks.append(_("The template in this link does not exist, or not any more."))
    for name in ("store_url", "message"):
        try:
            filling.values |= {name: RequestForm.base_fields[name].clean(query[name])} if name in query else {}
        except (ValidationError, Refused):
            filling.remarks.append(_("Something in this link could not be used and was left out."))
    days = query.get("days", "")
    if days.isascii() and days.isdigit() and len(days) <= len(str(LONGEST_DAYS)) and 1 <= int(days) <= LONGEST_DAYS:
        filling.values |= length(int(days), today)
    keys = ",".join(query.getlist("permissions"))
    if keys and len(keys) <= LONGEST_LIST:
        filling.values["permissions"], remarks = complete({key for key in keys.split(",") if key})
        filling.remarks += remarks
    filling.remarks = list(dict.fromkeys(filling.remarks))
    return filling


def complete(keys: Collection[str]) -> tuple[list[str], list[str]]:
    """What of `keys` may be asked for, with all that it requires; and what was left out or added, in words."""
    known = {key for key in keys if key in PERMISSIONS} - STAFF_ONLY
    closed = with_required(known)
    remarks = []
    if set(keys) - known:
        remarks.append(_("Some permissions do not exist, or are for staff only. They were left out."))
    if added := closed - known:
        remarks.append(_("Also ticked, because the others need it: %(added)s.") % {"added": phrases.listed(added)})
    return in_order(closed), remarks


def typed(data: QueryDict) -> dict[str, object]:
    """The form as it was filled in."""
    values: Mapping[str, object] = {name: data.get(name, "") for name in RequestForm.base_fields}
    return {**values, "permissions": data.getlist("permissions")}
