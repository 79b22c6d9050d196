"""What people do with partners and their teams. Whatever changes a team locks the partner."""

from collections.abc import Collection
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import invitations, two_step
from accounts.errors import NotAllowed, TwoStepFirst
from accounts.invitations import InvitationClosed
from accounts.models import User
from notifications import events
from partners.errors import AlreadyInTeam, GrantsMoreThanHeldInTeam, LastOwner, NoLongerInTeam, OnlyOwners, SlugTaken
from partners.models import Membership, Partner, TeamInvitation
from partners.permissions import TeamPermission


def require(user: User, permission: str, partner: Partner) -> Membership:
    """The user's membership if it holds `permission` now, else NotAllowed. Call it once the partner is locked."""
    membership = partner.membership_of(user)
    if membership is None or not membership.may(permission):
        raise NotAllowed
    two_step.require(user, asked_by=partner.name, asked=partner.requires_two_step)
    return membership


@transaction.atomic
def found_partner(*, name: str, slug: str, by: User) -> Partner:
    """A new partner with `by` as its first owner. Raises SlugTaken."""
    try:
        with transaction.atomic():
            partner = Partner.objects.create(name=name, slug=slug)
    except IntegrityError as error:
        if "partner_slug_once" in str(error):
            raise SlugTaken from error
        raise
    Membership.objects.create(partner=partner, user=by, is_owner=True)
    return partner


@transaction.atomic
def require_two_step(partner: Partner, *, required: bool, by: User) -> Partner:
    """Ask everybody in the team for two-step sign-in, or no longer, from their next request on. Only somebody who has
    it asks for it: nobody locks themselves out. Raises NotAllowed, TwoStepFirst."""
    partner = Partner.objects.lock(partner.pk)
    require(by, TeamPermission.MANAGE_TEAM, partner)
    if required and not two_step.has_two_step(by):
        raise TwoStepFirst
    if partner.requires_two_step != required:
        partner.requires_two_step = required
        partner.save(update_fields=["requires_two_step"])
        events.post("team.two_step", dedupe_key=str(uuid4()), by=by, partner=partner.pk, required=int(required))
    return partner


# --- Invitations ----------------------------------------------------------------------------------------------------


@transaction.atomic
def invite(
    partner: Partner, *, email: str, permissions: Collection[str], is_owner: bool = False, by: User
) -> TeamInvitation:
    """Offer a place in the team to an address. Nobody grants what they lack.

    Raises NotAllowed, OnlyOwners, GrantsMoreThanHeldInTeam, AlreadyInTeam, AlreadyInvited, TooManyInvitations.
    """
    partner = Partner.objects.lock(partner.pk)
    granter = require(by, TeamPermission.MANAGE_TEAM, partner)
    _require_may_grant(granter, permissions, is_owner=is_owner)
    if partner.memberships.filter(user__email=email.lower()).exists():
        raise AlreadyInTeam
    invitation = invitations.send(
        TeamInvitation.objects.filter(partner=partner),
        email=email,
        by=by,
        partner=partner,
        is_owner=is_owner,
        permissions=_said(permissions, is_owner=is_owner),
    )
    events.post(
        "team.invited",
        dedupe_key=f"invitation:{invitation.pk}",
        by=by,
        partner=partner.pk,
        team_invitation=invitation.pk,
    )
    return invitation


@transaction.atomic
def take_back_invitation(invitation: TeamInvitation, *, by: User) -> TeamInvitation:
    """End an invitation; its link says so. Raises NotAllowed, InvitationClosed (somebody joined with it)."""
    partner = Partner.objects.lock(invitation.partner_id)
    require(by, TeamPermission.MANAGE_TEAM, partner)
    invitation = TeamInvitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if invitation.accepted_at:
        raise InvitationClosed(_("Somebody joined with this invitation already."))
    if not invitation.taken_back_at:
        invitation.take_back()
    return invitation


@transaction.atomic
def accept_invitation(invitation: TeamInvitation, *, by: User) -> Membership:
    """Join the team with what was offered, if whoever offered it could still do so.

    Raises InvitationClosed (somebody else's, used, taken back, too old), AlreadyInTeam.
    """
    partner = Partner.objects.lock(invitation.partner_id)
    invitation = TeamInvitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    member = partner.membership_of(by)
    if member and invitation.accepted_by_id == by.pk:
        return member  # the same answer said twice
    invitation.require_open_to(by)
    if member:
        raise AlreadyInTeam(_("You are in this team already."))
    if not _could_still_offer(invitation, partner):
        raise InvitationClosed(_("Whoever invited you can no longer offer this. Ask the team for a new invitation."))
    invitation.accept(by)
    membership = Membership.objects.create(
        partner=partner, user=by, is_owner=invitation.is_owner, permissions=invitation.permissions
    )
    events.post(
        "team.joined",
        dedupe_key=f"membership:{membership.pk}",
        by=by,
        partner=partner.pk,
        person=by.pk,
        invited_by=invitation.invited_by_id,
    )
    return membership


