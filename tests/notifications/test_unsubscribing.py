"""One click in a mail turns its kind off, for its reader, without signing in, and nothing else (RFC 8058)."""

from dataclasses import replace
from email import message_from_bytes, policy
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core import mail, signing
from django.test import Client

from notifications import choices, kinds, unsubscribing
from notifications.models import Delivery, MailChoice
from tests.factories import StaffFactory, UserFactory
from tests.notifications.mailbox import CODE_MADE, JOINED, choose, joined, make_store, new_code, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def owner(store):
    return store.owner


def as_received(letter):
    return message_from_bytes(letter.message(policy=policy.SMTP).as_bytes(), policy=policy.default)


@pytest.fixture
def letter(store, owner):
    """A mail to the owner, as their mail program gets it."""
    joined(store, StaffFactory.create(store=store).user)
    send()
    return as_received(next(letter for letter in mail.outbox if letter.to == [owner.email]))


@pytest.fixture
def link(letter) -> str:
    return urlsplit(letter["List-Unsubscribe"].strip("<>")).path


ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def click(path: str):
    """As a mail provider does it: no cookies, no token of a form."""
    return Client(enforce_csrf_checks=True).post(path, ONE_CLICK)


def test_a_mail_says_in_two_headers_how_it_is_turned_off(letter):
    assert letter["List-Unsubscribe"].startswith(f"<{settings.SITE_URL}/account/mails/off/")
    assert letter["List-Unsubscribe"].endswith("/>")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_address_stands_in_the_header_as_it_is_however_long(store, owner):
    """The standard library would encode what is longer than a line, and no mail program looks in there."""
    joined(store, StaffFactory.create(store=store).user)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "SITE_URL", f"https://{'a-long-name.' * 12}example")
        send()
    raw = mail.outbox[0].message(policy=policy.SMTP).as_bytes()
    assert b"\r\nList-Unsubscribe: <https://a-long-name." in raw
    assert b"List-Unsubscribe: =?" not in raw


def test_the_same_link_stands_in_the_words_of_the_mail(letter, link):
    for kind in ("plain", "html"):
        body = letter.get_body((kind,)).get_content()
        assert settings.SITE_URL + link in body
        assert f"{settings.SITE_URL}/account/mails/" in body


def test_security_cannot_be_turned_off_from_its_mail(store):
    new_code(store)
    send()
    received = as_received(mail.outbox[0])
    assert received["List-Unsubscribe"] is None
    assert received["List-Unsubscribe-Post"] is None
    assert "/account/mails/off/" not in mail.outbox[0].body


def test_one_click_turns_the_kind_off_for_this_person(store, owner, link):
    response = click(link)
    assert response.status_code == 200
    assert "These mails are off" in response.content.decode()
    assert choices.chosen_by(owner) == {JOINED: "off"}
    assert MailChoice.objects.count() == 1
    mail.outbox.clear()
    joined(store, StaffFactory.create(store=store).user, 2)
    send()
    assert owner.email not in [letter.to[0] for letter in mail.outbox]


def test_a_second_click_is_answered_like_the_first(owner, link):
    first, second = click(link), click(link)
    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    assert choices.chosen_by(owner) == {JOINED: "off"}


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(client, owner, link, method):
    """Mail programs look at links before their reader does."""
    response = getattr(client, method)(link)
    assert response.status_code == 200
    assert not MailChoice.objects.exists()
    if method == "get":
        page = response.content.decode()
        assert "Somebody joined the staff" in page
        assert page.count("<form") == page.count("<button") == 1


def test_the_page_is_kept_by_nobody_and_its_address_is_sent_to_nobody(client, link):
    for response in (client.get(link), click(link)):
        assert "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "no-referrer"
        assert "Location" not in response


def test_it_does_not_matter_who_is_signed_in(client, owner, link):
    other = UserFactory.create()
    client.force_login(other)
    client.post(link, ONE_CLICK)
    assert choices.chosen_by(owner) == {JOINED: "off"}
    assert choices.chosen_by(other) == {}


def test_a_click_replaces_a_choice_for_the_digest(owner, link):
    choose(owner, "digest")
    click(link)
    assert choices.chosen_by(owner) == {JOINED: "off"}


def test_the_link_in_a_digest_turns_off_what_would_stand_in_it(owner):
    choose(owner, "digest", JOINED, "access.ended")
    click(unsubscribing.ways(owner, "mail.digest")["unsubscribe"])
    assert choices.chosen_by(owner) == {JOINED: "off", "access.ended": "off"}
    choose(owner, "digest", "access.requested")
    click(unsubscribing.ways(owner, "mail.digest")["unsubscribe"])
    assert choices.chosen_by(owner)["access.requested"] == "off"


# --- Links that do not hold -----------------------------------------------------------------------------------------


def forged(owner) -> dict[str, str]:
    good = unsubscribing.token(owner, JOINED)
    payload, signature = good.split(":")
    elsewhere = signing.Signer(salt="somewhere.else").sign_object([owner.pk, JOINED])
    return {
        "nonsense": "nonsense",
        "cut short": good[:-1],
        "no signature": payload,
        "of somebody else": f"{unsubscribing.token(UserFactory.create(), JOINED).split(':')[0]}:{signature}",
        "of another kind": f"{unsubscribing.token(owner, 'access.requested').split(':')[0]}:{signature}",
        "of another purpose": elsewhere,
        "of security": unsubscribing.token(owner, CODE_MADE),
        "of no kind": unsubscribing.token(owner, "no.such.kind"),
        "of nobody": signing.Signer(salt=unsubscribing.SALT).sign_object([0, JOINED]),
        "not ASCII": "é:ü",
        "very long": "x" * 5000,
    }


def test_a_link_that_is_not_ours_says_so_and_changes_nothing(owner):
    for name, token in forged(owner).items():
        path = f"/account/mails/off/{token}/"
        for response in (Client().get(path), click(path)):
            assert response.status_code == 404, name
            assert "This link does not hold" in response.content.decode(), name
    assert not MailChoice.objects.exists()


def test_a_nul_in_the_link_is_a_plain_400(owner):
    assert click("/account/mails/off/a%00b/").status_code == 400
    assert not MailChoice.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_nothing_else_is_done_with_it(client, link, method):
    assert getattr(client, method)(link).status_code == 405
    assert not MailChoice.objects.exists()


def test_a_link_of_a_closed_account_changes_nothing_that_anybody_sees(owner, link):
    owner.is_active = False
    owner.save()
    assert click(link).status_code == 200


def test_a_mail_to_an_address_has_no_choices(store, owner, monkeypatch):
    """Who was invited has no account to choose in."""
    kind = kinds.get(JOINED)
    to_owner = replace(kind.audiences["store"], still_in=None)
    monkeypatch.setitem(kinds._kinds, JOINED, replace(kind, audiences={**kind.audiences, "store": to_owner}))
    joined(store, StaffFactory.create(store=store).user)
    Delivery.objects.filter(user=owner).update(user=None, address="guest@elsewhere.example")
    MailChoice.objects.create(user=owner, topic=JOINED, how="off")
    send()
    received = next(as_received(letter) for letter in mail.outbox if letter.to == ["guest@elsewhere.example"])
    assert received["List-Unsubscribe"] is None
