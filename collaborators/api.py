"""Access: asking, deciding, changing, ending. The store's side, then the partner's."""

from collections.abc import Iterable
from http import HTTPStatus
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import IDEMPOTENCY_KEY, After, Endpoint, paged
from accounts.networks import network_of
from accounts.once import Answer
from accounts.zones import known_zone
from collaborators import actions
from collaborators.models import AccessRequest, Collaboration, CollaborationUse
from collaborators.models.collaborations import CollaborationQuerySet
from collaborators.serializers import (
    ApprovalSerializer,
    CollaborationFilter,
    CollaborationSerializer,
    EndSerializer,
    NewRequestSerializer,
    PartnerCollaborationSerializer,
    PartnerRequestSerializer,
    PermissionsSerializer,
    PolicySerializer,
    RefusalSerializer,
    RequestFilter,
    StoreRequestSerializer,
)
from partners.models import Partner
from partners.pages import enter as enter_partner
from partners.permissions import TeamPermission
from stores.models import Store
from stores.pages import enter as enter_store
from stores.permissions import PERMISSIONS


class _Requests(Endpoint):
    def requests_of(self, **side: Store | Partner) -> QuerySet[AccessRequest]:
        rows = AccessRequest.objects.visible_to(self.me).filter(**side)
        return rows.select_related("store", "partner", "asked_by", "decided_by", "collaboration", "more_of", "seen_by")

    def one_request(self, public_id: UUID, **side: Store | Partner) -> AccessRequest:
        return get_object_or_404(self.requests_of(**side), public_id=public_id)

    def in_status(self, rows: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
        status = self.query(RequestFilter).get("status")
        return rows.in_status(status) if status else rows  # type: ignore[attr-defined]


def with_everything(rows: CollaborationQuerySet) -> CollaborationQuerySet:
    """With all that an answer shows of a collaboration: two queries, however many rows."""
    people = rows.with_use().select_related("store", "partner", "granted_by", "ended_by", "kept_by")
    users = Prefetch("uses", CollaborationUse.objects.last_users(), to_attr="last_users")
    return people.prefetch_related(users)  # type: ignore[no-redef]


class Collaborations(Endpoint):
    shows: type[PartnerCollaborationSerializer] = CollaborationSerializer

    def collaborations_of(self, **side: Store | Partner) -> CollaborationQuerySet:
        return with_everything(Collaboration.objects.visible_to(self.me).filter(**side))

    def one_collaboration(self, public_id: UUID, **side: Store | Partner) -> Collaboration:
        return get_object_or_404(self.collaborations_of(**side), public_id=public_id)

    def open_or_over(self, rows: QuerySet[Collaboration]) -> QuerySet[Collaboration]:
        active = self.query(CollaborationFilter).get("active")
        if active is None:
            return rows
        return rows.active() if active == "true" else rows.over()  # type: ignore[attr-defined]

    def shown(self, collaboration: Collaboration, status: int = HTTPStatus.OK) -> Response:
        """As it is now, with the rows it names."""
        row = self.collaborations_of(store=collaboration.store, partner=collaboration.partner).get(pk=collaboration.pk)
        return Response(self.shows(row).data, status=status)


# --- The store: who may ask ------------------------------------------------------------------------------------------


@extend_schema(tags=["Access, for stores"])
class Policy(Endpoint):
    @extend_schema(operation_id="policy", summary="Who may ask", responses=PolicySerializer)
    def get(self, request: Request, handle: str) -> Response:
        """Who may ask this store for access. For those who hold `users.manage`."""
        policy = enter_store(request, handle, "users.manage").request_policy
        return Response(PolicySerializer(policy).data)

    @extend_schema(
        operation_id="policy_change",
        summary="Decide who may ask",
        request=PolicySerializer,
        responses=PolicySerializer,
    )
    def put(self, request: Request, handle: str) -> Response:
        """Holds from now on; access that was granted goes on."""
        store = enter_store(request, handle, "users.manage")
        policy = actions.change_policy(store, **self.body(PolicySerializer), by=self.me)
        return Response(PolicySerializer(policy).data)


# --- The store: requests ---------------------------------------------------------------------------------------------


@extend_schema(tags=["Access, for stores"])
class StoreRequests(_Requests):
    @extend_schema(
        operation_id="store_requests",
        summary="Who asked for access",
        parameters=[After, RequestFilter],
        responses=paged(StoreRequestSerializer),
    )
    def get(self, request: Request, handle: str) -> Response:
        """Every access request there ever was, newest first. For those who hold `users.view`."""
        rows = self.requests_of(store=enter_store(request, handle, "users.view"))
        return self.listed(self.page(self.in_status(rows), among=rows), StoreRequestSerializer)


@extend_schema(tags=["Access, for stores"])
class StoreRequest(_Requests):
    @extend_schema(operation_id="store_request", summary="One access request", responses=StoreRequestSerializer)
    def get(self, request: Request, handle: str, public_id: UUID) -> Response:
        """What a partner asks for, and what became of it."""
        store = enter_store(request, handle, "users.view")
        return Response(StoreRequestSerializer(self.one_request(public_id, store=store)).data)


class Granting(Endpoint):
    def renew_for(self, permissions: Iterable[str]) -> None:
        """Personal data, money and code are granted by somebody who showed just now that it is them."""
        if any(PERMISSIONS[key].is_sensitive for key in permissions if key in PERMISSIONS):
            self.require_renewed()


@extend_schema(tags=["Access, for stores"])
class Approval(_Requests, Collaborations, Granting):
    @extend_schema(
        operation_id="request_approve",
        summary="Approve a request",
        request=ApprovalSerializer,
        responses={HTTPStatus.CREATED: CollaborationSerializer},
    )
    def post(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Grant what was asked, or what you make of it. For those who hold `users.manage` and all that they grant.

        With sensitive permissions it needs a sign-in of the last five minutes, which no token is.
        """
        store = enter_store(request, handle, "users.manage")
        access_request = self.one_request(public_id, store=store)
        terms = self.body(ApprovalSerializer, zone=store.time_zone)
        here = Collaboration.objects.active().filter(partner=access_request.partner, store=store).first()
        self.renew_for(set(terms["permissions"]) - set(here.permissions if here else ()))
        return self.shown(actions.approve_request(access_request, **terms, by=self.me), HTTPStatus.CREATED)


@extend_schema(tags=["Access, for stores"])
class Refusal(_Requests):
    @extend_schema(
        operation_id="request_decline",
        summary="Decline a request",
        request=RefusalSerializer,
        responses=StoreRequestSerializer,
    )
    def post(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Say no, with a reason if you like. For those who hold `users.manage`."""
        store = enter_store(request, handle, "users.manage")
        access_request = self.one_request(public_id, store=store)
        actions.decline_request(access_request, **self.body(RefusalSerializer), by=self.me)
        return Response(StoreRequestSerializer(self.one_request(public_id, store=store)).data)


@extend_schema(tags=["Access, for stores"])
class Reopening(_Requests):
    @extend_schema(
        operation_id="request_reopen", summary="Take a decline back", request=None, responses=StoreRequestSerializer
    )
    def post(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Within 24 hours of it: then the request waits again, for 30 new days. For those who hold `users.manage`."""
        store = enter_store(request, handle, "users.manage")
        actions.reopen_request(self.one_request(public_id, store=store), by=self.me)
        return Response(StoreRequestSerializer(self.one_request(public_id, store=store)).data)


@extend_schema(tags=["Access, for stores"])
class Sight(_Requests):
    @extend_schema(
        operation_id="request_see",
        summary="Say that a request was seen",
        request=None,
        responses=StoreRequestSerializer,
    )
    def post(self, request: Request, handle: str, public_id: UUID) -> Response:
        """The first time is kept, and the partner reads when it was. For those who hold `users.manage`."""
        store = enter_store(request, handle, "users.manage")
        actions.see_request(self.one_request(public_id, store=store), by=self.me)
        return Response(StoreRequestSerializer(self.one_request(public_id, store=store)).data)


# --- The store: collaborations ---------------------------------------------------------------------------------------


@extend_schema(tags=["Access, for stores"])
class StoreCollaborations(Collaborations):
    @extend_schema(
        operation_id="store_collaborations",
        summary="Who may enter, or might once",
        parameters=[After, CollaborationFilter],
        responses=paged(CollaborationSerializer),
    )
    def get(self, request: Request, handle: str) -> Response:
        """The store's collaborators, newest first. For those who hold `users.view`."""
        rows = self.collaborations_of(store=enter_store(request, handle, "users.view"))
        return self.listed(self.page(self.open_or_over(rows), among=rows), CollaborationSerializer)


@extend_schema(tags=["Access, for stores"])
class StoreCollaboration(Collaborations):
    @extend_schema(operation_id="store_collaboration", summary="One collaborator", responses=CollaborationSerializer)
    def get(self, request: Request, handle: str, public_id: UUID) -> Response:
        """What a partner may do in the store, and until when."""
        store = enter_store(request, handle, "users.view")
        return Response(CollaborationSerializer(self.one_collaboration(public_id, store=store)).data)


@extend_schema(tags=["Access, for stores"])
class CollaborationPermissions(Collaborations, Granting):
    @extend_schema(
        operation_id="collaboration_permissions_change",
        summary="Change what a collaborator may do",
        request=PermissionsSerializer,
        responses=CollaborationSerializer,
    )
    def put(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Replaces the permissions, at once. Adding sensitive ones needs a sign-in of the last five minutes."""
        store = enter_store(request, handle, "users.manage")
        collaboration = self.one_collaboration(public_id, store=store)
        permissions = self.body(PermissionsSerializer)["permissions"]
        self.renew_for(set(permissions) - set(collaboration.permissions))
        return self.shown(actions.change_permissions(collaboration, permissions=permissions, by=self.me))


@extend_schema(tags=["Access, for stores"])
class CollaborationEnd(Collaborations):
    @extend_schema(
        operation_id="collaboration_end_change",
        summary="Change when access ends",
        request=EndSerializer,
        responses=CollaborationSerializer,
    )
    def put(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Access ends with this day in the store's time zone, or never by itself. For those who hold `users.manage`."""
        store = enter_store(request, handle, "users.manage")
        collaboration = self.one_collaboration(public_id, store=store)
        terms = self.body(EndSerializer, zone=store.time_zone)
        return self.shown(actions.change_end(collaboration, **terms, by=self.me))


@extend_schema(tags=["Access, for stores"])
class Revocation(Collaborations):
    @extend_schema(
        operation_id="collaboration_revoke", summary="Revoke access", request=None, responses=CollaborationSerializer
    )
    def post(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Ends it at this moment. For those who hold `users.manage`."""
        store = enter_store(request, handle, "users.manage")
        return self.shown(actions.revoke(self.one_collaboration(public_id, store=store), by=self.me))


# --- The partner -----------------------------------------------------------------------------------------------------


@extend_schema(tags=["Access, for partners"])
class PartnerRequests(_Requests):
    throttle_scope = "asking"

    @extend_schema(
        operation_id="partner_requests",
        summary="What we asked for",
        parameters=[After, RequestFilter],
        responses=paged(PartnerRequestSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """The partner's access requests, newest first. For owners, and members with Manage stores."""
        rows = self.requests_of(partner=enter_partner(request, slug, TeamPermission.MANAGE_STORES))
        return self.listed(self.page(self.in_status(rows), among=rows), PartnerRequestSerializer)

    @extend_schema(
        operation_id="request_access",
        summary="Ask a store for access",
        parameters=[IDEMPOTENCY_KEY],
        examples=[
            OpenApiExample(
                "Theme work until the end of March",
                request_only=True,
                value={
                    "store_url": "maison-lavande.example",
                    "code": "4827",
                    "permissions": ["themes.view", "themes.edit"],
                    "ends_on": "2027-03-31",
                    "message": "The new theme, as discussed.",
                },
            )
        ],
        request=NewRequestSerializer,
        responses={HTTPStatus.CREATED: PartnerRequestSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Ask for the least that does the job.

        Where the partner works already it asks for more: no code is needed, what it may do goes on until the answer,
        and it must add a permission or a later end.

        Whatever only the store knows (no such store, wrong code, nobody may ask) is one and the same answer.
        """
        partner = enter_partner(request, slug, TeamPermission.MANAGE_STORES)
        terms = self.body(NewRequestSerializer, zone=known_zone(self.me.time_zone))

        def sent(access_request: AccessRequest) -> Answer:
            return HTTPStatus.CREATED, PartnerRequestSerializer(access_request).data

        status, body = actions.request_access_once(
            partner, **terms, by=self.me, network=network_of(request), answer=sent, **self.once_under()
        )
        return Response(body, status=status)


@extend_schema(tags=["Access, for partners"])
class PartnerRequest(_Requests):
    @extend_schema(operation_id="partner_request", summary="One access request", responses=PartnerRequestSerializer)
    def get(self, request: Request, slug: str, public_id: UUID) -> Response:
        """What we asked for, and what became of it."""
        partner = enter_partner(request, slug, TeamPermission.MANAGE_STORES)
        return Response(PartnerRequestSerializer(self.one_request(public_id, partner=partner)).data)


@extend_schema(tags=["Access, for partners"])
class Withdrawal(_Requests):
    @extend_schema(
        operation_id="request_withdraw", summary="Take a request back", request=None, responses=PartnerRequestSerializer
    )
    def post(self, request: Request, slug: str, public_id: UUID) -> Response:
        """Then the merchant no longer has to answer."""
        partner = enter_partner(request, slug, TeamPermission.MANAGE_STORES)
        actions.withdraw_request(self.one_request(public_id, partner=partner), by=self.me)
        return Response(PartnerRequestSerializer(self.one_request(public_id, partner=partner)).data)


@extend_schema(tags=["Access, for partners"])
class PartnerCollaborations(Collaborations):
    @extend_schema(
        operation_id="partner_collaborations",
        summary="Where we may enter, or might once",
        parameters=[After, CollaborationFilter],
        responses=paged(PartnerCollaborationSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """The partner's access to stores, newest first. For owners, and members with Manage stores."""
        rows = self.collaborations_of(partner=enter_partner(request, slug, TeamPermission.MANAGE_STORES))
        return self.listed(self.page(self.open_or_over(rows), among=rows), PartnerCollaborationSerializer)


@extend_schema(tags=["Access, for partners"])
class PartnerCollaboration(Collaborations):
    @extend_schema(
        operation_id="partner_collaboration",
        summary="Our access to one store",
        responses=PartnerCollaborationSerializer,
    )
    def get(self, request: Request, slug: str, public_id: UUID) -> Response:
        """What we may do there, and until when."""
        partner = enter_partner(request, slug, TeamPermission.MANAGE_STORES)
        return Response(PartnerCollaborationSerializer(self.one_collaboration(public_id, partner=partner)).data)


@extend_schema(tags=["Access, for partners"])
class Departure(Collaborations):
    shows = PartnerCollaborationSerializer

    @extend_schema(
        operation_id="collaboration_leave",
        summary="Leave a store",
        request=None,
        responses=PartnerCollaborationSerializer,
    )
    def post(self, request: Request, slug: str, public_id: UUID) -> Response:
        """Ends our access at this moment."""
        partner = enter_partner(request, slug, TeamPermission.MANAGE_STORES)
        return self.shown(actions.leave(self.one_collaboration(public_id, partner=partner), by=self.me))
