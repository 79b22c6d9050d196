"""Teams, staff, roles and ownership in the API: the same actions as the pages, and no row of anybody else."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from partners.models import Membership, TeamInvitation
from stores.models import OwnershipOffer, Role, Staff, StaffInvitation, Store
from tests.config.test_addresses import fingerprint
from tests.config.test_api_addresses import call
from tests.factories import (
    AccessTokenFactory,
    MembershipFactory,
    OwnershipOfferFactory,
    RoleFactory,
    StaffFactory,
    StaffInvitationFactory,
    TeamInvitationFactory,
    UserFactory,
)
from tests.sessions import age

pytestmark = pytest.mark.django_db

STORE = "/api/v1/stores/maison-lavande/"
PARTNER = "/api/v1/partners/atelier-nord/"
NOBODY = str(uuid4())


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.fixture
def owner(world) -> Client:
    return signed_in(world.store.owner)


@pytest.fixture
def head(world) -> Client:
    """The owner of the partner."""
    return signed_in(world.people["partner_owner"])


def shipped(key: str) -> str:
    return str(Role.objects.get(store=None, key=key).public_id)


def clerk(world) -> Staff:
    return Staff.objects.get(user=world.people["staff_without_the_right"])


def colleague(world) -> Membership:
    return Membership.objects.get(user=world.people["member_without"])


# --- What is done ----------------------------------------------------------------------------------------------------


def test_a_member_is_changed_and_removed(world, head):
    path = f"{PARTNER}team/{colleague(world).public_id}/"
    changed = call(head, "PUT", path, {"permissions": ["manage_stores", "manage_jobs"]})
    assert changed.json()["permissions"] == ["manage_stores", "manage_jobs"]
    made_owner = call(head, "PUT", path, {"is_owner": True, "permissions": []}).json()
    assert made_owner["is_owner"]
    assert len(made_owner["permissions"]) == 4
    assert call(head, "DELETE", path).status_code == 204
    assert call(head, "GET", path).status_code == 404


def test_somebody_is_invited_to_the_team_and_joins_with_the_link(world, head):
    body = {"email": "other-owner@people.example", "permissions": ["manage_jobs"]}
    invited = call(head, "POST", f"{PARTNER}team/invitations/", body)
    assert (invited.status_code, invited.json()["open"]) == (201, True)
    invitation = TeamInvitation.objects.get()
    assert invitation.token not in invited.content.decode()  # it is for the mail alone
    path = f"/api/v1/invitations/team/{invitation.token}/acceptance/"
    joined = call(signed_in(world.people["other_owner"]), "POST", path)
    assert (joined.status_code, joined.json()["slug"], joined.json()["permissions"]) == (
        201,
        "atelier-nord",
        ["manage_jobs"],
    )
    assert call(head, "GET", f"{PARTNER}team/invitations/").json()["results"] == []


def test_somebody_is_invited_to_the_staff_and_joins_with_the_link(world, owner):
    body = {"email": "other-owner@people.example", "role": shipped("staff_order_support")}
    assert call(owner, "POST", f"{STORE}staff/invitations/", body).status_code == 201
    path = f"/api/v1/invitations/staff/{StaffInvitation.objects.get().token}/acceptance/"
    joined = call(signed_in(world.people["other_owner"]), "POST", path)
    assert (joined.status_code, joined.json()["handle"]) == (201, "maison-lavande")
    assert Staff.objects.filter(store=world.store, user=world.people["other_owner"]).exists()


def test_a_role_is_made_given_changed_and_removed(world, owner):
    wanted = {"name": "Packing", "permissions": ["orders.view", "orders.fulfil"]}
    role = call(owner, "POST", f"{STORE}roles/", wanted).json()
    assert (role["name"], role["shipped"], role["for_staff"]) == ("Packing", False, True)
    staff = f"{STORE}staff/{clerk(world).public_id}/"
    assert call(owner, "PUT", staff, {"role": role["id"]}).json()["role"] == {"id": role["id"], "name": "Packing"}
    path = f"{STORE}roles/{role['id']}/"
    assert call(owner, "PUT", path, {"name": "Packing", "permissions": ["orders.view"]}).status_code == 200
    refused = call(owner, "DELETE", path)
    assert (refused.status_code, refused.json()["code"]) == (422, "role_in_use")
    assert call(owner, "DELETE", staff).status_code == 204
    assert call(owner, "DELETE", path).status_code == 204


def test_a_store_is_offered_taken_back_offered_again_and_accepted(world, owner):
    path, manager = f"{STORE}ownership/", Staff.objects.get(user=world.people["manager"])
    offer = {"staff": str(manager.public_id), "keeps_role": shipped("staff_order_support")}
    assert call(owner, "POST", path, offer).status_code == 201
    assert call(owner, "GET", path).json()["offer"]["email"] == world.people["manager"].email
    again = call(owner, "POST", path, offer)
    assert (again.status_code, again.json()["code"]) == (409, "offer_open")
    assert call(owner, "DELETE", path).status_code == 204
    assert call(owner, "GET", path).json()["offer"] is None
    call(owner, "POST", path, offer)
    token = OwnershipOffer.objects.open().get().token
    accepted = call(signed_in(world.people["manager"]), "POST", f"/api/v1/invitations/ownership/{token}/acceptance/")
    assert (accepted.status_code, accepted.json()["is_owner"]) == (201, True)
    assert Store.objects.get(pk=world.store.pk).owner == world.people["manager"]
    assert call(owner, "GET", path).status_code == 403


def test_the_rules_of_the_actions_hold_here_too(world, head, owner):
    mine = Membership.objects.get(user=world.people["partner_owner"])
    refused = call(head, "PUT", f"{PARTNER}team/{mine.public_id}/", {"permissions": ["manage_jobs"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "last_owner")
    path = f"{STORE}roles/{shipped('store_manager')}/"
    refused = call(owner, "PUT", path, {"name": "Mine", "permissions": ["orders.view"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "shipped_role")
    refused = call(owner, "POST", f"{STORE}roles/", {"name": "Open", "permissions": ["orders.edit"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "missing_permissions")


def test_one_keeps_ones_own_profile(world, owner):
    changed = call(owner, "PATCH", "/api/v1/me/", {"name": "Camille Roy", "time_zone": "Asia/Tokyo"})
    assert (changed.json()["name"], changed.json()["time_zone"]) == ("Camille Roy", "Asia/Tokyo")
    before = fingerprint()
    for body in ({"name": ""}, {"name": "\u200b"}, {"language": "xx"}, {"time_zone": "Mars/Olympus"}):
        response = call(owner, "PATCH", "/api/v1/me/", body)
        assert (response.status_code, [*response.json()["fields"]]) == (422, [*body])
    call(owner, "PATCH", "/api/v1/me/", {"email": "taken@people.example", "is_staff": True, "is_active": False})
    assert fingerprint() == before


# --- Who sees what ---------------------------------------------------------------------------------------------------


def test_addresses_of_people_are_for_those_who_manage_them(world, head, owner):
    team = signed_in(world.people["member_without"]).get(f"{PARTNER}team/").json()["results"]
    assert {row["email"] for row in team} == {None}
    assert all(row["email"] for row in head.get(f"{PARTNER}team/").json()["results"])
    looks = RoleFactory.create(store=world.store, for_staff=True, permissions=["users.view"])
    Staff.objects.filter(pk=clerk(world).pk).update(role=looks)
    staff = signed_in(world.people["staff_without_the_right"]).get(f"{STORE}staff/").json()["results"]
    assert {row["email"] for row in staff} == {None}
    assert all(row["email"] for row in owner.get(f"{STORE}staff/").json()["results"])


def test_no_answer_holds_the_link_of_an_invitation(world, head, owner):
    team = TeamInvitationFactory.create(partner=world.asking)
    staff = StaffInvitationFactory.create(store=world.store)
    offer = OwnershipOfferFactory.create(store=world.store, email=world.people["manager"].email)
    text = "".join(
        client.get(path).content.decode()
        for client, path in (
            (head, f"{PARTNER}team/invitations/"),
            (owner, f"{STORE}staff/invitations/"),
            (owner, f"{STORE}ownership/"),
        )
    )
    for invitation in (team, staff, offer):
        assert invitation.email in text
        assert invitation.token not in text
        assert invitation.token_hash not in text


# --- Somebody else's rows --------------------------------------------------------------------------------------------


def _role_of_another_store(world) -> str:
    other = Store.objects.get(handle="cafe-bruma")
    return str(RoleFactory.create(store=other, for_staff=True, permissions=["orders.view"]).public_id)


def _role_for_collaborators(world) -> str:
    return shipped("theme_work")


def _staff_of_another_store(world) -> str:
    return str(StaffFactory.create(store=Store.objects.get(handle="cafe-bruma")).public_id)


@pytest.mark.parametrize("theirs", [_role_of_another_store, _role_for_collaborators, lambda world: NOBODY])
def test_a_role_that_is_not_the_stores_to_give_is_refused_wherever_it_is_sent(world, owner, theirs: Callable):
    role, manager = theirs(world), str(Staff.objects.get(user=world.people["manager"]).public_id)
    before = fingerprint()
    for method, path, body in (
        ("PUT", f"staff/{clerk(world).public_id}/", {"role": role}),
        ("POST", "staff/invitations/", {"role": role, "email": "x@people.example"}),
        ("POST", "ownership/", {"staff": manager, "keeps_role": role}),
    ):
        response = call(owner, method, STORE + path, body)
        assert (response.status_code, response.json()["code"]) == (422, "not_a_role"), path
    assert fingerprint() == before


@pytest.mark.parametrize("theirs", [_staff_of_another_store, lambda world: NOBODY])
def test_a_store_is_offered_to_nobody_of_another_store(world, owner, theirs: Callable):
    staff = theirs(world)
    before = fingerprint()
    response = call(owner, "POST", f"{STORE}ownership/", {"staff": staff, "keeps_role": None})
    assert (response.status_code, response.json()["code"]) == (409, "no_longer_in_store")
    assert fingerprint() == before


def test_somebody_elses_invitation_says_only_whom_it_is_not_for(world):
    invitation = TeamInvitationFactory.create(partner=world.asking, email="invited@people.example")
    before = fingerprint()
    client = signed_in(world.people["operator"])
    before = fingerprint()
    answer = call(client, "POST", f"/api/v1/invitations/team/{invitation.token}/acceptance/")
    assert (answer.status_code, answer.json()["code"]) == (409, "invitation_closed")
    assert "Atelier Nord" not in answer.content.decode()
    assert "invited@" not in answer.content.decode()
    missing = call(client, "POST", "/api/v1/invitations/team/no-such-token/acceptance/")
    assert missing.status_code == 404
    assert fingerprint() == before


# --- A fresh sign-in -------------------------------------------------------------------------------------------------


def changes(world) -> list[tuple[str, str, dict]]:
    """Everything that changes who works here, as which role, or who owns it."""
    role = RoleFactory.create(store=world.store, for_staff=True, permissions=["orders.view"])
    invitation = StaffInvitationFactory.create(store=world.store)
    manager = str(Staff.objects.get(user=world.people["manager"]).public_id)
    return [
        ("PUT", f"staff/{clerk(world).public_id}/", {"role": shipped("store_manager")}),
        ("DELETE", f"staff/{clerk(world).public_id}/", {}),
        ("POST", "staff/invitations/", {"role": shipped("store_manager"), "email": "x@people.example"}),
        ("DELETE", f"staff/invitations/{invitation.public_id}/", {}),
        ("POST", "ownership/", {"staff": manager, "keeps_role": None}),
        ("DELETE", "ownership/", {}),
        ("POST", "roles/", {"name": "Packing", "permissions": ["orders.view"]}),
        ("PUT", f"roles/{role.public_id}/", {"name": "Packing", "permissions": ["orders.view"]}),
        ("DELETE", f"roles/{role.public_id}/", {}),
    ]


def test_an_older_sign_in_changes_neither_staff_nor_roles_nor_owner(world, owner):
    acts = changes(world)
    age(owner, timedelta(minutes=6))
    AccessTokenFactory.create(user=world.store.owner, secret="ent_secret")
    before = fingerprint()
    for method, path, body in acts:
        for answer in (
            call(owner, method, STORE + path, body),
            call(Client(), method, STORE + path, body, authorization="Bearer ent_secret"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "sign_in_again"), path
    assert fingerprint() == before


def test_an_older_sign_in_does_not_change_a_team(world, head):
    MembershipFactory.create(partner=world.asking, user=UserFactory.create(), owner=True)
    path = f"{PARTNER}team/{colleague(world).public_id}/"
    age(head, timedelta(minutes=6))
    before = fingerprint()
    for method, where, body in (
        ("PUT", path, {"is_owner": True, "permissions": []}),
        ("DELETE", path, {}),
        ("POST", f"{PARTNER}team/invitations/", {"email": "x@people.example", "permissions": []}),
    ):
        answer = call(head, method, where, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "sign_in_again"), where
    assert fingerprint() == before
