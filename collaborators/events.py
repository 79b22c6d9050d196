"""What can happen about access, who is told, in which words."""

from collections.abc import Callable
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from collaborators.actions import replace_code
from collaborators.models import AccessRequest, Collaboration, RequestPolicy
from notifications import events, kinds
from notifications.kinds import Audience, Facts, Kind
from notifications.letters import Letter, Row
from notifications.models import Event
from partners.events import owners
from partners.models import Membership, held
from partners.permissions import TeamPermission
from stores import activity, phrases
from stores.activity import Words, permission_changes
from stores.events import people_who_manage_users, still_manages_users, store_name
from stores.models import Activity, Store

# --- Who is told ----------------------------------------------------------------------------------------------------


def who_asked_and_owners(event: Event) -> set[int]:
    """The person who asked, and the owners of the partner."""
    asked_by = event.payload.get("asked_by")
    return {*owners(event), *([asked_by] if asked_by else [])}


def still_manages_stores(event: Event, user: User) -> bool:
    team = Membership.objects.filter(partner_id=event.payload["partner"], user=user)
    return team.filter(held(TeamPermission.MANAGE_STORES)).exists()


def to_store(line, url, letter=None) -> Audience:
    """The store's owner and those who manage users there, while they do."""
    return Audience(
        recipients=people_who_manage_users,
        line=line,
        place=store_name,
        url=url,
        still_in=still_manages_users,
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
        "address": facts.access_request.typed_address if facts.access_request else "",
    }


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


# --- Letters to the store -------------------------------------------------------------------------------------------


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


def code_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("New collaborator request code for %(store)s") % names(facts),
        opening=_(
            "%(actor)s made a new collaborator request code. The old one ended at once; "
            "partners who have access keep it."
        )
        % names(facts),
        button=_("See your collaborators"),
        path=stores_list(facts),
        note=_("If nobody in your team meant to do this, look at who manages your users."),
        reason=because_store(facts, reader),
    )


# --- Letters to the partner -----------------------------------------------------------------------------------------


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


# --- What can happen ------------------------------------------------------------------------------------------------

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
    Kind(
        "code.made",
        "arrow-path",
        {
            "store": Audience(
                recipients=people_who_manage_users,
                line=lambda facts: _("New request code"),
                place=store_name,
                url=stores_list,
                still_in=None,
                letter=code_letter,
            )
        },
        security=True,
        label=gettext_lazy("New request code"),
    ),
)


# --- The same in a store's activity ---------------------------------------------------------------------------------


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


def policy_details(row: Activity) -> list[str]:
    return [" → ".join(str(RequestPolicy.Rule(rules["rule"]).label) for rules in (row.before, row.after))]


ACTIVITY = {
    "access.requested": Words(
        about(lambda: _("%(partner)s asked for access")), lambda row: [phrases.listed(row.after["permissions"])]
    ),
    "access.withdrawn": Words(about(lambda: _("%(partner)s withdrew its request"))),
    "access.expired": Words(about(lambda: _("The request of %(partner)s expired"))),
    "access.approved": Words(about(lambda: _("Request of %(partner)s approved")), what_changed),
    "access.declined": Words(about(lambda: _("Request of %(partner)s declined"))),
    "access.changed": Words(about(lambda: _("Access of %(partner)s changed")), what_changed),
    "access.extended": Words(about(lambda: _("Access of %(partner)s extended")), what_changed),
    "access.revoked": Words(about(lambda: _("Access of %(partner)s revoked"))),
    "access.left": Words(about(lambda: _("%(partner)s left the store"))),
    "access.ended": Words(about(lambda: _("The access of %(partner)s has ended"))),
    "code.made": Words(lambda row: _("New request code made")),
    "policy.changed": Words(lambda row: _("Who may ask for access changed"), policy_details),
}


# --- What lower apps tell us ----------------------------------------------------------------------------------------


def give_code(event: Event) -> None:
    """A new store begins with a policy and a code."""
    store = Store.objects.get(pk=event.payload["store"])
    RequestPolicy.objects.create(store=store)
    replace_code(store, by=event.actor)


def register() -> None:
    with_people = ("partner", "store")
    requests = AccessRequest.objects.select_related(*with_people)
    collaborations = Collaboration.objects.select_related(*with_people)
    kinds.register_thing("access_request", requests.in_bulk)
    kinds.register_thing("collaboration", collaborations.in_bulk)
    kinds.register(*KINDS)
    for kind, words in ACTIVITY.items():
        activity.register(kind, words)
    events.subscribe("store.opened", give_code)
