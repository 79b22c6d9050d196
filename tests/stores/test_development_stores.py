import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotAllowed
from collaborators import actions as access_actions
from collaborators.errors import CannotAsk
from collaborators.models import RequestCode, RequestPolicy
from jobs import actions as job_actions
from jobs.actions.beginnings import Wanted
from jobs.models import Job
from notifications.models import Event
from partners.actions import change_member
from stores import access, actions
from stores.errors import DevelopmentStore, HandleTaken
from stores.models import Activity, Role, StaffInvitation, Store
from stores.permissions import EVERYTHING
from tests.factories import CODE, MembershipFactory, PartnerFactory, StoreFactory, UserFactory

SHAPE = {
    "name": "Atelier du Thé",
    "handle": "atelier-du-the",
    "country": "FR",
    "industry": "food",
    "time_zone": "Europe/Paris",
    "currency": "EUR",
}


@pytest.fixture
def partner(db):
    return PartnerFactory.create()


@pytest.fixture
def builder(partner):
    return MembershipFactory.create(partner=partner, stores=True).user


@pytest.fixture
def store(partner):
    return StoreFactory.create(owner=None, built_by=partner)


def test_a_store_is_built_with_a_policy_a_code_and_no_owner(partner, builder):
    store = actions.build_store(partner, **SHAPE, by=builder)
    assert (store.owner, store.built_by, store.is_development) == (None, partner, True)
    assert RequestPolicy.objects.get(store=store).rule == RequestPolicy.Rule.CODE
    assert RequestCode.objects.filter(store=store, ended_at=None).count() == 1
    assert Activity.objects.get(store=store).kind == "store.built"


@pytest.mark.parametrize("permissions", [[], ["manage_jobs", "manage_team", "manage_public_listings"]])
def test_building_needs_manage_stores(partner, permissions):
    member = MembershipFactory.create(partner=partner, permissions=permissions).user
    with pytest.raises(NotAllowed):
        actions.build_store(partner, **SHAPE, by=member)
    assert not Store.objects.exists()


def test_a_handle_is_taken_once(partner, builder):
    StoreFactory.create(handle=SHAPE["handle"])
    with pytest.raises(HandleTaken):
        actions.build_store(partner, **SHAPE, by=builder)
    assert Store.objects.count() == 1


# --- Who may do what there ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "held"),
    [
        ({"is_owner": True}, set(EVERYTHING)),
        ({"permissions": ["manage_stores"]}, set(EVERYTHING)),
        ({"permissions": ["manage_jobs", "manage_team"]}, set()),
    ],
)
def test_the_builders_people_hold_everything_while_nobody_owns_it(partner, store, place, held):
    member = MembershipFactory.create(partner=partner, **place).user
    assert access.permissions_of(member, store) == held
    assert Store.objects.visible_to(member).exists() is bool(held)
    assert (member.pk in access.users_who_may(store.pk, "users.manage")) is bool(held)


def test_nobody_else_holds_anything(store):
    other = MembershipFactory.create(owner=True).user
    assert access.permissions_of(other, store) == set()
    assert None not in access.users_who_may(store.pk, "users.manage")


def test_what_was_built_opens_nothing_once_somebody_owns_it(client, partner, builder, store):
    client.force_login(builder)
    assert client.get(reverse("store-home", args=[store.handle])).status_code == 200
    store.owner, store.handed_over_at = UserFactory.create(), timezone.now()
    store.save(update_fields=["owner", "handed_over_at"])
    assert access.permissions_of(builder, store) == set()
    assert client.get(reverse("store-home", args=[store.handle])).status_code == 404


def test_a_right_that_is_taken_away_closes_it_at_once(client, partner, builder, store):
    owner = MembershipFactory.create(partner=partner, owner=True).user
    client.force_login(builder)
    change_member(partner.membership_of(builder), permissions=[], is_owner=False, by=owner)
    assert client.get(reverse("store-home", args=[store.handle])).status_code == 404


