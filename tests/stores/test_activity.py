import pytest
from django.db import InternalError, connection, transaction

from stores import activity
from stores.models import Activity
from tests.factories import MembershipFactory, StaffFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("statement", ["UPDATE stores_activity SET kind = 'other'", "DELETE FROM stores_activity"])
def test_the_database_refuses_to_change_or_delete_activity(statement):
    store = StoreFactory.create()
    row = activity.record(store, "store.opened", by=store.owner)
    with pytest.raises(InternalError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Activity.objects.get() == row


def test_staff_see_all_with_the_right_and_a_partner_what_concerns_it():
    store = StoreFactory.create()
    manager, clerk = StaffFactory.create(store=store, key="store_manager"), StaffFactory.create(store=store)
    owner = MembershipFactory.create(owner=True)
    colleague = MembershipFactory.create(partner=owner.partner, permissions=["manage_jobs"])
    concerning = activity.record(store, "access.requested", by=owner.user, partner=owner.partner)
    internal = activity.record(store, "code.made", by=store.owner)

    def seen(user):
        return set(Activity.objects.visible_to(user))

    assert seen(store.owner) == seen(manager.user) == {concerning, internal}
    assert seen(owner.user) == {concerning}
    assert seen(clerk.user) == seen(colleague.user) == seen(UserFactory.create()) == set()
