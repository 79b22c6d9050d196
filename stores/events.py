"""What can happen in a store and its staff, who is told, in which words."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from notifications import kinds
from notifications.kinds import Audience, Facts, Kind
from notifications.letters import Letter
from notifications.models import Event
from stores import access, activity
from stores.activity import Words
from stores.models import Staff, Store


def people_who_manage_users(event: Event) -> set[int]:
    """The store's owner and everybody with `users.manage` there."""
    return access.users_who_may(event.payload["store"], "users.manage")


def still_manages_users(event: Event, user: User) -> bool:
    return user.pk in people_who_manage_users(event)


def owner(event: Event) -> list[int]:
    return list(Store.objects.filter(pk=event.payload["store"]).values_list("owner_id", flat=True))


def is_staff(event: Event, user: User) -> bool:
    return Staff.objects.filter(store_id=event.payload["store"], user=user).exists()


def store_name(facts: Facts) -> str:
    return str(facts.store)


def home(facts: Facts) -> str:
    return reverse("store-home", args=[facts.store.handle])


def welcome(facts: Facts, reader: User) -> Letter:
    return Letter(
        subject=_("You work in %(store)s") % {"store": facts.store},
        opening=_("%(person)s added you to the staff of %(store)s.") % {"person": facts.actor, "store": facts.store},
        button=_("Open the store admin"),
        path=home(facts),
        reason=_("You get this because you joined the staff of %(store)s.") % {"store": facts.store},
    )


def joined_letter(facts: Facts, reader: User) -> Letter:
    words = {"actor": facts.actor, "person": facts.person, "store": facts.store}
    return Letter(
        subject=_("%(person)s joined %(store)s") % words,
        opening=_("%(actor)s added %(person)s to the staff of %(store)s.") % words,
        button=_("Open the store admin"),
        path=home(facts),
        reason=_("You get this because you own %(store)s.") % words,
    )


STAFF_JOINED = Kind(
    topic="staff.joined",
    icon="user-plus",
    audiences={
        "person": Audience(
            recipients=lambda event: [event.payload["person"]],
            line=lambda facts: _("You are on the staff"),
            place=store_name,
            url=home,
            still_in=is_staff,
            letter=welcome,
        ),
        "store": Audience(
            recipients=owner,
            line=lambda facts: _("%(person)s joined the staff") % {"person": facts.person},
            place=store_name,
            url=home,
            still_in=lambda event, user: user.pk in owner(event),
            letter=joined_letter,
        ),
    },
)


def register() -> None:
    kinds.register_thing("store", Store.objects.in_bulk)
    kinds.register(STAFF_JOINED)
    kinds.register_silent("store.opened")
    activity.register("store.opened", Words(lambda row: _("Store opened")))
    activity.register("staff.joined", Words(lambda row: _("%(name)s joined the staff") % {"name": row.after["name"]}))
    activity.register("domain.verified", Words(lambda row: _("%(domain)s verified") % {"domain": row.after["domain"]}))
    activity.register(
        "staff_limit.changed",
        Words(
            lambda row: (
                _("Staff seats: %(before)d before, %(after)d now")
                % {"before": row.before["limit"], "after": row.after["limit"]}
            )
        ),
    )
