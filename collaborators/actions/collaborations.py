"""While access lasts: the store changes and ends it, the partner leaves."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.zones import last_day
from collaborators.actions.more import close_more
from collaborators.actions.records import iso, report, terms
from collaborators.actions.steps import (
    chosen,
    lock_collaboration,
    lock_parents,
    require_decider,
    require_held,
    require_renewer,
)
from collaborators.errors import EndMoved, NoEnd
from collaborators.models import Collaboration
from partners.actions import require as require_in_team
from partners.permissions import TeamPermission
from stores import activity
from stores.ends import end_of
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
    collaboration.keep(by=by, at=timezone.now())  # who decided just now is not asked whether to keep it
    return replace_permissions(collaboration, granted, by=by)


def replace_permissions(collaboration: Collaboration, granted: list[str], *, by: User, **why: str) -> Collaboration:
    """The row must be locked, and everything else be settled. `why` stands in the activity: a review."""
    before, collaboration.permissions = in_order(collaboration.permissions), granted
    collaboration.save(update_fields=["permissions"])
    after = {"permissions": granted, **why}
    report("access.changed", collaboration, by=by, before={"permissions": before}, after=after)
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
    if ends_at == collaboration.ends_at:
        return collaboration
    return _end_at(collaboration, ends_at, by=by)


def _end_at(collaboration: Collaboration, ends_at: datetime | None, *, by: User, term_from=None) -> Collaboration:
    """Whoever says until when wants to keep it until then."""
    now, before = timezone.now(), collaboration.ends_at
    collaboration.keep(by=by, at=now)
    collaboration.end_at(ends_at, at=now, term_from=term_from)
    longer = before is not None and (ends_at is None or ends_at > before)
    topic = "access.extended" if longer else "access.changed"
    report(topic, collaboration, by=by, before={"ends_at": iso(before)}, after={"ends_at": iso(ends_at)})
    return collaboration


@transaction.atomic
def renew(collaboration: Collaboration, *, ends_on: date | None, by: User) -> Collaboration:
    """Add the same length again to access that ends with `ends_on`: the last day as `by` saw it, so that two clicks
    are one renewal.

    Raises NotAllowed, OwnPartner, NoEnd, EndMoved (it ends on another day by now), TransitionNotAllowed (it is over).
    """
    partner, store = lock_parents(collaboration)
    require_renewer(by, store, partner)
    collaboration = lock_collaboration(collaboration, partner, store)
    collaboration.require_active()
    before = collaboration.ends_at
    if before is None or collaboration.renewed_until is None:
        raise NoEnd
    if last_day(before, store.time_zone) != ends_on:
        if _renewed_from(collaboration) == ends_on and collaboration.kept_by_id == by.pk:
            return collaboration  # the same renewal said twice
        raise EndMoved(collaboration)
    return _end_at(collaboration, end_of(collaboration.renewed_until, store), by=by, term_from=before)


def _renewed_from(collaboration: Collaboration) -> date | None:
    """The last day of the term that a renewal followed. Only a renewal's term begins after it was decided: another end
    begins a term at once."""
    term_from, kept_at = collaboration.term_from, collaboration.kept_at
    if term_from is None or kept_at is None or term_from <= kept_at:
        return None
    return last_day(term_from, collaboration.store.time_zone)


@transaction.atomic
def keep(collaboration: Collaboration, *, by: User) -> Collaboration:
    """The store looked at access that nobody uses, and keeps it.

    Raises NotAllowed, OwnPartner, TransitionNotAllowed (it is over).
    """
    partner, store = lock_parents(collaboration)
    require_decider(by, store, partner)
    collaboration = lock_collaboration(collaboration, partner, store)
    collaboration.require_active()
    if collaboration.kept_by_id == by.pk and collaboration.kept_at and collaboration.kept_at > _yesterday():
        return collaboration  # the same decision said twice
    return record_kept(collaboration, by=by)


def _yesterday() -> datetime:
    return timezone.now() - timedelta(days=1)


def record_kept(collaboration: Collaboration, *, by: User, **why: str) -> Collaboration:
    """The row must be locked. Nobody is told: nothing changes for the partner."""
    collaboration.keep(by=by, at=timezone.now())
    activity.record(collaboration.store, "access.kept", by=by, partner=collaboration.partner, after=why)
    return collaboration


def end_with_job(collaboration: Collaboration, *, at: datetime, by: User | None) -> Collaboration:
    """The job that it was given for is done: it ends at `at`, or sooner if it does so anyway; it never lasts longer for
    that. An end that is not to come any more ends it now.

    The store agreed to that when it said that the access belongs to the job, so nobody is asked again: `by` is whoever
    approved the job, None the clock. Partner and store must be locked.
    """
    now = timezone.now()
    collaboration = lock_collaboration(collaboration, collaboration.partner, collaboration.store)
    before = collaboration.ends_at
    if collaboration.ended_at is not None or (before is not None and before <= at):
        return collaboration
    collaboration.end_at(at, at=now)
    is_over = at <= now
    if is_over:
        collaboration.end(EndedBy.LAPSED, by=None, at=at)
    said = {"before": {"ends_at": iso(before)}, "after": {"ends_at": iso(at)}}
    report("access.ends_with_job", collaboration, by=by, **said, ends_at=at.isoformat(), is_over=int(is_over))
    if is_over:
        close_more(collaboration, at=at)
    return collaboration


@transaction.atomic
def revoke(collaboration: Collaboration, *, by: User) -> Collaboration:
    """The store ends it, at this moment. Raises NotAllowed, OwnPartner, TransitionNotAllowed (it is over)."""
    partner, store = lock_parents(collaboration)
    require_decider(by, store, partner)
    return end_now(lock_collaboration(collaboration, partner, store), how=EndedBy.REVOKED, by=by)


@transaction.atomic
def leave(collaboration: Collaboration, *, by: User) -> Collaboration:
    """The partner ends it, at this moment. Raises NotAllowed, TransitionNotAllowed (it is over)."""
    partner, store = lock_parents(collaboration)
    require_in_team(by, TeamPermission.MANAGE_STORES, partner)
    return end_now(lock_collaboration(collaboration, partner, store), how=EndedBy.LEFT, by=by)


def end_now(collaboration: Collaboration, *, how: Collaboration.EndedBy, by: User, **why: str) -> Collaboration:
    """The row must be locked. `why` stands in the activity: a review."""
    if collaboration.ended_how == how and collaboration.ended_by_id == by.pk:
        return collaboration  # the same decision said twice
    collaboration.require_active()
    collaboration.end(how, by=by, at=timezone.now())
    before = terms(collaboration.permissions, collaboration.ends_at)
    report(f"access.{how}", collaboration, by=by, before=before, after=why)
    close_more(collaboration, at=collaboration.ended_at or timezone.now())
    return collaboration
