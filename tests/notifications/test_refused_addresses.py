"""Who cannot be reached by mail is told so where they will see it, until a mail arrives again."""

from smtplib import SMTPRecipientsRefused

import pytest
from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.urls import reverse

from accounts.models import User
from notifications.models import Delivery, RefusedAddress
from tests.factories import StaffFactory, UserFactory
from tests.notifications.mailbox import joined, make_store, new_code, of, send

pytestmark = pytest.mark.django_db

BANNER = "come back"
CONFIRMATION = "/account/mails/address/"
State = Delivery.State


class Backend(BaseEmailBackend):
    codes: dict[str, int] = {}

    def send_messages(self, messages):
        for message in messages:
            (address,) = message.to
            if address in self.codes:
                raise SMTPRecipientsRefused({address: (self.codes[address], b"5.1.1 <odile@people.example> unknown")})


@pytest.fixture
def refuse(monkeypatch):
    """`refuse(address, 550)`: the mail server answers this to it from now on; `refuse()`: it takes everything."""
    monkeypatch.setattr(settings, "MAILERS", {"default": {"BACKEND": f"{__name__}.{Backend.__name__}"}})
    monkeypatch.setattr(Backend, "codes", {})

    def answer(address: str = "", code: int = 550) -> None:
        Backend.codes = {address: code} if address else {}

    return answer


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def owner(store):
    return store.owner


@pytest.fixture
def refused(store, owner, refuse):
    """A mail to the owner came back for good."""
    refuse(owner.email)
    event = new_code(store)
    send()
    assert of(event, owner).state == State.SUPPRESSED
    return event


@pytest.fixture
def reader(client, owner):
    client.force_login(owner)
    return client


def banner_on(client, store) -> list[bool]:
    pages = [reverse("store-home", args=[store.handle]), reverse("notifications:inbox"), "/account/mails/"]
    return [BANNER in client.get(page).content.decode() for page in pages]


def test_an_address_refused_for_good_is_said_on_every_page_of_its_owner(store, owner, refused, reader):
    assert banner_on(reader, store) == [True] * 3
    assert owner.email in reader.get("/account/mails/").content.decode()


def test_nobody_else_reads_of_it(client, store, refused):
    client.force_login(StaffFactory.create(store=store, key="store_manager").user)
    assert banner_on(client, store) == [False] * 3


@pytest.mark.parametrize("code", [421, 450, 452])
def test_an_address_refused_for_now_is_not_said(store, owner, refuse, reader, code):
    refuse(owner.email, code)
    new_code(store)
    send()
    assert banner_on(reader, store) == [False] * 3
    assert not RefusedAddress.objects.exists()


def test_the_banner_goes_when_a_mail_is_taken_again(store, owner, refused, refuse, reader):
    refuse()
    new_code(store, 2)
    assert send() == 1
    assert banner_on(reader, store) == [False] * 3


def test_a_mail_that_somebody_else_gets_does_not_take_the_banner_away(store, owner, refused, reader):
    StaffFactory.create(store=store, key="store_manager")
    joined(store, StaffFactory.create(store=store).user)
    assert send() == 1  # to the manager
    assert banner_on(reader, store) == [True] * 3


def test_the_reader_may_say_that_the_address_works_and_the_next_refusal_shows_it_again(store, owner, refused, reader):
    response = reader.post(CONFIRMATION, follow=True)
    assert response.redirect_chain == [("/account/mails/", 302)]
    assert banner_on(reader, store) == [False] * 3
    new_code(store, 2)
    send()
    assert banner_on(reader, store) == [True] * 3


def test_somebody_elses_banner_stays(client, store, owner, refused):
    client.force_login(UserFactory.create())
    client.post(CONFIRMATION)
    assert RefusedAddress.objects.filter(user=owner).exists()


def test_another_address_has_a_clean_slate(store, owner, refused, reader):
    User.objects.filter(pk=owner.pk).update(email="new@people.example")
    assert banner_on(reader, store) == [False] * 3


def test_a_refusal_said_twice_is_one(store, owner, refused, reader):
    new_code(store, 2)
    send()
    assert RefusedAddress.objects.count() == 1


def test_what_a_mail_server_said_is_kept_nowhere(store, owner, refused, caplog):
    row = of(refused, owner)
    assert row.problem == "address refused"
    assert "unknown" not in caplog.text
    assert owner.email not in caplog.text


def test_an_invited_address_that_is_refused_is_nobodys_banner(store, owner, refuse):
    refuse("guest@elsewhere.example")
    new_code(store)
    Delivery.objects.update(user=None, address="guest@elsewhere.example")
    send()
    assert Delivery.objects.get().state == State.SUPPRESSED
    assert not RefusedAddress.objects.exists()
