"""While access lasts: the store changes and ends it, the partner leaves."""

from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from collaborators.actions.more import close_more
from collaborators.actions.records import iso, report, terms
from collaborators.actions.steps import chosen, end_of, lock_collaboration, lock_parents, require_decider, require_held
from collaborators.models import Collaboration
from partners.actions import require as require_in_team
from partners.models import Partner
from partners.permissions import TeamPermission
from stores.models import Store
from stores.permissions import in_order

EndedBy = Collaboration.EndedBy


@transaction.atomic
def change_permissions(collaboration: Collaboration, *, permissions: Collection[str], by: User) -> Collaboration:
    """Replace what the partner may do, at once.

    Raises NotAllowed, OwnPartner, PermissionsRefused, TransitionNotAllowed (it is over).
    """
    partner, store = lock_parents(collaboration)
    require_decider(by, store, partner)
    collaboration = lock_collaboration(collaboration, partner, store)
    granted = chosen(permissions)
    collaboration.require_active()
    before = in_order(collaboration.permissions)
    if granted == before:
        return collaboration
    require_held(by, store, set(granted) - set(before))
    collaboration.permissions = granted
    collaboration.save(update_fields=["permissions"])
    report(
        "access.changed",
        collaboration,
        by=by,
        before={"permissions": before},
        after={"permissions": granted},
    )
    return collaboration


@transaction.atomic
def change_end(collaboration: Collaboration, *, ends_on: date | None, by: User) -> Collaboration:
    """Let access end with `ends_on` in the store's zone (None: open end).

    Raises NotAllowed, OwnPartner, EndsInThePast, TransitionNotAllowed (it is over).
    """
    partner, store = lock_parents(collaboration)
    require_decider(by, store, partner)
    collaboration = lock_collaboration(collaboration, partner, store)
    ends_at = end_of(ends_on, store)
    collaboration.require_active()
    before = collaboration.ends_at
    if ends_at == before:
        return collaboration
    collaboration.ends_at = ends_at
    collaboration.save(update_fields=["ends_at"])
    longer = before is not None and (ends_at is None or ends_at > before)
    report(
        "access.extended" if longer else "access.changed",
        collaboration,
        by=by,
        before={"ends_at": iso(before)},
        after={"ends_at": iso(ends_at)},
    )
    return collaboration


@transaction.atomic
def revoke(collaboration: Collaboration, *, by: User) -> Collaboration:
    """The store ends it, at this moment. Raises NotAllowed, OwnPartner, TransitionNotAllowed (it is over)."""
    partner, store = lock_parents(collaboration)
    require_decider(by, store, partner)
    return _end_now(collaboration, partner, store, how=EndedBy.REVOKED, by=by)


@transaction.atomic
def leave(collaboration: Collaboration, *, by: User) -> Collaboration:
    """The partner ends it, at this moment. Raises NotAllowed, TransitionNotAllowed (it is over)."""
    partner, store = lock_parents(collaboration)
    require_in_team(by, TeamPermission.MANAGE_STORES, partner)
    return _end_now(collaboration, partner, store, how=EndedBy.LEFT, by=by)


def _end_now(collaboration: Collaboration, partner: Partner, store: Store, *, how, by: User) -> Collaboration:
    collaboration = lock_collaboration(collaboration, partner, store)
    if collaboration.ended_how == how and collaboration.ended_by_id == by.pk:
        return collaboration  # the same decision said twice
    collaboration.require_active()
    collaboration.end(how, by=by, at=timezone.now())
    report(f"access.{how}", collaboration, by=by, before=terms(collaboration.permissions, collaboration.ends_at))
    close_more(collaboration, at=collaboration.ended_at or timezone.now())
    return collaboration
