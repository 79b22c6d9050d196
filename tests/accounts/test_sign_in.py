import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.factories import PASSWORD, UserFactory
from tests.races import meeting, together

pytestmark = pytest.mark.django_db

NEW = {"name": "Inès Caron", "email": "Ines@Atelier-Nord.example", "password1": "three-words-long", "time_zone": ""}


def sign_up(client, **changes):
    return client.post(reverse("account_signup"), NEW | changes)


def link_in(mail) -> str:
    return re.search(r"https?://\S+?(/account/\S+)", mail.body)[1]


def test_an_account_opens_once_its_address_is_confirmed(client, mailoutbox, deliver):
    response = sign_up(client, time_zone="Europe/Paris")
    assert response.status_code == 302
    user = User.objects.get()
    assert (user.email, user.name, user.time_zone) == ("ines@atelier-nord.example", "Inès Caron", "Europe/Paris")
    assert client.get(reverse("partners:partner-foundation")).status_code == 302  # not signed in yet

    deliver()
    link = link_in(mailoutbox[0])
    assert client.get(link).status_code == 200
    assert not EmailAddress.objects.get().verified  # looking changes nothing
    client.post(link)
    assert EmailAddress.objects.get().verified
    assert client.get(reverse("partners:partner-foundation")).status_code == 200


def test_a_used_link_says_so(client, mailoutbox, deliver):
    sign_up(client)
    deliver()
    link = link_in(mailoutbox[0])
    client.post(link)
    client.logout()
    assert "too old" in client.get(link).content.decode()


def test_signing_up_with_a_known_address_looks_the_same_and_makes_nothing(client, mailoutbox, deliver):
    known = UserFactory.create(email=NEW["email"].lower())
    fresh = sign_up(client, email="somebody-else@people.example")
    again = sign_up(client)
    assert (again.status_code, again["Location"]) == (fresh.status_code, fresh["Location"])
    assert User.objects.filter(email=known.email).count() == 1
    deliver()
    assert {mail.to[0]: mail.subject for mail in mailoutbox} == {
        "somebody-else@people.example": "Confirm your e-mail address",
        known.email: "You have an account already",
    }


def test_a_reset_answers_the_same_for_known_and_unknown_addresses(client):
    UserFactory.create(email="known@people.example")
    answers = {
        client.post(reverse("account_reset_password"), {"email": email})["Location"]
        for email in ("known@people.example", "unknown@people.example")
    }
    assert len(answers) == 1


def test_a_password_is_reset_by_mail(client, mailoutbox, deliver):
    user = UserFactory.create()
    client.post(reverse("account_reset_password"), {"email": user.email})
    deliver()
    page = client.get(link_in(mailoutbox[0]), follow=True)
    new = "quite-another-one"
    client.post(page.redirect_chain[-1][0], {"password1": new, "password2": new})
    assert client.post(reverse("account_login"), {"login": user.email, "password": new}).status_code == 302


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "required"),
        ({"name": "a\u202eb"}, "invisible characters"),
        ({"name": "x" * 101}, "at most 100"),
        ({"email": "nonsense"}, "whole e-mail address"),
        ({"password1": "short"}, "too short"),
    ],
)
def test_bad_input_gets_a_sentence_and_makes_nobody(client, changes, sentence):
    response = sign_up(client, **changes)
    assert sentence in response.content.decode()
    assert not User.objects.exists()


def test_what_is_not_saved_anywhere_is_not_said_to_be_unsaved(client):
    text = client.post(reverse("account_login"), {"login": "", "password": ""}).content.decode()
    assert "Fill this in." in text
    assert "This was not saved" not in text


def test_a_wrong_password_says_nothing_about_the_address(client):
    UserFactory.create(email="known@people.example")
    pages = [
        client.post(reverse("account_login"), {"login": email, "password": "wrong"}).content.decode()
        for email in ("known@people.example", "unknown@people.example")
    ]
    without = [re.sub(r'csrfmiddlewaretoken" value="[^"]+|(?:un)?known@people', "", page) for page in pages]
    assert without[0] == without[1]


def test_a_closed_account_does_not_open(client):
    user = UserFactory.create(is_active=False)
    response = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD}, follow=True)
    assert not response.wsgi_request.user.is_authenticated


def test_addresses_are_unique_whatever_their_case():
    UserFactory.create(email="known@people.example")
    assert User.objects.get_by_natural_key("KNOWN@people.example")
    assert User.objects.create_user("Other@People.example").email == "other@people.example"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_next_leads_nowhere_else(client, elsewhere):
    user = UserFactory.create()
    response = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD, "next": elsewhere})
    assert "evil" not in response["Location"]
    assert "javascript" not in response["Location"]


@pytest.mark.django_db(transaction=True)
def test_of_two_sign_ups_at_once_with_one_address_both_get_the_same_answer(monkeypatch):
    with meeting(monkeypatch, (User, "save"), parties=2):
        answers = together([lambda: sign_up(Client())] * 2)
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert User.objects.count() == 1
