"""How long one stays signed in, where one is, and ending it there."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.models import SignIn
from accounts.sessions import SEEN_AT, SIGNED_IN_AT
from notifications.models import Event
from tests.accounts.conftest import BACKEND
from tests.factories import PASSWORD, MembershipFactory, StoreFactory, UserFactory
from tests.sessions import age, leave_alone

pytestmark = pytest.mark.django_db

SECURITY = "/account/security/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


def sign_in(user, client: Client | None = None, **headers) -> Client:
    client = client or Client()
    response = client.post("/account/login/", {"login": user.email, "password": PASSWORD}, headers=headers)
    assert response.status_code == 302
    return client


def is_signed_in(client: Client) -> bool:
    return client.get(SECURITY).status_code == 200


# --- Time -----------------------------------------------------------------------------------------------------------


def test_twelve_hours_are_the_most_however_busy(signed_in):
    age(signed_in, timedelta(hours=11, minutes=59))
    assert is_signed_in(signed_in)
    age(signed_in, timedelta(minutes=2))
    response = signed_in.get(SECURITY)
    assert response.url == f"/account/login/?next={SECURITY}"
    assert not Session.objects.exists()


@pytest.fixture
def doors(user) -> list[str]:
    StoreFactory.create(handle="shop", owner=user)
    membership = MembershipFactory.create(user=user, owner=True, partner__slug="agency")
    return ["/store/shop/", f"/partner/{membership.partner.slug}/"]


def test_administration_that_lay_unused_for_an_hour_asks_who_is_there(signed_in, doors):
    leave_alone(signed_in, timedelta(minutes=61))
    for door in doors:
        assert signed_in.get(door).url == f"/account/reauthenticate/?next={quote(door, safe='')}"
    assert is_signed_in(signed_in)
    assert signed_in.get(doors[0]).status_code == 302  # looking elsewhere wakes nothing
    response = signed_in.post("/account/reauthenticate/", {"password": PASSWORD, "next": doors[0]})
    assert response.url == doors[0]
    assert [signed_in.get(door).status_code for door in doors] == [200, 200]


def test_who_goes_on_working_is_not_asked(signed_in, doors):
    for _half_hour in range(4):
        leave_alone(signed_in, timedelta(minutes=30))
        assert signed_in.get(doors[0]).status_code == 200


def test_what_a_page_asks_for_by_itself_keeps_nobody_signed_in(signed_in, doors):
    for _half_hour in range(2):
        leave_alone(signed_in, timedelta(minutes=31), since_last=True)
        signed_in.get(reverse("notifications:count"), headers={"hx-request": "true"})
    assert signed_in.get(doors[0]).status_code == 302


def test_a_stranger_is_a_stranger_asleep_or_awake(signed_in, doors):
    StoreFactory.create(handle="other")
    leave_alone(signed_in, timedelta(hours=2))
    assert signed_in.get("/store/other/").status_code == 404


def test_a_session_from_before_it_was_stamped_goes_on(signed_in, user):
    session = signed_in.session
    for name in (SIGNED_IN_AT, SEEN_AT):
        del session[name]
    session.save()
    assert is_signed_in(signed_in)
    assert SIGNED_IN_AT in signed_in.session


# --- Places ---------------------------------------------------------------------------------------------------------


def test_places_are_listed_with_the_browser_in_words(user):
    client = sign_in(user, **{"user-agent": FIREFOX})
    page = client.get(SECURITY).content.decode()
    assert "Firefox on Windows" in page
    assert "127.0.0.1" in page
    assert "Here" in page


def test_one_place_is_ended_at_once(user, signed_in):
    elsewhere = sign_in(user)
    row = SignIn.objects.order_by("-pk").first()
    signed_in.post(reverse("account_sign_in_end", args=[row.public_id]))
    assert not is_signed_in(elsewhere)
    assert is_signed_in(signed_in)
    again = signed_in.post(reverse("account_sign_in_end", args=[row.public_id]))
    assert again.status_code == 404


def test_all_others_are_ended_at_once(user, signed_in):
    others = [sign_in(user), sign_in(user)]
    signed_in.post(reverse("account_sign_in_others_end"))
    assert [is_signed_in(client) for client in others] == [False, False]
    assert is_signed_in(signed_in)


def test_somebody_elses_place_is_not_there(user, signed_in):
    stranger = sign_in(UserFactory.create())
    row = SignIn.objects.order_by("-pk").first()
    assert signed_in.post(reverse("account_sign_in_end", args=[row.public_id])).status_code == 404
    signed_in.post(reverse("account_sign_in_others_end"))
    assert is_signed_in(stranger)


def test_ending_this_place_asks_first(signed_in):
    row = SignIn.objects.get()
    response = signed_in.post(reverse("account_sign_in_end", args=[row.public_id]))
    assert response.url == reverse("account_logout")
    assert is_signed_in(signed_in)


def test_a_new_password_ends_every_other_place_and_keeps_this_one(user):
    here, elsewhere = sign_in(user), sign_in(user)
    before = here.session.session_key
    new = {"oldpassword": PASSWORD, "password1": "quite-another-one", "password2": "quite-another-one"}
    here.post(reverse("account_change_password"), new)
    assert here.session.session_key != before
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)
    assert here.get(SECURITY).content.decode().count("signed in ") == 1


def test_the_key_of_a_session_changes_at_sign_in(client, user):
    client.get("/account/login/?next=/notifications/")
    session = client.session
    session["before"] = "yes"
    session.save()
    client.cookies["sessionid"] = session.session_key
    sign_in(user, client)
    assert client.session.session_key != session.session_key
    assert not Session.objects.filter(session_key=session.session_key).exists()


# --- Devices --------------------------------------------------------------------------------------------------------


def told(topic: str = "account.new_device") -> int:
    return Event.objects.filter(topic=topic).count()


def test_a_new_device_is_told_and_a_known_one_is_not(user, mailoutbox, deliver):
    browser = sign_in(user)
    assert told() == 0  # the first time ever
    browser.post("/account/logout/")
    sign_in(user, browser)
    assert told() == 0
    sign_in(user, **{"user-agent": FIREFOX})
    assert told() == 1
    deliver()
    (mail,) = mailoutbox
    assert mail.to == [user.email]
    assert mail.subject == "New sign-in to your account"
    assert "Firefox on Windows" in mail.body
    assert "127.0.0.1" in mail.body


def test_a_device_of_somebody_else_is_new(user):
    other = UserFactory.create()
    sign_in(user).post("/account/logout/")
    browser = sign_in(other)
    browser.post("/account/logout/")
    sign_in(user, browser)
    assert told() == 1


@pytest.mark.parametrize("cookie", ["", "nonsense", "'; --", "9" * 5000])
def test_a_strange_device_cookie_is_a_new_device(user, client, cookie):
    sign_in(user)
    client.cookies["device"] = cookie
    sign_in(user, client)
    assert told() == 1


@pytest.mark.parametrize("agent", ["", "x" * 5000, "a\tb\x1f", "\u202eevil"])
def test_a_strange_browser_signs_in_like_any_other(user, agent):
    client = Client()
    client.post("/account/login/", {"login": user.email, "password": PASSWORD}, HTTP_USER_AGENT=agent)
    assert is_signed_in(client)


def test_the_password_tells_its_owner(user, mailoutbox, deliver):
    client = Client()
    client.force_login(user, backend=BACKEND)
    new = {"oldpassword": PASSWORD, "password1": "quite-another-one", "password2": "quite-another-one"}
    client.post(reverse("account_change_password"), new)
    deliver()
    assert [mail.subject for mail in mailoutbox] == ["Your password was changed"]
