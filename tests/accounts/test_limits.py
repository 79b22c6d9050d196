"""Guessing is limited, and neither words nor time tell who has an account."""

import re
from statistics import median
from time import perf_counter

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from notifications.models import Delivery, Event
from tests.accounts.conftest import code_of
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

NEW = {"name": "Inès Caron", "password1": "three-words-long", "time_zone": ""}
WAIT = "Wait a few minutes"


@pytest.fixture
def limits(settings):
    """allauth's own, as in production."""
    settings.ACCOUNT_RATE_LIMITS = {}
    settings.MFA_RATE_LIMITS = {}


def post(view: str, client: Client | None = None, /, **data):
    return (client or Client()).post(reverse(view), data)


# --- Limits ---------------------------------------------------------------------------------------------------------


def test_a_password_can_be_guessed_five_times_whoever_it_belongs_to(limits, settings):
    known = UserFactory.create().email
    for email in (known, "unknown@people.example"):
        settings.ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key"}  # not also by address: this test has one
        pages = [post("account_login", login=email, password=f"wrong-{n}").content.decode() for n in range(6)]
        assert ["Too many failed" in page for page in pages] == [False] * 5 + [True]
    assert "Too many failed" in post("account_login", login=known, password=PASSWORD).content.decode()


def test_who_knows_the_password_is_not_limited(limits):
    user = UserFactory.create()
    assert [post("account_login", login=user.email, password=PASSWORD).status_code for _ in range(8)] == [302] * 8


def test_a_code_can_be_guessed_five_times(limits, with_app):
    client = Client()
    post("account_login", client, login=with_app.email, password=PASSWORD)
    pages = [post("mfa_authenticate", client, code="000000").content.decode() for _ in range(6)]
    assert ["Too many failed" in page for page in pages] == [False] * 5 + [True]
    assert post("mfa_authenticate", client, code=code_of()).status_code == 200  # right, and too late
    assert client.get("/account/security/").status_code == 302


@pytest.mark.parametrize(
    ("name", "data", "allowed"),
    [
        ("account_signup", lambda n: {**NEW, "email": f"person-{n}@people.example"}, 20),
        ("account_reset_password", lambda n: {"email": f"person-{n}@people.example"}, 20),
        ("account_reset_password", lambda n: {"email": "one@people.example"}, 5),
        ("account_login", lambda n: {"login": "", "password": ""}, 30),
    ],
)
def test_beyond_its_limit_a_form_answers_with_a_page_that_says_to_wait(limits, name, data, allowed):
    answers = [post(name, **data(n)) for n in range(allowed + 1)]
    assert 429 not in {answer.status_code for answer in answers[:-1]}
    assert answers[-1].status_code == 429
    assert WAIT in answers[-1].content.decode()


def test_a_confirmation_is_not_sent_again_and_again(limits):
    user = UserFactory.create(verified=False)
    for _time in range(4):
        post("account_login", login=user.email, password=PASSWORD)
    assert Event.objects.filter(topic="account.address_unconfirmed").count() == 1


# --- The same answer ------------------------------------------------------------------------------------------------


def bare(response) -> tuple:
    text = re.sub(r'csrfmiddlewaretoken" value="[^"]+|(un)?known@people', "", response.content.decode())
    return response.status_code, response.headers.get("Location"), text


FORMS = {
    "account_signup": lambda email: {**NEW, "email": email},
    "account_login": lambda email: {"login": email, "password": "wrong"},
    "account_reset_password": lambda email: {"email": email},
}


@pytest.mark.parametrize("name", FORMS)
def test_known_and_unknown_addresses_get_the_same_answer(name):
    UserFactory.create(email="known@people.example")
    known, unknown = (bare(post(name, **FORMS[name](f"{who}@people.example"))) for who in ("known", "unknown"))
    assert known == unknown


def test_an_unknown_address_is_nobodys_and_gets_no_mail(deliver):
    post("account_reset_password", email="unknown@people.example")
    deliver()
    assert not Delivery.objects.exists()
    assert mail.outbox == []


class SlowHasher(PBKDF2PasswordHasher):
    """What a password costs in production, roughly."""

    iterations = 100_000


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMS)
def test_known_and_unknown_addresses_take_about_the_same_time(settings, name):
    settings.PASSWORD_HASHERS = ["tests.accounts.test_limits.SlowHasher"]
    UserFactory.create(email="known@people.example", password="another-long-one")
    taken: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(9):
        for who, times in taken.items():
            email = f"unknown-{number}@people.example" if who == "unknown" else "known@people.example"
            client, began = Client(), perf_counter()
            post(name, client, **FORMS[name](email))
            times.append(perf_counter() - began)
    known, unknown = median(taken["known"]), median(taken["unknown"])
    print(f"{name}: known {known * 1000:.0f} ms, unknown {unknown * 1000:.0f} ms")
    assert abs(known - unknown) < 0.3 * max(known, unknown), f"known {known:.3f} s, unknown {unknown:.3f} s"


# --- What no person types -------------------------------------------------------------------------------------------

STRANGE = ["\x00", "a\x00b@people.example", "\ufffd", "\u202e", "x" * 5000, "a@" + "b" * 300 + ".example",
           "'; DROP TABLE accounts_user; --", "{{7*7}}", "１２３"]  # fmt: skip


@pytest.mark.parametrize("strange", STRANGE, ids=range(len(STRANGE)))
@pytest.mark.parametrize("name", [*FORMS, "mfa_authenticate", "mfa_login_webauthn"])
def test_strange_input_is_refused_in_a_sentence_or_answered_like_any(name, strange):
    fields = {**FORMS.get(name, lambda email: {"code": email, "credential": email})("good@people.example")}
    for field in fields:
        response = post(name, **(fields | {field: strange}))
        assert response.status_code in {200, 302}


@pytest.mark.parametrize("strange", STRANGE, ids=range(len(STRANGE)))
def test_strange_input_changes_no_password(signed_in, user, strange):
    before = User.objects.get(pk=user.pk).password
    for field in ("oldpassword", "password1", "password2"):
        data = {"oldpassword": PASSWORD, "password1": "quite-another-one", "password2": "quite-another-one"}
        assert signed_in.post(reverse("account_change_password"), data | {field: strange}).status_code == 200
    assert signed_in.post(reverse("account_reauthenticate"), {"password": strange}).status_code == 200
    assert User.objects.get(pk=user.pk).password == before


@pytest.mark.parametrize(
    "path", ["/account/confirm-email/%00/", "/account/password/reset/key/%00-x/", "/account/password/reset/key/1-%00/",
             "/account/login/?next=%00", "/account/security/passkeys/99999999999999999999/",
             "/account/password/reset/key/zzzzzzzzzzzzzzzzzzzz-x/", "/account/confirm-email/%F0%9F%8E%88/"],
)  # fmt: skip
def test_a_strange_address_is_no_error(signed_in, path):
    for client in (Client(), signed_in):
        assert client.get(path).status_code in {200, 302, 400, 404}


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
@pytest.mark.parametrize("name", ["account_login", "account_reauthenticate", "account_logout"])
def test_next_leads_nowhere_else(user, signed_in, name, elsewhere):
    client = Client() if name == "account_login" else signed_in
    data = {"login": user.email, "password": PASSWORD, "next": elsewhere}
    response = client.post(f"{reverse(name)}?next={elsewhere}", data)
    assert response.status_code == 302
    assert response.url == "/"
