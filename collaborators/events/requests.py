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
from stores.models import Activity, Store


def asked_rows(access_request: AccessRequest, store: Store) -> list[Row]:
    """What is asked for: what is new first, where the partner works there already."""
    new = access_request.added
    more = access_request.is_for_more
    rows = [Row(_("New"), phrases.listed(new))] if more and new else []
    rows += [] if more else [Row(_("They ask for"), phrases.listed(new))]
    if sensitive := phrases.sensitive_listed(new):
        rows.append(Row(_("Sensitive"), sensitive, sensitive=True))
    rows += [Row(_("Already there"), phrases.listed(access_request.held or ()))] if more else []
    rows.append(Row(_("Access ends"), phrases.end(access_request.ends_at, store.time_zone)))
    return rows


def asks(facts: Facts) -> str:
    if facts.access_request and facts.access_request.is_for_more:
        return _("%(partner)s asks for more access") % names(facts)
    return _("%(partner)s asks for access") % names(facts)


def requested_letter(facts: Facts, reader: User) -> Letter:
    access_request: AccessRequest = facts.access_request
    if access_request.is_for_more:
        subject = _("%(partner)s asks for more access to %(store)s")
        note = _("What they may do today goes on until you answer. The request ends by itself on %(date)s.")
    else:
        subject = _("%(partner)s asks for access to %(store)s")
        note = _(
            "Nothing is shared until you approve, and you can take away any permission first. "
            "The request ends by itself on %(date)s."
        )
    return Letter(
        subject=subject % names(facts),
        quoted=_("%(actor)s wrote:") % names(facts) if access_request.message else "",
        opening="" if access_request.message else _("%(actor)s sent the request.") % names(facts),
        quote=access_request.message,
        rows=[*asked_rows(access_request, facts.store), Row(_("Who they are"), who_they_are(access_request))],
        button=_("Review request"),
        path=stores_request(facts),
        note=note % {"date": day(access_request.expires_at)},
        reason=because_store(facts, reader),
    )


def reminded_letter(facts: Facts, reader: User) -> Letter:
    access_request: AccessRequest = facts.access_request
    waited = {"partner": str(facts.partner), "date": day(access_request.waiting_since)}
    return Letter(
        subject=_("%(partner)s still waits for your answer about %(store)s") % names(facts),
        opening=_("The request of %(partner)s has waited since %(date)s. Approve what the work needs, or decline.")
        % waited,
        rows=[*asked_rows(access_request, facts.store), Row(_("Who they are"), who_they_are(access_request))],
        button=_("Review request"),
        path=stores_request(facts),
        note=_("If nobody answers, the request ends by itself on %(date)s.") % {"date": day(access_request.expires_at)},
        reason=because_store(facts, reader),
    )


def approved(facts: Facts) -> str:
    if facts.access_request and facts.access_request.is_for_more:
        return _("%(store)s approved your request and changed what you may do") % names(facts)
    return _("%(store)s approved your request") % names(facts)


def approved_letter(facts: Facts, reader: User) -> Letter:
    access_request: AccessRequest = facts.access_request
    less = len(set(access_request.added) - set(access_request.granted or ()))
    note = ngettext(
        "%(count)d of the permissions you asked for was left out.",
        "%(count)d of the permissions you asked for were left out.",
        less,
    ) % {"count": less}
    opening = (
        _("What %(partner)s may do in %(store)s has changed. It holds from now on.")
        if access_request.is_for_more
        else _("%(partner)s may now enter %(store)s.")
    )
    return Letter(
        subject=_("%(store)s approved your request") % names(facts),
        opening=opening % names(facts),
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


def expired(facts: Facts) -> str:
    if facts.access_request and facts.access_request.ended_with_access:
        return _("Your request to %(address)s was closed, because the access ended") % names(facts)
    return _("Your request to %(address)s expired") % names(facts)


def expired_letter(facts: Facts, reader: User) -> Letter:
    if facts.access_request.ended_with_access:
        subject = _("Your request to %(address)s was closed")
        opening = _(
            "You asked for more than you might do there, and meanwhile the access itself ended. "
            "If there is more to do, ask the merchant for the code and send a new request."
        )
    else:
        subject = _("Your request to %(address)s expired")
        opening = _(
            "Nobody answered it within 30 days. If the work is still wanted, talk to the merchant and ask again."
        )
    return Letter(
        subject=subject % names(facts),
        opening=opening,
        button=_("See the request"),
        path=partners_request(facts),
        reason=because_partner(facts, reader),
    )


def expired_for_store(facts: Facts) -> str:
    if facts.access_request and facts.access_request.ended_with_access:
        return _("The request of %(partner)s for more was closed, because the access ended") % names(facts)
    return _("The request of %(partner)s expired") % names(facts)


def reopened_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("Your request to %(address)s is open again") % names(facts),
        opening=_("It had been declined. The merchant took that back, and looks at it once more."),
        rows=[
            Row(_("You asked for"), phrases.listed(facts.access_request.permissions)),
            Row(_("Partner"), str(facts.partner)),
        ],
        button=_("See the request"),
        path=partners_request(facts),
        note=_("If nobody answers, the request ends by itself on %(date)s.")
        % {"date": day(facts.access_request.expires_at)},
        reason=because_partner(facts, reader),
    )


KINDS = (
    Kind(
        "access.requested",
        "shield-check",
        {"store": to_store(asks, stores_request, requested_letter)},
        label=gettext_lazy("Access requested"),
    ),
    Kind(
        "access.reminded",
        "bell-alert",
        {
            "store": to_store(
                said(lambda: _("%(partner)s still waits for your answer")), stores_request, reminded_letter
            )
        },
        label=gettext_lazy("Access requests that still wait"),
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
            "partner": to_partner(expired, partners_request, expired_letter),
            "store": to_store(expired_for_store, stores_request),
        },
        label=gettext_lazy("Access request expired"),
    ),
    Kind(
        "access.approved",
        "check",
        {"partner": to_partner(approved, partners_collaboration, approved_letter)},
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
    Kind(
        "access.reopened",
        "arrow-uturn-right",
        {
            "partner": to_partner(
                said(lambda: _("Your request to %(address)s is open again")), partners_request, reopened_letter
            )
        },
        label=gettext_lazy("Access request reopened"),
    ),
)


def asked_in_words(row: Activity) -> str:
    return (_("%(partner)s asked for more access") if row.before else _("%(partner)s asked for access")) % {
        "partner": str(row.partner)
    }


def what_was_asked(row: Activity) -> list[str]:
    """What it asked for; what is new, where it worked there already."""
    if row.before:
        return what_changed(row)
    invited = [_("With an invitation of the store")] if row.after.get("invited") else []
    return [phrases.listed(row.after["permissions"]), *invited]


ACTIVITY = {
    "access.requested": Words(asked_in_words, what_was_asked),
    "access.withdrawn": Words(about(lambda: _("%(partner)s withdrew its request"))),
    "access.expired": Words(about(lambda: _("The request of %(partner)s expired"))),
    "access.reopened": Words(about(lambda: _("Request of %(partner)s reopened"))),
    "access.approved": Words(about(lambda: _("Request of %(partner)s approved")), what_changed),
    "access.declined": Words(about(lambda: _("Request of %(partner)s declined"))),
}
