"""Expert invitations: the store's side, then whoever was invited."""

from http import HTTPStatus
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import After, Endpoint, paged
from accounts.zones import last_day
from collaborators import actions
from collaborators.api import Granting
from collaborators.errors import NotYourPartner
from collaborators.invitation_serializers import (
    ExpertAcceptanceSerializer,
    ExpertAcceptedSerializer,
    ExpertInvitationSerializer,
    ExpertOfferSerializer,
    NewExpertInvitationSerializer,
)
from collaborators.models import ExpertInvitation
from partners.models import Partner
from stores.models import Store
from stores.pages import enter as enter_store


class _ExpertInvitations(Endpoint):
    def invitations_of(self, store: Store) -> QuerySet[ExpertInvitation]:
        rows = ExpertInvitation.objects.visible_to(self.me).filter(store=store)
        return rows.select_related("store", "invited_by", "accepted_by", "partner", "collaboration", "access_request")


@extend_schema(tags=["Access, for stores"])
class ExpertInvitations(_ExpertInvitations, Granting):
    @extend_schema(
        operation_id="expert_invitations",
        summary="Which experts are invited",
        parameters=[After],
        responses=paged(ExpertInvitationSerializer),
    )
    def get(self, request: Request, handle: str) -> Response:
        """Every invitation there ever was, newest first, and whether it was used. For those who hold `users.manage`."""
        rows = self.invitations_of(enter_store(request, handle, "users.manage"))
        return self.listed(self.page(rows), ExpertInvitationSerializer)

    @extend_schema(
        operation_id="expert_invite",
        summary="Invite an expert",
        request=NewExpertInvitationSerializer,
        responses={HTTPStatus.CREATED: ExpertInvitationSerializer},
    )
    def post(self, request: Request, handle: str) -> Response:
        """They get a personal link by mail. It is the store's yes: accepted as offered, they may enter at once.

        With sensitive permissions it needs a sign-in of the last five minutes, which no token is.
        """
        store = enter_store(request, handle, "users.manage")
        offered = self.body(NewExpertInvitationSerializer, zone=store.time_zone)
        self.renew_for(offered["permissions"])
        invitation = actions.invite_expert(store, **offered, by=self.me)
        return Response(ExpertInvitationSerializer(invitation).data, status=HTTPStatus.CREATED)


@extend_schema(tags=["Access, for stores"])
class OneExpertInvitation(_ExpertInvitations):
    @extend_schema(
        operation_id="expert_invitation", summary="One expert invitation", responses=ExpertInvitationSerializer
    )
    def get(self, request: Request, handle: str, public_id: UUID) -> Response:
        """What is offered to whom, and what became of it."""
        rows = self.invitations_of(enter_store(request, handle, "users.manage"))
        return Response(ExpertInvitationSerializer(get_object_or_404(rows, public_id=public_id)).data)

    @extend_schema(
        operation_id="expert_invitation_take_back",
        summary="Take an expert invitation back",
        responses={HTTPStatus.NO_CONTENT: None},
    )
    def delete(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Its link says so. One that was used stays as it is: revoke the access instead."""
        rows = self.invitations_of(enter_store(request, handle, "users.manage"))
        actions.take_back_expert_invitation(get_object_or_404(rows, public_id=public_id), by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)


class _Offered(Endpoint):
    def offered(self, token: str) -> ExpertInvitation:
        """Raises InvitationClosed: somebody else's, used, taken back, too old."""
        rows = ExpertInvitation.objects.select_related("store", "invited_by")
        return get_object_or_404(rows.with_token(token))


@extend_schema(tags=["Access, for partners"])
class ExpertOffer(_Offered):
    @extend_schema(operation_id="expert_offer", summary="What a store offers me", responses=ExpertOfferSerializer)
    def get(self, request: Request, token: str) -> Response:
        """With the token of the link in the mail; only for the verified address that was invited, while it is open."""
        invitation = self.offered(token)
        invitation.require_open_to(self.me)
        return Response(ExpertOfferSerializer(invitation).data)


@extend_schema(tags=["Access, for partners"])
class ExpertAcceptance(_Offered):
    @extend_schema(
        operation_id="expert_invitation_accept",
        summary="Accept what a store offers me",
        request=ExpertAcceptanceSerializer,
        responses={HTTPStatus.CREATED: ExpertAcceptedSerializer},
    )
    def post(self, request: Request, token: str) -> Response:
        """For one of my partners, and once. All or less of what is offered is access at once; more is a request."""
        invitation = self.offered(token)
        if invitation.accepted_by_id != self.me.pk:
            invitation.require_open_to(self.me)
        zone = invitation.store.time_zone
        chosen = self.body(ExpertAcceptanceSerializer, zone=zone)
        partner = Partner.objects.visible_to(self.me).filter(slug=chosen["partner"]).first()
        if partner is None:
            raise NotYourPartner
        offered_day = last_day(invitation.ends_at, zone) if invitation.ends_at else None
        wanted = actions.Wanted(
            permissions=chosen.get("permissions", invitation.permissions),
            ends_on=chosen.get("ends_on", offered_day),
            message=chosen["message"],
        )
        accepted = actions.accept_expert_invitation(invitation, partner=partner, wanted=wanted, by=self.me)
        return Response(ExpertAcceptedSerializer(accepted).data, status=HTTPStatus.CREATED)
