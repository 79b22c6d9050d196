"""The table *address × method × person* of the API, with a session and with a token, held against the URLconf.

It stands on the scene and the people of `test_addresses.py`. A method that an address has and `TABLE` does not name
fails, as does a row whose address is gone; a method that it does not have is a 405 to everybody.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from stores.models import Role
from tests.config.test_addresses import (
    ADDRESSES,
    AN_OPINION,
    ANYWHERE,
    API,
    ASKING,
    COLLABORATOR,
    EVERYBODY,
    EXPERT,
    INSIDE,
    MANAGE_JOBS,
    MANAGE_STORES,
    MANAGE_USERS,
    OTHER_OWNER,
    OWNER,
    PARTNER_OWNER,
    SIGNED_IN,
    SIGNED_OUT,
    STORE,
    TEAM,
    WORKING,
    Address,
    Scene,
    fingerprint,
    in_a_month,
    make_scene,
    places,
    undone,
)
from tests.factories import CODE, AccessTokenFactory

pytestmark = pytest.mark.django_db

OURS = [address for address in ADDRESSES if address.route.startswith(API)]
DESCRIPTION = {"api:schema", "api:docs"}  # views of drf-spectacular
PUBLIC = "api:public-"  # may be kept, by version (tests/reviews/test_kept_pages.py)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

type Row = Mapping[str, Mapping[frozenset[str], int]]
"""Place, people, status. Everybody who is not named there is a stranger: 404, and signed out: 401."""


def expected(row: Row, place: str, person: str) -> int:
    for people, status in row.get(place, {}).items():
        if person in people:
            return status
    return 401 if person in SIGNED_OUT else 404


def everybody_signed_in(status: int) -> Row:
    return {ANYWHERE: {SIGNED_IN: status}}


def in_store(status: int, *, may: frozenset[str] = MANAGE_USERS) -> Row:
    """For those who may; the others who can enter the store get a 403."""
    return {STORE: {may: status, INSIDE - may: 403}}


def in_partner(status: int, *, asking: int | None = None, working: int | None = None) -> Row:
    """For those who manage its stores; others in the team get a 403. The collaborator owns the working partner."""
    return {
        ASKING: {MANAGE_STORES: asking or status, TEAM - MANAGE_STORES: 403},
        WORKING: {COLLABORATOR: working or status},
    }


def in_talk(status: int, *, working: int) -> Row:
    """About access: for those who manage its stores. Who manages jobs gets in, and finds no such conversation."""
    return {ASKING: {MANAGE_STORES: status, MANAGE_JOBS - MANAGE_STORES: 404}, WORKING: {COLLABORATOR: working}}


def in_hired(status: int) -> Row:
    """For those who manage the jobs of whoever is hired: the collaborator owns that partner. In another partner there
    is no such job."""
    return {ASKING: {MANAGE_STORES - PARTNER_OWNER: 403}, WORKING: {COLLABORATOR: status}}


def in_jobs(status: int, *, asking: int | None = None, working: int | None = None) -> Row:
    """For those who manage its jobs; others in the team get a 403."""
    return {
        ASKING: {MANAGE_JOBS: asking or status, TEAM - MANAGE_JOBS: 403},
        WORKING: {COLLABORATOR: working or status},
    }


def in_team(status: int, *, working: int | None = None) -> Row:
    """For those who manage the team: in these two, their owners."""
    return {
        ASKING: {PARTNER_OWNER: status, TEAM - PARTNER_OWNER: 403},
        WORKING: {COLLABORATOR: working or status},
    }


def in_its_job(status: int) -> Row:
    """For those who manage jobs in the working partner, whose job it is; the asking partner has no such job."""
    return {ASKING: {MANAGE_JOBS: 404, TEAM - MANAGE_JOBS: 403}, WORKING: {COLLABORATOR: status}}


def in_its_reviews(status: int) -> Row:
    """For those who speak in public for the working partner, of which the review is: here its owner."""
    return {ASKING: {PARTNER_OWNER: 404, TEAM - PARTNER_OWNER: 403}, WORKING: {COLLABORATOR: status}}


def for_the_invited(people: frozenset[str]) -> Row:
    return {ANYWHERE: {people: 201, SIGNED_IN - people: 409}}


STAFF = frozenset({"manager", "staff_without_the_right"})

TABLE: dict[tuple[str, str], Row] = {
    ("api:schema", "GET"): {ANYWHERE: {EVERYBODY: 200}},
    ("api:docs", "GET"): {ANYWHERE: {EVERYBODY: 200}},
    ("api:public-partners", "GET"): {ANYWHERE: {EVERYBODY: 200}},
    ("api:public-partner", "GET"): {place: {EVERYBODY: 200} for place in (ASKING, WORKING)},
    ("api:public-reviews", "GET"): {place: {EVERYBODY: 200} for place in (ASKING, WORKING)},
    ("api:public-review", "GET"): {ANYWHERE: {EVERYBODY: 200}},
    ("api:me", "GET"): everybody_signed_in(200),
    ("api:me", "PATCH"): everybody_signed_in(200),
    ("api:notifications", "GET"): everybody_signed_in(200),
    ("api:notifications-reading", "POST"): everybody_signed_in(204),
    # Nobody reported anything yet, and nobody reports what they wrote themselves
    ("api:review-report", "GET"): everybody_signed_in(404),
    ("api:review-report", "POST"): {ANYWHERE: {OWNER: 403, SIGNED_IN - OWNER: 201}},
    ("api:reply-report", "GET"): everybody_signed_in(404),
    ("api:reply-report", "POST"): {ANYWHERE: {COLLABORATOR: 403, SIGNED_IN - COLLABORATOR: 201}},
    ("api:notification-reading", "POST"): {ANYWHERE: {OWNER: 200}},  # the line is the owner's
    # Whoever holds the link of an invitation hears whom it is for, and no more
    ("api:team-accept", "POST"): for_the_invited(OTHER_OWNER),
    ("api:staff-accept", "POST"): for_the_invited(OTHER_OWNER),
    ("api:expert-offer", "GET"): {ANYWHERE: {EXPERT: 200, SIGNED_IN - EXPERT: 409}},
    ("api:expert-accept", "POST"): for_the_invited(EXPERT),
    ("api:ownership-accept", "POST"): for_the_invited(frozenset({"manager"})),
    ("api:handover", "GET"): {ANYWHERE: {OTHER_OWNER: 200, SIGNED_IN - OTHER_OWNER: 409}},
    ("api:handover-accept", "POST"): for_the_invited(OTHER_OWNER),
    ("api:handover-refusal", "POST"): {ANYWHERE: {OTHER_OWNER: 204, SIGNED_IN - OTHER_OWNER: 409}},
    # The asking partner builds a store that is offered already; the listings are drafts.
    ("api:development-stores", "GET"): in_partner(200),
    ("api:development-stores", "POST"): in_partner(201),
    ("api:development-store", "GET"): in_partner(200, working=404),
    ("api:development-store-offer", "POST"): in_partner(409, working=404),
    ("api:development-store-offer", "DELETE"): in_partner(204, working=404),
    ("api:listing", "GET"): in_team(200),
    ("api:listing", "PUT"): in_team(200),
    ("api:listing-publication", "POST"): in_team(409),  # both are published
    ("api:listing-publication", "DELETE"): in_team(204),
    ("api:permissions", "GET"): everybody_signed_in(200),
    ("api:stores", "GET"): everybody_signed_in(200),
    ("api:stores", "POST"): everybody_signed_in(201),
    ("api:store", "GET"): in_store(200, may=INSIDE),
    ("api:store-access", "GET"): in_store(200, may=INSIDE),
    ("api:store-activity", "GET"): in_store(200),
    ("api:store-conversations", "GET"): in_store(200),
    ("api:store-conversations", "POST"): in_store(201),
    ("api:store-messages", "GET"): in_store(200),
    ("api:store-messages", "POST"): in_store(201),
    ("api:store-messages-reading", "POST"): in_store(204),
    ("api:store-payments", "GET"): in_store(200),
    ("api:store-payments", "POST"): in_store(201),
    ("api:store-payment-reversal", "POST"): in_store(201),
    ("api:partner-payments", "GET"): in_its_job(200),
    ("api:partner-payments", "POST"): in_its_job(201),
    ("api:partner-payment-reversal", "POST"): in_its_job(201),
    ("api:partner-rating", "GET"): in_team(200),
    ("api:partner-reviews", "GET"): in_team(200),
    ("api:partner-review", "GET"): in_its_reviews(200),
    ("api:partner-review-reply", "POST"): in_its_reviews(201),
    ("api:partner-review-reply", "PATCH"): in_its_reviews(404),  # there is none yet
    ("api:partner-review-reply-withdrawal", "POST"): in_its_reviews(200),
    ("api:partner-review-advice", "POST"): in_its_reviews(200),
    ("api:policy", "GET"): in_store(200),
    ("api:policy", "PUT"): in_store(200),
    ("api:code", "GET"): in_store(200),
    ("api:code", "POST"): in_store(201),
    ("api:code-display", "POST"): in_store(200),
    ("api:code-opening", "POST"): in_store(409),  # nothing is closed
    ("api:blocks", "GET"): in_store(200),
    ("api:blocks", "POST"): in_store(201),
    ("api:block", "DELETE"): in_store(204),
    ("api:store-requests", "GET"): in_store(200),
    ("api:store-request", "GET"): in_store(200),
    ("api:request-approval", "POST"): in_store(201),
    ("api:request-refusal", "POST"): in_store(200),
    ("api:request-reopening", "POST"): in_store(409),  # it was never declined
    ("api:request-sight", "POST"): in_store(200),
    ("api:store-collaborations", "GET"): in_store(200),
    ("api:store-collaboration", "GET"): in_store(200),
    ("api:collaboration-permissions", "PUT"): in_store(200),
    ("api:collaboration-end", "PUT"): in_store(200),
    ("api:collaboration-revocation", "POST"): in_store(200),
    ("api:expert-invitations", "GET"): in_store(200),
    ("api:expert-invitations", "POST"): in_store(201),
    ("api:expert-invitation", "GET"): in_store(200),
    ("api:expert-invitation", "DELETE"): in_store(204),
    ("api:collaboration-renewal", "POST"): in_store(200),
    ("api:collaboration-keeping", "POST"): in_store(200),
    ("api:access-reviews", "GET"): in_store(200),
    ("api:access-review", "GET"): in_store(200),
    ("api:access-review-answers", "GET"): in_store(200),
    ("api:access-review-answers", "POST"): in_store(201),
    ("api:job-access", "GET"): in_store(200),
    ("api:job-access", "PUT"): in_store(200),
    ("api:job-access", "DELETE"): in_store(404),  # none belongs to the job
    ("api:store-review-invitations", "GET"): in_store(200),
    ("api:store-review-invitation", "GET"): in_store(200),
    ("api:store-review-answer", "POST"): in_store(200),
    ("api:store-review-making", "POST"): in_store(201),
    ("api:store-reviews", "GET"): in_store(200),
    ("api:store-review", "GET"): in_store(200),
    ("api:store-review", "PUT"): in_store(200, may=OWNER),  # who wrote it
    ("api:store-job-completions", "GET"): in_store(200),
    ("api:completion-approval", "POST"): in_store(200),
    ("api:completion-refusal", "POST"): in_store(200),
    ("api:completion-extension", "POST"): in_store(200),
    ("api:partner-job-completions", "GET"): in_hired(200),
    ("api:partner-job-completions", "POST"): in_hired(201),
    ("api:completion-withdrawal", "POST"): in_hired(200),
    # The asking partner sent a proposal, the working one has not answered.
    ("api:store-jobs", "POST"): in_store(201),
    ("api:job-candidates", "GET"): in_store(200),
    ("api:job-invitation-renewal", "POST"): in_store(409),
    ("api:proposal-acceptance", "POST"): in_store(200),
    ("api:proposal-refusal", "POST"): in_store(200),
    ("api:job-cancellation", "POST"): in_store(200),
    ("api:partner-jobs", "POST"): in_jobs(201, asking=422),  # it works for no store
    ("api:job-candidacy", "GET"): in_jobs(200),
    ("api:proposals", "POST"): in_jobs(201, asking=409),
    ("api:proposal-withdrawal", "POST"): in_jobs(200, working=404),
    ("api:job-invitation-refusal", "POST"): in_jobs(200, asking=409),
    ("api:partner-job-cancellation", "POST"): in_jobs(422),  # the store posted it
    ("api:staff", "GET"): in_store(200),
    ("api:staff-member", "GET"): in_store(200),
    ("api:staff-member", "PUT"): in_store(200),
    ("api:staff-member", "DELETE"): in_store(204),
    ("api:staff-invitations", "GET"): in_store(200),
    ("api:staff-invitations", "POST"): in_store(201),
    ("api:staff-invitation", "DELETE"): in_store(204),
    # the owner and collaborators are not staff
    ("api:staff-departure", "POST"): {STORE: {STAFF: 204, INSIDE - STAFF: 409}},
    ("api:ownership", "GET"): in_store(200, may=OWNER),
    ("api:ownership", "POST"): in_store(409, may=OWNER),  # it is offered already
    ("api:ownership", "DELETE"): in_store(204, may=OWNER),
    ("api:roles", "GET"): in_store(200),
    ("api:roles", "POST"): in_store(201),
    ("api:role", "GET"): in_store(200),
    ("api:role", "PUT"): in_store(200),
    ("api:role", "DELETE"): in_store(204),
    ("api:partners", "GET"): everybody_signed_in(200),
    ("api:partners", "POST"): everybody_signed_in(201),
    ("api:partner", "GET"): {ASKING: {TEAM: 200}, WORKING: {COLLABORATOR: 200}},
    ("api:team", "GET"): {ASKING: {TEAM: 200}, WORKING: {COLLABORATOR: 200}},
    ("api:member", "GET"): {ASKING: {TEAM: 200}},
    ("api:member", "PUT"): in_team(200, working=404),
    ("api:member", "DELETE"): in_team(204, working=404),
    ("api:team-invitations", "GET"): in_team(200),
    ("api:team-invitations", "POST"): in_team(201),
    ("api:team-invitation", "DELETE"): in_team(204, working=404),
    # the last owner cannot go
    ("api:team-departure", "POST"): {
        ASKING: {PARTNER_OWNER: 422, TEAM - PARTNER_OWNER: 204},
        WORKING: {COLLABORATOR: 422},
    },
    # The conversation is about the request, and the one that begins about the collaboration.
    ("api:partner-conversations", "GET"): {ASKING: {TEAM: 200}, WORKING: {COLLABORATOR: 200}},
    ("api:partner-conversations", "POST"): in_partner(201, asking=404),
    ("api:partner-messages", "GET"): in_talk(200, working=404),
    ("api:partner-messages", "POST"): in_talk(201, working=404),
    ("api:partner-messages-reading", "POST"): in_talk(204, working=404),
    ("api:store-jobs", "GET"): in_store(200),
    ("api:store-job", "GET"): in_store(200),
    ("api:store-job-items", "GET"): in_store(200),
    ("api:partner-jobs", "GET"): in_jobs(200),
    ("api:partner-job", "GET"): in_jobs(200, asking=404),
    ("api:partner-job-items", "GET"): in_jobs(200, asking=404),
    ("api:partner-job-items", "POST"): in_jobs(201, asking=404),
    ("api:partner-job-item", "PUT"): in_jobs(200, asking=404),
    ("api:partner-activity", "GET"): in_partner(200),
    ("api:partner-requests", "GET"): in_partner(200),
    ("api:partner-requests", "POST"): in_partner(201),
    # The request is the asking partner's, the collaboration the working one's: under the other's name neither exists.
    ("api:partner-request", "GET"): in_partner(200, working=404),
    ("api:request-withdrawal", "POST"): in_partner(200, working=404),
    ("api:templates", "GET"): in_partner(200),
    ("api:templates", "POST"): in_partner(201),
    ("api:template", "GET"): in_partner(200, working=404),
    ("api:template", "PUT"): in_partner(200, working=404),
    ("api:template", "DELETE"): in_partner(204, working=404),
    ("api:partner-collaborations", "GET"): in_partner(200),
    ("api:partner-collaboration", "GET"): in_partner(200, asking=404),
    ("api:collaboration-departure", "POST"): in_partner(200, asking=404),
}

# What no token may, whoever made it: 403 where a session that signed in just now succeeds.
NOT_FOR_TOKENS = {
    ("api:code", "POST"),
    ("api:code-display", "POST"),
    ("api:code-opening", "POST"),
    ("api:collaboration-permissions", "PUT"),
    ("api:expert-invitations", "POST"),
    ("api:staff-member", "PUT"),
    ("api:staff-member", "DELETE"),
    ("api:staff-invitations", "POST"),
    ("api:staff-invitation", "DELETE"),
    ("api:ownership", "POST"),
    ("api:ownership", "DELETE"),
    ("api:ownership-accept", "POST"),
    ("api:handover-accept", "POST"),
    ("api:development-store-offer", "POST"),
    ("api:development-store-offer", "DELETE"),
    ("api:roles", "POST"),
    ("api:role", "PUT"),
    ("api:role", "DELETE"),
    ("api:member", "PUT"),
    ("api:member", "DELETE"),
    ("api:team-invitations", "POST"),
    ("api:team-invitation", "DELETE"),
}

BODIES: dict[str, dict] = {
    "api:me": {"name": "New Name"},
    "api:member": {"permissions": ["manage_public_listings"]},
    "api:team-invitations": {"email": "x@people.example", "permissions": ["manage_jobs"]},
    "api:roles": {"name": "Another", "permissions": ["orders.view"]},
    "api:role": {"name": "Renamed", "permissions": ["orders.view", "orders.edit"]},
    "api:stores": {
        "name": "New Store",
        "handle": "new-store",
        "industry": "home",
        "country": "FR",
        "currency": "EUR",
        "time_zone": "Europe/Paris",
    },
    "api:development-stores": {
        "name": "New Store",
        "handle": "new-store",
        "industry": "home",
        "country": "FR",
        "currency": "EUR",
        "time_zone": "Europe/Paris",
    },
    "api:development-store-offer": {"email": "x@people.example", "wished": ["themes.view"]},
    "api:handover-accept": {"keeps": ["themes.view"], "ends_on": None},
    "api:listing": {
        "version": 1,
        "name": "Nord",
        "text": "Storefronts for makers.",
        "services": ["theme_design"],
        "languages": ["fr"],
        "country": "FR",
        "website": "",
    },
    "api:completion-refusal": {"items": ["Size guide"]},
    "api:store-review-answer": {"worked_here": True},
    "api:store-review-making": AN_OPINION,
    "api:store-review": {**AN_OPINION, "edited_at": None},
    "api:partner-job-completions": {"message": "All live."},
    "api:store-jobs": {"title": "Size guide", "brief": "For the new shoes.", "partners": ["bureau-lumen"]},
    "api:partner-jobs": {
        "store": "maison-lavande",
        "title": "Size guide",
        "brief": "For the new shoes.",
        "price": 90_000,
    },
    "api:partner-review-reply": {"text": "Thank you for these words."},
    "api:partner-review-advice": {"text": "Thank you"},
    "api:proposals": {"price": None, "items": ["Size guide"]},
    "api:proposal-refusal": {"reason": "Not now"},
    "api:job-cancellation": {"reason": "No longer needed."},
    "api:partner-job-cancellation": {"reason": "No longer needed."},
    "api:partner-job-items": {"text": "Alt texts"},
    "api:partner-job-item": {"done": True},
    "api:blocks": {"partner": "atelier-nord"},
    "api:partners": {"name": "New Partner", "slug": "new-partner"},
    "api:policy": {"rule": "anyone"},
    "api:store-messages": {"text": "From Monday on."},
    "api:partner-messages": {"text": "From Monday on."},
    "api:request-approval": {"permissions": ["products.view"], "ends_on": None},
    "api:request-refusal": {"reason": "Not now"},
    "api:collaboration-permissions": {"permissions": ["products.view", "customers.view"]},
    "api:expert-invitations": {
        "email": "x@people.example",
        "permissions": ["products.view", "customers.view"],
        "ends_on": None,
    },
    "api:expert-accept": {"partner": "pixel-co"},
    "api:review-report": {"reason": "personal"},
    "api:reply-report": {"reason": "personal"},
    "api:collaboration-end": {"ends_on": in_a_month()},
    "api:templates": {"name": "Another", "permissions": ["orders.view"], "days": None},
    "api:template": {"name": "Renamed", "permissions": ["orders.view"], "days": 30},
    "api:partner-requests": {
        "store_url": "cafe-bruma",
        "code": CODE,
        "permissions": ["products.view"],
        "ends_on": None,
        "message": "Hello",
    },
}


def body_for(scene: Scene, address: Address) -> dict:
    """A valid body, so that whoever is permitted succeeds."""
    shipped = str(Role.objects.get(store=None, key="store_manager").public_id)
    if address.name in {"api:staff-member", "api:staff-invitations"}:
        return {"role": shipped, "email": "x@people.example"}
    if address.name in {"api:store-conversations", "api:partner-conversations"}:
        return {"collaboration": str(scene.world.collaboration.public_id)}
    if address.name in {"api:store-payments", "api:partner-payments"}:
        return {"amount": 60_000, "currency": scene.job.currency, "paid_on": timezone.now().date().isoformat()}
    if address.name.endswith("messages-reading"):
        return {"up_to": str(scene.world.pending.conversation.messages.get().public_id)}
    if address.name == "api:ownership":
        return {"staff": str(scene.world.store.staff.order_by("pk")[0].public_id), "keeps_role": None}
    if address.name == "api:collaboration-renewal":
        return {"ends_on": scene.last_day()}
    if address.name == "api:access-review-answers":
        line = scene.world.collaboration
        return {"collaboration": str(line.public_id), "decision": "keep", "version": line.version}
    return BODIES.get(address.name, {})


def call(client: Client, method: str, path: str, body: object = None, **headers: str):
    return client.generic(method, path, json.dumps(body or {}), content_type="application/json", headers=headers)


def methods_of(address: Address, path: str) -> set[str]:
    view = resolve(path).func.cls
    return {method for method in METHODS if hasattr(view, method.lower())}


@pytest.fixture(scope="module")
def scene(django_db_setup, django_db_blocker) -> Iterator[Scene]:
    with django_db_blocker.unblock(), (around := transaction.atomic()):
        around._from_testcase = True  # reserving a guess commits for itself elsewhere
        yield make_scene()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def tokens(scene) -> dict[str, str]:
    """A token of everybody who has an account, used so late that another use writes nothing however long it takes."""
    used = timezone.now() + timedelta(days=1)
    secrets = {person: f"ent_{person}" for person, user in scene.world.people.items() if user}
    for person, secret in secrets.items():
        AccessTokenFactory.create(user=scene.world.people[person], secret=secret, last_used_at=used)
    return secrets


def walk(scene: Scene) -> Iterator[tuple[Address, str, str]]:
    for address in OURS:
        for place in places(address):
            yield address, place, scene.path(address, place)


def test_every_method_of_every_address_has_an_expectation_and_none_outlives_it(scene):
    there = {(address.name, method) for address, _place, path in walk(scene) for method in methods_of(address, path)}
    assert there - TABLE.keys() == set(), "say in TABLE who gets what there"
    assert TABLE.keys() - there == set(), "there is no such method any more: take the row out"


ONLY_ANSWERS = {"api:partner-review-advice"}  # a POST because of what is sent, which nothing keeps


@pytest.mark.parametrize("address", OURS, ids=str)
def test_everybody_gets_what_the_table_says_and_a_refusal_writes_nothing(scene, address):
    before = fingerprint()
    surprises = []
    for place in places(address):
        path = scene.path(address, place)
        for method in METHODS:
            row = TABLE.get((address.name, method))
            for person in sorted(EVERYBODY) if row else ("owner", "signed_out"):
                with undone() as watch:
                    response = call(scene.client(person), method, path, body_for(scene, address))
                    wrote = bool(watch.has_changed(before))
                wanted = expected(row, place, person) if row is not None else 405
                if response.status_code != wanted:
                    surprises.append(f"{method} {path} as {person}: expected {wanted}, got {response.status_code}")
                if wrote != (method != "GET" and response.status_code < 300 and address.name not in ONLY_ANSWERS):
                    surprises.append(f"{method} {path} as {person}: {response.status_code}, wrote: {wrote}")
    assert not surprises, "\n".join(surprises)


@pytest.mark.parametrize("address", OURS, ids=str)
def test_a_token_may_what_its_person_may_and_never_more(scene, tokens, address):
    before = fingerprint()
    surprises = []
    for place in places(address):
        path = scene.path(address, place)
        for method in METHODS:
            row = TABLE.get((address.name, method))
            if row is None:
                continue
            for person, secret in tokens.items():
                with undone() as watch:
                    body = body_for(scene, address)
                    response = call(Client(), method, path, body, authorization=f"Bearer {secret}")
                    wrote = bool(watch.has_changed(before))
                wanted = expected(row, place, person)
                if wanted in {200, 201, 204, 409} and (address.name, method) in NOT_FOR_TOKENS:
                    wanted = 403
                    if response.json()["code"] != "sign_in_again":
                        surprises.append(f"{method} {path} as {person}: {response.json()}")
                if response.status_code != wanted:
                    surprises.append(f"{method} {path} as {person}: expected {wanted}, got {response.status_code}")
                if wrote != (method != "GET" and response.status_code < 300 and address.name not in ONLY_ANSWERS):
                    surprises.append(f"{method} {path} as {person}: {response.status_code}, wrote: {wrote}")
                if response.cookies:
                    surprises.append(f"{method} {path} as {person}: sets {list(response.cookies)}")
    assert not surprises, "\n".join(surprises)


def test_head_answers_what_get_does_without_a_body(scene):
    for _address, _place, path in walk(scene):
        get, head = (scene.client("owner").generic(method, path) for method in ("GET", "HEAD"))
        assert (head.status_code, head.content) == (get.status_code, b""), path


def test_options_says_which_methods_there_are_and_nothing_else(scene):
    """Whoever asks and whatever is there: the same answer, so that nobody learns what exists."""
    for address, _place, path in walk(scene):
        if address.name in DESCRIPTION:
            continue
        answers = [Client().options(path), scene.client("owner").options(path)]
        assert [answer.status_code for answer in answers] == [204, 204], path
        assert answers[0]["Allow"] == answers[1]["Allow"]
        assert {*answers[0]["Allow"].split(", ")} - {"HEAD", "OPTIONS"} == methods_of(address, path)


def test_no_answer_that_is_not_public_is_kept_by_anybody_and_all_are_json(scene):
    for address, _place, path in walk(scene):
        if address.name in DESCRIPTION:
            continue
        for client in (scene.client("owner"), scene.client("operator"), Client()):
            response = client.get(path)
            assert ("no-store" in response["Cache-Control"]) != address.name.startswith(PUBLIC), path
            assert response["Content-Type"] == "application/json", path
            if response.status_code >= 400:
                assert response.json().keys() == {"code", "message", "fields"}, path
