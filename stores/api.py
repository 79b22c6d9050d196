from datetime import datetime
from http import HTTPStatus

from django.http import Http404
from drf_spectacular.utils import OpenApiExample, PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import After, Endpoint, paged
from accounts.errors import TwoStepRequired
from stores import access, actions
from stores.errors import NoSuchPermission
from stores.models import Store
from stores.pages import enter
from stores.permissions import PERMISSIONS
from stores.serializers import (
    ASKED_PERMISSION,
    AskedPermission,
    MayISerializer,
    MyAccessSerializer,
    NewStoreSerializer,
    PermissionSerializer,
    StoreSerializer,
)


@extend_schema(tags=["Stores"])
class Stores(Endpoint):
    @extend_schema(operation_id="stores", summary="My stores", parameters=[After], responses=paged(StoreSerializer))
    def get(self, request: Request) -> Response:
        """The stores in which I may do anything at all now: as owner, staff or collaborator. Newest first."""
        return self.listed(self.page(Store.objects.visible_to(self.me)), StoreSerializer, me=self.me)

    @extend_schema(
        operation_id="store_open",
        summary="Open a store",
        request=NewStoreSerializer,
        responses={HTTPStatus.CREATED: StoreSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make a store. Whoever makes it owns it."""
        store = actions.open_store(**self.body(NewStoreSerializer), by=self.me)
        return Response(StoreSerializer(store, context={"me": self.me}).data, status=HTTPStatus.CREATED)


@extend_schema(tags=["Stores"])
class OneStore(Endpoint):
    @extend_schema(operation_id="store", summary="One store", responses=StoreSerializer)
    def get(self, request: Request, handle: str) -> Response:
        """A store in which I may do something."""
        return Response(StoreSerializer(enter(request, handle), context={"me": self.me}).data)


UNTIL = "2027-03-31T22:00:00Z"


@extend_schema(tags=["Stores"])
class Access(Endpoint):
    @extend_schema(
        operation_id="store_access",
        summary="May I?",
        parameters=[ASKED_PERMISSION],
        examples=[
            OpenApiExample("One permission", response_only=True, value={"allowed": True, "until": UNTIL}),
            OpenApiExample(
                "Everything",
                response_only=True,
                value={"permissions": [{"permission": "orders.view", "until": UNTIL}]},
            ),
        ],
        responses=PolymorphicProxySerializer(
            "Access", [MayISerializer, MyAccessSerializer], resource_type_field_name=None
        ),
    )
    def get(self, request: Request, handle: str) -> Response:
        """Whether I may do one thing in this store at this moment, and until when; or everything I may do.

        Ask before each use: an access that was changed or revoked is answered differently at that moment.
        """
        asked = self.query(AskedPermission).get("permission")
        if asked is not None and asked not in PERMISSIONS:
            raise NoSuchPermission
        try:
            store = enter(request, handle)
        except TwoStepRequired:  # who is shut out may do nothing, and hears why when they look themselves
            if asked is None:
                raise
            return Response(MayISerializer({"allowed": False, "until": None}).data)
        held = _held(access.grants_of(self.me, store))
        if asked is not None:
            return Response(MayISerializer({"allowed": asked in held, "until": held.get(asked)}).data)
        if not held:  # it ended between the door and here
            raise Http404
        permissions = [{"permission": key, "until": held[key]} for key in PERMISSIONS if key in held]
        return Response(MyAccessSerializer({"permissions": permissions}).data)


def _held(grants: list[tuple[frozenset[str], datetime | None]]) -> dict[str, datetime | None]:
    """Each permission with the end of the grant that lasts longest; None: no end."""
    held: dict[str, datetime | None] = {}
    for keys, until in grants:
        for key in keys:
            before = held.get(key, until)
            held[key] = max(before, until) if before and until else None
    return held


@extend_schema(tags=["Stores"])
class Permissions(Endpoint):
    @extend_schema(
        operation_id="permissions",
        summary="What somebody may do in a store",
        responses=PermissionSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The whole table: keys, words, why some are sensitive, and what requires what."""
        return Response(PermissionSerializer(PERMISSIONS.values(), many=True).data)
