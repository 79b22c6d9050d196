"""What comes back when something is wrong, and what stands around every answer: our look, our words, tight headers."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import get_resolver

from accounts.errors import NotAllowed
from accounts.models import User
from collaborators.errors import OwnPartner
from collaborators.models import RequestCode
from notifications.models import Event
from tests.config.test_addresses import (
    DONE,
    EVERYBODY,
    FORMS,
    NO_SUCH_METHOD,
    OURS,
    SENT_ON,
    TABLE,
    Address,
    Scene,
    expected,
    fingerprint,
    make_scene,
    places,
    send,
    undone,
)
from tests.factories import PASSWORD, MembershipFactory, StoreFactory

HOME = "/store/maison-lavande/"
USERS = f"{HOME}settings/users/collaborators/"


def signed_in(user: User, **options) -> Client:
    client = Client(**options)
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


class Page(HTMLParser):
    """The elements of a page, each with its attributes."""

    def __init__(self, response):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = response.content.decode()
        self.feed(self.text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag == name]


def assert_our_look(response, status: int, heading: str) -> str:
    """One of our pages, whole, with one heading and a way back. Returns its text."""
    assert response.status_code == status
    assert response["Content-Type"] == "text/html; charset=utf-8"
    page = Page(response)
    assert page.text.lstrip().startswith("<!doctype html>")
    assert page.all("html") == [{"lang": "en"}]
    assert {"class": "brand", "href": "/"} in page.all("a")
    assert re.findall(r"<h1>(.*?)</h1>", page.text) == [heading]
    assert {"class": "button primary", "href": "/"} in page.all("a")
    assert "Traceback" not in page.text
    return page.text


# --- Our pages for what is wrong ------------------------------------------------------------------------------------

NOT_FOUND, NOT_YOURS, NONSENSE = "There is nothing here", "This is not yours to do", "This request makes no sense"
BUSY, BROKEN = "Somebody else is changing this", "Something broke on our side"


@pytest.mark.parametrize("path", ["/nowhere/", "/store/no-such-store/", "/store/UPPER/", "/partner/ü/", "/store/%FF/"])
def test_an_address_that_does_not_exist_is_our_404(world, path):
    assert_our_look(signed_in(world.store.owner).get(path), 404, NOT_FOUND)


def test_a_page_that_is_not_open_to_a_member_is_our_403_with_what_to_do_next(world):
    response = signed_in(world.people["staff_without_the_right"]).get(USERS)
    text = assert_our_look(response, 403, NOT_YOURS)
    assert str(NotAllowed()) in text


def test_whoever_belongs_to_the_partner_is_told_why_they_cannot_decide(world):
    manager = world.people["manager"]
    MembershipFactory.create(partner=world.asking, user=manager)
    path = f"{USERS}requests/{world.pending.public_id}/refusal/"
    text = assert_our_look(signed_in(manager).post(path), 403, NOT_YOURS)
    assert str(OwnPartner(world.asking)) in text


def test_names_in_an_error_sentence_are_escaped(world):
    manager = world.people["manager"]
    MembershipFactory.create(partner=world.asking, user=manager)
    world.asking.name = "<script>alert(1)</script>"
    world.asking.save(update_fields=["name"])
    response = signed_in(manager).post(f"{USERS}requests/{world.pending.public_id}/refusal/")
    text = assert_our_look(response, 403, NOT_YOURS)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert Page(response).all("script") == []


@pytest.mark.parametrize(
    ("status", "error", "heading"),
    [(400, BadRequest("x"), NONSENSE), (403, PermissionDenied(), NOT_YOURS), (404, Exception("x"), NOT_FOUND)],
    ids=["400", "403", "404"],
)
def test_django_itself_answers_with_our_pages(rf: RequestFactory, status, error, heading):
    handler = get_resolver().resolve_error_handler(status)
    assert_our_look(handler(rf.get("/"), exception=error), status, heading)


def test_our_500_stands_without_a_request(rf: RequestFactory):
    """It must not need what may just have broken: no database, no session, no person."""
    response = get_resolver().resolve_error_handler(500)(rf.get("/"))
    assert response.status_code == 500
    text = response.content.decode()
    assert re.findall(r"<h1>(.*?)</h1>", text) == [BROKEN]
    assert "Entente" in text


def test_a_host_that_is_not_ours_is_our_400(client):
    assert_our_look(client.get("/", headers={"host": "evil.example"}), 400, NONSENSE)


# --- A NUL anywhere -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/%00",
        "/store/%00/",
        "/store/maison%00/",
        "/notifications/?after=%00",
        "/?%00=1",
        "/store/maison-lavande/activity/?after=a%00b",
        "/account/login/?next=/%00",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_nul_in_an_address_is_a_400(client, path, method):
    response = getattr(client, method)(path)
    assert_our_look(response, 400, NONSENSE)
    assert response["Content-Security-Policy"].startswith("default-src 'none'")
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
@pytest.mark.parametrize("name", [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "last_dashboard", "other"])
@pytest.mark.parametrize("value", ["a\x00b", '"a\\000b"'], ids=["as it is", "escaped"])
def test_a_nul_in_a_cookie_is_a_400(name, value):
    response = Client(headers={"cookie": f"{name}={value}"}).get("/")
    assert_our_look(response, 400, NONSENSE)


@pytest.fixture
def scene(db) -> Scene:
    return make_scene()


def welcome(address: Address, method: str, *wanted) -> list[tuple[str, str]]:
    """Places and people where the table promises one of these outcomes, one person for each kind of place."""
    row, found = TABLE[address.name, method], []
    for place in places(address):
        people = [person for person in sorted(EVERYBODY) if expected(row, place, person) in wanted]
        found += [(place, people[0])] if people else []
    return found


DRAWN_AGAIN = {address.name for address in OURS if address.name.startswith(("account_", "mfa_"))} - {"account_profile"}
IDENTIFIERS = {  # hidden fields that name a row or a state: one that names nothing is answered as ever
    "collaborators:conversation-list": {"collaboration": 404},
    "collaborators:partner-conversation-list": {"collaboration": 404},
    "collaborators:conversation-reading": {"up_to": 302},
    "collaborators:partner-conversation-reading": {"up_to": 302},
    "collaborators:collaboration-renewal": {"ends_on": 302},  # says that it ends on another day
    "collaborators:review": {"version": 422, "review": 422},  # shows the lines as they are now
    "jobs:partner-item": {"done": 302},  # says that nothing changed
    "reviews:handover-answer": {"worked_here": 302},  # asks again
    "partners:listing": {"version": 422},  # shows what was typed
    "reviews:reply-edit": {"edits": 422},
    "reviews:reply-withdrawal": {"reply": 422},  # shows the review as it is now
}
WITH_A_FORM = [address for address in OURS if address.name in FORMS and welcome(address, "POST", DONE)]


@pytest.mark.parametrize("address", WITH_A_FORM, ids=str)
def test_a_nul_in_any_field_of_a_form_is_refused_beside_it_and_writes_nothing(scene, address):
    before = fingerprint()
    for place, person in welcome(address, "POST", DONE):
        path, valid = scene.path(address, place), scene.data(address, person)
        for field, value in valid.items():
            broken = {**valid, field: ["\x00"] if isinstance(value, list) else f"{value}\x00"}
            response = scene.client(person).post(path, broken)
            if status := IDENTIFIERS.get(address.name, {}).get(field.rpartition("-")[2]):
                assert response.status_code == status, f"{field} of {path}"
                continue
            assert response.status_code == (200 if address.name in DRAWN_AGAIN else 422), f"{field} of {path}"
            assert 'class="error"' in response.content.decode(), f"{field} of {path}"
    assert fingerprint() == before


# --- Somebody else holds the lock -----------------------------------------------------------------------------------


@pytest.fixture
def impatient(transactional_db):
    """This connection waits a tenth of a second for a lock, not three."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    yield
    connection.close()


