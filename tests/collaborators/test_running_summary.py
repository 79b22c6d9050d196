"""Where a store grants permissions, or makes a role of them, what is ticked is said in one sentence: on the page, to
its script, and by a button where no script runs."""

import re

import pytest
from django.urls import reverse
from django.utils.html import escape

from tests.config.test_addresses import fingerprint
from tests.factories import AccessRequestFactory, CollaborationFactory, RoleFactory, StaffFactory, StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return StoreFactory.create(handle="maison-lavande")


def invitation(store) -> tuple[str, dict]:
    typed = {"email": "expert@people.example", "note": "The new theme.", "how_long": "open"}
    return reverse("collaborators:invitation-making", args=[store.handle]), typed


def approval(store) -> tuple[str, dict]:
    asked = AccessRequestFactory.create(store=store, permissions=["files.view"])
    return reverse("collaborators:request-approval", args=[store.handle, asked.public_id]), {"how_long": "open"}


def change(store) -> tuple[str, dict]:
    row = CollaborationFactory.create(store=store, permissions=["files.view"])
    return reverse("collaborators:collaboration-permissions", args=[store.handle, row.public_id]), {}


def new_role(store) -> tuple[str, dict]:
    return reverse("stores:role-making", args=[store.handle]), {"name": "Autumn", "for": "collaborators"}


def role(store) -> tuple[str, dict]:
    row = RoleFactory.create(store=store, permissions=["orders.view"])
    return reverse("stores:role", args=[store.handle, row.public_id]), {"name": "Autumn"}


PAGES = [invitation, approval, change, new_role, role]


def summary(page: str) -> str:
    [sentence] = re.findall(r"data-summary=[^>]*>([^<]*)</p>", page)
    return sentence


@pytest.mark.parametrize("page", PAGES)
def test_without_a_script_the_button_says_it_and_does_nothing_else(client, store, page):
    address, typed = page(store)
    client.force_login(store.owner)
    before = fingerprint()
    answer = client.post(address, typed | {"update": "yes", "permissions": ["themes.edit_code", "customers.view"]})
    assert (answer.status_code, fingerprint()) == (200, before)
    shown = answer.content.decode()
    assert summary(shown) == (
        "This allows them to view themes and edit their code, and to view customers (personal data)."
    )
    ticked = re.findall(r'name="permissions" value="([a-z_.]+)"[^>]* checked', shown)
    assert sorted(ticked) == ["customers.view", "themes.edit_code", "themes.view"]  # with what it requires
    kept = {value for name, value in typed.items() if name in {"email", "note", "name"}}
    assert all(f'value="{value}"' in shown or f"{value}</textarea>" in shown for value in kept)
    assert f'formaction="{address}#summary"' in shown or 'formaction="#summary"' in shown


@pytest.mark.parametrize("page", PAGES)
def test_a_refused_form_says_what_is_ticked(client, store, page):
    address, typed = page(store)
    client.force_login(store.owner)
    answer = client.post(address, typed | {"permissions": ["themes.edit"]})
    assert answer.status_code == 422
    assert summary(answer.content.decode()) == "This allows them to view and edit themes."


@pytest.mark.parametrize("keys", [["themes.view"], ["customers.export", "products.edit_price"], [], ["no.such", "x"]])
def test_page_and_script_get_the_very_same_sentence(client, store, keys):
    client.force_login(store.owner)
    address, typed = invitation(store)
    page = client.post(address, typed | {"update": "yes", "permissions": keys}).content.decode()
    words_at = reverse("stores:permission-words", args=[store.handle])
    assert f'data-summary="{words_at}"' in page
    said = client.get(words_at, {"permissions": keys})
    assert said["Content-Type"] == "text/plain; charset=utf-8"
    assert summary(page) == escape(said.content.decode())


def test_the_sentence_is_for_those_who_manage_users(client, store):
    client.force_login(StaffFactory.create(store=store, role=RoleFactory.create(store=store)).user)
    assert client.get(reverse("stores:permission-words", args=[store.handle])).status_code == 403