def _could_still_offer(invitation: TeamInvitation, partner: Partner) -> bool:
    granter = partner.membership_of(invitation.invited_by)
    return (
        granter is not None
        and invitation.invited_by.is_active
        and granter.may(TeamPermission.MANAGE_TEAM)
        and granter.held >= set(invitation.permissions)
        and (granter.is_owner or not invitation.is_owner)
    )


# --- Members --------------------------------------------------------------------------------------------------------


@transaction.atomic
def change_member(membership: Membership, *, permissions: Collection[str], is_owner: bool, by: User) -> Membership:
    """Say anew what a member may do. Only owners make owners, and change them.

    Raises NotAllowed, NoLongerInTeam, OnlyOwners, GrantsMoreThanHeldInTeam, LastOwner.
    """
    partner = Partner.objects.lock(membership.partner_id)
    granter = require(by, TeamPermission.MANAGE_TEAM, partner)
    membership = _lock_member(membership)
    before = (membership.is_owner, sorted(membership.permissions))
    after = (is_owner, _said(permissions, is_owner=is_owner))
    if after == before:
        return membership
    if membership.is_owner and not granter.is_owner:
        raise OnlyOwners
    _require_may_grant(granter, set(permissions) - membership.held, is_owner=is_owner and not membership.is_owner)
    if membership.is_owner and not is_owner:
        _require_another_owner(partner, membership)
    membership.is_owner, membership.permissions = after
    membership.changes += 1
    membership.save(update_fields=["is_owner", "permissions", "changes"])
    _take_back_what_cannot_be_offered(partner, membership.user)
    events.post(
        "team.changed",
        dedupe_key=f"membership:{membership.pk}:{membership.changes}",
        by=by,
        partner=partner.pk,
        person=membership.user_id,
    )
    return membership


@transaction.atomic
def remove_member(membership: Membership, *, by: User) -> None:
    """Out, on the next request. Only owners remove owners; to go oneself is to leave.

    Raises NotAllowed, NoLongerInTeam, OnlyOwners, LastOwner.
    """
    partner = Partner.objects.lock(membership.partner_id)
    remover = require(by, TeamPermission.MANAGE_TEAM, partner)
    membership = _lock_member(membership)
    if membership.is_owner and not remover.is_owner:
        raise OnlyOwners
    _end(partner, membership, "team.left" if membership.user_id == by.pk else "team.removed", by=by)


@transaction.atomic
def leave_team(partner: Partner, *, by: User) -> None:
    """Go. Raises NoLongerInTeam, LastOwner."""
    partner = Partner.objects.lock(partner.pk)
    membership = partner.membership_of(by)
    if membership is None:
        raise NoLongerInTeam
    _end(partner, membership, "team.left", by=by)


def _end(partner: Partner, membership: Membership, topic: str, *, by: User) -> None:
    if membership.is_owner:
        _require_another_owner(partner, membership)
    person, key = membership.user, membership.pk
    membership.delete()
    _take_back_what_cannot_be_offered(partner, person)
    events.post(topic, dedupe_key=f"membership:{key}", by=by, partner=partner.pk, person=person.pk)


# --- Shared steps ---------------------------------------------------------------------------------------------------


def _said(permissions: Collection[str], *, is_owner: bool) -> list[str]:
    """What is written down: nothing for owners, who hold everything anyway."""
    return [] if is_owner else sorted(set(permissions))


def _lock_member(membership: Membership) -> Membership:
    found = Membership.objects.select_for_update(of=("self",)).filter(pk=membership.pk).first()
    if found is None:
        raise NoLongerInTeam
    return found


def _require_may_grant(granter: Membership, permissions: Collection[str], *, is_owner: bool) -> None:
    if is_owner and not granter.is_owner:
        raise OnlyOwners
    if not granter.held >= set(permissions):
        raise GrantsMoreThanHeldInTeam


def _require_another_owner(partner: Partner, membership: Membership) -> None:
    """Somebody else must be left who owns the partner and can sign in."""
    others = partner.memberships.filter(is_owner=True, user__is_active=True).exclude(pk=membership.pk)
    if not others.exists():
        raise LastOwner


def _take_back_what_cannot_be_offered(partner: Partner, person: User) -> None:
    """Open invitations of somebody who lost what they offered in them."""
    for invitation in TeamInvitation.objects.filter(partner=partner, invited_by=person).unanswered().order_by("pk"):
        if not _could_still_offer(invitation, partner):
            invitation.take_back()
