"""Staff, roles, and who owns the store. What changes them needs a fresh sign-in, which no token is."""

from http import HTTPStatus
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import After, Endpoint, paged
from stores import access, actions
from stores.errors import NoLongerInStore, NotARole
from stores.models import OwnershipOffer, Role, Staff, StaffInvitation, Store
from stores.pages import enter
from stores.serializers import (
    NewOfferSerializer,
    NewRoleSerializer,
    NewStaffInvitationSerializer,
    OwnershipOfferSerializer,
    OwnershipSerializer,
    RoleChangeSerializer,
    RoleChoiceSerializer,
    RoleSerializer,
    StaffInvitationSerializer,
    StaffSerializer,
    StoreSerializer,
)

NOTHING = {HTTPStatus.NO_CONTENT: None}


class _Staff(Endpoint):
    def staff_of(self, store: Store) -> QuerySet[Staff]:
        return Staff.objects.visible_to(self.me).filter(store=store).select_related("user", "role")

    def one_of_staff(self, store: Store, public_id: UUID) -> Staff:
        return get_object_or_404(self.staff_of(store), public_id=public_id)

    @property
    def seen_by(self) -> dict:
        return {"me": self.me, "held": self.request.held}  # type: ignore[attr-defined]


def role_for_staff(store: Store, public_id: UUID) -> Role:
    """One that the store may give. Raises NotARole; whether it may be given by this person, the action says."""
    role = Role.objects.of(store).filter(for_staff=True, public_id=public_id).first()
    if role is None:
        raise NotARole
    return role


@extend_schema(tags=["Staff"])
class StaffList(_Staff):
    @extend_schema(
        operation_id="staff", summary="Who works in the store", parameters=[After], responses=paged(StaffSerializer)
    )
    def get(self, request: Request, handle: str) -> Response:
        """The staff, those who joined last on top. For those who hold `users.view`."""
        store = enter(request, handle, "users.view")
        return self.listed(self.page(self.staff_of(store)), StaffSerializer, **self.seen_by)


