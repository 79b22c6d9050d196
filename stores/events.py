"""What can happen in a store and its staff, who is told, in which words."""

from collections.abc import Callable

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from notifications import kinds
from notifications.kinds import Audience, Facts, Kind
from notifications.letters import Letter, Row
from notifications.models import Event
from stores import access, activity, phrases
from stores.activity import Group, Words, permission_changes
from stores.models import Activity, OwnershipOffer, Role, Staff, StaffInvitation, Store

# --- Who is told ----------------------------------------------------------------------------------------------------


def people_who_manage_users(event: Event) -> set[int]:
    """The store's owner and everybody with `users.manage` there."""
    return access.users_who_may(event.payload["store"], "users.manage")


def still_manages_users(event: Event, user: User) -> bool:
    return user.pk in people_who_manage_users(event)


def is_staff(event: Event, user: User) -> bool:
    return Staff.objects.filter(store_id=event.payload["store"], user=user).exists()


def invitation_of(event: Event) -> StaffInvitation:
    return StaffInvitation.objects.get(pk=event.payload["staff_invitation"])


# --- Where it leads -------------------------------------------------------------------------------------------------


def store_name(facts: Facts) -> str:
    return str(facts.store)


def home(facts: Facts) -> str:
    return reverse("store-home", args=[facts.store.handle])


def users(facts: Facts) -> str:
    return reverse("stores:staff", args=[facts.store.handle])


def invitation(facts: Facts) -> str:
    return reverse("stores:invitation", args=[facts.staff_invitation.token])


def offer(facts: Facts) -> str:
    return reverse("stores:ownership-offer", args=[facts.ownership_offer.token])


# --- Words ----------------------------------------------------------------------------------------------------------


def names(facts: Facts) -> dict[str, str]:
    return {
        "store": str(facts.store),
        "actor": str(facts.actor) if facts.actor else "",
        "person": str(facts.person) if facts.person else "",
    }


def said(sentence: Callable[[], str]) -> Callable[[Facts], str]:
    """A line whose translation is looked up when it is read, filled with the names."""
    return lambda facts: sentence() % names(facts)


def because(facts: Facts, reader: User) -> str:
    if facts.store.owner_id == reader.pk:
        return _("You get this because you own %(store)s.") % names(facts)
    return _("You get this because you manage the users of %(store)s.") % names(facts)


def because_staff(facts: Facts) -> str:
    return _("You get this because you are on the staff of %(store)s.") % names(facts)


def role_rows(role: Role | None) -> list[Row]:
    if role is None:
        return []
    opens, *sensitive = phrases.opens(role.permissions)
    return [Row(_("Role"), str(role)), Row(*opens), *(Row(*row, sensitive=True) for row in sensitive)]


def invited_letter(facts: Facts, reader: User) -> Letter:
    offered: StaffInvitation = facts.staff_invitation
    return Letter(
        subject=_("%(actor)s invites you to the staff of %(store)s") % names(facts),
        opening=_("Sign in with this address, or make an account with it, and you can work in the store on Entente."),
        rows=role_rows(offered.role),
        button=_("See the invitation"),
        path=invitation(facts),
        note=_("The invitation works once, for this address only, until %(date)s. To decline, just leave it.")
        % {"date": date_format(timezone.localtime(offered.expires_at), "DATE_FORMAT")},
        reason=_("You get this because %(actor)s typed your address. Nobody can act in your name with it.")
        % names(facts),
    )


def joined_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(person)s joined %(store)s") % names(facts),
        opening=_("%(person)s accepted the invitation to the staff of %(store)s.") % names(facts),
        rows=role_rows(role_of(facts)),
        button=_("See your staff"),
        path=users(facts),
        reason=because(facts, reader),
    )


def role_of(facts: Facts) -> Role | None:
    """The role that the person has now."""
    place = Staff.objects.filter(store=facts.store, user=facts.person).select_related("role").first()
    return place.role if place else None


def changed_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("Your role in %(store)s has changed") % names(facts),
        opening=_("%(actor)s gave you another role. It holds from now on.") % names(facts),
        rows=role_rows(role_of(facts)),
        button=_("See your access"),
        path=reverse("stores:access", args=[facts.store.handle]),
        reason=because_staff(facts),
    )


def changed_letter_to_store(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("The role of %(person)s in %(store)s has changed") % names(facts),
        opening=_("%(actor)s gave %(person)s another role.") % names(facts),
        rows=role_rows(role_of(facts)),
        button=_("See your staff"),
        path=users(facts),
        reason=because(facts, reader),
    )


