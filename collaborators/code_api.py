"""The code, its path, and whom a store does not want to hear from."""

from datetime import UTC, datetime
from http import HTTPStatus
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import After, Endpoint, paged
from accounts.sessions import confirmed_at
from collaborators import actions
from collaborators.code_views import current_code
from collaborators.errors import UnknownHere
from collaborators.models import PartnerBlock
from collaborators.serializers import BlockSerializer, CodeFactsSerializer, CodeSerializer, NewBlockSerializer
from partners.models import Partner
from stores.models import Store
from stores.pages import enter

NOTHING = {HTTPStatus.NO_CONTENT: None}


class _Code(Endpoint):
    def look_at_code(self, store: Store, status: HTTPStatus) -> Response:
        """The digits, and a row in the activity that says who saw them."""
        since = datetime.fromtimestamp(confirmed_at(self.request), UTC)
        return Response(CodeSerializer(actions.note_shown(store, since=since, by=self.me)).data, status=status)


@extend_schema(tags=["Access, for stores"])
class Code(_Code):
    @extend_schema(operation_id="code", summary="Who made the code, and does it work", responses=CodeFactsSerializer)
    def get(self, request: Request, handle: str) -> Response:
        """About today's collaborator request code, without its digits. For those who hold `users.manage`."""
        return Response(CodeFactsSerializer(current_code(enter(request, handle, "users.manage"))).data)

    @extend_schema(
        operation_id="code_make",
        summary="Make a new code",
        request=None,
        responses={HTTPStatus.CREATED: CodeSerializer},
    )
    def post(self, request: Request, handle: str) -> Response:
        """Ends the old code at once. Not for tokens: it needs a sign-in of the last five minutes."""
        store = enter(request, handle, "users.manage")
        self.require_renewed()
        actions.make_code(store, by=self.me)
        return self.look_at_code(store, HTTPStatus.CREATED)


@extend_schema(tags=["Access, for stores"])
class CodeDisplay(_Code):
    @extend_schema(operation_id="code_display", summary="Show the code", request=None, responses=CodeSerializer)
    def post(self, request: Request, handle: str) -> Response:
        """Today's digits. Leaves a row in the store's activity. Not for tokens: it needs a sign-in of the last five
        minutes."""
        store = enter(request, handle, "users.manage")
        self.require_renewed()
        return self.look_at_code(store, HTTPStatus.OK)


@extend_schema(tags=["Access, for stores"])
class CodeOpening(_Code):
    @extend_schema(
        operation_id="code_path_reopen",
        summary="New code and reopen",
        request=None,
        responses={HTTPStatus.CREATED: CodeSerializer},
    )
    def post(self, request: Request, handle: str) -> Response:
        """After too many wrong codes. A second time within 365 days for the owner only: each time allows four more
        guesses at 10,000 codes. Not for tokens: it needs a sign-in of the last five minutes."""
        store = enter(request, handle, "users.manage")
        self.require_renewed()
        actions.reopen_code_path(store, by=self.me)
        return self.look_at_code(store, HTTPStatus.CREATED)


# --- Whom the store blocks -------------------------------------------------------------------------------------------


class _Blocks(Endpoint):
    def blocks_of(self, store: Store) -> QuerySet[PartnerBlock]:
        rows = PartnerBlock.objects.visible_to(self.me).filter(store=store)
        return rows.select_related("partner", "blocked_by")


@extend_schema(tags=["Access, for stores"])
class Blocks(_Blocks):
    @extend_schema(
        operation_id="blocks", summary="Whom the store blocks", parameters=[After], responses=paged(BlockSerializer)
    )
    def get(self, request: Request, handle: str) -> Response:
        """Partners that may not ask, newest first. For those who hold `users.manage`."""
        return self.listed(self.page(self.blocks_of(enter(request, handle, "users.manage"))), BlockSerializer)

    @extend_schema(
        operation_id="block",
        summary="Block a partner",
        request=NewBlockSerializer,
        responses={HTTPStatus.CREATED: BlockSerializer},
    )
    def post(self, request: Request, handle: str) -> Response:
        """No new request of it reaches you; access and requests that it has go on. It is not told."""
        store = enter(request, handle, "users.manage")
        slug = self.body(NewBlockSerializer)["partner"]
        known = Partner.objects.filter(Q(access_requests__store=store) | Q(collaborations__store=store))
        partner = known.filter(slug=slug).first()
        if partner is None:
            raise UnknownHere
        row = actions.block(store, partner, by=self.me)
        return Response(BlockSerializer(self.blocks_of(store).get(pk=row.pk)).data, status=HTTPStatus.CREATED)


@extend_schema(tags=["Access, for stores"])
class Block(_Blocks):
    @extend_schema(operation_id="block_lift", summary="Let a partner ask again", responses=NOTHING)
    def delete(self, request: Request, handle: str, public_id: UUID) -> Response:
        """For those who hold `users.manage`."""
        store = enter(request, handle, "users.manage")
        actions.unblock(get_object_or_404(self.blocks_of(store), public_id=public_id), by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)
