"""Who works in a store, in which seat and role, and who decides that."""

import threading

import pytest
from django.urls import reverse

from accounts.errors import NotAllowed, TwoStepRequired
from accounts.invitations import AlreadyInvited, InvitationClosed
from notifications.models import Event
from stores import actions
from stores.errors import AlreadyInStore, GrantsMoreThanHeld, NoLongerInStore, NoSeatLeft, NotARole
from stores.models import Activity, OwnershipOffer, Role, Staff, StaffInvitation, Store
from tests.factories import (
    OwnershipOfferFactory,
    RoleFactory,
    StaffFactory,
    StaffInvitationFactory,
    StoreFactory,
    UserFactory,
)
from tests.races import together, without_locks

pytestmark = pytest.mark.django_db


def shipped(key="staff_order_support") -> Role:
    return Role.objects.get(store=None, key=key)


def invited(store: Store, *, by=None, **offered) -> StaffInvitation:
    return actions.invite(store, **{"email": "nina@people.example", "role": shipped()} | offered, by=by or store.owner)


@pytest.fixture
def store(db) -> Store:
    return StoreFactory.create(staff_limit=5)


@pytest.fixture
def helper(store) -> Staff:
    """Manages users, and holds little else."""
    role = RoleFactory.create(store=store, permissions=["orders.view", "users.view", "users.manage"])
    return StaffFactory.create(store=store, role=role)


def unchanged(store: Store, before: list) -> bool:
    return everything(store) == before


def everything(store: Store) -> list:
    tables = (Staff, StaffInvitation, OwnershipOffer, Role, Activity, Event, Store)
    return [list(table.objects.order_by("pk").values()) for table in tables]


# --- Inviting and accepting -----------------------------------------------------------------------------------------


def test_an_invited_person_takes_a_seat_with_the_role_that_was_offered(store):
    nina = UserFactory.create(email="nina@people.example")
    invitation = invited(store, email="Nina@People.example")
    staff = actions.accept_invitation(invitation, by=nina)
    assert actions.accept_invitation(invitation, by=nina) == staff  # said twice, answered like the first time
    assert nina.has_perm("orders.view", store)
    assert not nina.has_perm("users.view", store)
    assert list(Activity.objects.order_by("pk").values_list("kind", flat=True)) == ["staff.invited", "staff.joined"]
    assert list(Event.objects.order_by("pk").values_list("topic", flat=True)) == ["staff.invited", "staff.joined"]


def test_seats_are_staff_and_open_invitations_without_the_owner():
    store = StoreFactory.create(staff_limit=2)
    StaffFactory.create(store=store)
    StaffInvitationFactory.create(store=store, lapsed=True)
    StaffInvitationFactory.create(store=store, taken_back=True)
    first = invited(store)
    before = everything(store)
    with pytest.raises(NoSeatLeft, match="2 staff seats"):
        invited(store, email="otto@people.example")
    assert unchanged(store, before)
    actions.take_back_invitation(first, by=store.owner)
    assert invited(store, email="otto@people.example")


def test_a_seat_that_the_plan_no_longer_has_is_not_taken():
    store, nina = StoreFactory.create(staff_limit=2), UserFactory.create(email="nina@people.example")
    StaffFactory.create(store=store)
    invitation = invited(store)
    Store.objects.update(staff_limit=1)
    with pytest.raises(NoSeatLeft):
        actions.accept_invitation(invitation, by=nina)
    assert not Staff.objects.filter(user=nina).exists()


def test_nobody_is_invited_twice_nor_by_somebody_without_the_right(store, helper):
    clerk = StaffFactory.create(store=store)
    invited(store)
    before = everything(store)
    refusals = [
        (AlreadyInvited, lambda: invited(store, email="NINA@people.example")),
        (AlreadyInStore, lambda: invited(store, email=store.owner.email)),
        (AlreadyInStore, lambda: invited(store, email=clerk.user.email.upper())),
        (NotAllowed, lambda: invited(store, email="otto@people.example", by=clerk.user)),
        (NotAllowed, lambda: invited(store, email="otto@people.example", by=UserFactory.create())),
        (NotARole, lambda: invited(store, email="otto@people.example", role=shipped("catalogue"))),
        (NotARole, lambda: invited(store, email="otto@people.example", role=RoleFactory.create())),
        (GrantsMoreThanHeld, lambda: invited(store, email="otto@people.example", by=helper.user)),
    ]
    for refusal, attempt in refusals:
        with pytest.raises(refusal):
            attempt()
    assert everything(store)[:3] == before[:3]