@pytest.fixture
def held_store(impatient):
    """A store that another connection has locked."""
    store = StoreFactory.create(handle="maison-lavande")
    other = connection.get_new_connection(connection.get_connection_params())
    other.autocommit = False
    with other.cursor() as cursor:
        cursor.execute("SELECT id FROM stores_store WHERE id = %s FOR UPDATE", [store.pk])
    yield store
    other.rollback()
    other.close()


def test_a_lock_held_for_too_long_is_a_409_with_a_sentence_and_nothing_is_changed(held_store):
    client = signed_in(held_store.owner)
    response = client.post(f"{USERS}code/")
    text = assert_our_look(response, 409, BUSY)
    assert "Nothing was changed by you. Go back and try again." in text
    assert RequestCode.objects.filter(store=held_store).count() == 1
    assert not Event.objects.exists()


def test_whoever_only_looks_does_not_wait_for_the_lock(held_store):
    assert signed_in(held_store.owner).get(USERS).status_code == 200


def test_the_same_request_succeeds_once_the_lock_is_free(impatient):
    store = StoreFactory.create(handle="maison-lavande")
    response = signed_in(store.owner).post(f"{USERS}code/")
    assert (response.status_code, response.url) == (302, USERS)
    assert RequestCode.objects.filter(store=store).count() == 2


