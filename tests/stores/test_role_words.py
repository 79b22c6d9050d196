"""A role in a mail and on an invitation: named one by one while that can be read, summed up beyond."""

import pytest
from django.urls import reverse

from stores import phrases
from stores.models import Role
from stores.permissions import EVERYTHING, PERMISSIONS
from tests.factories import OwnershipOfferFactory, RoleFactory, StaffFactory, StaffInvitationFactory, StoreFactory

pytestmark = pytest.mark.django_db

PLAIN = [key for key in EVERYTHING if not PERMISSIONS[key].is_sensitive]


def test_a_few_are_named():
    [(_label, opens), (_sensitive, why)] = phrases.opens(["orders.view", "products.view"])
    assert opens == "View orders, view products"
    assert why == "View orders (personal data)"


def test_twelve_are_named_and_thirteen_are_counted():
    assert "permissions" not in phrases.opens(PLAIN[:12])[0][1]
    assert phrases.opens(PLAIN[:13]) == [("What it opens", f"13 permissions: {phrases.group_names(PLAIN[:13])}")]


def test_everything_is_one_word_and_what_is_sensitive_is_counted_by_kind():
    [(_label, opens), (_sensitive, why)] = phrases.opens(EVERYTHING)
    assert opens == "Everything"
    kinds = [str(PERMISSIONS[key].sensitivity) for key in EVERYTHING]
    assert (
        why
        == f"Personal data ({kinds.count('personal')}), money ({kinds.count('money')}), code ({kinds.count('code')})"
    )


def test_the_invitation_sums_up_too(client):
    manager = Role.objects.get(store=None, key="store_manager")
    invitation = StaffInvitationFactory.create(role=manager)
    client.force_login(StaffFactory.create(user__email=invitation.email).user)
    text = client.get(reverse("stores:invitation", args=[invitation.token])).content.decode()
    assert "Everything" in text
    assert "Personal data (" in text


def test_an_offer_says_what_the_owner_becomes():
    offer = OwnershipOfferFactory.create()
    assert phrases.afterwards(offer) == f"{offer.invited_by} leaves the store"
    offer.keeps_role = RoleFactory.create(store=offer.store, name="Advice")
    assert phrases.afterwards(offer) == f"{offer.invited_by} stays as Advice"


def test_who_has_a_role_is_a_link_for_those_who_manage_users_only(client):
    store = StoreFactory.create(staff_limit=5)
    clerk = StaffFactory.create(store=store)
    role = RoleFactory.create(store=store, permissions=["users.view"])
    link = reverse("stores:staff-detail", args=[store.handle, clerk.public_id])
    page = reverse("stores:role", args=[store.handle, clerk.role.public_id])
    client.force_login(store.owner)
    assert link in client.get(page).content.decode()
    client.force_login(StaffFactory.create(store=store, role=role).user)
    text = client.get(page).content.decode()
    assert clerk.user.name in text
    assert link not in text
