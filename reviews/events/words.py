"""What all that happens to reviews has in common: who is told, the words."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from accounts.models import User
from notifications.kinds import Facts
from notifications.letters import Row
from notifications.models import Event
from partners.models import Membership, held
from partners.permissions import TeamPermission
from partners.services import labels
from reviews.models import Review
from stores import access
from stores.models import Activity

# --- Who is told ----------------------------------------------------------------------------------------------------


def may_write(store_id: int, partner_id: int) -> set[int]:
    """Who writes reviews for the store, and stands apart from the partner."""
    team = Membership.objects.filter(partner_id=partner_id).values_list("user_id", flat=True)
    return access.users_who_may(store_id, "reviews.write") - set(team)


def people_who_reply(event: Event) -> set[int]:
    """The partner's owners, and its members who manage public listings."""
    team = Membership.objects.filter(held(TeamPermission.MANAGE_PUBLIC_LISTINGS), partner_id=event.payload["partner"])
    return set(team.values_list("user_id", flat=True))


def still_replies(event: Event, user: User) -> bool:
    return user.pk in people_who_reply(event)


# --- Words ----------------------------------------------------------------------------------------------------------


def names(facts: Facts) -> dict[str, str]:
    return {
        "partner": str(facts.partner) if facts.partner else "",
        "store": str(facts.store),
        "actor": str(facts.actor) if facts.actor else "",
        "about": facts.review_invitation.title if facts.review_invitation else "",
    }


def said(sentence: Callable[[], str]) -> Callable[[Facts], str]:
    """A line whose translation is looked up when it is read, filled with the names."""
    return lambda facts: sentence() % names(facts)


def because_partner(facts: Facts, reader: User) -> str:
    return _("You get this because you own %(partner)s or manage its public listing.") % names(facts)


def stars(number: int) -> str:
    return _("%(number)s of 5") % {"number": number}


def rating_rows(review: Review) -> list[Row]:
    return [
        Row(_("Communication"), stars(review.communication)),
        Row(_("Quality of work"), stars(review.quality)),
    ]


def services_rows(keys: list[str]) -> list[Row]:
    return [Row(_("Services"), ", ".join(labels(keys)))] if keys else []


def about(sentence: Callable[[], str]) -> Callable[[Activity], str]:
    return lambda row: sentence() % {"partner": str(row.partner), "about": row.after.get("about", "")}
