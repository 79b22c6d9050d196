"""What can happen in a partner's team, who is told, in which words."""

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.models import User
from notifications import kinds
from notifications.kinds import Audience, Facts, Kind
from notifications.letters import Letter, Row
from notifications.models import Event
from partners.models import Membership, Partner, TeamInvitation
from partners.permissions import in_words

# --- Who is told ----------------------------------------------------------------------------------------------------


def in_team(event: Event, user: User) -> bool:
    return Membership.objects.filter(partner_id=event.payload["partner"], user=user).exists()


def is_owner(event: Event, user: User) -> bool:
    return Membership.objects.filter(partner_id=event.payload["partner"], user=user, is_owner=True).exists()


def owners(event: Event) -> list[int]:
    rows = Membership.objects.filter(partner_id=event.payload["partner"], is_owner=True)
    return list(rows.values_list("user_id", flat=True))


def other_owners(event: Event) -> list[int]:
    return [user_id for user_id in owners(event) if user_id != event.payload["person"]]


def the_person(event: Event) -> list[int]:
    return [event.payload["person"]]


def invitation_of(event: Event) -> TeamInvitation:
    return TeamInvitation.objects.get(pk=event.payload["team_invitation"])


# --- Where it leads -------------------------------------------------------------------------------------------------


def home(facts: Facts) -> str:
    return reverse("partner-home", args=[facts.partner.slug])


def team(facts: Facts) -> str:
    return reverse("partners:team", args=[facts.partner.slug])


def invitation(facts: Facts) -> str:
    return reverse("partners:invitation", args=[facts.team_invitation.token])


# --- Words ----------------------------------------------------------------------------------------------------------


def names(facts: Facts) -> dict[str, str]:
    return {
        "partner": str(facts.partner),
        "actor": str(facts.actor) if facts.actor else "",
        "person": str(facts.person) if facts.person else "",
    }


def partner_name(facts: Facts) -> str:
    return str(facts.partner)


def because_owner(facts: Facts) -> str:
    return _("You get this because you own %(partner)s.") % names(facts)


def rights_rows(facts: Facts) -> list[Row]:
    member = Membership.objects.filter(partner=facts.partner, user=facts.person).first()
    if member is None:
        return []
    return [Row(_("What you may do"), in_words(is_owner=member.is_owner, permissions=member.permissions))]


def invited_letter(facts: Facts, reader: User) -> Letter:
    offered: TeamInvitation = facts.team_invitation
    return Letter(
        subject=_("%(actor)s invites you to the team of %(partner)s") % names(facts),
        opening=_("Sign in with this address, or make an account with it, and you can join the team on Entente."),
        rows=[Row(_("What you may do"), in_words(is_owner=offered.is_owner, permissions=offered.permissions))],
        button=_("See the invitation"),
        path=invitation(facts),
        note=_("The invitation works once, for this address only, until %(date)s. To decline, just leave it.")
        % {"date": date_format(timezone.localtime(offered.expires_at), "DATE_FORMAT")},
        reason=_("You get this because %(actor)s typed your address. Nobody can act in your name with it.")
        % names(facts),
    )


def joined_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(person)s joined %(partner)s") % names(facts),
        opening=_("%(person)s accepted the invitation to the team of %(partner)s.") % names(facts),
        button=_("See the team"),
        path=team(facts),
        reason=because_owner(facts)
        if Membership.objects.filter(partner=facts.partner, user=reader, is_owner=True).exists()
        else _("You get this because you invited %(person)s.") % names(facts),
    )


def changed_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("Your rights in %(partner)s have changed") % names(facts),
        opening=_("%(actor)s changed what you may do for %(partner)s. The change holds from now on.") % names(facts),
        rows=rights_rows(facts),
        button=_("Open the partner dashboard"),
        path=home(facts),
        reason=_("You get this because you are in the team of %(partner)s.") % names(facts),
    )


