"""The access that was granted: changed, extended, ended."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from collaborators.events.words import (
    about,
    because_partner,
    because_store,
    granted_rows,
    names,
    partners_collaboration,
    said,
    still_manages_stores,
    stores_collaboration,
    stores_list,
    to_partner,
    to_store,
    what_changed,
)
from notifications.kinds import Audience, Facts, Kind
from notifications.letters import Letter, Row
from partners.events import owners
from stores import phrases
from stores.activity import Words


def ended_letter_to_store(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(partner)s no longer has access to %(store)s") % names(facts),
        opening=_("The access of %(partner)s reached the end that was agreed, and opens nothing any more.")
        % names(facts),
        rows=[Row(_("Access ended"), phrases.end(facts.collaboration.ends_at, facts.store.time_zone))],
        button=_("See your collaborators"),
        path=stores_list(facts),
        reason=because_store(facts, reader),
    )


def changed_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(store)s changed your access") % names(facts),
        opening=_("%(actor)s changed what %(partner)s may do. The change holds from now on.") % names(facts),
        rows=granted_rows(facts.collaboration),
        button=_("See your access"),
        path=partners_collaboration(facts),
        reason=because_partner(facts, reader),
    )


def extended_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(store)s extended your access") % names(facts),
        opening=_("%(actor)s lets %(partner)s go on working there until the new end.") % names(facts),
        rows=granted_rows(facts.collaboration),
        button=_("See your access"),
        path=partners_collaboration(facts),
        reason=because_partner(facts, reader),
    )


def revoked_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(store)s revoked your access") % names(facts),
        opening=_("%(partner)s can no longer enter %(store)s. The access ended on %(date)s.")
        % {**names(facts), "date": date_format(timezone.localtime(facts.collaboration.ended_at), "DATETIME_FORMAT")},
        rows=[Row(_("Revoked by"), str(facts.actor))],
        button=_("See what happened"),
        path=partners_collaboration(facts),
        reason=because_partner(facts, reader),
    )


def ended_letter_to_partner(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("Your access to %(store)s has ended") % names(facts),
        opening=_("It reached the end that was agreed. If there is more to do, ask the merchant for access again."),
        rows=[Row(_("Access ended"), phrases.end(facts.collaboration.ends_at, facts.store.time_zone))],
        button=_("See what happened"),
        path=partners_collaboration(facts),
        reason=because_partner(facts, reader),
    )


KINDS = (
    Kind(
        "access.changed",
        "adjustments-horizontal",
        {
            "partner": to_partner(
                said(lambda: _("%(store)s changed your access")), partners_collaboration, changed_letter
            )
        },
        label=gettext_lazy("Access changed"),
    ),
    Kind(
        "access.extended",
        "calendar",
        {
            "partner": to_partner(
                said(lambda: _("%(store)s extended your access")), partners_collaboration, extended_letter
            )
        },
        label=gettext_lazy("Access extended"),
    ),
    Kind(
        "access.revoked",
        "no-symbol",
        {
            "partner": to_partner(
                said(lambda: _("%(store)s revoked your access")),
                partners_collaboration,
                revoked_letter,
                was_concerned=True,
            )
        },
        label=gettext_lazy("Access revoked"),
    ),
    Kind(
        "access.left",
        "arrow-right-start-on-rectangle",
        {"store": to_store(said(lambda: _("%(partner)s left the store")), stores_collaboration)},
        label=gettext_lazy("A partner left the store"),
    ),
    Kind(
        "access.ended",
        "clock",
        {
            "store": to_store(
                said(lambda: _("The access of %(partner)s has ended")), stores_collaboration, ended_letter_to_store
            ),
            "partner": Audience(
                recipients=owners,
                line=said(lambda: _("Your access to %(store)s has ended")),
                place=lambda facts: str(facts.partner),
                url=partners_collaboration,
                still_in=still_manages_stores,
                letter=ended_letter_to_partner,
            ),
        },
        label=gettext_lazy("Access ended"),
    ),
)


ACTIVITY = {
    "access.changed": Words(about(lambda: _("Access of %(partner)s changed")), what_changed),
    "access.extended": Words(about(lambda: _("Access of %(partner)s extended")), what_changed),
    "access.revoked": Words(about(lambda: _("Access of %(partner)s revoked"))),
    "access.left": Words(about(lambda: _("%(partner)s left the store"))),
    "access.ended": Words(about(lambda: _("The access of %(partner)s has ended"))),
}
