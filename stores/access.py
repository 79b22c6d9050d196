"""The one answer to "may they?" in a store.

Each *source* in `STORE_ACCESS_SOURCES` says for its kind of people who holds which permissions where, as rows
`(who, where, what, until)`: user, store, permissions, and the instant at which the grant ends by itself (None: open).
A row also says who asks for two-step sign-in (`two_step_for`, a name, "" for nobody): without it, it opens nothing.
Everything else here, one person's set, lists of stores, lists of people, reads those rows, so that pages, lists and
mails cannot disagree. Both conditions of a grant stand in one row: nobody borrows another's scope.
"""

from datetime import datetime
from functools import cache, reduce
from operator import or_
from typing import Protocol

from django.conf import settings
from django.contrib.auth.backends import BaseBackend
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Exists, F, Q, QuerySet, Value, When
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts import two_step
from accounts.errors import NotAllowed
from accounts.models import User, Visitor
from partners.permissions import TeamPermission
from stores.errors import DevelopmentStore
from stores.models import Staff, Store
from stores.permissions import EVERYTHING, PERMISSIONS

PermissionArray = ArrayField(models.CharField(max_length=40))
NEVER = Cast(Value(None), models.DateTimeField())  # cast: each source is one arm of a UNION


def asks(*owners: str) -> Case:
    """The name of the first that asks for two-step sign-in, "" for none. `owners` are prefixes: "store__"."""
    whens = [When(**{f"{owner}requires_two_step": True}, then=F(f"{owner}name")) for owner in owners]
    return Case(*whens, default=Value(""), output_field=models.CharField())


class Source(Protocol):
    def grants(self, now: datetime) -> QuerySet:
        """Every grant that holds at `now`, annotated with `who`, `where`, `what`, `until` and `two_step_for`.

        A source may also have `used(user, store, now)`: it is told of people who came in through it alone.
        """
        ...


def everything() -> Value:
    return Value(list(EVERYTHING), output_field=PermissionArray)


class OwnerSource:
    def grants(self, now: datetime) -> QuerySet:
        return Store.objects.filter(owner__isnull=False).annotate(
            who=F("owner_id"), where=F("pk"), what=everything(), until=NEVER, two_step_for=asks("")
        )


class BuilderSource:
    """Owners of the partner that builds a store, and its members with Manage stores: everything, while nobody owns it.
    What was built stays a fact; with the first owner it opens nothing."""

    def grants(self, now: datetime) -> QuerySet:
        # One filter() for both sides of the membership: the one who enters is the one who holds the right.
        builds = Q(built_by__memberships__is_owner=True) | Q(
            built_by__memberships__permissions__contains=[TeamPermission.MANAGE_STORES]
        )
        return Store.objects.filter(builds, owner=None).annotate(
            who=F("built_by__memberships__user_id"),
            where=F("pk"),
            what=everything(),
            until=NEVER,
            two_step_for=asks("built_by__", ""),
        )


class StaffSource:
    def grants(self, now: datetime) -> QuerySet:
        return Staff.objects.annotate(
            who=F("user_id"),
            where=F("store_id"),
            what=F("role__permissions"),
            until=NEVER,
            two_step_for=asks("store__"),
        )


@cache
def sources() -> tuple[Source, ...]:
    return tuple(import_string(path)() for path in settings.STORE_ACCESS_SOURCES)


def _grants(**conditions) -> list[QuerySet]:
    now = timezone.now()
    return [source.grants(now).filter(**conditions) for source in sources()]


def open_now() -> Q:
    """Condition on grants: two-step sign-in is not asked for, or had."""
    return Q(two_step_for="") | Q(who__in=two_step.holders())


def _open_grants(user: Visitor, **conditions) -> list[QuerySet]:
    """What the user holds now, two-step sign-in being asked for or had."""
    return [rows.filter(open_now()) for rows in _grants(who=user.pk, **conditions)]


def require_two_step(user: Visitor, handle: str) -> None:
    """Raise TwoStepRequired if nothing but a missing second step keeps the user out of the store."""
    if user.is_authenticated and user.is_active:
        for rows in _grants(who=user.pk, where__in=Store.objects.filter(handle=handle).values("pk")):
            if name := rows.exclude(two_step_for="").values_list("two_step_for", flat=True).first():
                two_step.require(user, asked_by=name, asked=True)


