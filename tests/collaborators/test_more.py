"""A partner that works for a store asks for more, while what it may do goes on."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from collaborators import actions
from collaborators.errors import AddsNothing, AlreadyAsked, CannotAskForMore, TransitionNotAllowed
from collaborators.models import AccessRequest, Collaboration
from notifications.models import Event
from stores import access
from stores.errors import GrantsMoreThanHeld
from stores.models import Activity, Role, Staff
from tests.factories import CODE, AccessRequestFactory, CollaborationFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

HELD = ["products.view", "themes.view"]
MORE = [*HELD, "themes.edit", "customers.view"]


@pytest.fixture
def membership():
    return MembershipFactory.create(owner=True, partner__slug="atelier-nord")


@pytest.fixture
def collaboration(membership):
    return CollaborationFactory.create(
        partner=membership.partner,
        store__name="Maison Lavande",
        store__handle="maison-lavande",
        permissions=HELD,
        ends_at=timezone.now() + timedelta(days=30),
    )


def ask_for_more(collaboration, membership, **changes) -> AccessRequest:
    terms = {"store_url": "maison-lavande", "code": "", "permissions": MORE, "ends_on": None, "message": "", **changes}
    return actions.request_access(membership.partner, **terms, by=membership.user)


@pytest.fixture
def asked(collaboration, membership) -> AccessRequest:
    return ask_for_more(collaboration, membership)


@pytest.fixture
def send(client, membership, collaboration):
    client.force_login(membership.user)
    address = reverse("collaborators:store-request", args=["atelier-nord"])

    def post(**changes):
        typed = {"more": collaboration.public_id, "permissions": MORE, "how_long": "open", "send": "yes"} | changes
        return client.post(address, {key: value for key, value in typed.items() if value is not None})

    return post


@pytest.mark.parametrize("rule", ["code", "anyone", "nobody"])
def test_no_code_is_asked_for_whoever_may_ask(send, collaboration, membership, rule):
    collaboration.store.request_policy.rule = rule
    collaboration.store.request_policy.save(update_fields=["rule"])
    assert send().status_code == 302
    asked = AccessRequest.objects.get()
    assert (asked.more_of, asked.held, asked.permissions) == (
        collaboration,
        HELD,
        ["products.view", "customers.view", "themes.view", "themes.edit"],
    )
    assert asked.added == ["customers.view", "themes.edit"]
    collaboration.refresh_from_db()
    assert collaboration.permissions == HELD  # the old access goes on
    assert access.permissions_of(membership.user, collaboration.store) == set(HELD)
    assert Event.objects.get().topic == "access.requested"


def test_the_plain_form_asks_for_more_too_where_the_partner_works(send, collaboration):
    assert send(more=None, store_url="maison-lavande", permissions=["files.view"]).status_code == 302
    assert AccessRequest.objects.get().permissions == ["products.view", "themes.view", "files.view"]


def test_the_button_opens_the_form_with_the_store_fixed_and_what_is_held(client, membership, collaboration):
    client.force_login(membership.user)
    page = client.get(
        reverse("collaborators:partner-collaboration", args=["atelier-nord", collaboration.public_id])
    ).content.decode()
    address = f"{reverse('collaborators:store-request', args=['atelier-nord'])}?more={collaboration.public_id}"
    assert f'href="{address}"' in page
    form = client.get(address).content.decode()
    assert "Ask for more in Maison Lavande" in form
    assert 'name="store_url"' not in form
    assert 'name="code"' not in form
    assert form.count("You have this already.") == len(HELD)
    assert "You have not chosen anything more yet." in form


@pytest.mark.parametrize("days", [None, 31, 60])
def test_a_later_end_alone_is_more(collaboration, membership, days):
    ends_on = days and timezone.localdate() + timedelta(days=days)
    asked = ask_for_more(collaboration, membership, permissions=HELD, ends_on=ends_on)
    assert asked.added == []


@pytest.mark.parametrize(
    ("permissions", "days"), [(HELD, 29), (HELD, 1), (["products.view"], 10)], ids=["same", "sooner", "less"]
)
def test_what_adds_nothing_is_refused(send, collaboration, permissions, days):
    ends_on = timezone.localdate() + timedelta(days=days)
    response = send(permissions=permissions, how_long="until", ends_on=ends_on.isoformat())
    assert response.status_code == 422
    assert "You may do all of this in the store already" in response.content.decode()
    assert not AccessRequest.objects.exists()
    assert not Event.objects.exists()
    assert not Activity.objects.exists()


def test_an_open_end_leaves_nothing_later_to_ask_for(collaboration, membership):
    Collaboration.objects.update(ends_at=None)
    with pytest.raises(AddsNothing):
        ask_for_more(collaboration, membership, permissions=HELD)


def test_one_waits_at_a_time(asked, collaboration, membership):
    with pytest.raises(AlreadyAsked):
        ask_for_more(collaboration, membership, permissions=["files.view"])


def test_approval_replaces_what_may_be_done_in_the_same_access(asked, collaboration):
    before = Event.objects.count()
    ends_on = timezone.localdate() + timedelta(days=60)
    granted = ["products.view", "themes.view", "themes.edit"]
    found = actions.approve_request(asked, permissions=granted, ends_on=ends_on, by=collaboration.store.owner)
    assert found.pk == collaboration.pk
    assert Collaboration.objects.get().permissions == granted
    assert found.ends_at > collaboration.ends_at
    asked.refresh_from_db()
    assert (asked.status, asked.granted, asked.collaboration_id) == ("approved", granted, collaboration.pk)
    entry = Activity.objects.get(kind="access.approved")
    assert (entry.before["permissions"], entry.after["permissions"]) == (HELD, granted)
    assert Event.objects.count() == before + 1


def test_approving_may_take_away_what_was_held(asked, collaboration, membership):
    actions.approve_request(asked, permissions=["themes.view"], ends_on=None, by=collaboration.store.owner)
    assert access.permissions_of(membership.user, collaboration.store) == {"themes.view"}


def test_the_same_approval_said_twice_is_one(asked, collaboration):
    for _ in range(2):
        actions.approve_request(asked, permissions=MORE, ends_on=None, by=collaboration.store.owner)
    assert Activity.objects.filter(kind="access.approved").count() == 1


def test_whoever_approves_must_hold_what_is_new_only(asked, collaboration):
    role = Role.objects.create(
        store=asked.store, name="Desk", for_staff=True, permissions=["users.view", "users.manage", "customers.view"]
    )
    helper = UserFactory.create()
    Staff.objects.create(store=asked.store, user=helper, role=role)
    with pytest.raises(GrantsMoreThanHeld, match="Edit themes"):
        actions.approve_request(asked, permissions=MORE, ends_on=None, by=helper)
    actions.approve_request(asked, permissions=[*HELD, "customers.view"], ends_on=None, by=helper)


def test_a_decline_leaves_what_is_held(asked, collaboration, membership):
    actions.decline_request(asked, by=collaboration.store.owner)
    assert access.permissions_of(membership.user, collaboration.store) == set(HELD)


def over_by_revoking(collaboration, membership):
    actions.revoke(collaboration, by=collaboration.store.owner)


def over_by_leaving(collaboration, membership):
    actions.leave(collaboration, by=membership.user)


def over_by_time(collaboration, membership):
    actions.lapse_all_due(now=collaboration.ends_at + timedelta(seconds=1))


@pytest.mark.parametrize("end", [over_by_revoking, over_by_leaving, over_by_time])
def test_with_the_access_ends_what_asked_to_widen_it(asked, collaboration, membership, end):
    end(collaboration, membership)
    asked.refresh_from_db()
    collaboration.refresh_from_db()
    assert (asked.status, asked.decided_by, asked.decided_at) == ("expired", None, collaboration.ended_at)
    assert asked.ended_with_access
    with pytest.raises(TransitionNotAllowed, match="when the access itself ended"):
        actions.approve_request(asked, permissions=MORE, ends_on=None, by=collaboration.store.owner)
    assert Event.objects.filter(topic="access.expired").count() == 1
    assert Activity.objects.filter(kind="access.expired").count() == 1


def test_access_past_its_end_and_not_swept_is_not_widened(asked, collaboration):
    with (
        time_machine.travel(collaboration.ends_at + timedelta(seconds=1), tick=False),
        pytest.raises(TransitionNotAllowed, match="when the access itself ended"),
    ):
        actions.approve_request(asked, permissions=MORE, ends_on=None, by=collaboration.store.owner)


def test_a_request_that_nobody_answered_says_so_even_for_more(asked, collaboration):
    Collaboration.objects.update(ends_at=None)
    actions.lapse_all_due(now=asked.expires_at)
    asked.refresh_from_db()
    assert asked.status == "expired"
    assert not asked.ended_with_access


@pytest.mark.parametrize("how", ["past_its_end", "revoked", "lapsed"])
def test_past_access_needs_the_code_again(client, membership, how):
    old = CollaborationFactory.create(
        partner=membership.partner, store__handle="maison-lavande", permissions=HELD, **{how: True}
    )
    client.force_login(membership.user)
    address = reverse("collaborators:store-request", args=["atelier-nord"])
    typed = {"store_url": "maison-lavande", "permissions": MORE, "how_long": "open"}
    assert "could not be sent" in client.post(address, typed).content.decode()
    assert client.post(address, {**typed, "code": CODE}).status_code == 302
    asked = AccessRequest.objects.get()
    assert (asked.more_of, asked.held) == (None, None)
    assert old.store == asked.store


def test_a_form_for_more_of_what_is_over_sends_nothing(send, collaboration):
    actions.revoke(collaboration, by=collaboration.store.owner)
    response = send()
    assert response["Location"] == reverse("collaborators:store-request", args=["atelier-nord"])
    assert not AccessRequest.objects.exists()


def test_the_access_of_another_partner_is_as_if_it_did_not_exist(client, collaboration):
    stranger = MembershipFactory.create(owner=True, partner__slug="pixel-co")
    client.force_login(stranger.user)
    address = reverse("collaborators:store-request", args=["pixel-co"])
    page = client.get(address, {"more": collaboration.public_id}).content.decode()
    assert "Maison Lavande" not in page
    client.post(address, {"more": collaboration.public_id, "permissions": MORE, "how_long": "open", "send": "yes"})
    assert not AccessRequest.objects.exists()


def test_whoever_is_in_two_partners_widens_the_access_of_the_one_they_are_in(client, collaboration, membership):
    elsewhere = MembershipFactory.create(owner=True, user=membership.user, partner__slug="pixel-co")
    client.force_login(elsewhere.user)
    page = client.get(
        reverse("collaborators:store-request", args=["pixel-co"]), {"more": collaboration.public_id}
    ).content.decode()
    assert "Ask for more in Maison Lavande" not in page


def test_the_partner_reads_the_name_of_the_store_it_works_for(client, asked, membership):
    client.force_login(membership.user)
    page = client.get(reverse("collaborators:partner-request", args=["atelier-nord", asked.public_id]))
    assert "Maison Lavande" in page.content.decode()
    token_page = client.get(reverse("collaborators:partner-stores", args=["atelier-nord"])).content.decode()
    assert token_page.count("Maison Lavande") >= 2


def test_the_merchant_sees_what_is_new_and_finds_all_of_it_ticked(client, asked, collaboration):
    client.force_login(collaboration.store.owner)
    page = client.get(reverse("collaborators:request", args=["maison-lavande", asked.public_id])).content.decode()
    assert "asks for more access" in page
    assert page.count(">New</span>") == 2
    assert page.count(" checked") >= 4
    assert "They also ask to edit themes, and to view customers (personal data)." in page


def test_what_was_taken_away_meanwhile_is_not_offered_again(client, asked, collaboration):
    actions.change_permissions(collaboration, permissions=["themes.view"], by=collaboration.store.owner)
    client.force_login(collaboration.store.owner)
    page = client.get(reverse("collaborators:request", args=["maison-lavande", asked.public_id])).content.decode()
    assert 'value="products.view" data-requires="" data-label="View products">' in page


def test_where_access_began_meanwhile_an_approval_widens_it(membership):
    pending = AccessRequestFactory.create(partner=membership.partner, asked_by=membership.user)
    begun = CollaborationFactory.create(partner=membership.partner, store=pending.store, permissions=["themes.view"])
    found = actions.approve_request(
        pending, permissions=["products.view", "themes.view"], ends_on=None, by=pending.store.owner
    )
    assert found.pk == begun.pk
    assert Collaboration.objects.get().permissions == ["products.view", "themes.view"]


def test_where_no_request_is_taken_they_read_what_they_can_do_and_not_why(send, client, collaboration, membership):
    """Blocked and full are one answer, on the page and in the API, and neither speaks of a code."""
    store, answers = collaboration.store, []
    waiting = AccessRequestFactory.create_batch(50, store=store)
    for blocked in (False, True):
        if blocked:
            AccessRequest.objects.filter(pk__in=[row.pk for row in waiting]).delete()
            actions.block(store, membership.partner, by=store.owner)
        text = send().content.decode()
        assert "This request for more could not be sent. What you may do goes on." in text
        assert "Check the store URL" not in text
        with pytest.raises(CannotAskForMore):
            ask_for_more(collaboration, membership)
        path = reverse("api:partner-requests", args=["atelier-nord"])
        body = {"store_url": store.handle, "permissions": MORE, "ends_on": None}
        answer = client.post(path, body, content_type="application/json")
        answers.append((answer.status_code, answer.content))
    assert answers[0] == answers[1]
    assert answers[0][0] == 422
    assert not AccessRequest.objects.filter(partner=membership.partner).exists()
