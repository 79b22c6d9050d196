"""Development stores: those of a partner, and what is offered to a merchant."""

from http import HTTPStatus
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import IDEMPOTENCY_KEY, After, Endpoint, paged
from partners.models import Partner
from partners.pages import enter
from partners.permissions import TeamPermission
from stores import actions
from stores.development import stores_built_by
from stores.handover_serializers import (
    DevelopmentStoreSerializer,
    HandoverAcceptanceSerializer,
    HandoverSerializer,
    NewDevelopmentStoreSerializer,
    NewHandoverSerializer,
    OfferedStoreSerializer,
)
from stores.models import HandoverOffer, Store
from stores.serializers import StoreSerializer

NOTHING = {HTTPStatus.NO_CONTENT: None}


class _Built(Endpoint):
    def partner(self, slug: str) -> Partner:
        return enter(self.request, slug, TeamPermission.MANAGE_STORES)

    def built(self, slug: str, public_id: UUID) -> Store:
        return get_object_or_404(stores_built_by(self.partner(slug)), public_id=public_id)


@extend_schema(tags=["Development stores"])
class DevelopmentStores(_Built):
    @extend_schema(
        operation_id="development_stores",
        summary="Stores that the partner builds or built",
        parameters=[After],
        responses=paged(DevelopmentStoreSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Newest first. For owners, and members with Manage stores."""
        return self.listed(self.page(stores_built_by(self.partner(slug))), DevelopmentStoreSerializer)

    @extend_schema(
        operation_id="development_store_build",
        summary="Build a development store",
        parameters=[IDEMPOTENCY_KEY],
        request=NewDevelopmentStoreSerializer,
        responses={HTTPStatus.CREATED: DevelopmentStoreSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Nobody owns it: the partner's people may do everything there until it is handed over."""
        partner = self.partner(slug)
        body = self.body(NewDevelopmentStoreSerializer)

        def build():
            store = actions.build_store(partner, **body, by=self.me)
            shown = stores_built_by(partner).get(pk=store.pk)
            return HTTPStatus.CREATED, DevelopmentStoreSerializer(shown).data

        return self.answer_once(build)


@extend_schema(tags=["Development stores"])
class DevelopmentStore(_Built):
    @extend_schema(
        operation_id="development_store", summary="One development store", responses=DevelopmentStoreSerializer
    )
    def get(self, request: Request, slug: str, public_id: UUID) -> Response:
        """How it stands: being built, offered, handed over."""
        return Response(DevelopmentStoreSerializer(self.built(slug, public_id)).data)


@extend_schema(tags=["Development stores"])
class Handover(_Built):
    @extend_schema(
        operation_id="handover_offer",
        summary="Offer a development store to a merchant",
        parameters=[IDEMPOTENCY_KEY],
        request=NewHandoverSerializer,
        responses={HTTPStatus.CREATED: HandoverSerializer},
    )
    def post(self, request: Request, slug: str, public_id: UUID) -> Response:
        """They get a link by mail. Not for tokens: it needs a sign-in of the last five minutes."""
        store = self.built(slug, public_id)
        body = self.body(NewHandoverSerializer)
        self.require_renewed()

        def offer():
            made = actions.offer_handover(store, **body, by=self.me)
            return HTTPStatus.CREATED, HandoverSerializer(made).data

        return self.answer_once(offer)

    @extend_schema(operation_id="handover_take_back", summary="Take an offer back", responses=NOTHING)
    def delete(self, request: Request, slug: str, public_id: UUID) -> Response:
        """The latest one, if it was not answered. Not for tokens: it needs a sign-in of the last five minutes."""
        store = self.built(slug, public_id)
        self.require_renewed()
        if offer := store.handover_offers.order_by("-pk").first():
            actions.take_back_handover(offer, by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)


class _Offered(Endpoint):
    def offered(self, token: str) -> HandoverOffer:
        rows = HandoverOffer.objects.select_related("store", "partner", "invited_by")
        return get_object_or_404(rows.with_token(token))


@extend_schema(tags=["Development stores"])
class OfferedStore(_Offered):
    @extend_schema(operation_id="handover", summary="What a partner hands over to me", responses=OfferedStoreSerializer)
    def get(self, request: Request, token: str) -> Response:
        """With the token of the link in the mail; only for the verified address that was invited, while it is open."""
        offer = self.offered(token)
        offer.require_open_to(self.me)
        return Response(OfferedStoreSerializer(offer).data)


@extend_schema(tags=["Development stores"])
class HandoverAcceptance(_Offered):
    @extend_schema(
        operation_id="handover_accept",
        summary="Become the owner of a store that is handed over to me",
        request=HandoverAcceptanceSerializer,
        responses={HTTPStatus.CREATED: StoreSerializer},
    )
    def post(self, request: Request, token: str) -> Response:
        """With what the partner keeps. Not for tokens: it needs a sign-in of the last five minutes."""
        offer = self.offered(token)
        self.require_renewed()
        if offer.accepted_by_id != self.me.pk:
            offer.require_open_to(self.me)
        body = self.body(HandoverAcceptanceSerializer, zone=offer.store.time_zone)
        store = actions.accept_handover(offer, **body, by=self.me)
        return Response(StoreSerializer(store, context={"me": self.me}).data, status=HTTPStatus.CREATED)


@extend_schema(tags=["Development stores"])
class HandoverRefusal(_Offered):
    @extend_schema(operation_id="handover_decline", summary="Decline a store", request=None, responses=NOTHING)
    def post(self, request: Request, token: str) -> Response:
        """The partner is told."""
        actions.decline_handover(self.offered(token), by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)
