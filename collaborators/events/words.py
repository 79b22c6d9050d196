"""What all that happens about access has in common: who is told, where it leads, the words."""

from collections.abc import Callable
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from collaborators.models import AccessRequest, Collaboration
from notifications.kinds import Audience, Facts
from notifications.letters import Row
from notifications.models import Event
from partners.events import owners
from partners.models import Membership, held
from partners.permissions import TeamPermission
from stores import phrases
from stores.activity import permission_changes
from stores.events import people_who_manage_users, still_manages_users, store_name
from stores.models import Activity

# --- Who is told ----------------------------------------------------------------------------------------------------


def who_asked_and_owners(event: Event) -> set[int]:
    """The person who asked, and the owners of the partner."""
    asked_by = event.payload.get("asked_by")
    return {*owners(event), *([asked_by] if asked_by else [])}


def still_manages_stores(event: Event, user: User) -> bool:
    team = Membership.objects.filter(partner_id=event.payload["partner"], user=user)
    return team.filter(held(TeamPermission.MANAGE_STORES)).exists()


def to_store(line, url, letter=None, *, while_so: Callable[[Event], bool] = lambda event: True) -> Audience:
    """The store's owner and those who manage users there, while they do; `while_so`: and while it is still so."""
    return Audience(
        recipients=people_who_manage_users,
        line=line,
        place=store_name,
        url=url,
        still_in=lambda event, user: while_so(event) and still_manages_users(event, user),
        letter=letter,
    )


def to_partner(line, url, letter, *, was_concerned: bool = False) -> Audience:
    """Who asked and the partner's owners: while they manage its stores, or regardless."""
    return Audience(
        recipients=who_asked_and_owners,
        line=line,
        place=lambda facts: str(facts.partner),
        url=url,
        still_in=None if was_concerned else still_manages_stores,
        letter=letter,
    )


# --- Where it leads -------------------------------------------------------------------------------------------------


def stores_request(facts: Facts) -> str:
    return reverse("collaborators:request", args=[facts.store.handle, facts.access_request.public_id])


def stores_collaboration(facts: Facts) -> str:
    return reverse("collaborators:collaboration", args=[facts.store.handle, facts.collaboration.public_id])


def stores_list(facts: Facts) -> str:
    return reverse("collaborators:list", args=[facts.store.handle])


def partners_request(facts: Facts) -> str:
    return reverse("collaborators:partner-request", args=[facts.partner.slug, facts.access_request.public_id])


def partners_collaboration(facts: Facts) -> str:
    return reverse("collaborators:partner-collaboration", args=[facts.partner.slug, facts.collaboration.public_id])


# --- Shared words ---------------------------------------------------------------------------------------------------


def names(facts: Facts) -> dict[str, str]:
    return {
        "partner": str(facts.partner),
        "store": str(facts.store),
        "actor": str(facts.actor) if facts.actor else "",
        "address": _address(facts.access_request) if facts.access_request else "",
    }


def _address(access_request: AccessRequest) -> str:
    """How the partner calls the store: what it typed, or its name where the partner works."""
    return str(access_request.store) if access_request.is_for_more else access_request.typed_address


def said(sentence: Callable[[], str]) -> Callable[[Facts], str]:
    """A line whose translation is looked up when it is read, filled with the names."""
    return lambda facts: sentence() % names(facts)


def because_store(facts: Facts, reader: User) -> str:
    if facts.store.owner_id == reader.pk:
        return _("You get this because you own %(store)s.") % names(facts)
    return _("You get this because you manage the users of %(store)s.") % names(facts)


def because_partner(facts: Facts, reader: User) -> str:
    return _("You get this because you asked for this access or own %(partner)s.") % names(facts)


def day(instant: datetime) -> str:
    return date_format(timezone.localtime(instant), "DATE_FORMAT")


def granted_rows(collaboration: Collaboration) -> list[Row]:
    keys = collaboration.permissions
    rows = [Row(_("What you may do"), phrases.listed(keys))]
    if sensitive := phrases.sensitive_listed(keys):
        rows.append(Row(_("Sensitive"), sensitive, sensitive=True))
    rows.append(Row(_("Access ends"), phrases.end(collaboration.ends_at, collaboration.store.time_zone)))
    return rows


def who_they_are(access_request: AccessRequest) -> str:
    worked = access_request.worked_together_before()
    first = _("worked with you before") if worked else _("never worked with you")
    since = date_format(access_request.partner.created_at, "YEAR_MONTH_FORMAT")
    return first + " · " + _("on Entente since %(date)s") % {"date": since}


# --- In a store's activity --------------------------------------------------------------------------------------------


def end_change(row: Activity) -> list[str]:
    if "ends_at" not in row.after:
        return []
    raw = row.after["ends_at"]
    if raw is None:
        return [_("No end date")]
    return [_("Access ends: %(end)s") % {"end": phrases.end(datetime.fromisoformat(raw), row.store.time_zone)}]


def what_changed(row: Activity) -> list[str]:
    return [*(permission_changes(row) if "permissions" in row.after else []), *end_change(row)]


def about(sentence: Callable[[], str]) -> Callable[[Activity], str]:
    return lambda row: sentence() % {"partner": str(row.partner)}
