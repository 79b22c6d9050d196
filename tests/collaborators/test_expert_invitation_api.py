"""Expert invitations over the API: the same doors, actions and sentences as the pages."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from collaborators.models import AccessRequest, Collaboration, ExpertInvitation
from tests.config.test_addresses import fingerprint
from tests.factories import (
    AccessTokenFactory,
    ExpertInvitationFactory,
    MembershipFactory,
    StaffFactory,
    StoreFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

OFFERED = ["products.view", "themes.view"]


@pytest.fixture
def store():
    return StoreFactory.create(name="Maison Lavande", handle="maison-lavande")


@pytest.fixture
def expert():
    return UserFactory.create(name="Eva Expert")


@pytest.fixture
def partner(expert):
    return MembershipFactory.create(user=expert, stores=True, partner__slug="atelier-nord").partner


@pytest.fixture
def invitation(store, expert):
    return ExpertInvitationFactory.create(store=store, email=expert.email)


def with_token(user) -> Client:
    secret = f"ent_{user.pk}"
    AccessTokenFactory.create(user=user, secret=secret)
    return Client(headers={"authorization": f"Bearer {secret}"})


def call(client, method: str, path: str, body=None) -> tuple[int, dict]:
    response = client.generic(method, f"/api/v1/{path}", json.dumps(body or {}), content_type="application/json")
    return response.status_code, response.json() if response.content else {}


def refused(client, method: str, path: str, body=None) -> tuple[int, str]:
    before = fingerprint()
    status, answer = call(client, method, path, body)
    assert fingerprint() == before
    return status, answer["code"]


def test_a_store_invites_lists_and_takes_back(store):
    client = with_token(store.owner)
    offer = {"email": "X@people.example", "permissions": OFFERED, "ends_on": None, "note": "Hello"}
    status, made = call(client, "POST", "stores/maison-lavande/experts/invitations/", offer)
    assert status == 201
    assert (made["email"], made["state"], made["permissions"], made["note"]) == (
        "x@people.example",
        "open",
        OFFERED,
        "Hello",
    )
    assert ExpertInvitation.objects.get().token not in json.dumps(made)
    _status, listed = call(client, "GET", "stores/maison-lavande/experts/invitations/")
    assert [row["id"] for row in listed["results"]] == [made["id"]]
    assert call(client, "DELETE", f"stores/maison-lavande/experts/invitations/{made['id']}/")[0] == 204
    assert call(client, "GET", f"stores/maison-lavande/experts/invitations/{made['id']}/")[1]["state"] == "taken_back"


@pytest.mark.parametrize(
    ("wrong", "answer"),
    [
        ({"permissions": []}, (422, "no_permissions")),
        ({"permissions": ["themes.edit"]}, (422, "missing_permissions")),
        ({"permissions": ["users.view"]}, (422, "staff_only_permission")),
        ({"ends_on": "2020-01-01"}, (422, "invalid")),
        ({"email": "nobody"}, (422, "invalid")),
        ({"note": "x" * 2001}, (422, "invalid")),
        ({"note": "a\u0000b"}, (400, "nul")),
    ],
)
def test_an_offer_that_makes_no_sense_is_refused(store, wrong, answer):
    offer = {"email": "x@people.example", "permissions": OFFERED, "ends_on": None} | wrong
    path = "stores/maison-lavande/experts/invitations/"
    assert refused(with_token(store.owner), "POST", path, offer) == answer


def test_who_works_in_the_store_is_invited_as_no_expert(store):
    offer = {"email": StaffFactory.create(store=store).user.email, "permissions": OFFERED, "ends_on": None}
    path = "stores/maison-lavande/experts/invitations/"
    assert refused(with_token(store.owner), "POST", path, offer) == (422, "already_in_store")


def test_sensitive_permissions_are_not_for_tokens(store):
    offer = {"email": "x@people.example", "permissions": ["customers.view"], "ends_on": None}
    answer = refused(with_token(store.owner), "POST", "stores/maison-lavande/experts/invitations/", offer)
    assert answer == (403, "sign_in_again")


def test_nobody_offers_what_they_lack(store):
    clerk = StaffFactory.create(store=store).user
    offer = {"email": "x@people.example", "permissions": OFFERED, "ends_on": None}
    path = "stores/maison-lavande/experts/invitations/"
    assert refused(with_token(clerk), "POST", path, offer)[0] == 403


def test_the_invited_person_sees_the_offer_and_accepts_it(invitation, expert, partner):
    client, path = with_token(expert), f"invitations/experts/{invitation.token}/"
    status, offer = call(client, "GET", path)
    assert (status, offer["store"]["name"], offer["permissions"]) == (200, "Maison Lavande", OFFERED)
    status, accepted = call(client, "POST", f"{path}acceptance/", {"partner": "atelier-nord"})
    assert status == 201
    assert accepted["access_request"] is None
    assert accepted["collaboration"]["id"] == str(Collaboration.objects.get().public_id)
    assert call(client, "POST", f"{path}acceptance/", {"partner": "atelier-nord"}) == (201, accepted)  # said twice
    assert refused(client, "GET", path) == (409, "invitation_closed")


def test_asking_beyond_it_makes_a_request(invitation, expert, partner):
    invitation.ends_at = timezone.now() + timedelta(days=9)
    invitation.save()
    path = f"invitations/experts/{invitation.token}/acceptance/"
    body = {"partner": "atelier-nord", "ends_on": None, "message": "We look after it for good."}
    status, accepted = call(with_token(expert), "POST", path, body)
    assert (status, accepted["collaboration"], accepted["access_request"]["status"]) == (201, None, "pending")
    assert AccessRequest.objects.get().message == "We look after it for good."
    assert not Collaboration.objects.exists()


def test_fewer_permissions_are_access_at_once(invitation, expert, partner):
    body = {"partner": "atelier-nord", "permissions": ["themes.view"]}
    _status, accepted = call(with_token(expert), "POST", f"invitations/experts/{invitation.token}/acceptance/", body)
    assert accepted["collaboration"]["permissions"] == ["themes.view"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"partner": "nobody-here"}, 422, "not_your_partner"),
        ({"partner": "pixel-co"}, 422, "not_your_partner"),
        ({"partner": "without-the-right"}, 403, "not_allowed"),
        ({}, 422, "invalid"),
        ({"partner": "atelier-nord", "ends_on": "2020-01-01"}, 422, "invalid"),
        ({"partner": "atelier-nord", "permissions": ["themes.edit"]}, 422, "missing_permissions"),
        ({"partner": "atelier-nord", "message": "x" * 2001}, 422, "invalid"),
        ({"partner": "a\u0000b"}, 400, "nul"),
    ],
)
def test_bad_acceptances_are_refused(invitation, expert, partner, body, status, code):
    MembershipFactory.create(owner=True, partner__slug="pixel-co")
    MembershipFactory.create(user=expert, partner__slug="without-the-right")
    path = f"invitations/experts/{invitation.token}/acceptance/"
    assert refused(with_token(expert), "POST", path, body) == (status, code)


def test_to_others_it_says_only_that_it_is_not_theirs(invitation):
    stranger = with_token(MembershipFactory.create(owner=True, partner__slug="pixel-co").user)
    path = f"invitations/experts/{invitation.token}/"
    assert refused(stranger, "GET", path) == (409, "invitation_closed")
    assert refused(stranger, "POST", f"{path}acceptance/", {"partner": "pixel-co"}) == (409, "invitation_closed")
