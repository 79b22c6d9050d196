"""Roles: shipped, and the store's own."""

import pytest
from django.urls import reverse

from accounts.errors import NotAllowed
from notifications.models import Event
from stores import actions
from stores.actions.roles import MOST_ROLES
from stores.errors import (
    GrantsMoreThanHeld,
    MissingPermissions,
    NoPermissions,
    RoleInUse,
    RoleIsGone,
    RoleNameTaken,
    ShippedRoleStays,
    StaffOnlyPermission,
    TooManyRoles,
    UnknownPermission,
)
from stores.models import Activity, Role
from tests.factories import (
    AccessRequestFactory,
    OwnershipOfferFactory,
    RoleFactory,
    StaffFactory,
    StaffInvitationFactory,
    StoreFactory,
)

pytestmark = pytest.mark.django_db

MANAGES = ["orders.view", "users.view", "users.manage"]


@pytest.fixture
def store(db):
    return StoreFactory.create(staff_limit=5)


@pytest.fixture
def helper(store):
    """Manages users, and holds little else."""
    return StaffFactory.create(store=store, role=RoleFactory.create(store=store, permissions=MANAGES)).user


def make(store, *, by=None, **asked) -> Role:
    facts = {"name": "Packing", "for_staff": True, "permissions": ["orders.view", "orders.fulfil"]}
    return actions.make_role(store, **facts | asked, by=by or store.owner)


def test_a_store_makes_a_role_and_gives_it(store):
    clerk = StaffFactory.create(store=store)
    actions.assign_role(clerk, role=make(store), by=store.owner)
    assert clerk.user.has_perm("orders.fulfil", store)
    assert not clerk.user.has_perm("products.view", store)


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"permissions": []}, NoPermissions),
        ({"permissions": ["orders.fly"]}, UnknownPermission),
        ({"permissions": ["orders.refund"]}, MissingPermissions),
        ({"permissions": ["jobs.view"], "for_staff": False}, StaffOnlyPermission),
        ({"name": "TAKEN"}, RoleNameTaken),
    ],
)
def test_a_role_that_cannot_be_is_not_made(store, asked, refusal):
    RoleFactory.create(store=store, name="Taken")
    with pytest.raises(refusal):
        make(store, **asked)
    assert store.roles.count() == 1
    assert not Activity.objects.exists()


def test_a_role_that_holds_what_the_editor_lacks_is_refused(store, helper):
    small = RoleFactory.create(store=store, name="Small", permissions=["orders.view"])
    before = list(Role.objects.order_by("pk").values())
    with pytest.raises(GrantsMoreThanHeld):
        make(store, by=helper)
    with pytest.raises(GrantsMoreThanHeld):
        actions.change_role(small, name="Small", permissions=["orders.view", "orders.refund"], by=helper)
    assert list(Role.objects.order_by("pk").values()) == before
    big = RoleFactory.create(store=store, name="Big", permissions=["orders.view", "orders.refund"])
    actions.change_role(big, name="Renamed", permissions=["orders.view", "orders.refund"], by=helper)  # adds nothing


