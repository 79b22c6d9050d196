import pytest

from accounts.errors import NotAllowed
from stores import actions
from stores.errors import HandleTaken
from stores.models import Activity, Role, Store
from tests.factories import StoreFactory, UserFactory

pytestmark = pytest.mark.django_db


def role(key="staff_order_support") -> Role:
    return Role.objects.get(store=None, key=key)


def test_the_shipped_roles_are_rows():
    assert Role.objects.filter(store=None).count() == 8


def test_a_new_store_has_a_policy_a_code_and_an_activity():
    owner = UserFactory.create()
    store = actions.open_store(
        name="Maison Lavande",
        handle="maison-lavande",
        country="FR",
        industry="home",
        time_zone="Europe/Paris",
        currency="EUR",
        by=owner,
    )
    assert store.request_policy.rule == "code"
    assert len(store.request_codes.get(ended_at=None).digits) == 4
    assert Activity.objects.get(store=store).kind == "store.opened"


def test_a_handle_is_taken_once():
    store = StoreFactory.create()
    facts = {"country": "FR", "industry": "home", "time_zone": "UTC", "currency": "EUR"}
    with pytest.raises(HandleTaken):
        actions.open_store(name="Another", handle=store.handle, by=UserFactory.create(), **facts)
    assert Store.objects.count() == 1


def test_an_operator_changes_the_number_of_seats_and_it_is_recorded(client):
    store, operator = StoreFactory.create(), UserFactory.create(is_staff=True, is_superuser=True)
    with pytest.raises(NotAllowed):
        actions.change_staff_limit(store, limit=9, by=store.owner)
    client.force_login(operator)
    client.post(f"/operator/stores/store/{store.pk}/change/", {"staff_limit": 9})
    store.refresh_from_db()
    assert store.staff_limit == 9
    assert Activity.objects.get().after == {"limit": 9}
