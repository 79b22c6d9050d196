"""After a test that commits, the database is as Django's own flush leaves it, and that flush runs once."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import TransactionTestCase

from stores.models import Activity, Role
from tests import flush
from tests.factories import StoreFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def whole(monkeypatch) -> list:
    """The whole flushes that were needed."""
    needed, original = [], flush._whole_flush
    monkeypatch.setattr(flush, "_whole_flush", lambda test: [needed.append(test), original(test)])
    return needed


def rows() -> dict[str, str]:
    return flush.hashes(connection.introspection.django_table_names(only_existing=True, include_views=False))


def test_what_tests_wrote_is_gone_and_what_is_shipped_stays(whole):
    quick, test = flush.Flush(), TransactionTestCase()
    quick(test)
    clean = rows()
    assert clean["stores_role"]
    Activity.objects.create(store=StoreFactory.create(), kind="access.revoked")  # rows that refuse to be deleted
    quick(test)
    assert rows() == clean
    assert whole == [test]


@pytest.mark.parametrize("spoil", [lambda: Role.objects.all().delete(), lambda: Permission.objects.update(name="x")])
def test_what_is_shipped_and_was_changed_is_shipped_again(whole, spoil):
    quick, test = flush.Flush(), TransactionTestCase()
    quick(test)
    shipped = Role.objects.count(), {*Permission.objects.values_list("name", flat=True)}
    spoil()
    quick(test)
    assert (Role.objects.count(), {*Permission.objects.values_list("name", flat=True)}) == shipped
    assert whole == [test, test]
