import pytest

from accounts.errors import NotAllowed
from notifications.models import Event
from stores import actions
from stores.errors import AlreadyInStore, GrantsMoreThanHeld, HandleTaken, NoSeatLeft
from stores.models import Activity, Role, Staff, Store
from tests.factories import MembershipFactory, StaffFactory, StoreFactory, UserFactory
from tests.races import together, without_locks

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


def test_staff_join_with_a_role_and_are_recorded():
    store, person = StoreFactory.create(), UserFactory.create()
    actions.add_staff(store, user=person, role=role(), by=store.owner)
    assert person.has_perm("orders.view", store)
    assert not person.has_perm("users.view", store)
    assert Activity.objects.get(store=store).kind == "staff.joined"
    assert Event.objects.filter(topic="staff.joined").count() == 1


def test_seats_are_counted_without_the_owner():
    store = StoreFactory.create(staff_limit=1)
    actions.add_staff(store, user=UserFactory.create(), role=role(), by=store.owner)
    with pytest.raises(NoSeatLeft, match="1 staff seat"):
        actions.add_staff(store, user=UserFactory.create(), role=role(), by=store.owner)


def test_nobody_is_added_twice_nor_by_somebody_without_the_right():
    store = StoreFactory.create(staff_limit=5)
    clerk = StaffFactory.create(store=store)
    for person in (store.owner, clerk.user):
        with pytest.raises(AlreadyInStore):
            actions.add_staff(store, user=person, role=role(), by=store.owner)
    with pytest.raises(NotAllowed):
        actions.add_staff(store, user=UserFactory.create(), role=role(), by=clerk.user)
    with pytest.raises(NotAllowed):
        actions.add_staff(store, user=UserFactory.create(), role=role("catalogue"), by=store.owner)


def test_nobody_gives_a_role_that_holds_more_than_they_do():
    store = StoreFactory.create(staff_limit=5)
    small = Role.objects.create(
        store=store, name="Users only", for_staff=True, permissions=["users.view", "users.manage"]
    )
    helper = UserFactory.create()
    Staff.objects.create(store=store, user=helper, role=small)
    with pytest.raises(GrantsMoreThanHeld):
        actions.add_staff(store, user=UserFactory.create(), role=role("store_manager"), by=helper)


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_take_the_last_seat_once():
    store = StoreFactory.create(staff_limit=1)
    people, given = [UserFactory.create() for _ in range(20)], role()
    results = together(
        [lambda person=person: actions.add_staff(store, user=person, role=given, by=store.owner) for person in people]
    )
    assert sum(isinstance(result, Staff) for result in results) == 1
    assert sum(isinstance(result, NoSeatLeft) for result in results) == 19
    assert Staff.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_last_seat_is_taken_more_than_once(monkeypatch):
    store = StoreFactory.create(staff_limit=1)
    people, given = [UserFactory.create() for _ in range(8)], role()
    with without_locks(monkeypatch, meet_at=(Staff.objects.model, "save"), parties=8):
        together(
            [
                lambda person=person: actions.add_staff(store, user=person, role=given, by=store.owner)
                for person in people
            ]
        )
    assert Staff.objects.count() > 1


def test_a_member_of_the_team_is_added_by_those_who_manage_it():
    from partners import actions as teams
    from partners.errors import AlreadyInTeam

    owner = MembershipFactory.create(owner=True)
    manager = MembershipFactory.create(partner=owner.partner, permissions=["manage_team"])
    person = UserFactory.create()
    with pytest.raises(NotAllowed):  # nobody grants what they lack
        teams.add_member(owner.partner, user=person, permissions=["manage_stores"], by=manager.user)
    teams.add_member(owner.partner, user=person, permissions=["manage_team"], by=manager.user)
    with pytest.raises(AlreadyInTeam):
        teams.add_member(owner.partner, user=person, permissions=[], by=owner.user)
    with pytest.raises(NotAllowed):
        teams.add_member(owner.partner, user=UserFactory.create(), permissions=[], by=UserFactory.create())


def test_an_operator_changes_the_number_of_seats_and_it_is_recorded(client):
    store, operator = StoreFactory.create(), UserFactory.create(is_staff=True, is_superuser=True)
    with pytest.raises(NotAllowed):
        actions.change_staff_limit(store, limit=9, by=store.owner)
    client.force_login(operator)
    client.post(f"/operator/stores/store/{store.pk}/change/", {"staff_limit": 9})
    store.refresh_from_db()
    assert store.staff_limit == 9
    assert Activity.objects.get().after == {"limit": 9}
