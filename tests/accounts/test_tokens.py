"""Personal tokens: shown once, kept as a hash, gone at once, and never more than their person."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import actions
from accounts.errors import TooManyTokens
from accounts.models import AccessToken, User
from tests.config.test_addresses import fingerprint
from tests.factories import AccessTokenFactory, UserFactory
from tests.sessions import age

pytestmark = pytest.mark.django_db

PAGE = "/account/tokens/"
ME = "/api/v1/me/"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def with_token(secret: str, path: str = ME, **headers: str):
    return Client(raise_request_exception=False).get(path, headers={"authorization": f"Bearer {secret}", **headers})


@pytest.fixture
def user() -> User:
    return UserFactory.create(name="Inès Marin", email="ines@people.example")


# --- Making ----------------------------------------------------------------------------------------------------------


def test_a_token_is_shown_once_in_the_answer_that_made_it(user):
    client = signed_in(user)
    made = client.post(PAGE, {"name": "Stock script", "days": "30"})
    (secret,) = re.findall(r'<code class="token">(\S+)</code>', made.content.decode())
    assert made.status_code == 201
    assert "no-store" in made["Cache-Control"]
    assert with_token(secret).json()["email"] == user.email
    later = client.get(PAGE).content.decode()
    assert secret not in later
    assert "Stock script" in later
    assert secret[:8] in later


def test_the_person_is_told_of_a_new_token_and_never_the_token_itself(user, deliver, mailoutbox):
    made = signed_in(user).post(PAGE, {"name": "Stock script", "days": "30"})
    (secret,) = re.findall(r'<code class="token">(\S+)</code>', made.content.decode())
    deliver()
    (letter,) = mailoutbox
    assert (letter.to, letter.subject) == ([user.email], "New access token in your account")
    assert "Stock script" in letter.body
    assert "/account/tokens/" in letter.body
    assert secret not in f"{letter.body}{letter.alternatives}"
    assert "New access token" in signed_in(user).get("/notifications/").content.decode()


def test_whoever_reads_the_database_has_no_token(user):
    token, secret = actions.make_token(name="Script", lasts=timedelta(days=30), by=user)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row::text FROM accounts_accesstoken AS row")
        (row,) = cursor.fetchone()
    assert secret not in row
    assert secret[len("ent_") + 8 :] not in row
    assert len(token.digest) == 64
    assert len(secret) == len("ent_") + 43  # 256 random bits
    assert with_token(token.digest).status_code == 401


def test_two_tokens_are_never_the_same(user):
    secrets = {actions.make_token(name="Script", lasts=timedelta(days=1), by=user)[1] for _ in range(20)}
    assert len(secrets) == 20


def test_a_token_lasts_for_a_year_at_most(user):
    token, _secret = actions.make_token(name="Script", lasts=timedelta(days=5000), by=user)
    assert token.expires_at - token.created_at == timedelta(days=365)
    now = timezone.now()
    with pytest.raises(IntegrityError, match="access_token_for_a_year_at_most"), transaction.atomic():
        AccessToken.objects.create(
            user=user, name="x", digest="x", beginning="x", created_at=now, expires_at=now + timedelta(days=366)
        )


@pytest.mark.parametrize(
    "form",
    [
        {"days": "30"},
        {"name": "", "days": "30"},
        {"name": "x", "days": "366"},
        {"name": "x" * 101, "days": "30"},
        {"name": "a\x00"},
    ],
    ids=str,
)
def test_a_form_that_is_refused_makes_nothing(user, form):
    client, before = signed_in(user), fingerprint()
    response = client.post(PAGE, form)
    assert response.status_code == 422
    assert 'class="error"' in response.content.decode()
    assert fingerprint() == before


def test_making_a_token_needs_a_fresh_sign_in(user):
    client = signed_in(user)
    age(client, timedelta(minutes=6))
    before = fingerprint()
    response = client.post(PAGE, {"name": "Script", "days": "30"})
    assert (response.status_code, response.url.partition("?")[0]) == (302, "/account/reauthenticate/")
    assert fingerprint() == before


def test_nobody_piles_up_tokens(user, monkeypatch):
    monkeypatch.setattr(actions, "MOST_TOKENS", 2)
    AccessTokenFactory.create_batch(2, user=user)
    AccessTokenFactory.create_batch(3, user=user, revoked=True)
    with pytest.raises(TooManyTokens):
        actions.make_token(name="Script", lasts=timedelta(days=1), by=user)
    response = signed_in(user).post(PAGE, {"name": "Script", "days": "30"})
    assert response.status_code == 422
    assert "fifty access tokens" in response.content.decode()


# --- Using -----------------------------------------------------------------------------------------------------------


def assert_refused(secret: str, code: str) -> None:
    before = fingerprint()
    response = with_token(secret)
    assert (response.status_code, response.json()["code"]) == (401, code)
    assert response["WWW-Authenticate"] == "Bearer"
    assert response.json()["message"]
    assert not response.cookies
    assert fingerprint() == before


def test_a_token_opens_until_it_expires(user):
    token = AccessTokenFactory.create(user=user, secret="ent_secret")
    with time_machine.travel(token.expires_at - timedelta(seconds=1), tick=False):
        assert with_token("ent_secret").status_code == 200
    with time_machine.travel(token.expires_at, tick=False):
        assert_refused("ent_secret", "token_expired")


def test_a_revoked_token_opens_nothing_from_the_next_request_on(user):
    token = AccessTokenFactory.create(user=user, secret="ent_secret")
    assert with_token("ent_secret").status_code == 200
    response = signed_in(user).post(f"{PAGE}{token.public_id}/revocation/")
    assert (response.status_code, response.url) == (302, PAGE)
    assert_refused("ent_secret", "token_revoked")


def test_a_token_of_somebody_who_was_switched_off_opens_nothing(user):
    AccessTokenFactory.create(user=user, secret="ent_secret")
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert_refused("ent_secret", "person_removed")


@pytest.mark.parametrize(
    "secret",
    ["ent_unknown", "", "x", "ent_secret ", "ent_SECRET", "ent_secre", "é", "' OR 1=1 --", "a" * 10_000, "a b"],
)
def test_what_is_no_token_is_a_401_with_a_sentence(user, secret):
    AccessTokenFactory.create(user=user, secret="ent_secret2")
    assert_refused(secret, "token_unknown")


@pytest.mark.parametrize("header", ["Basic aW5lczpwYXNz", "Basic AGE6Yg==", "Token ent_secret", "ent_secret", "bearer"])
def test_another_way_to_sign_in_does_not_exist(user, header):
    AccessTokenFactory.create(user=user, secret="ent_secret")
    response = Client(raise_request_exception=False).get(ME, headers={"authorization": header})
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_bad_token_is_not_saved_by_a_good_session(user):
    response = signed_in(user).get(ME, headers={"authorization": "Bearer ent_unknown"})
    assert (response.status_code, response.json()["code"]) == (401, "token_unknown")


def test_a_token_acts_for_its_own_person_whoever_is_signed_in(user):
    AccessTokenFactory.create(user=user, secret="ent_secret")
    other = signed_in(UserFactory.create())
    response = other.get(ME, headers={"authorization": "Bearer ent_secret"})
    assert response.json()["email"] == user.email


def test_the_fresh_session_beside_a_token_does_not_count_for_the_token(world):
    owner = world.store.owner
    AccessTokenFactory.create(user=owner, secret="ent_secret")
    client, path = signed_in(owner), "/api/v1/stores/maison-lavande/code/display/"
    assert client.post(path).status_code == 200
    response = client.post(path, headers={"authorization": "Bearer ent_secret"})
    assert (response.status_code, response.json()["code"]) == (403, "sign_in_again")


def test_a_token_opens_no_page(user):
    AccessTokenFactory.create(user=user, secret="ent_secret")
    response = with_token("ent_secret", PAGE)
    assert (response.status_code, response.url.partition("?")[0]) == (302, "/account/login/")


def test_the_last_use_is_kept_and_written_once_a_minute_at_most(user):
    token = AccessTokenFactory.create(user=user, secret="ent_secret", last_used_at=None)
    start = timezone.now()
    for seconds, written in ((0, 0), (59, 0), (60, 60), (61, 60)):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            assert with_token("ent_secret").status_code == 200
            token.refresh_from_db()
            assert token.last_used_at == start.replace(microsecond=start.microsecond) + timedelta(seconds=written)


def test_a_token_costs_one_query(user):
    AccessTokenFactory.create(user=user, secret="ent_secret")
    with CaptureQueriesContext(connection) as queries:
        assert with_token("ent_secret").status_code == 200
    assert len(queries) == 1


def test_words_and_times_are_those_of_the_tokens_person(world):
    asker = world.people["partner_owner"]
    User.objects.filter(pk=asker.pk).update(language="fr")
    AccessTokenFactory.create(user=asker, secret="ent_secret")
    body = with_token("ent_secret", "/api/v1/permissions/").json()
    assert body[0]["label"] == "Voir les commandes"
    assert with_token("ent_secret", headers="")["Content-Language"] == "fr"


# --- Seeing ----------------------------------------------------------------------------------------------------------


def test_nobody_sees_or_revokes_anothers_token(user):
    theirs = AccessTokenFactory.create(name="Their secret script")
    client, before = signed_in(user), fingerprint()
    assert "Their secret script" not in client.get(PAGE).content.decode()
    assert client.post(f"{PAGE}{theirs.public_id}/revocation/").status_code == 404
    assert fingerprint() == before


def test_revoking_twice_keeps_the_first_time(user):
    token = AccessTokenFactory.create(user=user)
    actions.revoke_token(token, by=user)
    token.refresh_from_db()
    first = token.revoked_at
    actions.revoke_token(token, by=user)
    token.refresh_from_db()
    assert token.revoked_at == first


def test_a_password_that_was_reset_ends_every_token(user):
    AccessTokenFactory.create(user=user, secret="ent_old")
    key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    client = Client()
    link = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    form = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": "another-long-password", "password2": "another-long-password"})
    assert_refused("ent_old", "token_revoked")
