"""Signing in in two steps: setting it up, passing it, losing it."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from accounts.two_step import MFAAdapter, has_two_step
from tests.accounts.conftest import BACKEND, code_of
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

SECURITY = "/account/security/"


def sign_in(client: Client, user, password: str = PASSWORD):
    return client.post("/account/login/", {"login": user.email, "password": password})


def is_signed_in(client: Client) -> bool:
    return client.get(SECURITY).status_code == 200


def test_an_app_is_set_up_with_a_code_and_gives_recovery_codes(signed_in, user):
    secret = signed_in.get(reverse("mfa_activate_totp")).context["form"].secret
    response = signed_in.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert response.url == reverse("mfa_view_recovery_codes")
    assert has_two_step(user)
    assert len(signed_in.get(response.url).context["codes"]) == 10
    assert "Two-step sign-in" in signed_in.get(SECURITY).content.decode()


def test_the_picture_for_the_app_stands_in_the_page_itself(signed_in):
    page = signed_in.get(reverse("mfa_activate_totp")).content.decode()
    assert '<svg class="qr"' in page
    assert "data:image" not in page


@pytest.mark.parametrize("code", ["000000", "", "abc", "\x00", "١٢٣٤٥٦", "9" * 500])
def test_a_wrong_code_sets_nothing_up(signed_in, user, code):
    signed_in.get(reverse("mfa_activate_totp"))
    response = signed_in.post(reverse("mfa_activate_totp"), {"code": code})
    assert response.status_code == 200
    assert 'class="error"' in response.content.decode()
    assert not has_two_step(user)


def test_the_secret_of_an_app_is_not_readable_in_the_database(signed_in, user):
    secret = signed_in.get(reverse("mfa_activate_totp")).context["form"].secret
    signed_in.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    row = Authenticator.objects.get(type="totp")
    assert MFAAdapter().decrypt(row.data["secret"]) == secret


def test_what_an_older_key_closed_still_opens(settings):
    closed = MFAAdapter().encrypt("secret")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert MFAAdapter().decrypt(closed) == "secret"


def test_the_password_alone_opens_nothing(with_app):
    client = Client()
    assert sign_in(client, with_app).url == reverse("mfa_authenticate")
    assert not is_signed_in(client)
    assert "Second step" in client.get(reverse("mfa_authenticate")).content.decode()
    assert not is_signed_in(client)


def test_the_code_opens_it_once(with_app):
    code = code_of()
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client, with_app)
        client.post(reverse("mfa_authenticate"), {"code": code})
    assert is_signed_in(first)
    assert not is_signed_in(second)


@pytest.mark.parametrize("code", ["000000", "", "\x00", "١٢٣٤٥٦", "9" * 500, "a\u202eb"])
def test_a_wrong_code_gets_a_sentence(with_app, code):
    client = Client()
    sign_in(client, with_app)
    response = client.post(reverse("mfa_authenticate"), {"code": code})
    assert response.status_code == 200
    assert 'class="error"' in response.content.decode()
    assert not is_signed_in(client)


def test_a_recovery_code_opens_it_once(with_app):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    code = RecoveryCodes.activate(with_app).get_unused_codes()[0]
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client, with_app)
        client.post(reverse("mfa_authenticate"), {"code": code})
    assert is_signed_in(first)
    assert not is_signed_in(second)


def test_without_the_first_step_there_is_no_second(client):
    assert client.get(reverse("mfa_authenticate")).url == reverse("account_login")
    assert client.post(reverse("mfa_authenticate"), {"code": code_of()}).url == reverse("account_login")


def test_removing_the_app_removes_the_recovery_codes(signed_in, with_app):
    response = signed_in.post(reverse("mfa_deactivate_totp"))
    assert response.url == SECURITY
    assert not has_two_step(with_app)
    assert not Authenticator.objects.exists()
    assert signed_in.get(reverse("mfa_view_recovery_codes")).status_code == 404


def test_recovery_codes_alone_are_no_second_step(user):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    RecoveryCodes.activate(user)
    assert not has_two_step(user)


def test_recovery_codes_are_shown_and_downloaded_and_looking_writes_nothing(signed_in, with_app):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    codes = RecoveryCodes.activate(with_app).get_unused_codes()
    before = list(Authenticator.objects.order_by("pk").values())
    page = signed_in.get(reverse("mfa_view_recovery_codes")).content.decode()
    file = signed_in.get(reverse("mfa_download_recovery_codes"))
    assert all(code in page for code in codes)
    assert file.content.decode().split() == codes
    assert list(Authenticator.objects.order_by("pk").values()) == before


def test_new_recovery_codes_end_the_old_ones(signed_in, with_app):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    old = RecoveryCodes.activate(with_app).get_unused_codes()
    signed_in.post(reverse("mfa_generate_recovery_codes"))
    assert not set(signed_in.get(reverse("mfa_view_recovery_codes")).context["codes"]) & set(old)


GARBAGE = [
    "", "nonsense", "[]", "{}", "1", "null", '"x"', '{"id": 1}', '{"id": "\\u0000"}', '{"rawId": "AA", "id": "AA"}',
    '{"id":"AA","rawId":"AA","type":"public-key","response":{}}',
    '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"AA","attestationObject":"AA"}}',
    '{"id":"AA","rawId":"AA","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"A","userHandle":"A"}}',
    "{" * 5000, '{"response": {"userHandle": "' + "A" * 5000 + '"}}', "\x00", '{"response": []}',
]  # fmt: skip


@pytest.mark.parametrize("credential", GARBAGE)
def test_what_is_no_passkey_gets_a_sentence_everywhere(signed_in, with_app, credential):
    data = {"credential": credential, "name": "Laptop"}
    signed_in.get(reverse("mfa_add_webauthn"))
    response = signed_in.post(reverse("mfa_add_webauthn"), data)
    assert response.status_code == 200
    assert "could not be used" in response.content.decode() or "not the right code" in response.content.decode()

    outside = Client()
    outside.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})
    assert outside.post(reverse("mfa_login_webauthn"), data).url == reverse("account_login")
    assert not is_signed_in(outside)
    sign_in(outside, with_app)
    assert outside.post(reverse("mfa_authenticate"), data).status_code == 200
    assert not is_signed_in(outside)
    assert Authenticator.objects.filter(type="webauthn").count() == 0


def test_a_passkey_of_somebody_else_is_not_there(signed_in, with_app):
    from tests.factories import UserFactory

    row = Authenticator.objects.create(user=UserFactory.create(), type="webauthn", data={"name": "Key"})
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        for ask in (signed_in.get, signed_in.post):
            assert ask(reverse(name, args=[row.pk])).status_code == 404
    assert Authenticator.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize(
    "name",
    ["mfa_activate_totp", "mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_view_recovery_codes",
     "mfa_download_recovery_codes", "mfa_add_webauthn"],
)  # fmt: skip
def test_two_step_sign_in_changes_only_after_a_fresh_sign_in(user, with_app, name):
    from datetime import timedelta

    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    from tests.sessions import age

    if name == "mfa_activate_totp":
        Authenticator.objects.all().delete()
    else:
        RecoveryCodes.activate(with_app)
    client = Client()
    client.force_login(user, backend=BACKEND)
    age(client, timedelta(minutes=6))
    before = list(Authenticator.objects.order_by("pk").values())
    assert client.get(reverse(name)).url.startswith(reverse("account_reauthenticate"))
    assert list(Authenticator.objects.order_by("pk").values()) == before


def test_whoever_has_an_app_may_confirm_with_it(user, with_app):
    from datetime import timedelta

    from tests.sessions import age

    client = Client()
    client.force_login(user, backend=BACKEND)
    age(client, timedelta(minutes=6))
    asked = client.get(reverse("mfa_view_recovery_codes"))
    assert reverse("mfa_reauthenticate") in client.get(asked.url).content.decode()
    path = reverse("mfa_generate_recovery_codes")
    answer = client.post(f"{reverse('mfa_reauthenticate')}?next={path}", {"code": code_of(), "next": path})
    assert answer.url == path
    assert client.get(path).status_code == 200


def test_setting_up_a_second_step_ends_the_sessions_that_came_in_without_it(
    signed_in, user, django_capture_on_commit_callbacks
):
    elsewhere = Client()
    elsewhere.force_login(user, backend=BACKEND)
    secret = signed_in.get(reverse("mfa_activate_totp")).context["form"].secret
    with django_capture_on_commit_callbacks(execute=True):
        signed_in.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert is_signed_in(signed_in)
    assert not is_signed_in(elsewhere)


def test_operators_see_nobodys_second_step_and_change_their_password_where_everybody_does(user):
    user.is_staff = user.is_superuser = True
    user.save()
    client = Client()
    client.force_login(user, backend=BACKEND)
    assert client.get("/operator/mfa/authenticator/").status_code == 404
    assert client.post("/operator/password_change/")["Location"] == reverse("account_change_password")
