"""What the merchant reads on a request: who asks, what is new, and how it was handled; and a role made of it."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from collaborators import actions
from stores.models import Role
from tests.factories import (
    AccessRequestFactory,
    CollaborationFactory,
    MembershipFactory,
    StaffFactory,
    StoreFactory,
)

pytestmark = pytest.mark.django_db

ASKED = ["products.view", "themes.view", "themes.edit", "customers.view"]


@pytest.fixture
def asked():
    membership = MembershipFactory.create(owner=True, user__name="Ines Caron")
    return AccessRequestFactory.create(partner=membership.partner, asked_by=membership.user, permissions=ASKED)


@pytest.fixture
def read(client, asked):
    def page(who=None) -> str:
        client.force_login(who or asked.store.owner)
        address = reverse("collaborators:request", args=[asked.store.handle, asked.public_id])
        return client.get(address).content.decode()

    return page


def fact(page: str, label: str) -> str:
    """What stands beside `label` in what is said about the partner."""
    found = re.search(rf"<dt>{label}</dt><dd>(.*?)</dd>", page, re.DOTALL)[1]
    return re.sub(r"<[^>]+>", "", found).strip()


def test_a_first_contact_is_said_to_be_one(read, asked):
    page = read()
    assert fact(page, "With you") == "First contact"
    assert fact(page, "Stores in common") == "None"
    assert fact(page, "Stores today") == "0"
    assert "Other requests to you" not in page


def test_who_worked_here_before_is_known(read, asked):
    CollaborationFactory.create(
        partner=asked.partner, store=asked.store, revoked=True, since=asked.asked_at - timedelta(days=9)
    )
    assert fact(read(), "With you") == "Worked with you before"


def test_stores_in_common_are_the_readers_own_and_others_are_a_number(read, asked):
    mine = StoreFactory.create(owner=asked.store.owner)
    also_mine = StaffFactory.create(user=asked.store.owner).store
    of_others = StoreFactory.create(name="Canary Store")
    past = StoreFactory.create(owner=asked.store.owner)
    for store in (mine, also_mine, of_others):
        CollaborationFactory.create(partner=asked.partner, store=store)
    CollaborationFactory.create(partner=asked.partner, store=past, revoked=True)
    CollaborationFactory.create(store=mine)  # of another partner
    page = read()
    assert fact(page, "Stores in common") == "Works for 2 other stores of yours"
    assert fact(page, "Stores today") == "3"
    assert "Canary" not in page
    manager = StaffFactory.create(store=asked.store, key="store_manager").user
    assert fact(read(manager), "Stores in common") == "None"


def test_earlier_requests_stand_beside_with_how_they_ended(read, asked):
    earlier = AccessRequestFactory.create(partner=asked.partner, store=asked.store, declined=True)
    elsewhere = AccessRequestFactory.create(partner=asked.partner, declined=True)
    page = read()
    assert "Other requests to you" in page
    assert str(earlier.public_id) in page
    assert ">Declined</span>" in page
    assert str(elsewhere.public_id) not in page


def test_what_is_sensitive_is_said_in_plain_words(read):
    page = read()
    assert "Can see the name, address and orders of every customer." in page
    assert "They ask to view products, to view and edit themes, and to view customers (personal data)." in page


def test_the_page_takes_at_most_twelve_queries_whoever_reads(client, asked, django_assert_max_num_queries):
    manager = StaffFactory.create(store=asked.store, key="store_manager").user
    for _ in range(9):
        AccessRequestFactory.create(partner=asked.partner, store=asked.store, declined=True)
        CollaborationFactory.create(partner=asked.partner)
    for reader in (asked.store.owner, manager):
        client.force_login(reader)
        with django_assert_max_num_queries(12):
            client.get(reverse("collaborators:request", args=[asked.store.handle, asked.public_id]))


# --- Make this a role -----------------------------------------------------------------------------------------------


def make_role(client, asked, **changes):
    client.force_login(asked.store.owner)
    data = {"make_role": "yes", "role-name": "Theme work, small", "permissions": ["themes.view", "themes.edit"]}
    address = reverse("collaborators:request-approval", args=[asked.store.handle, asked.public_id])
    return client.post(address, data | {"how_long": "until", "ends_on": "2031-01-31"} | changes)


def test_what_is_ticked_becomes_a_role_and_stays_ticked(client, asked):
    response = make_role(client, asked)
    page = response.content.decode()
    assert response.status_code == 200
    role = Role.objects.get(store=asked.store)
    assert (role.name, role.for_staff, role.permissions) == (
        "Theme work, small",
        False,
        ["themes.view", "themes.edit"],
    )
    assert "The role Theme work, small is made." in page
    assert re.findall(r'name="permissions" value="([a-z_.]+)"[^>]* checked', page) == ["themes.view", "themes.edit"]
    assert 'value="2031-01-31"' in page
    assert f'value="{role.public_id}"' in page  # to apply at once
    asked.refresh_from_db()
    assert asked.is_pending


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"role-name": ""}, "required"),
        ({"role-name": "x" * 61}, "at most 60"),
        ({"permissions": []}, "Choose at least one permission."),
        ({"permissions": ["themes.edit"]}, "also needs “View themes”"),
    ],
)
def test_a_role_that_cannot_be_made_gets_a_sentence(client, asked, changes, sentence):
    response = make_role(client, asked, **changes)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Role.objects.filter(store=asked.store).exists()


# --- Whoever comes later --------------------------------------------------------------------------------------------


def approved(asked, manager):
    actions.approve_request(asked, permissions=["themes.view"], ends_on=None, by=manager)
    return "approved this request"


def declined(asked, manager):
    actions.decline_request(asked, reason="We found somebody.", by=manager)
    return "declined this request"


@pytest.mark.parametrize("handle", [approved, declined])
def test_a_colleague_who_follows_the_mail_later_reads_who_handled_it_and_how(read, client, asked, handle):
    manager = StaffFactory.create(store=asked.store, key="store_manager", user__name="Manon Manager").user
    words = handle(asked, manager)
    page = read()
    assert f"Manon Manager {words}" in page
    assert "Approve request" not in page
    if handle is approved:
        assert "1 permission was granted." in page
    client.force_login(asked.asked_by)
    mine = client.get(reverse("collaborators:partner-request", args=[asked.partner.slug, asked.public_id]))
    assert f"Manon Manager {words}" in mine.content.decode()


def test_a_withdrawn_and_an_expired_request_say_so(read, asked):
    actions.withdraw_request(asked, by=asked.asked_by)
    assert "Ines Caron withdrew this request" in read()


def test_a_request_past_its_time_says_that_nobody_answered(read, asked):
    type(asked).objects.update(expires_at=timezone.now())
    assert "This request expired, because nobody answered it" in read()


def test_access_that_is_over_says_who_ended_it(client):
    collaboration = CollaborationFactory.create(revoked=True)
    client.force_login(collaboration.store.owner)
    address = reverse("collaborators:collaboration", args=[collaboration.store.handle, collaboration.public_id])
    assert f"{collaboration.store.owner.name} revoked this access" in client.get(address).content.decode()
