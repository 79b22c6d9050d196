"""The store decides, changes and ends."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotAllowed
from collaborators import actions
from collaborators.errors import OwnPartner, TransitionNotAllowed
from collaborators.models import AccessRequest, Collaboration
from notifications.models import Event
from stores.errors import EndsInThePast, GrantsMoreThanHeld, MissingPermissions, NoPermissions, StaffOnlyPermission
from stores.models import Activity, Role, Staff
from tests.factories import (
    AccessRequestFactory,
    CollaborationFactory,
    MembershipFactory,
    RoleFactory,
    StaffFactory,
    StoreFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

ASKED = ["products.view", "themes.view", "themes.edit"]


@pytest.fixture
def asked():
    membership = MembershipFactory.create(owner=True)
    return AccessRequestFactory.create(partner=membership.partner, asked_by=membership.user, permissions=ASKED)


def page(client, access_request, name, **data):
    address = reverse(f"collaborators:{name}", args=[access_request.store.handle, access_request.public_id])
    return client.post(address, data)


def nothing_happened() -> bool:
    return not Event.objects.exists() and not Activity.objects.exists()


def test_approval_grants_what_was_ticked_and_no_more(client, asked):
    client.force_login(asked.store.owner)
    page(client, asked, "request-approval", permissions=["products.view", "orders.view"], how_long="open")
    collaboration = Collaboration.objects.get()
    assert collaboration.permissions == ["orders.view", "products.view"]  # one added, two left out
    asked.refresh_from_db()
    assert (asked.status, asked.decided_by, asked.granted) == (
        "approved",
        asked.store.owner,
        collaboration.permissions,
    )
    entry = Activity.objects.get()
    assert entry.before["permissions"] == ASKED
    assert entry.after["permissions"] == ["orders.view", "products.view"]
    assert asked.asked_by.has_perm("orders.view", asked.store)
    assert not asked.asked_by.has_perm("themes.view", asked.store)


def test_approval_sets_when_access_ends(client, asked):
    client.force_login(asked.store.owner)
    with time_machine.travel("2026-11-22T12:00:00Z", tick=False):
        client.force_login(asked.store.owner)
        AccessRequest.objects.update(expires_at=timezone.now() + timedelta(days=1))
        page(client, asked, "request-approval", permissions=ASKED, how_long="until", ends_on="2027-03-28")
    ends_at = Collaboration.objects.get().ends_at
    assert ends_at.isoformat() == "2027-03-28T22:00:00+00:00"  # Paris, on the day the clocks go forward


@pytest.mark.parametrize("own", [True, False])
def test_a_role_ticks_its_permissions_and_decides_nothing(client, asked, own):
    client.force_login(asked.store.owner)
    role = Role.objects.get(store=None, key="catalogue")
    if own:
        role = RoleFactory.create(store=asked.store, for_staff=False, permissions=role.permissions)
    data = {"permissions": ASKED, "how_long": "open", "apply_role": "yes", "role": str(role.public_id)}
    response = page(client, asked, "request-approval", **data)
    assert response.status_code == 200
    assert 'data-label="Edit inventory"' in response.content.decode()
    assert asked.is_pending
    assert nothing_happened()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"permissions": []}, "Choose at least one permission."),
        ({"permissions": ["themes.edit"]}, "also needs “View themes”"),
        ({"permissions": ["users.manage", "users.view"]}, "for staff only"),
        ({"how_long": "until", "ends_on": "2020-01-01"}, "This day is over."),
        ({"how_long": "until", "ends_on": ""}, "Choose the last day"),
    ],
)
def test_a_bad_decision_gets_a_sentence_and_changes_nothing(client, asked, data, sentence):
    client.force_login(asked.store.owner)
    response = page(client, asked, "request-approval", **({"permissions": ASKED, "how_long": "open"} | data))
    assert response.status_code == 422
    assert sentence in response.content.decode()
    asked.refresh_from_db()
    assert asked.status == "pending"
    assert nothing_happened()


def test_a_decline_keeps_its_reason_for_the_partner(client, asked):
    client.force_login(asked.store.owner)
    page(client, asked, "request-refusal", reason="Not now,\r\nmaybe in spring.")
    asked.refresh_from_db()
    assert (asked.status, asked.reason) == ("declined", "Not now,\nmaybe in spring.")
    client.force_login(asked.asked_by)
    text = client.get(reverse("collaborators:partner-request", args=[asked.partner.slug, asked.public_id]))
    assert "maybe in spring" in text.content.decode()


def test_a_reason_of_1001_characters_is_refused(client, asked):
    client.force_login(asked.store.owner)
    response = page(client, asked, "request-refusal", reason="x" * 1001)
    assert response.status_code == 422
    assert "at most 1000" in response.content.decode()
    assert nothing_happened()


def test_a_decided_request_cannot_be_decided_again(asked):
    store = asked.store
    manager = StaffFactory.create(store=store, key="store_manager", user__name="Omar Diallo").user
    actions.approve_request(asked, permissions=ASKED, ends_on=None, by=manager)
    events = Event.objects.count()
    with pytest.raises(TransitionNotAllowed, match="Omar Diallo approved this request on"):
        actions.decline_request(asked, by=store.owner)
    with pytest.raises(TransitionNotAllowed, match="Omar Diallo approved"):
        actions.approve_request(asked, permissions=["products.view"], ends_on=None, by=store.owner)
    with pytest.raises(TransitionNotAllowed, match="Omar Diallo approved"):
        actions.withdraw_request(asked, by=asked.asked_by)
    assert Event.objects.count() == events


def test_the_second_one_is_told_on_the_page_who_decided(client, asked):
    actions.withdraw_request(asked, by=asked.asked_by)
    client.force_login(asked.store.owner)
    response = page(client, asked, "request-approval", permissions=ASKED, how_long="open")
    assert response.status_code == 302
    assert f"{asked.asked_by.name} withdrew this request on" in client.get(response["Location"]).content.decode()


@pytest.mark.parametrize("decision", ["approve", "decline", "withdraw"])
def test_the_same_decision_said_twice_is_answered_like_the_first(asked, decision):
    def decide():
        if decision == "approve":
            return actions.approve_request(asked, permissions=ASKED, ends_on=None, by=asked.store.owner).pk
        if decision == "decline":
            return actions.decline_request(asked, reason="No", by=asked.store.owner).pk
        return actions.withdraw_request(asked, by=asked.asked_by).pk

    assert decide() == decide()
    assert Event.objects.count() == 1
    assert Activity.objects.count() == 1


def test_a_request_past_its_time_cannot_be_approved(asked):
    AccessRequest.objects.filter(pk=asked.pk).update(expires_at=timezone.now())
    with pytest.raises(TransitionNotAllowed, match="expired"):
        actions.approve_request(asked, permissions=ASKED, ends_on=None, by=asked.store.owner)
    assert not Collaboration.objects.exists()


def test_nobody_grants_what_they_do_not_hold(asked):
    role = Role.objects.create(
        store=asked.store, name="Users", for_staff=True, permissions=["users.view", "users.manage", "products.view"]
    )
    helper = UserFactory.create()
    Staff.objects.create(store=asked.store, user=helper, role=role)
    with pytest.raises(GrantsMoreThanHeld, match="View themes, Edit themes"):
        actions.approve_request(asked, permissions=ASKED, ends_on=None, by=helper)
    collaboration = actions.approve_request(asked, permissions=["products.view"], ends_on=None, by=helper)
    with pytest.raises(GrantsMoreThanHeld):
        actions.change_permissions(collaboration, permissions=["products.view", "themes.view"], by=helper)


def test_what_a_changer_lacks_may_stay_but_not_be_added():
    collaboration = CollaborationFactory.create(permissions=["products.view", "themes.view", "themes.edit"])
    role = Role.objects.create(
        store=collaboration.store, name="Users", for_staff=True, permissions=["users.view", "users.manage"]
    )
    helper = UserFactory.create()
    Staff.objects.create(store=collaboration.store, user=helper, role=role)
    actions.change_permissions(collaboration, permissions=["themes.view", "themes.edit"], by=helper)
    collaboration.refresh_from_db()
    assert collaboration.permissions == ["themes.view", "themes.edit"]


def test_nobody_but_the_owner_decides_about_a_partner_they_belong_to(client, asked):
    manager = StaffFactory.create(store=asked.store, key="store_manager").user
    MembershipFactory.create(partner=asked.partner, user=manager)
    client.force_login(manager)
    for name in ("request-approval", "request-refusal"):
        response = page(client, asked, name, permissions=ASKED, how_long="open")
        assert response.status_code == 403
        assert "You belong to" in response.content.decode()
    assert nothing_happened()
    MembershipFactory.create(partner=asked.partner, user=asked.store.owner)
    assert actions.approve_request(asked, permissions=ASKED, ends_on=None, by=asked.store.owner)


def test_the_rule_about_the_own_partner_holds_for_what_follows():
    collaboration = CollaborationFactory.create()
    manager = StaffFactory.create(store=collaboration.store, key="store_manager").user
    MembershipFactory.create(partner=collaboration.partner, user=manager)
    for act in (
        lambda: actions.change_permissions(collaboration, permissions=["themes.view"], by=manager),
        lambda: actions.change_end(collaboration, ends_on=None, by=manager),
        lambda: actions.revoke(collaboration, by=manager),
    ):
        with pytest.raises(OwnPartner):
            act()


@pytest.mark.parametrize(
    ("permissions", "error"),
    [([], NoPermissions), (["themes.edit"], MissingPermissions), (["users.view"], StaffOnlyPermission)],
)
def test_the_action_judges_permissions_whatever_the_form_let_through(asked, permissions, error):
    with pytest.raises(error):
        actions.approve_request(asked, permissions=permissions, ends_on=None, by=asked.store.owner)
    assert nothing_happened()


def test_an_end_in_the_past_is_refused(asked):
    yesterday = timezone.localdate() - timedelta(days=1)
    with pytest.raises(EndsInThePast):
        actions.approve_request(asked, permissions=ASKED, ends_on=yesterday, by=asked.store.owner)


def test_changed_permissions_hold_at_once(asked):
    collaboration = actions.approve_request(asked, permissions=ASKED, ends_on=None, by=asked.store.owner)
    actions.change_permissions(collaboration, permissions=["orders.view"], by=asked.store.owner)
    assert asked.asked_by.has_perm("orders.view", asked.store)
    assert not asked.asked_by.has_perm("themes.view", asked.store)
    entry = Activity.objects.get(kind="access.changed")
    assert (entry.before["permissions"], entry.after["permissions"]) == (ASKED, ["orders.view"])


def test_saving_the_same_again_is_no_change(asked):
    collaboration = actions.approve_request(asked, permissions=ASKED, ends_on=None, by=asked.store.owner)
    before = Event.objects.count()
    actions.change_permissions(collaboration, permissions=ASKED, by=asked.store.owner)
    actions.change_end(collaboration, ends_on=None, by=asked.store.owner)
    assert Event.objects.count() == before


@pytest.mark.parametrize(
    ("first", "then", "topic"),
    [
        (10, 20, "access.extended"),
        (20, 10, "access.changed"),
        (10, None, "access.extended"),
        (None, 10, "access.changed"),
    ],
)
def test_a_later_end_is_an_extension_and_an_earlier_one_a_change(first, then, topic):
    def day(days):
        return timezone.localdate() + timedelta(days=days) if days else None

    collaboration = CollaborationFactory.create()
    owner = collaboration.store.owner
    actions.change_end(collaboration, ends_on=day(first), by=owner)
    actions.change_end(collaboration, ends_on=day(then), by=owner)
    assert Event.objects.latest("pk").topic == topic


def test_revoking_ends_it_at_that_moment(client):
    membership = MembershipFactory.create(owner=True)
    collaboration = CollaborationFactory.create(partner=membership.partner)
    store = collaboration.store
    client.force_login(membership.user)
    assert client.get(reverse("store-home", args=[store.handle])).status_code == 200
    actions.revoke(collaboration, by=store.owner)
    assert client.get(reverse("store-home", args=[store.handle])).status_code == 404
    collaboration.refresh_from_db()
    assert (collaboration.ended_how, collaboration.ended_by) == ("revoked", store.owner)


def test_what_is_over_cannot_be_changed_extended_or_ended_again():
    collaboration = CollaborationFactory.create(revoked=True)
    owner = collaboration.store.owner
    manager = StaffFactory.create(store=collaboration.store, key="store_manager").user
    for act in (
        lambda: actions.change_permissions(collaboration, permissions=["themes.view"], by=owner),
        lambda: actions.change_end(collaboration, ends_on=None, by=owner),
        lambda: actions.revoke(collaboration, by=manager),
    ):
        with pytest.raises(TransitionNotAllowed, match="revoked this access on"):
            act()
    assert nothing_happened()


def test_what_is_past_its_end_cannot_be_extended_swept_or_not():
    collaboration = CollaborationFactory.create(past_its_end=True)
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(TransitionNotAllowed, match="as agreed"):
        actions.change_end(collaboration, ends_on=tomorrow, by=collaboration.store.owner)


def test_the_partner_can_leave():
    membership = MembershipFactory.create(stores=True)
    collaboration = CollaborationFactory.create(partner=membership.partner)
    actions.leave(collaboration, by=membership.user)
    collaboration.refresh_from_db()
    assert (collaboration.ended_how, collaboration.ended_by) == ("left", membership.user)
    assert not membership.user.has_perm("products.view", collaboration.store)


def test_only_those_who_manage_its_stores_act_for_a_partner():
    asked = AccessRequestFactory.create()
    collaboration = CollaborationFactory.create(partner=asked.partner)
    without = MembershipFactory.create(partner=asked.partner, permissions=["manage_jobs"]).user
    for person in (without, UserFactory.create(), collaboration.store.owner):
        with pytest.raises(NotAllowed):
            actions.withdraw_request(asked, by=person)
        with pytest.raises(NotAllowed):
            actions.leave(collaboration, by=person)


def test_only_those_who_manage_users_act_for_a_store():
    asked = AccessRequestFactory.create()
    store = asked.store
    collaboration = CollaborationFactory.create(store=store)
    clerk = StaffFactory.create(store=store).user
    member = MembershipFactory.create(partner=collaboration.partner, owner=True).user
    for person in (clerk, member, StoreFactory.create().owner, UserFactory.create(is_superuser=True, is_staff=True)):
        for act in (
            lambda by: actions.approve_request(asked, permissions=["products.view"], ends_on=None, by=by),
            lambda by: actions.decline_request(asked, by=by),
            lambda by: actions.change_permissions(collaboration, permissions=["themes.view"], by=by),
            lambda by: actions.change_end(collaboration, ends_on=None, by=by),
            lambda by: actions.revoke(collaboration, by=by),
            lambda by: actions.make_code(store, by=by),
            lambda by: actions.change_policy(store, rule="anyone", by=by),
        ):
            with pytest.raises(NotAllowed):
                act(person)
    assert nothing_happened()


@pytest.mark.parametrize("role", ["", "nonsense", "a\x00b", "a role for staff", "another store's"])
def test_applying_no_role_decides_nothing(client, asked, role):
    client.force_login(asked.store.owner)
    if role == "a role for staff":
        role = str(Role.objects.get(store=None, key="store_manager").public_id)
    elif role == "another store's":
        role = str(RoleFactory.create(for_staff=False, permissions=["orders.view", "orders.refund"]).public_id)
    data = {"permissions": ASKED, "how_long": "open", "apply_role": "yes", "role": role}
    response = page(client, asked, "request-approval", **data)
    assert response.status_code == 200
    assert 'value="orders.refund" checked' not in response.content.decode()
    asked.refresh_from_db()
    assert asked.status == "pending"
    assert nothing_happened()


@pytest.mark.parametrize("which", ["request", "store-request"])
def test_enter_presses_the_main_button(client, asked, which):
    if which == "request":
        client.force_login(asked.store.owner)
        address = reverse("collaborators:request", args=[asked.store.handle, asked.public_id])
    else:
        client.force_login(asked.asked_by)
        address = reverse("collaborators:store-request", args=[asked.partner.slug])
    form = client.get(address).content.decode().split("novalidate", 1)[1]
    first = form.split("<button", 1)[1].split(">", 1)[0]
    assert "apply_role" not in first
    assert "preset" not in first


def test_approving_again_what_was_revoked_since_is_no_repetition(asked):
    owner = asked.store.owner
    collaboration = actions.approve_request(asked, permissions=ASKED, ends_on=None, by=owner)
    actions.revoke(collaboration, by=owner)
    with pytest.raises(TransitionNotAllowed, match="approved this request"):
        actions.approve_request(asked, permissions=ASKED, ends_on=None, by=owner)


def test_activity_beside_a_collaboration_is_for_those_who_may_see_activity(client):
    collaboration = CollaborationFactory.create()
    store = collaboration.store
    actions.change_permissions(collaboration, permissions=["orders.view"], by=store.owner)
    role = Role.objects.create(store=store, name="Viewer", for_staff=True, permissions=["users.view"])
    viewer = UserFactory.create()
    Staff.objects.create(store=store, user=viewer, role=role)
    address = reverse("collaborators:collaboration", args=[store.handle, collaboration.public_id])

    def told(user) -> bool:
        client.force_login(user)
        return "Access of" in client.get(address).content.decode()

    assert told(store.owner)
    assert not told(viewer)


def test_the_next_page_begins_where_this_one_ended_even_if_that_request_is_answered(client):
    store = StoreFactory.create()
    waiting = AccessRequestFactory.create_batch(52, store=store)
    client.force_login(store.owner)
    address = reverse("collaborators:list", args=[store.handle])
    last = waiting[2]  # the 50th, newest first
    assert f"requests_after={last.public_id}" in client.get(address).content.decode()
    actions.decline_request(last, by=store.owner)
    text = client.get(address, {"requests_after": last.public_id}).content.decode()
    assert [str(row.public_id) in text for row in waiting[:4]] == [True, True, False, False]
