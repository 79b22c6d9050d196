"""A store or a partner asks its people for two-step sign-in, and whoever lacks it stays outside, knowing why."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from accounts.errors import NotAllowed, TwoStepFirst, TwoStepRequired
from accounts.models import User
from collaborators.actions import withdraw_request
from collaborators.models import AccessRequest
from partners import actions as partner_actions
from partners.models import Partner
from stores import access
from stores import actions as store_actions
from stores.models import Activity, Store
from tests.accounts.conftest import BACKEND, SECRET
from tests.factories import MembershipFactory, StaffFactory, StoreFactory

pytestmark = pytest.mark.django_db

STORE, PARTNER = "/store/maison-lavande/", "/partner/atelier-nord/"


def client_of(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user, backend=BACKEND)
    return client


def ask_store(world, *, required: bool = True) -> None:
    Store.objects.filter(pk=world.store.pk).update(requires_two_step=required)


def ask_partner(partner, *, required: bool = True) -> None:
    Partner.objects.filter(pk=partner.pk).update(requires_two_step=required)


def assert_shut(response, name: str) -> None:
    assert response.status_code == 403
    page = response.content.decode()
    assert f"{name} asks everybody who enters to sign in in two steps." in page
    assert 'href="/account/security/#two-step"' in page


@pytest.mark.parametrize("who", ["owner", "manager", "staff_without_the_right", "collaborator"])
def test_a_store_that_asks_for_it_opens_only_with_it_on_the_very_next_request(world, who):
    user = world.people[who]
    client = client_of(user)
    assert client.get(STORE).status_code == 200
    ask_store(world)
    for path in (STORE, f"{STORE}access/"):
        assert_shut(client.get(path), "Maison Lavande")
    assert access.permissions_of(user, world.store) == frozenset()
    assert not user.has_perm("products.view", world.store)
    TOTP.activate(user, SECRET)
    assert client.get(STORE).status_code == 200
    assert access.permissions_of(user, world.store)


def test_nobody_gets_into_lists_of_a_store_that_is_shut_to_them(world):
    manager = world.people["manager"]
    assert AccessRequest.objects.visible_to(manager).exists()
    ask_store(world)
    assert not AccessRequest.objects.visible_to(manager).exists()
    assert not Activity.objects.visible_to(manager).exists()
    assert not Store.objects.visible_to(manager).exists()


@pytest.mark.parametrize("who", ["other_owner", "operator", "revoked", "ended", "partner_owner"])
def test_a_stranger_still_learns_nothing(world, who):
    ask_store(world)
    assert client_of(world.people[who]).get(STORE).status_code == 404


@pytest.mark.parametrize("who", ["partner_owner", "member_with_manage_stores", "member_without"])
def test_a_partner_that_asks_for_it_opens_only_with_it(world, who):
    user = world.people[who]
    client = client_of(user)
    assert client.get(PARTNER).status_code == 200
    ask_partner(world.asking)
    assert_shut(client.get(PARTNER), "Atelier Nord")
    assert_shut(client.get(f"{PARTNER}team/"), "Atelier Nord")
    TOTP.activate(user, SECRET)
    assert client.get(PARTNER).status_code == 200


def test_a_partner_that_asks_for_it_shuts_the_stores_it_works_for_as_well(world):
    user = world.people["collaborator"]
    ask_partner(world.working)
    assert_shut(client_of(user).get(STORE), "Bureau Lumen")
    assert access.permissions_of(user, world.store) == frozenset()


def test_one_way_in_stays_open_while_another_is_shut(world):
    user = world.people["collaborator"]
    StaffFactory.create(store=world.store, user=user)
    ask_partner(world.working)
    assert client_of(user).get(STORE).status_code == 200
    assert access.permissions_of(user, world.store) == frozenset(world.store.staff.get(user=user).role.permissions)


def test_actions_ask_for_it_too_whatever_called_them(world):
    user = world.people["partner_owner"]
    ask_partner(world.asking)
    with pytest.raises(TwoStepRequired):
        withdraw_request(world.pending, by=user)
    assert AccessRequest.objects.get(pk=world.pending.pk).is_pending
    ask_store(world)
    with pytest.raises(NotAllowed):
        store_actions.require_two_step(world.store, required=False, by=world.store.owner)
    assert Store.objects.get(pk=world.store.pk).requires_two_step


def test_the_way_home_never_goes_in_circles(world):
    """The last dashboard is shut: the page there leads out, to the security page and the other dashboards."""
    user = world.store.owner
    MembershipFactory.create(user=user, partner__slug="other-one", partner__name="Other One")
    ask_store(world)
    client = client_of(user)
    response = client.get("/", follow=True)
    assert response.redirect_chain == [(STORE, 302)]
    assert_shut(response, "Maison Lavande")
    assert 'href="/partner/other-one/"' in response.content.decode()
    assert client.get("/account/security/").status_code == 200


def test_whoever_is_shut_out_is_still_told_what_happens_there(world):
    ask_store(world)
    assert world.store.owner_id in access.users_who_may(world.store.pk, "users.manage")


# --- Who may ask for it ---------------------------------------------------------------------------------------------


def test_only_who_has_it_asks_for_it(world):
    owner = world.store.owner
    with pytest.raises(TwoStepFirst):
        store_actions.require_two_step(world.store, required=True, by=owner)
    with pytest.raises(TwoStepFirst):
        partner_actions.require_two_step(world.asking, required=True, by=world.people["partner_owner"])
    assert not Store.objects.filter(requires_two_step=True).exists()
    assert not Partner.objects.filter(requires_two_step=True).exists()
    assert not Activity.objects.filter(kind="two_step.changed").exists()


@pytest.mark.parametrize("who", ["staff_without_the_right", "collaborator", "other_owner", "operator"])
def test_only_who_manages_users_asks_for_it_in_a_store(world, who):
    TOTP.activate(world.people[who], SECRET)
    with pytest.raises(NotAllowed):
        store_actions.require_two_step(world.store, required=True, by=world.people[who])
    response = client_of(world.people[who]).post(f"{STORE}settings/users/security/two-step/", {"required": "yes"})
    assert response.status_code in {403, 404}
    assert not Store.objects.filter(requires_two_step=True).exists()


@pytest.mark.parametrize("who", ["member_with_manage_stores", "member_without", "collaborator", "operator"])
def test_only_who_manages_the_team_asks_for_it_in_a_partner(world, who):
    TOTP.activate(world.people[who], SECRET)
    with pytest.raises(NotAllowed):
        partner_actions.require_two_step(world.asking, required=True, by=world.people[who])
    response = client_of(world.people[who]).post(f"{PARTNER}settings/two-step/", {"required": "yes"})
    assert response.status_code in {403, 404}
    assert not Partner.objects.filter(requires_two_step=True).exists()


@pytest.mark.parametrize(
    ("who", "path", "back"),
    [("owner", f"{STORE}settings/users/security/", Store), ("partner_owner", f"{PARTNER}settings/", Partner)],
)
def test_it_is_asked_for_and_no_longer_asked_for_on_the_page(world, who, path, back):
    TOTP.activate(world.people[who], SECRET)
    client = client_of(world.people[who])
    for required in ("yes", "no"):
        assert "Two-step sign-in" in client.get(path).content.decode()
        assert client.post(f"{path}two-step/", {"required": required}).url == path
        assert back.objects.filter(requires_two_step=True).exists() == (required == "yes")


@pytest.mark.parametrize("posted", [{}, {"required": ""}, {"required": "on"}, {"required": "YES"}])
@pytest.mark.parametrize(
    ("who", "path", "back"),
    [("owner", f"{STORE}settings/users/security/", Store), ("partner_owner", f"{PARTNER}settings/", Partner)],
)
def test_what_says_neither_yes_nor_no_changes_nothing(world, who, path, back, posted):
    TOTP.activate(world.people[who], SECRET)
    client = client_of(world.people[who])
    client.post(f"{path}two-step/", {"required": "yes"})
    response = client.post(f"{path}two-step/", posted, follow=True)
    assert "Choose whether two-step sign-in is required." in response.content.decode()
    assert back.objects.filter(requires_two_step=True).exists()


def test_without_it_the_page_says_what_to_do_first(world):
    client = client_of(world.store.owner)
    page = client.get(f"{STORE}settings/users/security/").content.decode()
    assert "you would lock yourself out otherwise" in page
    assert 'name="required"' not in page
    client.post(f"{STORE}settings/users/security/two-step/", {"required": "yes"})
    assert not Store.objects.filter(requires_two_step=True).exists()


def test_the_change_stands_in_the_activity_once(world):
    owner = world.store.owner
    TOTP.activate(owner, SECRET)
    for _twice in range(2):
        store_actions.require_two_step(world.store, required=True, by=owner)
    assert Activity.objects.filter(kind="two_step.changed", store=world.store, actor=owner).count() == 1
    assert StoreFactory.create().requires_two_step is False
