"""An access request: sent, withdrawn, answered, expired."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from collaborators.events.words import (
    about,
    because_partner,
    because_store,
    day,
    granted_rows,
    names,
    partners_collaboration,
    partners_request,
    said,
    stores_request,
    to_partner,
    to_store,
    what_changed,
    who_they_are,
)
from collaborators.models import AccessRequest
from notifications.kinds import Facts, Kind
from notifications.letters import Letter, Row
from stores import phrases
from stores.activity import Words
from stores.models import Activity


def requested_letter(facts: Facts, reader: User) -> Letter:
    access_request: AccessRequest = facts.access_request
    rows = [Row(_("They ask for"), phrases.listed(access_request.permissions))]
    if sensitive := phrases.sensitive_listed(access_request.permissions):
        rows.append(Row(_("Sensitive"), sensitive, sensitive=True))
    rows.append(Row(_("Access ends"), phrases.end(access_request.ends_at, facts.store.time_zone)))
    rows.append(Row(_("Who they are"), who_they_are(access_request)))
    return Letter(
        subject=_("%(partner)s asks for access to %(store)s") % names(facts),
        quoted=_("%(actor)s wrote:") % names(facts) if access_request.message else "",
        opening="" if access_request.message else _("%(actor)s sent the request.") % names(facts),
        quote=access_request.message,
        rows=rows,
        button=_("Review request"),
        path=stores_request(facts),
        note=_(
            "Nothing is shared until you approve, and you can take away any permission first. "
            "The request ends by itself on %(date)s."
        )
        % {"date": day(access_request.expires_at)},
        reason=because_store(facts, reader),
    )


def approved_letter(facts: Facts, reader: User) -> Letter:
    access_request: AccessRequest = facts.access_request
    less = len(set(access_request.permissions) - set(access_request.granted or ()))
    note = ngettext(
        "%(count)d of the permissions you asked for was left out.",
        "%(count)d of the permissions you asked for were left out.",
        less,
    ) % {"count": less}
    return Letter(
        subject=_("%(store)s approved your request") % names(facts),
        opening=_("%(partner)s may now enter %(store)s.") % names(facts),
        rows=granted_rows(facts.collaboration),
        button=_("See your access"),
        path=partners_collaboration(facts),
        note=note if less else "",
        reason=because_partner(facts, reader),
    )


def declined_letter(facts: Facts, reader: User) -> Letter:
    reason = facts.access_request.reason
    return Letter(
        subject=_("Your request to %(address)s was declined") % names(facts),
        opening="" if reason else _("The merchant gave no reason."),
        quoted=_("The merchant wrote:") if reason else "",
        quote=reason,
        rows=[
            Row(_("You asked for"), phrases.listed(facts.access_request.permissions)),
            Row(_("Partner"), str(facts.partner)),
        ],
        button=_("See the request"),
        path=partners_request(facts),
        reason=because_partner(facts, reader),
    )


def expired_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("Your request to %(address)s expired") % names(facts),
        opening=_(
            "Nobody answered it within 30 days. If the work is still wanted, talk to the merchant and ask again."
        ),
        button=_("See the request"),
        path=partners_request(facts),
        reason=because_partner(facts, reader),
    )


KINDS = (
    Kind(
        "access.requested",
        "shield-check",
        {"store": to_store(said(lambda: _("%(partner)s asks for access")), stores_request, requested_letter)},
        label=gettext_lazy("Access requested"),
    ),
    Kind(
        "access.withdrawn",
        "arrow-uturn-left",
        {"store": to_store(said(lambda: _("%(partner)s withdrew its request")), stores_request)},
        label=gettext_lazy("Access request withdrawn"),
    ),
    Kind(
        "access.expired",
        "clock",
        {  # whoever stands on both sides gets the mail that the partner's side is owed
            "partner": to_partner(
                said(lambda: _("Your request to %(address)s expired")), partners_request, expired_letter
            ),
            "store": to_store(said(lambda: _("The request of %(partner)s expired")), stores_request),
        },
        label=gettext_lazy("Access request expired"),
    ),
    Kind(
        "access.approved",
        "check",
        {
            "partner": to_partner(
                said(lambda: _("%(store)s approved your request")), partners_collaboration, approved_letter
            )
        },
        label=gettext_lazy("Access request approved"),
    ),
    Kind(
        "access.declined",
        "x-mark",
        {
            "partner": to_partner(
                said(lambda: _("Your request to %(address)s was declined")),
                partners_request,
                declined_letter,
                was_concerned=True,
            )
        },
        label=gettext_lazy("Access request declined"),
    ),
)


def what_was_asked(row: Activity) -> list[str]:
    invited = [_("With an invitation of the store")] if row.after.get("invited") else []
    return [phrases.listed(row.after["permissions"]), *invited]


ACTIVITY = {
    "access.requested": Words(about(lambda: _("%(partner)s asked for access")), what_was_asked),
    "access.withdrawn": Words(about(lambda: _("%(partner)s withdrew its request"))),
    "access.expired": Words(about(lambda: _("The request of %(partner)s expired"))),
    "access.approved": Words(about(lambda: _("Request of %(partner)s approved")), what_changed),
    "access.declined": Words(about(lambda: _("Request of %(partner)s declined"))),
}