def changed_letter_to_owners(facts: Facts, reader: User) -> Letter:
    member = Membership.objects.filter(partner=facts.partner, user=facts.person).first()
    may = in_words(is_owner=member.is_owner, permissions=member.permissions) if member else ""
    return Letter(
        subject=_("The rights of %(person)s in %(partner)s have changed") % names(facts),
        opening=_("%(actor)s changed what %(person)s may do for %(partner)s.") % names(facts),
        rows=[Row(pgettext("person", "What they may do"), may)] if may else [],
        button=_("See the team"),
        path=team(facts),
        reason=because_owner(facts),
    )


def removed_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("You are no longer in the team of %(partner)s") % names(facts),
        opening=_("%(actor)s removed you from the team of %(partner)s. Its pages no longer open for you.")
        % names(facts),
        button=_("Open Entente"),
        path=reverse("home"),
        reason=_("You get this because you were in the team of %(partner)s.") % names(facts),
    )


def gone_letter(facts: Facts, reader: User) -> Letter:
    left = facts.event.topic == "team.left"
    opening = (
        _("%(person)s left the team of %(partner)s.")
        if left
        else _("%(actor)s removed %(person)s from the team of %(partner)s.")
    )
    return Letter(
        subject=_("%(person)s is no longer in the team of %(partner)s") % names(facts),
        opening=opening % names(facts),
        button=_("See the team"),
        path=team(facts),
        reason=because_owner(facts),
    )


# --- What can happen ------------------------------------------------------------------------------------------------


def to_owners(recipients, line, letter) -> Audience:
    return Audience(recipients, line, partner_name, team, still_in=is_owner, letter=letter)


def to_person(line, letter, *, still_in=in_team, url=home) -> Audience:
    return Audience(the_person, line, partner_name, url, still_in=still_in, letter=letter)


KINDS = (
    Kind(
        "team.invited",
        "envelope",
        {
            "address": Audience(
                recipients=lambda event: (),
                addresses=lambda event: [invitation_of(event).email],
                line=lambda facts: _("You are invited to the team"),
                place=partner_name,
                url=invitation,
                still_in=lambda event, reader: invitation_of(event).is_open,
                letter=invited_letter,
            )
        },
        label=gettext_lazy("Invitation to a team"),
    ),
    Kind(
        "team.joined",
        "user-plus",
        {
            "partner": Audience(
                recipients=lambda event: {*owners(event), event.payload.get("invited_by", 0)},
                line=lambda facts: _("%(person)s joined the team") % names(facts),
                place=partner_name,
                url=team,
                still_in=in_team,
                letter=joined_letter,
            )
        },
        label=gettext_lazy("Somebody joined the team"),
    ),
    Kind(
        "team.changed",
        "user",
        {
            "person": to_person(lambda facts: _("What you may do has changed"), changed_letter),
            "partner": to_owners(
                other_owners,
                lambda facts: _("What %(person)s may do has changed") % names(facts),
                changed_letter_to_owners,
            ),
        },
        label=gettext_lazy("Rights in the team changed"),
    ),
    Kind(
        "team.removed",
        "user-minus",
        {
            "person": to_person(
                lambda facts: _("You are no longer in the team"),
                removed_letter,
                still_in=None,
                url=lambda facts: reverse("home"),
            ),
            "partner": to_owners(
                other_owners, lambda facts: _("%(person)s is no longer in the team") % names(facts), gone_letter
            ),
        },
        label=gettext_lazy("Somebody was removed from the team"),
    ),
    Kind(
        "team.left",
        "arrow-right-start-on-rectangle",
        {"partner": to_owners(other_owners, lambda facts: _("%(person)s left the team") % names(facts), gone_letter)},
        label=gettext_lazy("Somebody left the team"),
    ),
)


def register() -> None:
    kinds.register_thing("partner", Partner.objects.in_bulk)
    kinds.register_silent("team.two_step")  # whoever it shuts out reads why, and what to do, at the door
    kinds.register_thing("person", User.objects.in_bulk)
    kinds.register_thing("team_invitation", TeamInvitation.objects.in_bulk)
    kinds.register(*KINDS)