# --- Forged forms ---------------------------------------------------------------------------------------------------

FORGED = "This page was open for too long, or in a browser without cookies. Go back, reload it and try again."


def test_a_form_without_its_token_is_our_403_with_what_to_do_next(world):
    client = signed_in(world.store.owner, enforce_csrf_checks=True)
    text = assert_our_look(client.post(f"{USERS}code/"), 403, NOT_YOURS)
    assert FORGED in text
    assert "CSRF" not in text


def test_no_form_at_all_works_without_its_token(scene):
    before = fingerprint()
    tried = 0
    for address in OURS:
        if TABLE[address.name, "POST"] is NO_SUCH_METHOD:
            continue
        for place, person in welcome(address, "POST", DONE, SENT_ON):
            client = Client(enforce_csrf_checks=True)
            client.cookies = scene.client(person).cookies
            response = client.post(scene.path(address, place), scene.data(address, person))
            assert response.status_code == 403, f"{address} as {person}"
            assert FORGED in response.content.decode(), f"{address} as {person}"
            tried += 1
    assert tried > 20
    assert fingerprint() == before


def test_the_same_form_with_its_token_works(world):
    client = signed_in(world.store.owner, enforce_csrf_checks=True)
    tokens = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(USERS).content.decode())
    response = client.post(f"{USERS}code/", {"csrfmiddlewaretoken": tokens[0]})
    assert (response.status_code, response.url) == (302, USERS)


# --- Around every answer --------------------------------------------------------------------------------------------


def assert_tight_headers(response) -> None:
    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";") if part.strip())
    assert policy["default-src"] == "'none'"
    assert policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["img-src"] == "'self' data:"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert "Content-Security-Policy-Report-Only" not in response
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] in {"strict-origin-when-cross-origin", "same-origin", "no-referrer"}
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert {"camera=()", "geolocation=()", "microphone=()"} <= set(response["Permissions-Policy"].split(", "))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 302),
        (HOME, 200),
        (USERS, 200),
        ("/notifications/", 200),
        ("/notifications/latest/", 200),
        ("/account/password/change/", 200),
        ("/partner/", 200),
        ("/nowhere/", 404),
        (f"{USERS}code/", 405),
    ],
)
def test_signed_in_answers_have_tight_headers_and_are_kept_by_nobody(world, path, status):
    response = signed_in(world.store.owner).get(path)
    assert response.status_code == status
    assert_tight_headers(response)
    assert {"no-store", "private"} <= set(response["Cache-Control"].split(", "))


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/account/login/", 200), (HOME, 302), ("/nowhere/", 404)])
def test_answers_to_whoever_is_signed_out_have_the_same_headers(world, client, path, status):
    response = client.get(path)
    assert response.status_code == status
    assert_tight_headers(response)


def test_refusals_are_kept_by_nobody_either(world):
    response = signed_in(world.people["staff_without_the_right"]).get(USERS)
    assert response.status_code == 403
    assert_tight_headers(response)
    assert "no-store" in response["Cache-Control"]


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(world):
    client = Client()
    client.post("/account/login/", {"login": world.store.owner.email, "password": PASSWORD})
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    remembered = client.get(HOME).cookies["last_dashboard"]
    assert remembered["httponly"]
    assert remembered["samesite"] == "Lax"


# --- Nothing inline, nothing from elsewhere -------------------------------------------------------------------------


def leads_out(tag: str, attributes: dict, address: str) -> bool:
    """Where a reader may go, or what the page says of itself: nothing of it is loaded."""
    if tag == "link":
        return attributes.get("rel") == "canonical" and address.startswith(f"{settings.SITE_URL}/")
    if tag != "a":
        return False
    return address.startswith("mailto:") or (address.startswith("https://") and "noopener" in attributes.get("rel", ""))


