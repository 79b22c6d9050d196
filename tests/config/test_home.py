import re

import pytest
from django.urls import reverse

from collaborators.models import Side
from tests.factories import (
    AccessRequestFactory,
    CollaborationFactory,
    MembershipFactory,
    MessageFactory,
    StaffFactory,
    StoreFactory,
    UserFactory,
    converse,
)

pytestmark = pytest.mark.django_db


def home(client):
    return client.get(reverse("home"))


def test_signed_out_it_says_what_this_is_with_two_buttons(client):
    text = home(client).content.decode()
    assert reverse("account_signup") in text
    assert reverse("account_login") in text


def test_who_belongs_nowhere_is_shown_how_to_begin(client):
    client.force_login(UserFactory.create())
    text = home(client).content.decode()
    assert reverse("stores:store-opening") in text
    assert reverse("partners:partner-foundation") in text


def test_it_leads_to_the_last_dashboard(client):
    membership = MembershipFactory.create(owner=True)
    staff = StaffFactory.create(user=membership.user)
    partner, store = (
        reverse("partner-home", args=[membership.partner.slug]),
        reverse("store-home", args=[staff.store.handle]),
    )
    client.force_login(membership.user)
    assert home(client)["Location"] == store
    client.get(partner)
    assert home(client)["Location"] == partner
    client.get(store)
    assert home(client)["Location"] == store


def test_a_last_dashboard_that_is_closed_by_now_is_forgotten(client):
    membership = MembershipFactory.create(owner=True)
    collaboration = CollaborationFactory.create(partner=membership.partner)
    client.force_login(membership.user)
    client.get(reverse("store-home", args=[collaboration.store.handle]))
    collaboration.end("revoked", by=collaboration.store.owner, at=collaboration.since)
    assert home(client)["Location"] == reverse("partner-home", args=[membership.partner.slug])


@pytest.mark.parametrize(
    "cookie", ["store:somebody-elses", "partner:../../evil", "nonsense", "", ":", "store:" + "x" * 3000]
)
def test_a_forged_cookie_opens_nothing(client, cookie):
    StoreFactory.create(handle="somebody-elses")
    client.force_login(UserFactory.create())
    client.cookies["last_dashboard"] = cookie
    assert home(client).status_code == 200


def test_the_switcher_offers_what_one_belongs_to(client):
    membership = MembershipFactory.create(owner=True, partner__name="Atelier Nord")
    staff = StaffFactory.create(user=membership.user, store__name="Maison Lavande")
    StoreFactory.create(name="Somebody Else")
    client.force_login(membership.user)
    text = client.get(reverse("partner-home", args=[membership.partner.slug])).content.decode()
    assert reverse("store-home", args=[staff.store.handle]) in text
    assert "Atelier Nord" in text
    assert "Somebody Else" not in text


def test_what_only_the_owner_decides_waits_for_the_owner_only(client):
    store = StoreFactory.create()
    manager = StaffFactory.create(store=store, key="store_manager").user
    own = MembershipFactory.create(user=manager, owner=True).partner
    AccessRequestFactory.create(store=store, partner=own)

    def said_to(user) -> str:
        client.force_login(user)
        return client.get(reverse("store-home", args=[store.handle])).content.decode()

    assert "One thing waits for your answer." in said_to(store.owner)
    assert "Nothing waits for your answer." in said_to(manager)


@pytest.mark.parametrize(
    ("permissions", "shown", "hidden"),
    [
        (["manage_team"], ["You look after the team", "Open the team"], "Your rights"),
        (["manage_jobs"], ["You look after the jobs", "Open the jobs"], "Open the team"),
        ([], ["Your rights: See the dashboard. An owner can give you more."], "Open the team"),
    ],
)
def test_a_member_without_stores_is_told_what_is_theirs_to_do(client, permissions, shown, hidden):
    membership = MembershipFactory.create(permissions=permissions)
    client.force_login(membership.user)
    text = client.get(reverse("partner-home", args=[membership.partner.slug])).content.decode()
    assert all(sentence in text for sentence in shown)
    assert hidden not in text


def test_both_homes_mark_what_the_other_side_wrote_until_it_is_read(client):
    membership = MembershipFactory.create(owner=True)
    working = CollaborationFactory.create(partner=membership.partner)
    asked = AccessRequestFactory.create(partner=membership.partner)
    homes = {
        Side.STORE: [(row.store.owner, reverse("store-home", args=[row.store.handle])) for row in (working, asked)],
        Side.PARTNER: [(membership.user, reverse("partner-home", args=[membership.partner.slug]))],
    }
    for row in (working, asked):
        talk = converse(row)
        MessageFactory.create(conversation=talk, author=membership.user, side=Side.PARTNER)
        MessageFactory.create_batch(2, conversation=talk, author=row.store.owner, side=Side.STORE)

    def marks(person, page: str) -> list[str]:
        client.force_login(person)
        return re.findall(r"\d+ unread messages?", client.get(page).content.decode())

    assert [marks(*home) for home in homes[Side.STORE]] == [["1 unread message"]] * 2
    assert [marks(*home) for home in homes[Side.PARTNER]] == [["2 unread messages"] * 2]
    for row in (working, asked):
        client.force_login(membership.user)
        address = reverse(
            "collaborators:partner-conversation-reading", args=[membership.partner.slug, row.conversation.public_id]
        )
        last = row.conversation.messages.order_by("-pk").first()
        client.post(address, {"up_to": last.public_id})
    assert [marks(*home) for home in homes[Side.PARTNER]] == [[]]