@pytest.mark.parametrize("asked_by", ["partner", "store"])
def test_two_step_sign_in_is_asked_as_partner_and_store_say(client, partner, builder, store, asked_by):
    asking = partner if asked_by == "partner" else store
    asking.requires_two_step = True
    asking.save(update_fields=["requires_two_step"])
    client.force_login(builder)
    assert access.permissions_of(builder, store) == set()
    page = client.get(reverse("store-home", args=[store.handle]))
    assert page.status_code == 403
    assert asking.name in page.content.decode()


# --- What waits for the owner ---------------------------------------------------------------------------------------


def test_nobody_is_invited_to_its_staff(store, builder):
    with pytest.raises(DevelopmentStore):
        actions.invite(store, email="a@b.example", role=Role.objects.get(key="store_manager"), by=builder)
    assert not StaffInvitation.objects.exists()


def test_no_expert_is_invited(store, builder):
    with pytest.raises(DevelopmentStore):
        access_actions.invite_expert(store, email="a@b.example", permissions=["themes.view"], ends_on=None, by=builder)
    assert not store.expert_invitations.exists()


def test_its_code_and_policy_stay_as_they_are(store, builder):
    for act in (
        lambda: access_actions.make_code(store, by=builder),
        lambda: access_actions.note_shown(store, since=timezone.now(), by=builder),
        lambda: access_actions.change_policy(store, rule=RequestPolicy.Rule.ANYONE, by=builder),
    ):
        with pytest.raises(DevelopmentStore):
            act()
    assert RequestPolicy.objects.get(store=store).rule == RequestPolicy.Rule.CODE
    assert RequestCode.objects.get(store=store).digits == CODE


def test_no_job_is_posted_there(store, builder):
    other = PartnerFactory.create()
    with pytest.raises(DevelopmentStore):
        job_actions.begin_job(
            store, wanted=Wanted("Theme", "New"), currency="EUR", budget=None, partners=[other.slug], by=builder
        )
    assert not Job.objects.exists()


@pytest.mark.parametrize("rule", ["code", "anyone"])
@pytest.mark.django_db(transaction=True)
def test_for_whoever_asks_it_does_not_exist(rule):
    store = StoreFactory.create(development=True, rule=rule)
    asker = MembershipFactory.create(stores=True)
    asked = {"permissions": ["themes.view"], "ends_on": None, "message": "", "by": asker.user}
    said = []
    for address in (store.handle, "no-such-store"):
        with pytest.raises(CannotAsk) as refused:
            access_actions.request_access(asker.partner, store_url=address, code=CODE, **asked)
        said.append(str(refused.value))
    assert said[0] == said[1]
    assert not Event.objects.exists()
    assert not store.access_requests.exists()


# --- Its pages ------------------------------------------------------------------------------------------------------


def test_its_pages_say_what_it_is_and_offer_nothing_that_is_refused(client, store, builder):
    client.force_login(builder)
    home = client.get(reverse("store-home", args=[store.handle])).content.decode()
    assert "Development store" in home
    assert store.built_by.name in home
    assert reverse("jobs:job-list", args=[store.handle]) not in home
    users = client.get(reverse("stores:staff", args=[store.handle])).content.decode()
    assert "Send invitation" not in users
    for name in ("collaborators:list", "collaborators:security"):
        page = client.get(reverse(name, args=[store.handle]))
        assert page.status_code == 200
        assert "request code" not in page.content.decode()


@pytest.mark.parametrize("name", ["jobs:job-making", "collaborators:invitation-making"])
def test_forms_that_would_be_refused_say_so_first(client, store, builder, name):
    client.force_login(builder)
    page = client.get(reverse(name, args=[store.handle]))
    assert page.status_code == 403
    assert "Nobody owns this store yet" in page.content.decode()


def test_every_page_of_the_rail_opens(client, store, builder):
    client.force_login(builder)
    for name in ("stores:access", "stores:activity-list", "stores:roles", "collaborators:request-list"):
        assert client.get(reverse(name, args=[store.handle])).status_code == 200
