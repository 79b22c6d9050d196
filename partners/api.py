from http import HTTPStatus

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import After, Endpoint, paged
from partners import actions
from partners.models import Partner
from partners.pages import enter
from partners.serializers import NewPartnerSerializer, PartnerSerializer


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
