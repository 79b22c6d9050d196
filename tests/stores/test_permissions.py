import pytest
from hypothesis import given
from hypothesis import strategies as st

from stores.errors import MissingPermissions, StaffOnlyPermission, UnknownPermission
from stores.permissions import (
    COLLABORATOR_GROUPS,
    GROUPS,
    PERMISSIONS,
    REQUIRES,
    STAFF_ONLY,
    closed_for_collaborator,
    in_order,
    missing_from,
)
from stores.roles import SHIPPED

# The table of the product, as it is written there: key, and P, M or C where it is sensitive.
TABLE = """
orders.view(P) orders.edit orders.fulfil orders.cancel orders.refund(M) orders.export(P)
draft_orders.view(P) draft_orders.edit draft_orders.delete
products.view products.edit products.edit_price(M) products.edit_cost(M) products.export products.delete
inventory.view inventory.edit inventory.transfer gift_cards.view(M) gift_cards.edit(M)
customers.view(P) customers.edit(P) customers.export(P) customers.delete(P)
discounts.view discounts.edit discounts.delete marketing.view marketing.edit marketing.send(P)
analytics.view analytics.export
themes.view themes.edit themes.edit_code(C) themes.publish navigation.view navigation.edit
content.view content.edit content.publish content.delete files.view files.edit files.delete
apps.view apps.install(C) apps.remove apps.develop(C)
finances.view(M) finances.payouts(M) finances.billing(M)
settings.view settings.edit settings.shipping settings.taxes settings.payments(M) settings.checkout(C) settings.domains
jobs.view jobs.manage reviews.write activity.view users.view users.manage
"""
COLLABORATORS = sorted(PERMISSIONS.keys() - STAFF_ONLY)


def test_the_table_is_the_one_of_the_product():
    letters = {"personal": "(P)", "money": "(M)", "code": "(C)", "": ""}
    assert [p.key + letters[p.sensitivity.value] for p in PERMISSIONS.values()] == TABLE.split()


def test_every_permission_says_what_it_lets_somebody_do():
    assert all(str(permission.sentence).startswith("Can ") for permission in PERMISSIONS.values())
    assert len({str(permission.label) for permission in PERMISSIONS.values()}) == len(PERMISSIONS)


def test_every_verb_requires_the_view_of_its_thing():
    for key in PERMISSIONS:
        view = f"{key.partition('.')[0]}.view"
        if view in PERMISSIONS and key != view:
            assert view in REQUIRES[key], key
    assert REQUIRES["settings.shipping"] == {"settings.view", "products.view"}
    assert REQUIRES["reviews.write"] == frozenset()


def test_staff_permissions_are_in_no_group_of_a_collaborator():
    assert {p.key for group in COLLABORATOR_GROUPS for p in group.permissions} == PERMISSIONS.keys() - STAFF_ONLY
    assert len(GROUPS) == len(COLLABORATOR_GROUPS) + 1


@given(st.sets(st.sampled_from(COLLABORATORS)))
def test_a_set_is_refused_exactly_when_something_is_missing(keys):
    lacking = {required for key in keys for required in REQUIRES[key]} - keys
    if lacking:
        with pytest.raises(MissingPermissions) as refused:
            closed_for_collaborator(keys)
        assert {required for missing in refused.value.missing.values() for required in missing} == lacking
    else:
        assert closed_for_collaborator(keys) == in_order(keys)


def test_the_refusal_names_what_is_missing():
    with pytest.raises(MissingPermissions, match=r"“Manage shipping” also needs “View products”\."):
        closed_for_collaborator(["settings.view", "settings.shipping"])


def test_unknown_and_staff_only_permissions_are_refused():
    with pytest.raises(UnknownPermission):
        closed_for_collaborator(["orders.view", "orders.burn"])
    with pytest.raises(StaffOnlyPermission):
        closed_for_collaborator(["users.view", "users.manage"])


def test_shipped_roles_are_closed_and_fit_for_those_they_are_for():
    names = [str(role.label) for role in SHIPPED.values() if not role.for_staff]
    assert names == ["Theme work", "App support", "Catalogue", "Marketing", "Bookkeeping", "Order support"]
    for role in SHIPPED.values():
        assert missing_from(role.permissions) == {}, role.key
        if not role.for_staff:
            assert closed_for_collaborator(role.permissions)
    assert set(SHIPPED["store_manager"].permissions) == PERMISSIONS.keys()