def assert_nothing_inline(response, where: str) -> None:
    page = Page(response)
    for tag, attributes in page.elements:
        assert "style" not in attributes, f"{where}: <{tag} style>"
        handlers = [name for name in attributes if name.startswith(("on", "hx-on"))]
        assert not handlers, f"{where}: <{tag} {handlers}>"
        for name in ("href", "src", "action", "formaction", "hx-get", "hx-post"):
            if (value := attributes.get(name)) and not leads_out(tag, attributes, value):
                assert value.startswith(("/", "?", "#")), f"{where}: <{tag} {name}={value}>"
                assert not value.startswith("//"), f"{where}: <{tag} {name}={value}>"
    assert page.all("style") == [], where
    scripts = [script for script in page.all("script") if script.get("type") != "application/ld+json"]  # data
    assert all((script.get("src") or "").startswith("/static/") for script in scripts), where
    assert "<script>" not in page.text, where


def shown_pages(scene: Scene) -> Iterator[tuple[str, HttpResponse, int]]:
    """Every page that anybody gets, as one person of each place; every form that was refused; pages without rows."""

    def shown(person: str, method: str, path: str, status: int, **data):
        with undone():  # a link to confirm an address signs out whoever is somebody else
            response = send(scene.client(person), method, path, data)
        return f"{method} {path} as {person}", response, status

    for address in OURS:
        for place, person in welcome(address, "GET", 200):
            page = shown(person, "GET", scene.path(address, place), 200)
            if not page[1].streaming:  # a file is no page
                yield page
    for address in WITH_A_FORM:
        refused = 200 if address.name in DRAWN_AGAIN else 422
        for place, person in welcome(address, "POST", DONE):
            named = IDENTIFIERS.get(address.name, {})
            data = scene.data(address, person)
            broken = dict.fromkeys(data, "\x00")
            if {status for status in named.values() if status != 422}:
                continue  # what names a row is answered before anything is drawn
            yield shown(person, "POST", scene.path(address, place), refused, **broken)
    yield shown("other_owner", "GET", "/store/cafe-bruma/", 200)
    yield shown("other_partner_owner", "GET", "/partner/pixel-co/", 200)
    yield shown("staff_without_the_right", "GET", HOME, 200)
    yield shown("operator", "GET", "/", 200)


def test_no_page_has_inline_style_or_script_or_anything_from_another_host(scene):
    seen = 0
    for where, response, status in shown_pages(scene):
        assert response.status_code == status, where
        assert_nothing_inline(response, where)
        seen += 1
    assert seen > 40


def test_every_page_has_one_heading_a_title_and_a_language(scene):
    for where, response, _status in shown_pages(scene):
        if re.match(r"GET /notifications/(latest|count)/|GET /\S+/(newer|summary|words)/", where):
            continue  # parts of a page
        if re.match(r"GET /(healthz|readyz)/", where):
            continue  # not for people
        page = Page(response)
        assert len(page.all("h1")) == 1, where
        assert re.search(r"<title>[^<]+ · Entente</title>", page.text), where
        assert page.all("html") == [{"lang": "en"}], where


def test_what_people_typed_is_text_on_every_page_that_shows_it(scene):
    """Markup in each text that one side shows to the other."""
    markup = "<b onclick=alert(1)>bold</b><script>alert(1)</script>"
    world = scene.world
    type(world.store).objects.filter(pk=world.store.pk).update(name=markup)
    for partner in (world.asking, world.working):
        type(partner).objects.filter(pk=partner.pk).update(name=markup)
    User.objects.update(name=markup[:100])
    type(world.pending).objects.update(message=markup, typed_address=markup)
    escaped = 0
    for where, response, _status in shown_pages(scene):
        assert_nothing_inline(response, where)
        assert "<b onclick" not in response.content.decode(), where
        escaped += "&lt;b onclick=alert(1)&gt;" in response.content.decode()
    assert escaped > 20


def test_an_address_that_takes_a_form_shows_the_way_back(world):
    response = signed_in(world.store.owner).get(f"{USERS}code/")
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert 'href="../"' in response.content.decode()