@extend_schema(tags=["Staff"])
class OneOfStaff(_Staff):
    @extend_schema(operation_id="staff_member", summary="One person of the staff", responses=StaffSerializer)
    def get(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Somebody who works in the store, and in which role."""
        staff = self.one_of_staff(enter(request, handle, "users.view"), public_id)
        return Response(StaffSerializer(staff, context=self.seen_by).data)

    @extend_schema(
        operation_id="staff_role_change",
        summary="Give somebody another role",
        request=RoleChoiceSerializer,
        responses=StaffSerializer,
    )
    def put(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Holds at once. Not for tokens: it needs a sign-in of the last five minutes."""
        store = enter(request, handle, "users.manage")
        staff = self.one_of_staff(store, public_id)
        role = role_for_staff(store, self.body(RoleChoiceSerializer)["role"])
        self.require_renewed()
        staff = actions.assign_role(staff, role=role, by=self.me)
        return Response(StaffSerializer(staff, context=self.seen_by).data)

    @extend_schema(operation_id="staff_remove", summary="Remove somebody from the staff", responses=NOTHING)
    def delete(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Out at this moment. Not for tokens: it needs a sign-in of the last five minutes."""
        staff = self.one_of_staff(enter(request, handle, "users.manage"), public_id)
        self.require_renewed()
        actions.remove_staff(staff, by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)


@extend_schema(tags=["Staff"])
class StoreDeparture(Endpoint):
    @extend_schema(operation_id="staff_leave", summary="Leave the staff", request=None, responses=NOTHING)
    def post(self, request: Request, handle: str) -> Response:
        """To come back, somebody has to invite me. The owner passes the store on instead."""
        actions.leave_store(enter(request, handle), by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)


# --- Invitations -----------------------------------------------------------------------------------------------------


def _invitations(endpoint: Endpoint, store: Store) -> QuerySet[StaffInvitation]:
    return StaffInvitation.objects.visible_to(endpoint.me).filter(store=store)


@extend_schema(tags=["Staff"])
class StaffInvitations(Endpoint):
    @extend_schema(
        operation_id="staff_invitations",
        summary="Who is invited to the staff",
        parameters=[After],
        responses=paged(StaffInvitationSerializer),
    )
    def get(self, request: Request, handle: str) -> Response:
        """Invitations that nobody took yet, newest first. For those who hold `users.manage`."""
        rows = _invitations(self, enter(request, handle, "users.manage")).select_related("invited_by", "role")
        found = self.page(rows.unanswered(), among=rows)  # type: ignore[attr-defined]
        return self.listed(found, StaffInvitationSerializer)

    @extend_schema(
        operation_id="staff_invite",
        summary="Invite somebody to the staff",
        request=NewStaffInvitationSerializer,
        responses={HTTPStatus.CREATED: StaffInvitationSerializer},
    )
    def post(self, request: Request, handle: str) -> Response:
        """They get a link by mail. Not for tokens: it needs a sign-in of the last five minutes."""
        store = enter(request, handle, "users.manage")
        offered = self.body(NewStaffInvitationSerializer)
        role = role_for_staff(store, offered["role"])
        self.require_renewed()
        invitation = actions.invite(store, email=offered["email"], role=role, by=self.me)
        return Response(StaffInvitationSerializer(invitation).data, status=HTTPStatus.CREATED)


@extend_schema(tags=["Staff"])
class OneStaffInvitation(Endpoint):
    @extend_schema(operation_id="staff_invitation_take_back", summary="Take an invitation back", responses=NOTHING)
    def delete(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Frees the seat. Not for tokens: it needs a sign-in of the last five minutes."""
        rows = _invitations(self, enter(request, handle, "users.manage"))
        invitation = get_object_or_404(rows, public_id=public_id)
        self.require_renewed()
        actions.take_back_invitation(invitation, by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)


@extend_schema(tags=["Staff"])
class StaffInvitationAcceptance(Endpoint):
    @extend_schema(
        operation_id="staff_invitation_accept",
        summary="Join a staff that invited me",
        request=None,
        responses={HTTPStatus.CREATED: StoreSerializer},
    )
    def post(self, request: Request, token: str) -> Response:
        """With the token of the link in the mail; only for the verified address that was invited, and once."""
        invitation = get_object_or_404(StaffInvitation.objects.with_token(token))
        store = actions.accept_invitation(invitation, by=self.me).store
        return Response(StoreSerializer(store, context={"me": self.me}).data, status=HTTPStatus.CREATED)


@extend_schema(tags=["Staff"])
class OwnershipAcceptance(Endpoint):
    @extend_schema(
        operation_id="ownership_accept",
        summary="Become the owner of a store that is offered to me",
        request=None,
        responses={HTTPStatus.CREATED: StoreSerializer},
    )
    def post(self, request: Request, token: str) -> Response:
        """With the token of the link in the mail. Not for tokens of the API: it needs a sign-in of the last five
        minutes."""
        offer = get_object_or_404(OwnershipOffer.objects.with_token(token))
        self.require_renewed()
        store = actions.accept_ownership(offer, by=self.me)
        return Response(StoreSerializer(store, context={"me": self.me}).data, status=HTTPStatus.CREATED)


# --- Ownership -------------------------------------------------------------------------------------------------------


@extend_schema(tags=["Staff"])
class Ownership(_Staff):
    def _as_owner(self, handle: str) -> Store:
        store = enter(self.request, handle)
        access.require_owner(self.me, store)
        return store

    @extend_schema(operation_id="ownership", summary="Who owns the store", responses=OwnershipSerializer)
    def get(self, request: Request, handle: str) -> Response:
        """And to whom it is offered. For the owner."""
        store = self._as_owner(handle)
        offer = OwnershipOffer.objects.filter(store=store).open().select_related("invited_by", "keeps_role").first()
        return Response(OwnershipSerializer({"owner": self.me, "offer": offer}).data)

    @extend_schema(
        operation_id="ownership_offer",
        summary="Offer the store to somebody of the staff",
        request=NewOfferSerializer,
        responses={HTTPStatus.CREATED: OwnershipOfferSerializer},
    )
    def post(self, request: Request, handle: str) -> Response:
        """They become the owner by accepting. Not for tokens: it needs a sign-in of the last five minutes."""
        store = self._as_owner(handle)
        chosen = self.body(NewOfferSerializer)
        staff = self.staff_of(store).filter(public_id=chosen["staff"]).first()
        if staff is None:
            raise NoLongerInStore
        keeps_role = role_for_staff(store, chosen["keeps_role"]) if chosen["keeps_role"] else None
        self.require_renewed()
        offer = actions.offer_ownership(staff, keeps_role=keeps_role, by=self.me)
        return Response(OwnershipOfferSerializer(offer).data, status=HTTPStatus.CREATED)

    @extend_schema(operation_id="ownership_offer_take_back", summary="Keep the store after all", responses=NOTHING)
    def delete(self, request: Request, handle: str) -> Response:
        """Takes the open offer back, if there is one. Not for tokens."""
        store = self._as_owner(handle)
        self.require_renewed()
        if offer := OwnershipOffer.objects.filter(store=store).open().first():
            actions.take_back_offer(offer, by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)


# --- Roles -----------------------------------------------------------------------------------------------------------


@extend_schema(tags=["Roles"])
class Roles(Endpoint):
    @extend_schema(
        operation_id="roles", summary="The roles of the store", parameters=[After], responses=paged(RoleSerializer)
    )
    def get(self, request: Request, handle: str) -> Response:
        """The store's own, newest first, then those that come with Entente. For those who hold `users.view`."""
        return self.listed(self.page(Role.objects.of(enter(request, handle, "users.view"))), RoleSerializer)

    @extend_schema(
        operation_id="role_make",
        summary="Make a role",
        request=NewRoleSerializer,
        responses={HTTPStatus.CREATED: RoleSerializer},
    )
    def post(self, request: Request, handle: str) -> Response:
        """Of the store's own. Not for tokens: it needs a sign-in of the last five minutes."""
        store = enter(request, handle, "users.manage")
        wanted = self.body(NewRoleSerializer)
        self.require_renewed()
        role = actions.make_role(store, **wanted, by=self.me)
        role.refresh_from_db(fields=["public_id"])
        return Response(RoleSerializer(role).data, status=HTTPStatus.CREATED)


@extend_schema(tags=["Roles"])
class OneRole(Endpoint):
    def _role(self, store: Store, public_id: UUID) -> Role:
        return get_object_or_404(Role.objects.of(store), public_id=public_id)

    @extend_schema(operation_id="role", summary="One role", responses=RoleSerializer)
    def get(self, request: Request, handle: str, public_id: UUID) -> Response:
        """What it opens."""
        return Response(RoleSerializer(self._role(enter(request, handle, "users.view"), public_id)).data)

    @extend_schema(
        operation_id="role_change", summary="Change a role", request=RoleChangeSerializer, responses=RoleSerializer
    )
    def put(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Staff who have it may do the new set at once; collaborators keep theirs. Not for tokens."""
        role = self._role(enter(request, handle, "users.manage"), public_id)
        wanted = self.body(RoleChangeSerializer)
        self.require_renewed()
        return Response(RoleSerializer(actions.change_role(role, **wanted, by=self.me)).data)

    @extend_schema(operation_id="role_remove", summary="Remove a role", responses=NOTHING)
    def delete(self, request: Request, handle: str, public_id: UUID) -> Response:
        """One of the store's own that nobody has. Not for tokens."""
        role = self._role(enter(request, handle, "users.manage"), public_id)
        self.require_renewed()
        actions.remove_role(role, by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)