def test_only_who_manages_users_makes_changes_and_removes(store):
    clerk, role = StaffFactory.create(store=store).user, make(store)
    for attempt in (
        lambda: make(store, name="Other", by=clerk),
        lambda: actions.change_role(role, name="Other", permissions=["orders.view"], by=clerk),
        lambda: actions.remove_role(role, by=clerk),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert Role.objects.get(pk=role.pk).name == "Packing"


def test_changing_a_role_changes_staff_at_once_and_collaborators_never(store):
    for_staff, for_others = make(store), make(store, name="Theme", for_staff=False, permissions=["products.view"])
    clerk = StaffFactory.create(store=store, role=for_staff).user
    granted = AccessRequestFactory.create(store=store, approved=True, permissions=["products.view"]).collaboration
    actions.change_role(for_staff, name="Packing", permissions=["products.view"], by=store.owner)
    actions.change_role(for_others, name="Theme", permissions=["products.view", "products.edit"], by=store.owner)
    assert clerk.has_perm("products.view", store)
    assert not clerk.has_perm("orders.view", store)
    granted.refresh_from_db()
    assert granted.permissions == ["products.view"]
    assert Event.objects.filter(topic="role.changed").count() == 1  # staff are told, once


def test_shipped_roles_stay_as_they_are(store):
    role = Role.objects.get(store=None, key="store_manager")
    with pytest.raises(ShippedRoleStays):
        actions.change_role(role, name="Mine", permissions=["orders.view"], by=store.owner)
    with pytest.raises(ShippedRoleStays):
        actions.remove_role(role, by=store.owner)


@pytest.mark.parametrize("use", ["staff", "invitation", "offer"])
def test_a_role_in_use_is_not_removed(store, use):
    role = make(store)
    if use == "staff":
        StaffFactory.create(store=store, role=role)
    elif use == "invitation":
        StaffInvitationFactory.create(store=store, role=role)
    else:
        OwnershipOfferFactory.create(staff__store=store, keeps_role=role)
    with pytest.raises(RoleInUse):
        actions.remove_role(role, by=store.owner)
    assert Role.objects.filter(pk=role.pk).exists()


def test_a_role_that_was_only_ever_offered_can_be_removed(store):
    role = make(store)
    StaffInvitationFactory.create(store=store, role=role, taken_back=True)
    actions.remove_role(role, by=store.owner)
    with pytest.raises(RoleIsGone):
        actions.remove_role(role, by=store.owner)


def test_a_store_has_so_many_roles_and_no_more(store):
    RoleFactory.create_batch(MOST_ROLES, store=store)
    with pytest.raises(TooManyRoles):
        make(store)


# --- Pages ----------------------------------------------------------------------------------------------------------


def test_the_roles_page_shows_shipped_and_own_and_how_many_have_each(client, store):
    role = make(store)
    StaffFactory.create_batch(2, store=store, role=role)
    StaffFactory.create(key="store_manager")  # of another store: does not count here
    client.force_login(store.owner)
    text = client.get(reverse("stores:roles", args=[store.handle])).content.decode()
    assert "Packing" in text
    assert "2 people" in text
    assert "1 person" not in text


def test_a_role_is_copied_with_what_the_copier_holds(client, store, helper):
    client.force_login(helper)
    source = Role.objects.get(store=None, key="staff_order_support")
    page = f"{reverse('stores:role-making', args=[store.handle])}?copy={source.public_id}"
    text = client.get(page).content.decode()
    assert "Order support, copy" in text
    assert 'value="orders.view"' in text
    answer = client.post(page, {"name": "Mine", "permissions": ["orders.view"]})
    assert answer.status_code == 302
    assert Role.objects.get(store=store, name="Mine").for_staff


def test_another_stores_role_is_neither_shown_nor_copied_nor_given(client, store):
    other = RoleFactory.create(name="Secret name", permissions=["orders.view", "orders.refund"])
    clerk = StaffFactory.create(store=store)
    client.force_login(store.owner)
    assert client.get(reverse("stores:role", args=[store.handle, other.public_id])).status_code == 404
    page = f"{reverse('stores:role-making', args=[store.handle])}?copy={other.public_id}"
    assert "Secret name" not in client.get(page).content.decode()
    given = client.post(
        reverse("stores:staff-detail", args=[store.handle, clerk.public_id]), {"role": str(other.public_id)}
    )
    assert given.status_code == 422
    assert "does not exist here" in given.content.decode()
    clerk.refresh_from_db()
    assert clerk.role.key == "staff_order_support"


@pytest.mark.parametrize("copy", ["nonsense", "00000000-0000-0000-0000-000000000000", ""])
def test_a_copy_of_nothing_is_a_new_role(client, store, copy):
    client.force_login(store.owner)
    assert client.get(f"{reverse('stores:role-making', args=[store.handle])}?copy={copy}").status_code == 200


def test_a_set_that_is_not_closed_says_what_was_missing(client, store):
    client.force_login(store.owner)
    answer = client.post(
        reverse("stores:role-making", args=[store.handle]), {"name": "Half", "permissions": ["orders.refund"]}
    )
    assert answer.status_code == 422
    assert "“Refund orders” also needs “View orders”." in answer.content.decode()
    assert 'value="Half"' in answer.content.decode()
    assert not store.roles.exists()
