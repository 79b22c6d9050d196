"""The store invites an expert: its yes goes ahead of the question."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import invitations
from accounts.errors import NotAllowed
from accounts.invitations import InvitationClosed
from accounts.models import User
from collaborators import conversations
from collaborators.actions.clock import lapse_due
from collaborators.actions.records import report, terms
from collaborators.actions.requests import refuse_what_is_known
from collaborators.actions.steps import chosen, require_decider, require_held
from collaborators.errors import AlreadyCollaborating
from collaborators.models import (
    ANSWER_WITHIN,
    AccessRequest,
    Collaboration,
    Conversation,
    ExpertInvitation,
    PartnerBlock,
)
from notifications import events
from partners.actions import require as require_in_team
from partners.models import Partner
from partners.permissions import TeamPermission
from stores import access, activity
from stores.actions import require_from_outside
from stores.ends import end_of
from stores.errors import GrantsMoreThanHeld
from stores.models import Store
from stores.permissions import in_order

Status = AccessRequest.Status


@dataclass(frozen=True)
class Wanted:
    """What somebody takes in place of what is offered: less is theirs at once, more is asked for."""

    permissions: Collection[str]
    ends_on: date | None  # None: no end date
    message: str = ""


@transaction.atomic
def invite_expert(
    store: Store, *, email: str, permissions: Collection[str], ends_on: date | None, note: str = "", by: User
) -> ExpertInvitation:
    """Offer access to whoever has this address, known here or not, until the end of `ends_on` (None: open end).

    Raises NotAllowed, DevelopmentStore, PermissionsRefused, EndsInThePast, AlreadyInStore, TooLongAddress,
    AlreadyInvited, TooManyInvitations.
    """
    store = Store.objects.lock(store.pk)
    access.require(by, "users.manage", store)
    access.require_owned(store)
    require_from_outside(store, email)
    offered = chosen(permissions)
    require_held(by, store, offered)
    ends_at = end_of(ends_on, store)
    invitation: ExpertInvitation = invitations.send(
        ExpertInvitation.objects.filter(store=store),
        email=email,
        by=by,
        store=store,
        permissions=offered,
        ends_at=ends_at,
        note=note,
    )
    after = {"email": invitation.email, **terms(offered, ends_at)}
    entry = activity.record(store, "expert.invited", by=by, after=after)
    events.post(
        "expert.invited",
        dedupe_key=f"activity:{entry.pk}",
        by=by,
        store=store.pk,
        expert_invitation=invitation.pk,
    )
    return invitation


@transaction.atomic
def take_back_expert_invitation(invitation: ExpertInvitation, *, by: User) -> ExpertInvitation:
    """End an invitation; its link says so. Raises NotAllowed, InvitationClosed (somebody used it)."""
    store = Store.objects.lock(invitation.store_id)
    access.require(by, "users.manage", store)
    invitation = _lock(invitation)
    if invitation.accepted_at:
        sentence = _("%(person)s used this invitation already, for %(partner)s.")
        raise InvitationClosed(sentence % {"person": invitation.accepted_by, "partner": invitation.partner})
    if invitation.is_open:
        invitation.take_back()
        activity.record(store, "expert.taken_back", by=by, before={"email": invitation.email})
    return invitation


@transaction.atomic
def accept_expert_invitation(
    invitation: ExpertInvitation, *, partner: Partner, wanted: Wanted | None = None, by: User
) -> ExpertInvitation:
    """Use it for a partner, as it is offered or as `wanted`. It leads to a collaboration, at once and without any code.

    What goes beyond the offer, and what the inviter could no longer grant, leads to a pending request instead.

    Raises NotAllowed, InvitationClosed (somebody else's, used, taken back, too old, or its access would be over),
    PermissionsRefused, EndsInThePast, AlreadyCollaborating, AlreadyAsked, AskedTooSoon, TooManyPending.
    """
    partner, store = Partner.objects.lock(partner.pk), Store.objects.lock(invitation.store_id)
    require_in_team(by, TeamPermission.MANAGE_STORES, partner)
    now = timezone.now()
    lapse_due(partner, store, now=now)
    between = {"partner": partner, "store": store}
    pending = AccessRequest.objects.filter(**between, status=Status.PENDING).select_for_update(of=("self",)).first()
    invitation = _lock(invitation)
    is_repeat = (invitation.accepted_by_id, invitation.partner_id) == (by.pk, partner.pk)
    if not is_repeat:
        invitation.require_open_to(by)
    permissions, ends_at = _terms(invitation, wanted, store)
    if is_repeat:
        if _led_to_these(invitation, permissions, ends_at):
            return invitation  # the same answer said twice
        invitation.require_open_to(by)
    require_welcome(partner, store)
    if Collaboration.objects.filter(**between, ended_at=None).exists():
        raise AlreadyCollaborating
    if invitation.covers(permissions, ends_at) and _could_still_grant(invitation, partner, store):
        if pending:  # the yes to the invitation settles it: the store has nothing left to decide
            pending.decide(Status.WITHDRAWN, by=by, at=now)
            report("access.withdrawn", pending, by=by)
        talk = (pending and pending.conversation) or conversations.start(store, partner)
        _grant(invitation, partner, store, talk, permissions=permissions, ends_at=ends_at, by=by, now=now)
        return invitation
    refuse_what_is_known(partner, store, None, now=now)  # the store's own limit is for those whom it did not invite
    message = wanted.message if wanted else ""
    _ask(invitation, partner, store, permissions=permissions, ends_at=ends_at, message=message, by=by, now=now)
    return invitation


def require_welcome(partner: Partner, store: Store) -> None:
    """Raise InvitationClosed for a partner that the store has blocked. Both are locked.

    Whoever invited an address did not know for whom it would be used; blocking was meant for this partner.
    """
    if PartnerBlock.objects.filter(partner=partner, store=store).exists():
        sentence = _("This invitation cannot be used for %(partner)s. Ask whoever invited you.")
        raise InvitationClosed(sentence % {"partner": partner})


def _lock(invitation: ExpertInvitation) -> ExpertInvitation:
    rows = ExpertInvitation.objects.select_for_update(of=("self",))
    related = rows.select_related("store", "invited_by", "accepted_by", "partner", "collaboration", "access_request")
    return related.get(pk=invitation.pk)


def _terms(invitation: ExpertInvitation, wanted: Wanted | None, store: Store) -> tuple[list[str], datetime | None]:
    if wanted is None:
        return in_order(invitation.permissions), invitation.ends_at
    return chosen(wanted.permissions), end_of(wanted.ends_on, store)


def _led_to_these(invitation: ExpertInvitation, permissions: list[str], ends_at: datetime | None) -> bool:
    led_to = invitation.led_to
    return led_to is not None and (in_order(led_to.permissions), led_to.ends_at) == (permissions, ends_at)


def _could_still_grant(invitation: ExpertInvitation, partner: Partner, store: Store) -> bool:
    """Whether the one who invited could give all of it to this partner now."""
    try:
        require_decider(invitation.invited_by, store, partner)
        require_held(invitation.invited_by, store, invitation.permissions)
    except (NotAllowed, GrantsMoreThanHeld):
        return False
    return True


def _grant(
    invitation: ExpertInvitation,
    partner: Partner,
    store: Store,
    conversation: Conversation,
    *,
    permissions,
    ends_at,
    by: User,
    now: datetime,
) -> None:
    collaboration = Collaboration.objects.create(
        partner=partner,
        store=store,
        permissions=permissions,
        since=now,
        granted_by=invitation.invited_by,
        ends_at=ends_at,
        conversation=conversation,
    )
    invitation.accept(by, partner=partner, collaboration=collaboration)
    report(
        "expert.accepted",
        collaboration,
        by=by,
        before=terms(invitation.permissions, invitation.ends_at),
        after=terms(permissions, ends_at),
        expert_invitation=invitation.pk,
    )


def _ask(
    invitation: ExpertInvitation,
    partner: Partner,
    store: Store,
    *,
    permissions,
    ends_at,
    message: str,
    by: User,
    now: datetime,
) -> None:
    access_request = AccessRequest.objects.create(
        partner=partner,
        store=store,
        typed_address=store.handle,  # the invitation named the store
        permissions=permissions,
        ends_at=ends_at,
        message=message,
        asked_by=by,
        asked_at=now,
        expires_at=now + ANSWER_WITHIN,
        conversation=conversations.for_request(store, partner),
    )
    invitation.accept(by, partner=partner, access_request=access_request)
    report("access.requested", access_request, by=by, after={**terms(permissions, ends_at), "invited": True})