def removed_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("You no longer work in %(store)s") % names(facts),
        opening=_("%(actor)s removed you from the staff of %(store)s. Its pages no longer open for you.")
        % names(facts),
        button=_("Open Entente"),
        path=reverse("home"),
        reason=_("You get this because you were on the staff of %(store)s.") % names(facts),
    )


def gone_letter(facts: Facts, reader: User) -> Letter:
    opening = (
        _("%(person)s left the staff of %(store)s. The seat is free.")
        if facts.event.topic == "staff.left"
        else _("%(actor)s removed %(person)s from the staff of %(store)s. The seat is free.")
    )
    return Letter(
        subject=_("%(person)s no longer works in %(store)s") % names(facts),
        opening=opening % names(facts),
        button=_("See your staff"),
        path=users(facts),
        reason=because(facts, reader),
    )


def role_changed_letter(facts: Facts, reader: User) -> Letter:
    words = {**names(facts), "role": str(facts.role)}
    return Letter(
        subject=_("The role %(role)s in %(store)s has changed") % words,
        opening=_("%(actor)s changed what the role %(role)s opens. It holds from now on.") % words,
        rows=role_rows(facts.role)[1:],
        button=_("See your access"),
        path=reverse("stores:access", args=[facts.store.handle]),
        reason=because_staff(facts),
    )


def offered_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(actor)s offers you %(store)s") % names(facts),
        opening=_("Accept, and the store is yours: you may do everything, and decide who else may.") % names(facts),
        rows=[Row(_("Afterwards"), phrases.afterwards(facts.ownership_offer))],
        button=_("See the offer"),
        path=offer(facts),
        note=_("The offer works once, for you only, until %(date)s. To decline, just leave it.")
        % {"date": date_format(timezone.localtime(facts.ownership_offer.expires_at), "DATE_FORMAT")},
        reason=because_staff(facts),
    )


def passed_letter(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("%(store)s belongs to %(person)s now") % names(facts),
        opening=_("%(person)s accepted the offer and is the owner of %(store)s.") % names(facts),
        button=_("Open Entente"),
        path=reverse("home"),
        note=_("If nobody in your team meant to do this, write to the people who run Entente at once."),
        reason=_("You get this because you owned %(store)s, or manage its users.") % names(facts),
    )


# --- What can happen ------------------------------------------------------------------------------------------------


def to_managers(line, letter) -> Audience:
    """The store's owner and those who manage users there, while they do; not the person it is about."""
    return Audience(
        recipients=lambda event: people_who_manage_users(event) - {event.payload.get("person", 0)},
        line=line,
        place=store_name,
        url=users,
        still_in=still_manages_users,
        letter=letter,
    )


def the_person(event: Event) -> list[int]:
    return [event.payload["person"]]


KINDS = (
    Kind(
        "staff.invited",
        "envelope",
        {
            "address": Audience(
                recipients=lambda event: (),
                addresses=lambda event: [invitation_of(event).email],
                line=said(lambda: _("You are invited to the staff")),
                place=store_name,
                url=invitation,
                still_in=lambda event, reader: invitation_of(event).is_open,
                letter=invited_letter,
            )
        },
        label=gettext_lazy("Invitation to the staff of a store"),
    ),
    Kind(
        "staff.joined",
        "user-plus",
        {"store": to_managers(said(lambda: _("%(person)s joined the staff")), joined_letter)},
        label=gettext_lazy("Somebody joined the staff"),
    ),
    Kind(
        "staff.changed",
        "user",
        {
            "person": Audience(
                recipients=the_person,
                line=said(lambda: _("Your role has changed")),
                place=store_name,
                url=home,
                still_in=is_staff,
                letter=changed_letter,
            ),
            "store": to_managers(said(lambda: _("The role of %(person)s has changed")), changed_letter_to_store),
        },
        label=gettext_lazy("Roles of staff changed"),
    ),
    Kind(
        "staff.removed",
        "user-minus",
        {
            "person": Audience(
                recipients=the_person,
                line=said(lambda: _("You no longer work here")),
                place=store_name,
                url=lambda facts: reverse("home"),
                still_in=None,
                letter=removed_letter,
            ),
            "store": to_managers(said(lambda: _("%(person)s no longer works here")), gone_letter),
        },
        label=gettext_lazy("Somebody was removed from the staff"),
    ),
    Kind(
        "staff.left",
        "arrow-right-start-on-rectangle",
        {"store": to_managers(said(lambda: _("%(person)s left the staff")), gone_letter)},
        label=gettext_lazy("Somebody left the staff"),
    ),
    Kind(
        "role.changed",
        "identification",
        {
            "person": Audience(
                recipients=lambda event: list(people_with(event).values_list("user", flat=True)),
                line=said(lambda: _("What your role opens has changed")),
                place=store_name,
                url=lambda facts: reverse("stores:access", args=[facts.store.handle]),
                still_in=lambda event, user: people_with(event).filter(user=user).exists(),
                letter=role_changed_letter,
            )
        },
        label=gettext_lazy("What your role opens changed"),
    ),
    Kind(
        "ownership.offered",
        "gift",
        {
            "person": Audience(
                recipients=the_person,
                line=said(lambda: _("%(actor)s offers you the store")),
                place=store_name,
                url=offer,
                still_in=lambda event, user: (
                    OwnershipOffer.objects.open().filter(pk=event.payload["ownership_offer"]).exists()
                ),
                letter=offered_letter,
            )
        },
        label=gettext_lazy("A store is offered to you"),
    ),
    Kind(
        "ownership.passed",
        "building-storefront",
        {
            "before": Audience(
                recipients=lambda event: [event.payload["before"]],
                line=said(lambda: _("The store belongs to %(person)s now")),
                place=store_name,
                url=lambda facts: reverse("home"),
                still_in=None,
                letter=passed_letter,
            ),
            "store": to_managers(said(lambda: _("The store belongs to %(person)s now")), passed_letter),
        },
        label=gettext_lazy("A store changed its owner"),
        security=True,
    ),
)


