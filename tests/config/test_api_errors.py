"""How the API says no: one shape for everything, JSON whoever answers, nothing changed, never a 5xx."""

import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import User
from collaborators import actions
from config.api import throttles
from tests.config.test_addresses import fingerprint
from tests.config.test_api_addresses import call
from tests.factories import CODE, AccessTokenFactory, StoreFactory
from tests.sessions import age

pytestmark = pytest.mark.django_db

REQUESTS = "/api/v1/partners/atelier-nord/requests/"
STORE = "/api/v1/stores/maison-lavande/"
ASKED = {"store_url": "cafe-bruma", "code": CODE, "permissions": ["products.view"], "ends_on": None}


def signed_in(user: User, **options) -> Client:
    client = Client(raise_request_exception=False, **options)
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def assert_says_no(response, status: int, code: str, **fields: str) -> dict:
    """The one shape, kept by nobody. `fields` are beginnings of the sentences beside them."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json"
    assert "no-store" in response["Cache-Control"]
    body = response.json()
    assert body.keys() == {"code", "message", "fields"}
    assert body["code"] == code
    assert body["message"]
    assert body["fields"].keys() == fields.keys()
    for name, beginning in fields.items():
        assert body["fields"][name][0].startswith(beginning), body["fields"][name]
    return body


@pytest.fixture
def asker(world) -> Client:
    return signed_in(world.people["partner_owner"])


@pytest.fixture
def owner(world) -> Client:
    return signed_in(world.store.owner)


# --- Addresses and methods -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/v1/nowhere/", "/api/v2/", "/api/", "/api/v1/stores/é/", "/api/v1/stores/%FF/"])
def test_an_address_that_does_not_exist_is_json(client, path):
    assert_says_no(client.get(path), 404, "not_found")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"])
def test_a_method_that_does_not_exist_is_a_405_that_names_those_that_do(owner, method):
    for client in (owner, Client()):
        response = client.generic(method, f"{STORE}access/")
        assert_says_no(response, 405, "method_not_allowed")
        assert response["Allow"] == "GET, HEAD, OPTIONS"


def test_whoever_is_signed_out_is_told_how_to_sign_in(client):
    response = client.get("/api/v1/me/")
    assert_says_no(response, 401, "not_authenticated")
    assert response["WWW-Authenticate"] == "Bearer"


def test_an_answer_in_another_format_than_json_is_a_406(owner):
    assert_says_no(owner.get("/api/v1/me/", headers={"accept": "text/html"}), 406, "not_acceptable")
    assert owner.get("/api/v1/me/", headers={"accept": "text/html, */*;q=0.1"}).status_code == 200
    assert owner.get("/api/v1/me/?format=html").status_code == 200  # no way to ask for another one


def test_strangers_and_nothing_get_the_same_404(world):
    client = signed_in(world.people["other_owner"])
    theirs, missing = (client.get(f"/api/v1/stores/{handle}/") for handle in ("maison-lavande", "no-store"))
    assert_says_no(theirs, 404, "not_found")
    assert theirs.content == missing.content


def test_a_member_without_the_right_is_told_what_to_do_next(world):
    client = signed_in(world.people["staff_without_the_right"])
    body = assert_says_no(client.get(f"{STORE}requests/"), 403, "not_allowed")
    assert body["message"] == "You are not allowed to do this. Ask an owner to give you the right."


# --- Bodies ----------------------------------------------------------------------------------------------------------

UNREADABLE = [b"", b"{", b"\xff", b"nonsense", b'{"a": NaN}', b"[" * 100_000, b'{"a": ' + b"9" * 5_000 + b"}"]


@pytest.mark.parametrize("raw", UNREADABLE, ids=lambda raw: raw[:10])
def test_a_body_that_is_not_json_is_a_400(asker, raw):
    before = fingerprint()
    response = asker.generic("POST", REQUESTS, raw, content_type="application/json")
    code = "parse_error" if raw else "invalid"
    assert response.status_code in {400, 422}
    assert response.json()["code"] == code
    assert fingerprint() == before


@pytest.mark.parametrize("body", [[], "text", 1, None, True, [ASKED]], ids=str)
def test_a_body_that_is_no_object_is_a_422(asker, body):
    response = asker.generic("POST", REQUESTS, json.dumps(body), content_type="application/json")
    assert_says_no(response, 422, "invalid")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_body_in_another_format_than_json_is_a_415(asker, kind):
    response = asker.generic("POST", REQUESTS, "a=b", content_type=kind)
    assert_says_no(response, 415, "unsupported_media_type")


def test_a_body_is_read_as_utf_8_whatever_charset_it_claims(asker):
    body = json.dumps({**ASKED, "message": "Élodie"}, ensure_ascii=False).encode()
    response = asker.generic("POST", REQUESTS, body, content_type="application/json; charset=bz2_codec")
    assert response.status_code == 201
    assert response.json()["message"] == "Élodie"


def test_a_body_that_is_too_large_is_a_413(asker):
    raw = json.dumps({**ASKED, "message": "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE})
    response = asker.generic("POST", REQUESTS, raw, content_type="application/json")
    assert_says_no(response, 413, "too_large")


@pytest.mark.parametrize(
    "body",
    [{**ASKED, "message": "a\x00b"}, {**ASKED, "permissions": ["\x00"]}, {"\x00": 1}, [["\x00"]]],
    ids=["text", "list", "name", "nested"],
)
def test_a_nul_in_a_body_is_a_400(asker, body):
    before = fingerprint()
    assert_says_no(call(asker, "POST", REQUESTS, body), 400, "nul")
    assert fingerprint() == before


@pytest.mark.parametrize("path", ["/api/v1/stores/%00/", "/api/v1/stores/?after=%00", "/api/v1/%00"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_nul_in_an_address_is_a_400(client, path, method):
    assert_says_no(client.generic(method, path), 400, "bad_request")


@pytest.mark.parametrize("header", ["authorization", "idempotency-key", "accept", "x-csrftoken", "cookie"])
def test_a_nul_in_a_header_is_a_400(client, header):
    assert_says_no(client.get("/api/v1/me/", headers={header: "Bearer a\x00=b\x00"}), 400, "bad_request")


def test_a_host_that_is_not_ours_is_a_400(client):
    assert_says_no(client.get("/api/v1/me/", headers={"host": "evil.example"}), 400, "bad_request")


HUGE = {"permissions": ["products.view"] * 500}


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"store_url": None}, {"store_url": "This field may not be null"}),
        ({"store_url": ""}, {"store_url": "This field may not be blank"}),
        ({"store_url": 5}, {"store_url": "Not a valid string"}),
        ({"store_url": "http://127.0.0.1/"}, {"store_url": "This does not look like the address of a store"}),
        ({"store_url": "x" * 301}, {"store_url": "Use at most 300 characters"}),
        ({"message": "a\u202eb"}, {"message": "This contains invisible characters"}),
        ({"message": "\ud800"}, {"message": "Surrogate characters are not allowed"}),
        ({"message": "x" * 2001}, {"message": "Use at most 2000 characters"}),
        ({"permissions": "products.view"}, {"permissions": "Expected a list of items"}),
        ({"permissions": [["products.view"]]}, {"permissions": "Not a valid string"}),
        (HUGE, {"permissions": "Ensure this field has no more than"}),
        ({"ends_on": "tomorrow"}, {"ends_on": "Date has wrong format"}),
        ({"ends_on": "2020-01-01"}, {"ends_on": "This day is over"}),
        ({"ends_on": "9999-12-31"}, {"ends_on": "Choose a day before"}),
        ({"ends_on": 20300101}, {"ends_on": "Date has wrong format"}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_field_that_is_refused_says_why_beside_it_and_writes_nothing(asker, change, fields):
    before = fingerprint()
    raw = json.dumps({**ASKED, **change})
    response = asker.generic("POST", REQUESTS, raw, content_type="application/json")
    assert_says_no(response, 422, "invalid", **fields)
    assert fingerprint() == before


@pytest.mark.parametrize(
    ("permissions", "code", "sentence"),
    [
        ([], "no_permissions", "Choose at least one permission."),
        (["cakes.bake"], "unknown_permission", "One of these permissions does not exist."),
        (["users.manage"], "staff_only_permission", "Some of these permissions are for staff only"),
        (["orders.edit"], "missing_permissions", "“Edit orders” also needs “View orders”."),
    ],
)
def test_the_rules_say_no_with_their_own_code(asker, permissions, code, sentence):
    before = fingerprint()
    response = call(asker, "POST", REQUESTS, {**ASKED, "permissions": permissions})
    assert_says_no(response, 422, code, permissions=sentence)
    assert fingerprint() == before


def test_what_only_the_store_knows_is_one_and_the_same_answer(asker):
    answers = [
        call(asker, "POST", REQUESTS, {**ASKED, **change})
        for change in ({"store_url": "no-such-store"}, {"code": "0000"}, {"code": ""}, {"store_url": "shop.example"})
    ]
    for answer in answers:
        assert_says_no(answer, 422, "cannot_ask")
    assert len({answer.content for answer in answers}) == 1


def test_sentences_are_in_the_language_of_the_person(world):
    world.people["partner_owner"].language = "fr"
    world.people["partner_owner"].save()
    client = signed_in(world.people["partner_owner"])
    body = assert_says_no(call(client, "POST", REQUESTS, {**ASKED, "code": "0000"}), 422, "cannot_ask")
    assert "boutique" in body["message"]


# --- Queries ---------------------------------------------------------------------------------------------------------


def test_a_permission_that_does_not_exist_is_a_400_with_a_sentence(owner):
    for key in ("cakes.bake", "orders", "ORDERS.VIEW", "' OR 1=1 --"):
        response = owner.get(f"{STORE}access/", {"permission": key})
        assert_says_no(response, 400, "unknown_permission", permission="There is no such permission.")


@pytest.mark.parametrize(
    ("query", "status", "code", "field"),
    [
        ("after=nonsense", 400, "invalid", "after"),
        ("after=6e4cb4de-5e2c-4e0b-9d4d-7b4c1f7f2b11", 422, "no_such_place", "after"),
        ("status=", 400, "invalid", "status"),
        ("status=eaten", 400, "invalid", "status"),
    ],
)
def test_a_query_that_means_nothing_is_refused_and_never_another_list(owner, query, status, code, field):
    response = owner.get(f"{STORE}requests/?{query}")
    assert response.status_code == status
    assert (response.json()["code"], *response.json()["fields"]) == (code, field)


# --- Somebody was quicker --------------------------------------------------------------------------------------------


def test_the_loser_hears_who_decided_what_and_when(world, owner):
    actions.decline_request(world.pending, by=world.people["manager"])
    path = f"{STORE}requests/{world.pending.public_id}/approval/"
    response = call(owner, "POST", path, {"permissions": ["products.view"], "ends_on": None})
    body = assert_says_no(response, 409, "already_decided")
    assert body["message"].startswith("Manager declined this request on ")


def test_the_same_decision_said_twice_is_answered_like_the_first_time(world, owner):
    path = f"{STORE}requests/{world.pending.public_id}/refusal/"
    first = call(owner, "POST", path, {"reason": "Not now"})
    before = fingerprint()
    second = call(owner, "POST", path, {"reason": "Not now"})
    assert (first.status_code, first.content) == (second.status_code, second.content) == (200, first.content)
    assert fingerprint() == before


@pytest.mark.django_db(transaction=True)
def test_a_lock_held_for_too_long_is_a_409_with_a_sentence(transactional_db):
    store = StoreFactory.create(handle="maison-lavande")
    other = connection.get_new_connection(connection.get_connection_params())
    other.autocommit = False
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT id FROM stores_store WHERE id = %s FOR UPDATE", [store.pk])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        response = call(signed_in(store.owner), "PUT", f"{STORE}policy/", {"rule": "nobody"})
        assert_says_no(response, 409, "busy")
    finally:
        other.rollback()
        other.close()
        connection.close()


def test_what_nobody_foresaw_is_a_500_in_the_same_shape(owner, monkeypatch):
    monkeypatch.setattr("stores.api.enter", lambda *args: 1 / 0)
    body = assert_says_no(owner.get(STORE), 500, "error")
    assert "division" not in body["message"]


# --- Sessions and forgery --------------------------------------------------------------------------------------------


def test_a_session_changes_nothing_without_its_csrf_token(world):
    client = signed_in(world.people["partner_owner"], enforce_csrf_checks=True)
    before = fingerprint()
    assert_says_no(call(client, "POST", REQUESTS, ASKED), 403, "csrf_failed")
    assert fingerprint() == before
    assert client.get("/api/v1/me/").status_code == 200
    client.get("/partner/atelier-nord/stores/request/")
    csrf = client.cookies[settings.CSRF_COOKIE_NAME].value
    assert call(client, "POST", REQUESTS, ASKED, **{"x-csrftoken": csrf}).status_code == 201


OLD = timedelta(minutes=6)
SENSITIVE = {"permissions": ["products.view", "customers.view"], "ends_on": None}


def acts_that_need_a_fresh_sign_in(world) -> list[tuple[str, str, dict]]:
    return [
        ("POST", f"{STORE}code/display/", {}),
        ("POST", f"{STORE}code/", {}),
        ("POST", f"{STORE}requests/{world.pending.public_id}/approval/", SENSITIVE),
        (
            "PUT",
            f"{STORE}collaborations/{world.collaboration.public_id}/permissions/",
            {"permissions": ["products.view", "orders.view", "orders.export"]},
        ),
    ]


def test_what_needs_a_fresh_sign_in_is_refused_to_an_older_one(world, owner):
    age(owner, OLD)
    before = fingerprint()
    for method, path, body in acts_that_need_a_fresh_sign_in(world):
        assert_says_no(call(owner, method, path, body), 403, "sign_in_again")
    assert fingerprint() == before


def test_the_same_acts_succeed_after_a_fresh_sign_in(world, owner):
    for method, path, body in acts_that_need_a_fresh_sign_in(world):
        assert call(owner, method, path, body).status_code in {200, 201}, path


def test_whoever_lacks_the_right_is_told_that_and_not_to_sign_in_again(world):
    client = signed_in(world.people["staff_without_the_right"])
    age(client, OLD)
    assert_says_no(client.get(f"{STORE}code/"), 403, "not_allowed")


def test_an_older_sign_in_may_take_away_what_is_sensitive(world, owner):
    age(owner, OLD)
    path = f"{STORE}collaborations/{world.collaboration.public_id}/permissions/"
    response = call(owner, "PUT", path, {"permissions": ["products.view"]})
    assert (response.status_code, response.json()["permissions"]) == (200, ["products.view"])


def test_whoever_lacks_a_second_step_may_do_nothing_and_hears_why(world):
    type(world.store).objects.filter(pk=world.store.pk).update(requires_two_step=True)
    type(world.asking).objects.filter(pk=world.asking.pk).update(requires_two_step=True)
    client = signed_in(world.people["collaborator"])
    asked = client.get(f"{STORE}access/", {"permission": "orders.view"})
    assert (asked.status_code, asked.json()) == (200, {"allowed": False, "until": None})
    for path in ("access/", "", "requests/"):
        body = assert_says_no(client.get(f"{STORE}{path}"), 403, "two_step_required")
        assert "Maison Lavande" in body["message"]
    assert client.get("/api/v1/stores/").json()["results"] == []
    assert_says_no(signed_in(world.people["partner_owner"]).get(REQUESTS), 403, "two_step_required")
    stranger = signed_in(world.people["other_owner"])
    assert_says_no(stranger.get(f"{STORE}access/", {"permission": "orders.view"}), 404, "not_found")


# --- Too much --------------------------------------------------------------------------------------------------------


def test_too_much_in_a_while_is_a_429_that_says_how_long_to_wait(world, owner, monkeypatch):
    monkeypatch.setattr(throttles.Requests, "rate", "2/minute", raising=False)
    assert [owner.get("/api/v1/me/").status_code for _ in range(2)] == [200, 200]
    response = owner.get("/api/v1/me/")
    assert_says_no(response, 429, "throttled")
    assert 0 < int(response["Retry-After"]) <= 61
    assert signed_in(world.people["manager"]).get("/api/v1/me/").status_code == 200  # each for themselves


def test_asking_stores_is_slower_than_anything_else(asker, monkeypatch):
    monkeypatch.setitem(throttles.PersonThrottle.THROTTLE_RATES, "asking", "2/hour")
    wrong = {**ASKED, "code": "0000"}
    assert [call(asker, "POST", REQUESTS, wrong).status_code for _ in range(3)] == [422, 422, 429]
    assert asker.get(REQUESTS).status_code == 200  # looking is not asking


def test_without_a_cache_people_are_served_and_still_counted(owner, settings, monkeypatch):
    from django.core.cache import caches

    dead = caches.create_connection("default")
    dead._servers = ["unix:///nowhere/valkey.sock"]
    monkeypatch.setattr(throttles.PersonThrottle, "cache", dead)
    monkeypatch.setattr(throttles.Requests, "rate", "1/minute", raising=False)
    assert [owner.get("/api/v1/me/").status_code for _ in range(2)] == [200, 429]


def test_more_tokens_are_no_more_guesses(world, monkeypatch):
    monkeypatch.setitem(throttles.PersonThrottle.THROTTLE_RATES, "asking", "2/hour")
    answers = []
    for number in range(3):
        token = AccessTokenFactory.create(user=world.people["partner_owner"], secret=f"ent_{number}")
        headers = {"authorization": f"Bearer ent_{number}"}
        answers.append(call(Client(headers=headers), "POST", REQUESTS, ASKED | {"code": "0000"}).status_code)
        assert token.pk
    assert answers == [422, 422, 429]


HALF = "a\ud800b"  # half a character: JSON can name it, no database can keep it


@pytest.mark.parametrize(
    ("who", "method", "path", "body"),
    [
        ("owner", "PUT", f"{STORE}policy/", {"rule": HALF}),
        ("owner", "PATCH", "/api/v1/me/", {"language": HALF}),
        ("owner", "POST", "/api/v1/stores/", {"name": "x", "handle": "x", "industry": HALF}),
        ("owner", "POST", f"{STORE}roles/", {"name": HALF, "permissions": [HALF]}),
        (
            "partner_owner",
            "POST",
            "/api/v1/partners/atelier-nord/team/invitations/",
            {"email": "x@y.example", "permissions": [HALF]},
        ),
        ("partner_owner", "POST", REQUESTS, ASKED | {"store_url": HALF, "code": HALF, "message": HALF}),
    ],
)
def test_half_a_character_gets_a_sentence(world, who, method, path, body):
    response = getattr(signed_in(world.people[who]), method.lower())(path, json.dumps(body), "application/json")
    assert response.status_code in {400, 422}
    assert response.json()["message"]


# --- Pages stay pages ------------------------------------------------------------------------------------------------


def test_only_the_api_speaks_json(owner):
    assert owner.get("/nowhere/")["Content-Type"].startswith("text/html")
    assert owner.get("/apis/")["Content-Type"].startswith("text/html")


def test_there_is_no_page_to_browse_the_api_with(owner):
    assert owner.get("/api/v1/me/", headers={"accept": "*/*"})["Content-Type"] == "application/json"