@pytest.mark.parametrize(
    ("state", "email", "sentence"),
    [
        ({}, "otto@people.example", "another e-mail address"),
        ({"lapsed": True}, "nina@people.example", "too old"),
        ({"taken_back": True}, "nina@people.example", "taken back"),
    ],
)
def test_an_invitation_opened_by_somebody_else_or_too_late_changes_nothing(store, state, email, sentence):
    person = UserFactory.create(email=email)
    invitation = StaffInvitationFactory.create(store=store, email="nina@people.example", **state)
    before = everything(store)
    with pytest.raises(InvitationClosed, match=sentence):
        actions.accept_invitation(invitation, by=person)
    assert unchanged(store, before)


@pytest.mark.parametrize("loss", ["removed", "another_role", "role_changed"])
def test_what_somebody_offered_ends_with_their_own_right_to_offer_it(store, helper, loss):
    nina = UserFactory.create(email="nina@people.example")
    small = RoleFactory.create(store=store, permissions=["orders.view"])
    invitation = invited(store, role=small, by=helper.user)
    if loss == "removed":
        actions.remove_staff(helper, by=store.owner)
    elif loss == "another_role":
        actions.assign_role(helper, role=small, by=store.owner)
    else:
        actions.change_role(helper.role, name="Less", permissions=["users.view", "users.manage"], by=store.owner)
    StaffInvitation.objects.update(taken_back_at=None)  # and even if it had not been taken back
    with pytest.raises(InvitationClosed, match="can no longer offer this"):
        actions.accept_invitation(invitation, by=nina)
    assert not nina.has_perm("orders.view", store)


# --- Changing and removing ------------------------------------------------------------------------------------------


def test_another_role_holds_at_once(store):
    clerk = StaffFactory.create(store=store)
    actions.assign_role(clerk, role=shipped("store_manager"), by=store.owner)
    actions.assign_role(clerk, role=shipped("store_manager"), by=store.owner)  # nothing more to change
    assert clerk.user.has_perm("users.manage", store)
    assert Event.objects.filter(topic="staff.changed").count() == 1


def test_nobody_gives_a_role_that_holds_more_than_they_do(store, helper):
    clerk = StaffFactory.create(store=store)
    before = everything(store)
    for staff in (clerk, helper):  # not to themselves either
        with pytest.raises(GrantsMoreThanHeld):
            actions.assign_role(staff, role=shipped("store_manager"), by=helper.user)
    with pytest.raises(NotAllowed):
        actions.assign_role(helper, role=shipped(), by=clerk.user)
    assert unchanged(store, before)


def test_somebody_removed_is_out_on_the_next_request(client, store):
    manager = StaffFactory.create(store=store, key="store_manager")
    client.force_login(manager.user)
    page = reverse("stores:staff", args=[store.handle])
    assert client.get(page).status_code == 200
    actions.assign_role(manager, role=shipped(), by=store.owner)
    assert client.get(page).status_code == 403
    actions.remove_staff(manager, by=store.owner)
    assert client.get(page).status_code == 404
    assert client.get(reverse("store-home", args=[store.handle])).status_code == 404


def test_staff_leave_by_themselves_and_the_owner_does_not(client, store):
    clerk = StaffFactory.create(store=store)
    client.force_login(clerk.user)
    client.post(reverse("stores:departure", args=[store.handle]))
    assert not Staff.objects.exists()
    assert Activity.objects.get().kind == "staff.left"
    with pytest.raises(NoLongerInStore):
        actions.leave_store(store, by=store.owner)


def test_who_is_gone_already_is_not_changed_nor_removed_again(store):
    clerk = StaffFactory.create(store=store)
    actions.remove_staff(clerk, by=store.owner)
    with pytest.raises(NoLongerInStore):
        actions.assign_role(clerk, role=shipped("store_manager"), by=store.owner)
    with pytest.raises(NoLongerInStore):
        actions.remove_staff(clerk, by=store.owner)


# --- Ownership ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keeps", [True, False])
def test_a_store_is_passed_on_by_an_offer_and_its_acceptance(store, keeps):
    before, clerk = store.owner, StaffFactory.create(store=store)
    role = shipped() if keeps else None
    offer = actions.offer_ownership(clerk, keeps_role=role, by=before)
    assert Store.objects.get().owner == before
    assert actions.accept_ownership(offer, by=clerk.user).owner == clerk.user
    assert actions.accept_ownership(offer, by=clerk.user).owner == clerk.user  # said twice
    assert clerk.user.has_perm("users.manage", store)
    assert not before.has_perm("users.manage", store)
    assert before.has_perm("orders.view", store) == keeps
    assert Staff.objects.count() == keeps
    assert Activity.objects.filter(kind="ownership.passed").count() == 1


