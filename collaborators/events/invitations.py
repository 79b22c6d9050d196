"""An expert is invited, and accepts."""

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from collaborators.events.words import (
    about,
    because_store,
    end_change,
    names,
    partners_collaboration,
    said,
    still_manages_stores,
    stores_collaboration,
    to_store,
    what_changed,
)
from collaborators.models import ExpertInvitation
from notifications.kinds import Audience, Facts, Kind
from notifications.letters import Letter, Row
from notifications.models import Event
from partners.events import owners
from stores import phrases
from stores.activity import Words
from stores.events import store_name
from stores.models import Activity


def invitation_of(event: Event) -> ExpertInvitation:
    return ExpertInvitation.objects.get(pk=event.payload["expert_invitation"])


def invitation(facts: Facts) -> str:
    return reverse("collaborators:invitation", args=[facts.expert_invitation.token])


def access_rows(label: str, permissions: list[str], end: str) -> list[Row]:
    rows = [Row(label, phrases.listed(permissions))]
    if sensitive := phrases.sensitive_listed(permissions):
        rows.append(Row(_("Sensitive"), sensitive, sensitive=True))
    return [*rows, Row(_("Access ends"), end)]


def invited_letter(facts: Facts, reader: User) -> Letter:
    offered: ExpertInvitation = facts.expert_invitation
    end = phrases.end(offered.ends_at, facts.store.time_zone)
    return Letter(
        subject=_("%(actor)s invites you to work for %(store)s") % names(facts),
        opening=_(
            "Sign in with this address, or make an account with it, and choose the partner you work with. The access "
            "is yours at once, without a request code."
        ),
        quoted=_("%(actor)s wrote:") % names(facts) if offered.note else "",
        quote=offered.note,
        rows=access_rows(_("What you may do"), offered.permissions, end),
        button=_("See the invitation"),
        path=invitation(facts),
        note=_("The invitation works once, for this address only, until %(date)s. To decline, just leave it.")
        % {"date": date_format(timezone.localtime(offered.expires_at), "DATE_FORMAT")},
        reason=_("You get this because %(actor)s typed your address. Nobody can act in your name with it.")
        % names(facts),
    )


def accepted_letter(facts: Facts, reader: User) -> Letter:
    granted = facts.collaboration
    end = phrases.end(granted.ends_at, facts.store.time_zone)
    return Letter(
        subject=_("%(partner)s accepted the invitation to %(store)s") % names(facts),
        opening=_("%(actor)s accepted it for %(partner)s, who may now enter %(store)s.") % names(facts),
        rows=access_rows(_("What they may do"), granted.permissions, end),
        button=_("See the access"),
        path=stores_collaboration(facts),
        note=_("You can change or revoke this access at any time."),
        reason=because_store(facts, reader),
    )


KINDS = (
    Kind(
        "expert.invited",
        "envelope",
        {
            "address": Audience(
                recipients=lambda event: (),
                addresses=lambda event: [invitation_of(event).email],
                line=said(lambda: _("You are invited to work for %(store)s")),
                place=store_name,
                url=invitation,
                still_in=lambda event, reader: invitation_of(event).is_open,
                letter=invited_letter,
            )
        },
        label=gettext_lazy("Invitation to work for a store"),
    ),
    Kind(
        "expert.accepted",
        "user-plus",
        {
            "store": to_store(
                said(lambda: _("%(partner)s accepted the invitation")), stores_collaboration, accepted_letter
            ),
            "partner": Audience(
                recipients=owners,
                line=said(lambda: _("%(actor)s accepted an invitation to %(store)s")),
                place=lambda facts: str(facts.partner),
                url=partners_collaboration,
                still_in=still_manages_stores,
            ),
        },
        label=gettext_lazy("Expert accepted an invitation"),
    ),
)


def what_is_offered(row: Activity) -> list[str]:
    return [phrases.listed(row.after["permissions"]), *end_change(row)]


ACTIVITY = {
    "expert.invited": Words(lambda row: _("%(email)s invited as an expert") % row.after, what_is_offered),
    "expert.taken_back": Words(lambda row: _("Invitation of %(email)s taken back") % row.before),
    "expert.accepted": Words(about(lambda: _("%(partner)s accepted the invitation")), what_changed),
}
