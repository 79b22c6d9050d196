from http import HTTPStatus
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import After, Endpoint, paged
from partners import actions
from partners.models import Membership, Partner, TeamInvitation
from partners.pages import enter
from partners.permissions import TeamPermission
from partners.serializers import (
    MemberSerializer,
    NewPartnerSerializer,
    NewTeamInvitationSerializer,
    PartnerSerializer,
    RightsSerializer,
    TeamInvitationSerializer,
)


def _shown(request: Request, partner: Partner) -> dict:
    return PartnerSerializer(Partner.objects.with_place_of(request.user).get(pk=partner.pk)).data


@extend_schema(tags=["Partners"])
class Partners(Endpoint):
    @extend_schema(
        operation_id="partners",
        summary="My partners",
        parameters=[After],
        responses=paged(PartnerSerializer),
    )
    def get(self, request: Request) -> Response:
        """The partners whose team I am in, newest first."""
        rows = Partner.objects.visible_to(self.me).with_place_of(self.me)
        return self.listed(self.page(rows), PartnerSerializer)

    @extend_schema(
        operation_id="partner_found",
        summary="Found a partner",
        request=NewPartnerSerializer,
        responses={HTTPStatus.CREATED: PartnerSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make a partner organisation. Whoever makes it is its first owner."""
        partner = actions.found_partner(**self.body(NewPartnerSerializer), by=self.me)
        return Response(_shown(request, partner), status=HTTPStatus.CREATED)


@extend_schema(tags=["Partners"])
class OnePartner(Endpoint):
    @extend_schema(operation_id="partner", summary="One partner", responses=PartnerSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """A partner, and what I may do there."""
        partner = enter(request, slug)
        partner.i_own = request.membership.is_owner  # type: ignore[attr-defined]
        partner.my_permissions = request.membership.permissions  # type: ignore[attr-defined]
        return Response(PartnerSerializer(partner).data)


# --- Team ------------------------------------------------------------------------------------------------------------


class _Members(Endpoint):
    def members_of(self, partner: Partner) -> QuerySet[Membership]:
        return Membership.objects.visible_to(self.me).filter(partner=partner).select_related("user")

    def member(self, partner: Partner, public_id: UUID) -> Membership:
        return get_object_or_404(self.members_of(partner), public_id=public_id)

    @property
    def mine(self) -> Membership:
        """My own place, found at the door."""
        return self.request.membership  # type: ignore[attr-defined]


@extend_schema(tags=["Team"])
class Team(_Members):
    @extend_schema(
        operation_id="team", summary="Who is in the team", parameters=[After], responses=paged(MemberSerializer)
    )
    def get(self, request: Request, slug: str) -> Response:
        """The team, those who joined last on top. For everybody in it."""
        partner = enter(request, slug)
        return self.listed(self.page(self.members_of(partner)), MemberSerializer, mine=self.mine)


@extend_schema(tags=["Team"])
class OneMember(_Members):
    @extend_schema(operation_id="member", summary="One member", responses=MemberSerializer)
    def get(self, request: Request, slug: str, public_id: UUID) -> Response:
        """Somebody in the team, and what they may do."""
        member = self.member(enter(request, slug), public_id)
        return Response(MemberSerializer(member, context={"mine": self.mine}).data)

    @extend_schema(
        operation_id="member_change",
        summary="Change what a member may do",
        request=RightsSerializer,
        responses=MemberSerializer,
    )
    def put(self, request: Request, slug: str, public_id: UUID) -> Response:
        """For those with Manage team. Not for tokens: it needs a sign-in of the last five minutes."""
        member = self.member(enter(request, slug, TeamPermission.MANAGE_TEAM), public_id)
        rights = self.body(RightsSerializer)
        self.require_renewed()
        member = actions.change_member(member, **rights, by=self.me)
        return Response(MemberSerializer(member, context={"mine": self.mine}).data)

    @extend_schema(operation_id="member_remove", summary="Remove a member", responses={HTTPStatus.NO_CONTENT: None})
    def delete(self, request: Request, slug: str, public_id: UUID) -> Response:
        """Out at this moment. Not for tokens: it needs a sign-in of the last five minutes."""
        member = self.member(enter(request, slug, TeamPermission.MANAGE_TEAM), public_id)
        self.require_renewed()
        actions.remove_member(member, by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)


@extend_schema(tags=["Team"])
class TeamDeparture(Endpoint):
    @extend_schema(
        operation_id="team_leave", summary="Leave the team", request=None, responses={HTTPStatus.NO_CONTENT: None}
    )
    def post(self, request: Request, slug: str) -> Response:
        """To come back, somebody has to invite me."""
        actions.leave_team(enter(request, slug), by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)


@extend_schema(tags=["Team"])
class TeamInvitations(Endpoint):
    @extend_schema(
        operation_id="team_invitations",
        summary="Who is invited to the team",
        parameters=[After],
        responses=paged(TeamInvitationSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Invitations that nobody took yet, newest first. For those with Manage team."""
        partner = enter(request, slug, TeamPermission.MANAGE_TEAM)
        rows = TeamInvitation.objects.visible_to(self.me).filter(partner=partner).select_related("invited_by")
        return self.listed(self.page(rows.unanswered(), among=rows), TeamInvitationSerializer)

    @extend_schema(
        operation_id="team_invite",
        summary="Invite somebody to the team",
        request=NewTeamInvitationSerializer,
        responses={HTTPStatus.CREATED: TeamInvitationSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """They get a link by mail. Not for tokens: it needs a sign-in of the last five minutes."""
        partner = enter(request, slug, TeamPermission.MANAGE_TEAM)
        offered = self.body(NewTeamInvitationSerializer)
        self.require_renewed()
        invitation = actions.invite(partner, **offered, by=self.me)
        return Response(TeamInvitationSerializer(invitation).data, status=HTTPStatus.CREATED)


@extend_schema(tags=["Team"])
class OneTeamInvitation(Endpoint):
    @extend_schema(
        operation_id="team_invitation_take_back",
        summary="Take an invitation back",
        responses={HTTPStatus.NO_CONTENT: None},
    )
    def delete(self, request: Request, slug: str, public_id: UUID) -> Response:
        """Its link says so. Not for tokens: it needs a sign-in of the last five minutes."""
        partner = enter(request, slug, TeamPermission.MANAGE_TEAM)
        rows = TeamInvitation.objects.visible_to(self.me).filter(partner=partner)
        invitation = get_object_or_404(rows, public_id=public_id)
        self.require_renewed()
        actions.take_back_invitation(invitation, by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)


@extend_schema(tags=["Team"])
class TeamInvitationAcceptance(Endpoint):
    @extend_schema(
        operation_id="team_invitation_accept",
        summary="Join a team that invited me",
        request=None,
        responses={HTTPStatus.CREATED: PartnerSerializer},
    )
    def post(self, request: Request, token: str) -> Response:
        """With the token of the link in the mail; only for the verified address that was invited, and once."""
        invitation = get_object_or_404(TeamInvitation.objects.with_token(token))
        membership = actions.accept_invitation(invitation, by=self.me)
        return Response(_shown(request, membership.partner), status=HTTPStatus.CREATED)