def test_only_the_owner_offers_and_only_to_staff_and_once(store):
    manager, clerk = StaffFactory.create(store=store, key="store_manager"), StaffFactory.create(store=store)
    gone = StaffFactory.create(store=store, user__is_active=False)
    before = everything(store)
    with pytest.raises(NotAllowed):
        actions.offer_ownership(clerk, keeps_role=None, by=manager.user)
    with pytest.raises(NoLongerInStore):
        actions.offer_ownership(gone, keeps_role=None, by=store.owner)
    with pytest.raises(NotARole):
        actions.offer_ownership(clerk, keeps_role=shipped("catalogue"), by=store.owner)
    assert unchanged(store, before)
    actions.offer_ownership(clerk, keeps_role=None, by=store.owner)
    with pytest.raises(Exception, match="offered to somebody already"):
        actions.offer_ownership(manager, keeps_role=None, by=store.owner)


@pytest.mark.parametrize("change", ["removed", "taken_back", "owner_changed", "lapsed", "somebody_else"])
def test_an_offer_that_no_longer_stands_passes_nothing_on(store, change):
    offer = OwnershipOfferFactory.create(staff__store=store, lapsed=change == "lapsed")
    staff = Staff.objects.get()
    by = staff.user
    if change == "removed":
        actions.remove_staff(staff, by=store.owner)
        OwnershipOffer.objects.update(taken_back_at=None)
    elif change == "taken_back":
        actions.take_back_offer(offer, by=store.owner)
    elif change == "owner_changed":
        Store.objects.update(owner=UserFactory.create())
    elif change == "somebody_else":
        by = StaffFactory.create(store=store).user
    before = everything(store)
    with pytest.raises(InvitationClosed):
        actions.accept_ownership(offer, by=by)
    assert unchanged(store, before)


def test_a_store_that_requires_two_step_sign_in_is_not_passed_to_somebody_without_it(store):
    offer = OwnershipOfferFactory.create(staff__store=store)
    Store.objects.update(requires_two_step=True)
    before = everything(store)
    with pytest.raises(TwoStepRequired):
        actions.accept_ownership(offer, by=Staff.objects.get().user)
    assert unchanged(store, before)


def test_the_page_for_passing_on_is_the_owners_alone(client, store):
    manager = StaffFactory.create(store=store, key="store_manager")
    page = reverse("stores:ownership", args=[store.handle])
    client.force_login(manager.user)
    assert client.get(page).status_code == client.post(page).status_code == 403
    client.force_login(store.owner)
    assert client.post(page, {"staff": str(manager.public_id), "keeps_role": "none"}).status_code == 302
    assert OwnershipOffer.objects.get().email == manager.user.email


@pytest.mark.parametrize("left_out", ["staff", "keeps_role"])
def test_nobody_is_chosen_and_nothing_given_up_unless_the_owner_says_so(client, store, left_out):
    manager = StaffFactory.create(store=store, key="store_manager")
    page = reverse("stores:ownership", args=[store.handle])
    client.force_login(store.owner)
    chosen = {"staff": str(manager.public_id), "keeps_role": "none"}
    for posted in ({**chosen, left_out: ""}, {name: value for name, value in chosen.items() if name != left_out}):
        assert client.post(page, posted).status_code == 422
    assert client.post(page, {**chosen, left_out: "nonsense"}).status_code == 422
    assert not OwnershipOffer.objects.exists()
    text = client.get(page).content.decode()
    assert text.count(" selected>") == text.count('value="" selected>') == 2


def test_the_role_that_the_owner_keeps_is_offered_and_shown_with_the_new_owners_name(client, store):
    manager = StaffFactory.create(store=store, key="store_manager")
    page = reverse("stores:ownership", args=[store.handle])
    client.force_login(store.owner)
    client.post(page, {"staff": str(manager.public_id), "keeps_role": str(manager.role.public_id)})
    assert OwnershipOffer.objects.get().keeps_role == manager.role
    text = client.get(page).content.decode()
    assert manager.user.name in text
    assert manager.user.email in text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({}, "This offer is for somebody else."),
        ({"taken_back": True}, "This offer was taken back."),
        ({"lapsed": True}, "This offer is too old: it was open for 7 days."),
    ],
)
def test_an_offer_that_is_closed_says_why_in_its_own_words(client, store, change, sentence):
    offer = OwnershipOfferFactory.create(staff__store=store, **change)
    client.force_login(store.staff.get(user__email=offer.email).user if change else store.owner)
    text = client.get(reverse("stores:ownership-offer", args=[offer.token])).content.decode()
    assert sentence in text
    assert "This invitation" not in text