def visible_to(user: Visitor) -> Q:
    """Condition on stores: the user holds something there."""
    return _in_any(_open_grants(user)) if user.is_authenticated and user.is_active else Q(pk__in=[])


def where_user_may(user: Visitor, permission: str) -> Q:
    """Condition on stores: the user holds `permission` there."""
    if not user.is_authenticated or not user.is_active:
        return Q(pk__in=[])
    return _in_any(_open_grants(user, what__contains=[permission]))


def still_may(user: User, permission: str, store: Store) -> bool:
    """Whether somebody whose file takes long may go on: asked of the database alone, since the user as they came in
    does not know that they were deactivated meanwhile. One query."""
    is_active = Exists(User.objects.filter(pk=user.pk, is_active=True))
    return Store.objects.filter(where_user_may(user, permission), is_active, pk=store.pk).exists()


def _in_any(grants: list[QuerySet]) -> Q:
    return reduce(or_, (Q(pk__in=rows.values("where")) for rows in grants))


def grants_of(user: Visitor, store: Store) -> list[tuple[frozenset[str], datetime | None]]:
    """What the user holds in the store now, grant by grant with its end (None: open). One query."""
    return [(keys, until) for _via, keys, until in _held(user, store)]


def _held(user: Visitor, store: Store) -> list[tuple[int, frozenset[str], datetime | None]]:
    """Grants with the place of their source in `sources()`. Keys that this version does not know are left out."""
    if not user.is_authenticated or not user.is_active:
        return []
    first, *others = (
        rows.annotate(via=Value(via)).values_list("via", "what", "until")
        for via, rows in enumerate(_open_grants(user, where=store.pk))
    )
    return [(via, frozenset(keys) & PERMISSIONS.keys(), until) for via, keys, until in first.union(*others, all=True)]


def permissions_of(user: Visitor, store: Store) -> frozenset[str]:
    """What the user may do in the store now."""
    return _together(_held(user, store))


def _together(held: list[tuple[int, frozenset[str], datetime | None]]) -> frozenset[str]:
    return frozenset[str]().union(*(keys for _via, keys, _until in held))


def users_who_may(store_id: int, permission: str) -> set[int]:
    """Ids of the people who hold `permission` in the store now, shut out for want of a second step or not: they are
    told what happens there."""
    first, *others = (
        rows.values_list("who", flat=True) for rows in _grants(where=store_id, what__contains=[permission])
    )
    return set(first.union(*others, all=True))


def permissions_on(request: HttpRequest, store: Store) -> frozenset[str]:
    """`permissions_of` the person behind a request, asked once and kept on the request, never on the user."""
    kept = request.__dict__.setdefault("store_permissions", {})
    if store.pk not in kept:
        held = _held(request.user, store)
        kept[store.pk] = _together(held)
        request.__dict__.setdefault("store_sources", {})[store.pk] = {sources()[via] for via, _keys, _until in held}
    return kept[store.pk]


def came_in(request: HttpRequest, store: Store) -> None:
    """The door let the person in: tell the source they came through, if it wants to know (`Source.used`). Whoever is
    also at home there came in as such, and through no such source."""
    through = request.__dict__.get("store_sources", {}).get(store.pk, set())
    hooks = [getattr(source, "used", None) for source in through]
    if all(hooks):
        for used in hooks:
            used(request.user, store, timezone.now())  # type: ignore[misc]


def require(user: Visitor, permission: str, store: Store) -> None:
    """Raise NotAllowed unless the user holds `permission` now. Call it once the store is locked."""
    if permission not in permissions_of(user, store):
        raise NotAllowed


def require_owner(user: Visitor, store: Store) -> None:
    """Raise NotAllowed unless the user owns the store. In an action, once it is locked."""
    if store.owner_id != user.pk:
        raise NotAllowed(_("Only the owner of the store can do this."))


def require_owned(store: Store) -> None:
    """Raise DevelopmentStore while nobody owns the store: nobody is let in or hired there, so that a hand-over hands
    over one thing. In an action, once it is locked."""
    if store.is_development:
        raise DevelopmentStore


class StoreBackend(BaseBackend):
    """`user.has_perm("orders.view", store)`."""

    def has_perm(self, user_obj, perm, obj=None) -> bool:
        return isinstance(obj, Store) and perm in permissions_of(user_obj, obj)

    def get_all_permissions(self, user_obj, obj=None) -> set[str]:
        return set(permissions_of(user_obj, obj)) if isinstance(obj, Store) else set()