def people_with(event: Event):
    """Who works in the store with the role of the event."""
    return Staff.objects.filter(store_id=event.payload["store"], role_id=event.payload["role"])


def _from_to(row: Activity) -> list[str]:
    roles = {"before": phrases.role_name(row.before["role"]), "after": phrases.role_name(row.after["role"])}
    return [_("%(before)s before, %(after)s now") % roles]


def _offered_role(row: Activity) -> list[str]:
    return [_("Role: %(role)s") % {"role": phrases.role_name(row.after["role"])}]


STAFF = Group("staff", gettext_lazy("Staff"))
ROLES = Group("roles", gettext_lazy("Roles"))
STORE = Group("store", gettext_lazy("The store itself"))
GROUPS = {"staff": STAFF, "role": ROLES}  # by how kinds begin; the others are about the store itself

ACTIVITY = {
    "store.opened": Words(lambda row: _("Store opened")),
    "domain.verified": Words(lambda row: _("%(domain)s verified") % row.after),
    "staff_limit.changed": Words(
        lambda row: (
            _("Staff seats: %(before)d before, %(after)d now")
            % {"before": row.before["limit"], "after": row.after["limit"]}
        )
    ),
    "two_step.changed": Words(
        lambda row: (
            _("Two-step sign-in required") if row.after["required"] else _("Two-step sign-in no longer required")
        )
    ),
    "staff.invited": Words(lambda row: _("%(email)s invited to the staff") % row.after, _offered_role),
    "staff.invitation_taken_back": Words(lambda row: _("Invitation of %(email)s taken back") % row.before),
    "staff.joined": Words(lambda row: _("%(name)s joined the staff") % row.after, _offered_role),
    "staff.changed": Words(lambda row: _("Role of %(name)s changed") % row.after, _from_to),
    "staff.removed": Words(lambda row: _("%(name)s removed from the staff") % row.before),
    "staff.left": Words(lambda row: _("%(name)s left the staff") % row.before),
    "role.made": Words(lambda row: _("Role %(name)s made") % row.after, permission_changes),
    "role.changed": Words(lambda row: _("Role %(name)s changed") % row.after, permission_changes),
    "role.removed": Words(lambda row: _("Role %(name)s removed") % row.before),
    "ownership.offered": Words(lambda row: _("Store offered to %(name)s") % row.after),
    "ownership.offer_taken_back": Words(lambda row: _("Offer of the store taken back")),
    "ownership.passed": Words(lambda row: _("%(name)s became the owner") % row.after),
}


def register() -> None:
    kinds.register_thing("store", Store.objects.in_bulk)
    kinds.register_thing("role", Role.objects.in_bulk)
    kinds.register_thing("staff_invitation", StaffInvitation.objects.in_bulk)
    kinds.register_thing("ownership_offer", OwnershipOffer.objects.in_bulk)
    kinds.register(*KINDS)
    kinds.register_silent("store.opened")
    for kind, words in ACTIVITY.items():
        activity.register(kind, words, group=GROUPS.get(kind.partition(".")[0], STORE))