# --- Two at once ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_twenty_invitations_at_once_take_the_last_seat_once():
    store = StoreFactory.create(staff_limit=1)
    results = together([lambda n=n: invited(store, email=f"n{n}@people.example") for n in range(20)])
    assert sum(isinstance(result, StaffInvitation) for result in results) == 1
    assert sum(isinstance(result, NoSeatLeft) for result in results) == 19
    assert StaffInvitation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_twenty_invitations_take_the_last_seat_more_than_once(monkeypatch):
    store = StoreFactory.create(staff_limit=1)
    with without_locks(monkeypatch, meet_at=(StaffInvitation, "save"), parties=8):
        together([lambda n=n: invited(store, email=f"n{n}@people.example") for n in range(8)])
    assert StaffInvitation.objects.count() > 1


def two_invitations_for_one_seat() -> tuple[Store, list]:
    """The plan was made smaller after two people were invited."""
    store = StoreFactory.create(staff_limit=2)
    people = [UserFactory.create() for _ in range(2)]
    invitations = [invited(store, email=person.email) for person in people]
    Store.objects.update(staff_limit=1)
    accept = actions.accept_invitation
    return store, [
        lambda invitation=invitation, person=person: accept(invitation, by=person)
        for invitation, person in zip(invitations, people, strict=True)
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_of_two_acceptances_of_the_last_seat_one_wins(attempt):
    _store, acts = two_invitations_for_one_seat()
    results = together(acts)
    assert sum(isinstance(result, Staff) for result in results) == 1
    assert sum(isinstance(result, NoSeatLeft) for result in results) == 1
    assert Staff.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_acceptances_both_take_the_last_seat(monkeypatch):
    _store, acts = two_invitations_for_one_seat()
    with without_locks(monkeypatch, meet_at=(Staff, "save"), parties=2):
        together(acts)
    assert Staff.objects.count() == 2


def role_changed_while_it_is_given(*, change_waits_for: threading.Event | None = None) -> tuple[list, list]:
    """Somebody who holds little gives a small role, while the owner makes that role mighty. What both did."""
    store = StoreFactory.create(staff_limit=5)
    role = RoleFactory.create(store=store, permissions=["orders.view"])
    manages = RoleFactory.create(store=store, permissions=["orders.view", "users.view", "users.manage"])
    helper, clerk = StaffFactory.create(store=store, role=manages), StaffFactory.create(store=store)

    def change():
        if change_waits_for:
            change_waits_for.wait(10)
        return actions.change_role(
            role, name="Mighty", permissions=["orders.view", "orders.refund", "users.view"], by=store.owner
        )

    results = together([lambda: actions.assign_role(clerk, role=role, by=helper.user), change])
    return results, list(Activity.objects.order_by("pk").values_list("kind", flat=True))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_a_role_that_grew_is_not_given_by_somebody_who_lacks_it(attempt):
    (given, _changed), acts = role_changed_while_it_is_given()
    if isinstance(given, GrantsMoreThanHeld):
        assert acts == ["role.changed"]
    else:
        assert acts == ["staff.changed", "role.changed"]  # given first, while it was small


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_a_role_is_given_that_grew_under_the_hand(monkeypatch):
    looked, changed = threading.Event(), threading.Event()
    giveable, change_role = actions.staff.giveable, actions.change_role

    def looks_and_waits(role, store, by):
        found = giveable(role, store, by)
        looked.set()
        changed.wait(10)
        return found

    def changes_and_tells(*args, **kwargs):
        result = change_role(*args, **kwargs)
        changed.set()
        return result

    with monkeypatch.context() as patched:
        patched.setattr("django.db.models.QuerySet.select_for_update", lambda rows, **_options: rows)
        patched.setattr(actions.staff, "giveable", looks_and_waits)
        patched.setattr(actions, "change_role", changes_and_tells)
        (given, _changed), acts = role_changed_while_it_is_given(change_waits_for=looked)
    assert isinstance(given, Staff)
    assert acts == ["role.changed", "staff.changed"]  # more was given than the giver holds
