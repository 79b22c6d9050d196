"""Some acts ask for a sign-in that is not older than five minutes, and lose nothing of what was typed."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.errors import NotAllowed, SignInAgain
from accounts.renewed import is_renewed
from accounts.sessions import SEEN_AT, SIGN_IN, SIGNED_IN_AT
from collaborators.models import AccessRequest, Collaboration, RequestCode, RequestPolicy
from notifications.models import Event
from tests.factories import CODE, PASSWORD
from tests.sessions import age, leave_alone

pytestmark = pytest.mark.django_db

CONFIRM = "/account/reauthenticate/"


@pytest.fixture
def owner(world) -> Client:
    """The store's owner, who signed in an hour ago."""
    client = Client()
    client.force_login(world.store.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    age(client, timedelta(minutes=50))
    return client


def page(name: str, world, *args) -> str:
    return reverse(f"collaborators:{name}", args=[world.store.handle, *args])


def confirm(client: Client, response, password: str = PASSWORD):
    """Follow to the page that asks for the password, and type it."""
    assert response.status_code == 302
    assert urlsplit(response.url).path == CONFIRM
    asked = client.get(response.url)
    assert asked.status_code == 200
    return client.post(response.url, {"password": password, "next": asked.context["redirect_field_value"]})


@pytest.mark.parametrize("name", ["list", "security"])
def test_the_code_is_hidden_until_its_reader_confirms_who_they_are(owner, world, name):
    path = page(name, world)
    hidden = owner.get(path)
    assert CODE not in hidden.content.decode()
    assert f'action="{page("code-display", world)}"' in hidden.content.decode()
    back = {"back": "security" if name == "security" else "collaborators"}
    response = confirm(owner, owner.post(page("code-display", world), back))
    assert (response.status_code, response.url) == (302, path)
    assert CODE in owner.get(path).content.decode()


def test_a_new_code_waits_for_the_password_and_is_then_made(owner, world):
    response = owner.post(page("code", world))
    assert RequestCode.objects.filter(store=world.store).count() == 1
    assert not Event.objects.filter(topic="code.made").exists()
    answer = confirm(owner, response)
    assert (answer.status_code, answer.url) == (302, page("list", world))
    assert RequestCode.objects.filter(store=world.store).count() == 2


def test_a_wrong_password_renews_nothing(owner, world):
    answer = confirm(owner, owner.post(page("code", world)), password="wrong")
    assert answer.status_code == 200
    assert RequestCode.objects.filter(store=world.store).count() == 1
    assert CODE not in owner.get(page("list", world)).content.decode()


def test_a_sensitive_approval_waits_and_keeps_all_that_was_ticked(owner, world):
    path = page("request-approval", world, world.pending.public_id)
    ticked = ["themes.view", "customers.view"]
    response = owner.post(path, {"permissions": ticked, "how_long": "open"})
    assert AccessRequest.objects.get(pk=world.pending.pk).is_pending
    answer = confirm(owner, response)
    granted = Collaboration.objects.get(access_requests=world.pending)
    assert answer.url == page("collaboration", world, granted.public_id)
    assert set(granted.permissions) == set(ticked)


def test_an_approval_of_nothing_sensitive_does_not_wait(owner, world):
    path = page("request-approval", world, world.pending.public_id)
    owner.post(path, {"permissions": ["themes.view"], "how_long": "open"})
    assert Collaboration.objects.get(access_requests=world.pending).permissions == ["themes.view"]


def test_a_change_waits_only_for_what_is_sensitive_and_new(owner, world):
    row = world.collaboration  # may view orders, which is sensitive, already
    path = page("collaboration-permissions", world, row.public_id)
    owner.post(path, {"permissions": ["orders.view"]})
    row.refresh_from_db()
    assert row.permissions == ["orders.view"]
    response = owner.post(path, {"permissions": ["orders.view", "customers.view"]})
    row.refresh_from_db()
    assert row.permissions == ["orders.view"]
    confirm(owner, response)
    row.refresh_from_db()
    assert set(row.permissions) == {"orders.view", "customers.view"}


@pytest.mark.parametrize("who", ["staff_without_the_right", "other_owner"])
def test_who_may_not_is_told_so_before_any_password_is_asked_for(world, who):
    client = Client()
    client.force_login(world.people[who])
    age(client, timedelta(hours=1))
    assert client.post(page("code", world)).status_code in {403, 404}


def test_five_minutes_are_five_minutes(world):
    client = Client()
    client.force_login(world.store.owner)
    path = page("list", world)
    age(client, timedelta(minutes=4, seconds=50))
    client.post(page("code-display", world))
    assert CODE in client.get(path).content.decode()
    age(client, timedelta(seconds=20))
    assert CODE not in client.get(path).content.decode()


def test_a_token_is_never_renewed(world):
    """A request that a token authenticated has no session of its own, or one that nobody signed in."""
    bare = RequestFactory().get("/api/v1/")
    bare.user = world.store.owner
    assert not is_renewed(bare)
    bare.session = SessionStore()
    assert not is_renewed(bare)


def test_another_persons_session_renews_nobody(world):
    client = Client()
    client.force_login(world.store.owner)
    request = RequestFactory().get("/")
    request.session, request.user = client.session, world.people["other_owner"]
    assert not is_renewed(request)


def test_the_refusal_for_the_api_is_a_403_with_a_stable_code():
    assert issubclass(SignInAgain, NotAllowed)
    assert SignInAgain().code == "sign_in_again"


def test_a_form_that_was_given_up_is_not_sent_by_a_later_look(owner, world):
    """Somebody sends, is asked who they are, leaves; an hour later they only look at the page, and confirm for that."""
    path = page("security", world)
    leave_alone(owner, timedelta(minutes=90))
    owner.post(path, {"rule": "nobody"})
    looked = owner.get(path)
    confirm(owner, looked)
    assert RequestPolicy.objects.get(store=world.store).rule == "code"


def test_a_session_from_before_sessions_were_stamped_is_not_a_fresh_sign_in(owner, world):
    session = owner.session
    for stamp in (SIGNED_IN_AT, SEEN_AT, SIGN_IN):
        session.pop(stamp, None)
    session.save()
    owner.post(page("code", world))
    assert RequestCode.objects.filter(store=world.store).count() == 1
