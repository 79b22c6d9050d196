"""What can happen in a partner's team, who is told, in which words."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from notifications import kinds
from notifications.kinds import Audience, Facts, Kind
from notifications.letters import Letter
from notifications.models import Event
from partners.models import Membership, Partner


def in_team(event: Event, user: User) -> bool:
    return Membership.objects.filter(partner_id=event.payload["partner"], user=user).exists()


def is_owner(event: Event, user: User) -> bool:
    return Membership.objects.filter(partner_id=event.payload["partner"], user=user, is_owner=True).exists()


def owners(event: Event) -> list[int]:
    rows = Membership.objects.filter(partner_id=event.payload["partner"], is_owner=True)
    return list(rows.values_list("user_id", flat=True))


def home(facts: Facts) -> str:
    return reverse("partner-home", args=[facts.partner.slug])


def welcome(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("You are in the team of %(partner)s") % {"partner": facts.partner},
        opening=_("%(person)s added you to the team of %(partner)s.")
        % {"person": facts.actor, "partner": facts.partner},
        button=_("Open the partner dashboard"),
        path=home(facts),
        reason=_("You get this because you joined the team of %(partner)s.") % {"partner": facts.partner},
    )


def joined_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(person)s joined %(partner)s") % {"person": facts.person, "partner": facts.partner},
        opening=_("%(actor)s added %(person)s to the team of %(partner)s.")
        % {"actor": facts.actor, "person": facts.person, "partner": facts.partner},
        button=_("Open the partner dashboard"),
        path=home(facts),
        reason=_("You get this because you own %(partner)s.") % {"partner": facts.partner},
    )


TEAM_JOINED = Kind(
    topic="team.joined",
    icon="user-plus",
    audiences={
        "person": Audience(
            recipients=lambda event: [event.payload["person"]],
            line=lambda facts: _("You are in the team"),
            place=lambda facts: str(facts.partner),
            url=home,
            still_in=in_team,
            letter=welcome,
        ),
        "partner": Audience(
            recipients=owners,
            line=lambda facts: _("%(person)s joined the team") % {"person": facts.person},
            place=lambda facts: str(facts.partner),
            url=home,
            still_in=is_owner,
            letter=joined_letter,
        ),
    },
)


def register() -> None:
    kinds.register_thing("partner", Partner.objects.in_bulk)
    kinds.register_thing("person", User.objects.in_bulk)
    kinds.register(TEAM_JOINED)
