"""What is told about an account leaves like every other mail, and never keeps the person who acted waiting."""

import socket
from time import monotonic

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from notifications import accounts, delivery, kinds
from notifications.models import Delivery, Event, Notification
from tests.accounts.conftest import BACKEND, code_of
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

NEW = {"name": "Inès Caron", "email": "ines@people.example", "password1": "three-words-long", "time_zone": ""}
NEW_PASSWORD = {"oldpassword": PASSWORD, "password1": "quite-another-one", "password2": "quite-another-one"}


@pytest.fixture
def dead_server(settings):
    """A mail server that takes the connection and never says a word."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=50)
    options = {"host": "127.0.0.1", "port": listener.getsockname()[1], "timeout": 1}
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}
    yield listener
    listener.close()


def test_no_request_as_much_as_calls_a_mail_server_that_hangs(dead_server, user, signed_in):
    assert Client().post(reverse("account_signup"), NEW).status_code == 302
    assert Client().post(reverse("account_reset_password"), {"email": user.email}).status_code == 302
    assert Client().post(reverse("account_signup"), NEW | {"email": user.email}).status_code == 302
    assert signed_in.post(reverse("account_change_password"), NEW_PASSWORD).status_code == 302
    assert Event.objects.count() == 4
    dead_server.setblocking(False)
    with pytest.raises(BlockingIOError):  # nobody waits to be let in
        dead_server.accept()


def test_a_mail_that_failed_is_sent_again_under_the_same_name(dead_server, settings, user, mailoutbox, deliver):
    Client().post(reverse("account_reset_password"), {"email": user.email})
    deliver()
    waiting = Delivery.objects.get()
    assert (waiting.state, waiting.attempts) == ("pending", 1)
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    Delivery.objects.update(next_at=waiting.created_at, lease_until=waiting.created_at)
    deliver()
    (mail,) = mailoutbox
    assert mail.extra_headers["Message-ID"] == waiting.message_id
    assert mail.alternatives


def test_events_hold_neither_keys_nor_addresses(user, signed_in):
    Client().post(reverse("account_signup"), NEW)
    Client().post(reverse("account_reset_password"), {"email": user.email})
    Client().post(reverse("account_reset_password"), {"email": "nobody@people.example"})
    assert Event.objects.count() == 3
    for event in Event.objects.all():
        assert set(event.payload) <= {"person", "email_address"}
        assert "@" not in str(event.payload)


def test_links_lead_to_our_own_address_whatever_a_request_claims(settings, user, mailoutbox, deliver):
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://entente.example", ["*"]
    Client(headers={"host": "evil.example"}).post(reverse("account_reset_password"), {"email": user.email})
    deliver()
    assert "https://entente.example/account/password/reset/key/" in mailoutbox[0].body
    assert "evil" not in mailoutbox[0].body


def test_no_line_in_the_inbox_for_what_only_an_address_is_told(user, deliver):
    Client().post(reverse("account_signup"), NEW)
    Client().post(reverse("account_reset_password"), {"email": user.email})
    deliver()
    assert not Notification.objects.exists()
    assert Delivery.objects.filter(state="sent").count() == 2


def test_a_confirmation_is_not_sent_to_an_address_that_is_confirmed_meanwhile(mailoutbox, deliver):
    Client().post(reverse("account_signup"), NEW)
    delivery.tell_untold(until=monotonic() + 30)
    EmailAddress.objects.update(verified=True)
    deliver()
    assert mailoutbox == []


def test_every_change_of_the_second_step_is_told(
    signed_in, user, mailoutbox, deliver, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        secret = signed_in.get(reverse("mfa_activate_totp")).context["form"].secret
        signed_in.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    with django_capture_on_commit_callbacks(execute=True):
        signed_in.post(reverse("mfa_generate_recovery_codes"))
    signed_in.post(reverse("mfa_deactivate_totp"))
    deliver()
    changes = [event.payload["change"] for event in Event.objects.order_by("pk")]
    assert changes == ["totp_activated", "recovery_codes_generated", "totp_deactivated"]
    assert [mail.subject for mail in mailoutbox] == ["Your two-step sign-in was changed"] * 3
    inbox = signed_in.get("/notifications/").content.decode()
    for line in ("Authenticator app set up", "New recovery codes made", "Authenticator app removed"):
        assert line in inbox


def test_all_kinds_of_an_account_are_security_kinds():
    assert all(kind.security for kind in accounts.KINDS)
    assert {kind.topic for kind in accounts.KINDS} <= {kind.topic for kind in kinds.all_kinds()}


def test_a_person_reads_their_mails_in_their_language(mailoutbox, deliver):
    client = Client()
    client.force_login(UserFactory.create(language="fr", time_zone="Asia/Tokyo"), backend=BACKEND)
    client.post(reverse("account_change_password"), NEW_PASSWORD)
    deliver()
    assert '<html lang="fr">' in mailoutbox[0].alternatives[0].content


@pytest.mark.parametrize(
    ("act", "subject", "link"),
    [
        (lambda user: (reverse("account_signup"), NEW), "Confirm your e-mail address", "/account/confirm-email/"),
        (
            lambda user: (reverse("account_reset_password"), {"email": user.email}),
            "Choose a new password",
            "/account/password/reset/key/",
        ),
        (
            lambda user: (reverse("account_signup"), NEW | {"email": user.email}),
            "You have an account already",
            "/account/password/reset/",
        ),
    ],
)
def test_a_mail_to_an_address_says_the_same_in_html_and_in_text(
    settings, user, mailoutbox, deliver, act, subject, link
):
    path, data = act(user)
    Client().post(path, data)
    deliver()
    (mail,) = mailoutbox
    assert mail.subject == subject
    for words in (mail.body, mail.alternatives[0].content):
        assert subject in words
        assert f"{settings.SITE_URL}{link}" in words
        assert "List-Unsubscribe" not in mail.extra_headers
