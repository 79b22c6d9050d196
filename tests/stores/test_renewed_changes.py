"""Who works in a store or a team, and who owns it, is changed only by somebody who showed again that it is them."""

from datetime import timedelta

import pytest
from django.urls import reverse

from notifications.models import Event
from partners.models import Membership, TeamInvitation
from stores.models import Activity, OwnershipOffer, Role, Staff, StaffInvitation, Store
from tests.factories import (
    PASSWORD,
    MembershipFactory,
    OwnershipOfferFactory,
    RoleFactory,
    StaffFactory,
    StaffInvitationFactory,
    StoreFactory,
    TeamInvitationFactory,
)
from tests.sessions import age

pytestmark = pytest.mark.django_db


def in_store(address: str, row=None, **data):
    def act(store: Store) -> tuple:
        args = [store.handle] if row is None else [store.handle, row(store).public_id]
        return store.owner, reverse(f"stores:{address}", args=args), data

    return act


def in_team(address: str, row=None, **data):
    def act(_store: Store) -> tuple:
        owner = MembershipFactory.create(owner=True)
        args = [owner.partner.slug] if row is None else [owner.partner.slug, row(owner).public_id]
        return owner.user, reverse(f"partners:{address}", args=args), data

    return act


def clerk(store: Store) -> Staff:
    return StaffFactory.create(store=store)


def shipped(key: str) -> str:
    return str(Role.objects.get(store=None, key=key).public_id)


def to_role(store: Store) -> tuple:
    return store.owner, *in_store("staff-detail", clerk, role=shipped("store_manager"))(store)[1:]


def to_invite(store: Store) -> tuple:
    return in_store("invitation-list", email="x@people.example", role=shipped("store_manager"))(store)


def to_offer(store: Store) -> tuple:
    return in_store("ownership", staff=str(clerk(store).public_id), keeps_role="none")(store)


def to_take_the_offer_back(store: Store) -> tuple:
    OwnershipOfferFactory.create(staff=clerk(store))
    return in_store("ownership-withdrawal")(store)


def to_become_the_owner(store: Store) -> tuple:
    staff = clerk(store)
    return staff.user, reverse("stores:ownership-offer", args=[OwnershipOfferFactory.create(staff=staff).token]), {}


def own_role(store: Store) -> Role:
    return RoleFactory.create(store=store)


ACTS = {
    "invite": to_invite,
    "take back": in_store("invitation-withdrawal", lambda store: StaffInvitationFactory.create(store=store)),
    "give a role": to_role,
    "remove": in_store("staff-removal", clerk),
    "offer the store": to_offer,
    "take the offer back": to_take_the_offer_back,
    "become the owner": to_become_the_owner,
    "make a role": in_store("role-making", name="New", permissions=["orders.view"]),
    "change a role": in_store("role", own_role, name="Other", permissions=["orders.view", "orders.refund"]),
    "remove a role": in_store("role-removal", own_role),
    "invite to the team": in_team("invitation-list", email="x@people.example"),
    "take back from the team": in_team(
        "invitation-withdrawal",
        lambda owner: TeamInvitationFactory.create(partner=owner.partner, invited_by=owner.user),
    ),
    "change a member": in_team(
        "member", lambda owner: MembershipFactory.create(partner=owner.partner), permissions=["manage_jobs"]
    ),
    "remove a member": in_team("member-removal", lambda owner: MembershipFactory.create(partner=owner.partner)),
}


def everything() -> list:
    tables = (Staff, StaffInvitation, OwnershipOffer, Role, Store, Membership, TeamInvitation, Activity, Event)
    return [list(table.objects.order_by("pk").values()) for table in tables]


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_who_signed_in_a_while_ago_confirms_first_and_then_it_is_done(client, act):
    person, page, data = act(StoreFactory.create(staff_limit=5))
    client.force_login(person)
    age(client, timedelta(minutes=6))
    before = everything()
    answer = client.post(page, data)
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert everything() == before
    asked = client.get(answer.url)
    client.post(answer.url, {"password": PASSWORD, "next": asked.context["redirect_field_value"]})
    assert everything() != before


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_who_has_just_signed_in_is_not_asked(client, act):
    person, page, data = act(StoreFactory.create(staff_limit=5))
    client.force_login(person)
    before = everything()
    assert not client.post(page, data)["Location"].startswith(reverse("account_reauthenticate"))
    assert everything() != before
