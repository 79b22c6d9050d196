"""What people do with partners and their teams."""

from collections.abc import Collection

from django.db import IntegrityError, transaction

from accounts.errors import NotAllowed
from accounts.models import User
from notifications import events
from partners.errors import AlreadyInTeam, SlugTaken
from partners.models import Membership, Partner
from partners.permissions import TeamPermission


def require(user: User, permission: str, partner: Partner) -> Membership:
    """The user's membership if it holds `permission` now, else NotAllowed. Call it once the partner is locked."""
    membership = partner.membership_of(user)
    if membership is None or not membership.may(permission):
        raise NotAllowed
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
def add_member(partner: Partner, *, user: User, permissions: Collection[str], by: User) -> Membership:
    """Put `user` into the team. Nobody grants what they lack. Raises NotAllowed, AlreadyInTeam."""
    partner = Partner.objects.lock(partner.pk)
    granter = require(by, TeamPermission.MANAGE_TEAM, partner)
    if not all(granter.may(permission) for permission in permissions):
        raise NotAllowed
    try:
        with transaction.atomic():
            membership = Membership.objects.create(partner=partner, user=user, permissions=sorted(permissions))
    except IntegrityError as error:
        if "membership_once_per_person" in str(error):
            raise AlreadyInTeam from error
        raise
    events.post("team.joined", dedupe_key=f"membership:{membership.pk}", by=by, partner=partner.pk, person=user.pk)
    return membership
