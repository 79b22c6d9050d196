"""More, templates, reopening and what was seen, for programs."""

import json

import pytest
from django.test import Client

from collaborators.models import AccessRequest, RequestTemplate
from tests.factories import (
    AccessRequestFactory,
    AccessTokenFactory,
    CollaborationFactory,
    MembershipFactory,
    RequestTemplateFactory,
)

pytestmark = pytest.mark.django_db

NORD = "/api/v1/partners/atelier-nord"


@pytest.fixture
def membership():
    return MembershipFactory.create(owner=True, partner__slug="atelier-nord")


def program_of(user) -> Client:
    secret = f"ent_{user.pk}"
    AccessTokenFactory.create(user=user, secret=secret)
    return Client(headers={"authorization": f"Bearer {secret}"})


def send(client, method, path, body=None):
    response = client.generic(method, path, json.dumps(body or {}), content_type="application/json")
    return response.status_code, json.loads(response.content or "null")


def test_more_is_asked_for_at_the_same_address(membership):
    held = CollaborationFactory.create(partner=membership.partner, store__name="Maison Lavande")
    program = program_of(membership.user)
    body = {"store_url": held.store.handle, "permissions": ["files.view"], "ends_on": None}
    status, asked = send(program, "POST", f"{NORD}/requests/", body)
    assert status == 201
    assert (asked["more_of"], asked["added"]) == (str(held.public_id), ["files.view"])
    assert asked["permissions"] == ["products.view", "files.view"]
    assert asked["store"]["name"] == "Maison Lavande"
    send(program, "POST", f"{NORD}/requests/{asked['id']}/withdrawal/")
    status, refused = send(program, "POST", f"{NORD}/requests/", body | {"permissions": ["products.view"]})
    assert (status, refused["code"]) == (422, "adds_nothing")


def test_templates_are_kept_changed_and_removed(membership):
    program = program_of(membership.user)
    kept = {"name": "Theme work", "permissions": ["themes.view"], "days": 30, "message": "Hello"}
    status, template = send(program, "POST", f"{NORD}/templates/", kept)
    assert status == 201
    assert {name: template[name] for name in kept} == kept
    path = f"{NORD}/templates/{template['id']}/"
    status, changed = send(program, "PUT", path, kept | {"days": None})
    assert (status, changed["days"]) == (200, None)
    assert send(program, "GET", f"{NORD}/templates/")[1]["results"] == [changed]
    assert (
        send(program, "POST", f"{NORD}/templates/", kept | {"name": "THEME WORK"})[1]["code"] == "template_name_taken"
    )
    assert send(program, "DELETE", path)[0] == 204
    assert send(program, "DELETE", path)[0] == 404
    assert not RequestTemplate.objects.exists()


def test_a_template_of_another_partner_is_a_404(membership):
    theirs = RequestTemplateFactory.create()
    for method in ("GET", "PUT", "DELETE"):
        status, _body = send(program_of(membership.user), method, f"{NORD}/templates/{theirs.public_id}/")
        assert status == 404
        membership.user.access_tokens.all().delete()
    assert RequestTemplate.objects.exists()


def test_a_decline_is_taken_back_and_a_request_is_seen(membership):
    asked = AccessRequestFactory.create(partner=membership.partner, declined=True)
    program = program_of(asked.store.owner)
    path = f"/api/v1/stores/{asked.store.handle}/requests/{asked.public_id}"
    status, reopened = send(program, "POST", f"{path}/reopening/")
    assert (status, reopened["status"], reopened["decided_at"]) == (200, "pending", None)
    assert reopened["reopened_at"]
    status, seen = send(program, "POST", f"{path}/sight/")
    assert (status, seen["seen_by"]["name"]) == (200, asked.store.owner.name)
    theirs = send(program_of(membership.user), "GET", f"{NORD}/requests/{asked.public_id}/")[1]
    assert theirs["seen_at"] == seen["seen_at"]
    assert "seen_by" not in theirs
    AccessRequest.objects.update(status="withdrawn", decided_by=membership.user, decided_at="2026-01-01T00:00:00Z")
    status, refused = send(program, "POST", f"{path}/reopening/")
    assert (status, refused["code"]) == (409, "already_decided")
