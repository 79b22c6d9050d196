"""The merchant's yes ahead of the question: who may give it, to whom, and what it leads to."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import NotAllowed
from accounts.invitations import A_DAY, AlreadyInvited, InvitationClosed, TooManyInvitations
from collaborators import actions, conversations
from collaborators.actions import Wanted
from collaborators.errors import AlreadyAsked, AlreadyCollaborating, AskedTooSoon, TooManyPending
from collaborators.models import AccessRequest, Collaboration, ExpertInvitation, PartnerBlock
from notifications.models import Event
from stores import access
from stores.errors import (
    AlreadyInStore,
    EndsInThePast,
    GrantsMoreThanHeld,
    MissingPermissions,
    NoPermissions,
    StaffOnlyPermission,
)
from stores.models import Activity, Role, Staff
from tests.config.test_addresses import fingerprint
from tests.factories import (
    AccessRequestFactory,
    CollaborationFactory,
    ExpertInvitationFactory,
    MembershipFactory,
    PartnerFactory,
    RoleFactory,
    StaffFactory,
    StoreFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

OFFERED = ["products.view", "themes.view", "themes.edit"]
EXPERT = "expert@people.example"


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def invite(store, *, by=None, **terms) -> ExpertInvitation:
    offer = {"email": EXPERT, "permissions": OFFERED, "ends_on": in_days(30), "note": ""} | terms
    return actions.invite_expert(store, **offer, by=by or store.owner)


@pytest.fixture
def store():
    return StoreFactory.create()


@pytest.fixture
def expert():
    return UserFactory.create(email=EXPERT, name="Eva Expert")


@pytest.fixture
def partner(expert):
    return MembershipFactory.create(user=expert, stores=True).partner


@pytest.fixture
def invitation(store) -> ExpertInvitation:
    return invite(store)


def refused(error: type[Exception], act) -> Exception:
    """`act` is refused, and every table is as it was."""
    before = fingerprint()
    with pytest.raises(error) as caught:
        act()
    assert fingerprint() == before
    return caught.value


def kinds() -> list[str]:
    return list(Activity.objects.order_by("pk").values_list("kind", flat=True))


# --- Inviting -------------------------------------------------------------------------------------------------------


def test_an_invitation_is_recorded_and_its_address_is_told(store):
    invitation = invite(store, email="Expert@People.example", note="The new theme.")
    assert (invitation.email, invitation.permissions, invitation.note) == (EXPERT, OFFERED, "The new theme.")
    assert invitation.expires_at - invitation.invited_at == timedelta(days=7)
    entry = Activity.objects.get(kind="expert.invited")
    assert (entry.actor, entry.after["email"], entry.after["permissions"]) == (store.owner, EXPERT, OFFERED)
    event = Event.objects.get(topic="expert.invited")
    assert event.payload == {"store": store.pk, "expert_invitation": invitation.pk}


def test_a_picked_day_ends_with_that_day_in_the_stores_zone():
    store = StoreFactory.create(time_zone="America/New_York")
    with time_machine.travel("2030-03-01T12:00:00Z", tick=False):
        invitation = invite(store, ends_on=date(2030, 3, 10))  # the day on which summer time begins there
    assert invitation.ends_at.isoformat() == "2030-03-11T04:00:00+00:00"


@pytest.mark.parametrize("who", ["clerk", "collaborator", "stranger"])
def test_only_who_manages_users_invites(store, who):
    person = {
        "clerk": lambda: StaffFactory.create(store=store).user,
        "collaborator": lambda: (
            MembershipFactory.create(partner=CollaborationFactory.create(store=store).partner, owner=True).user
        ),
        "stranger": UserFactory.create,
    }[who]()
    refused(NotAllowed, lambda: invite(store, by=person, permissions=["products.view"]))


def test_nobody_offers_what_they_do_not_hold(store):
    role = RoleFactory.create(store=store, permissions=["users.view", "users.manage", "products.view"])
    person = StaffFactory.create(store=store, role=role).user
    refused(GrantsMoreThanHeld, lambda: invite(store, by=person))
    assert invite(store, by=person, permissions=["products.view"])


@pytest.mark.parametrize(
    ("terms", "error"),
    [
        ({"permissions": []}, NoPermissions),
        ({"permissions": ["products.edit"]}, MissingPermissions),
        ({"permissions": ["users.view"]}, StaffOnlyPermission),
        ({"ends_on": date(2020, 1, 1)}, EndsInThePast),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_an_offer_that_could_not_be_granted_is_refused(store, terms, error):
    refused(error, lambda: invite(store, **terms))


def test_one_open_invitation_for_each_address(store, invitation):
    refused(AlreadyInvited, lambda: invite(store))
    actions.take_back_expert_invitation(invitation, by=store.owner)
    assert invite(store).is_open


def test_known_and_unknown_addresses_are_answered_alike(store, expert):
    known, unknown = invite(store), invite(store, email="nobody-here@people.example")
    assert {known.state, unknown.state} == {"open"}
    assert kinds() == ["expert.invited"] * 2


def test_nobody_makes_a_mailing_list_of_us(store):
    for number in range(A_DAY):
        ExpertInvitationFactory.create(store=store, email=f"e{number}@people.example", taken_back=True)
    refused(TooManyInvitations, lambda: invite(store))
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        assert invite(store)


# --- Taking back ----------------------------------------------------------------------------------------------------


def test_it_is_taken_back_once_by_who_manages_users(store, invitation, partner, expert):
    clerk = StaffFactory.create(store=store).user
    refused(NotAllowed, lambda: actions.take_back_expert_invitation(invitation, by=clerk))
    actions.take_back_expert_invitation(invitation, by=store.owner)
    assert actions.take_back_expert_invitation(invitation, by=store.owner).state == "taken_back"
    assert kinds() == ["expert.invited", "expert.taken_back"]
    refused(InvitationClosed, lambda: actions.accept_expert_invitation(invitation, partner=partner, by=expert))


def test_one_that_was_used_is_not_taken_back(store, invitation, partner, expert):
    actions.accept_expert_invitation(invitation, partner=partner, by=expert)
    no = refused(InvitationClosed, lambda: actions.take_back_expert_invitation(invitation, by=store.owner))
    assert "Eva Expert" in str(no)
    assert partner.name in str(no)


# --- Accepting ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["code", "anyone", "nobody"])
def test_accepted_as_offered_it_is_access_at_once_under_every_policy(store, invitation, partner, expert, rule):
    store.request_policy.rule = rule
    store.request_policy.save()
    accepted = actions.accept_expert_invitation(invitation, partner=partner, by=expert)
    collaboration = Collaboration.objects.get(store=store, partner=partner)
    assert accepted.collaboration == collaboration
    assert (collaboration.permissions, collaboration.ends_at) == (OFFERED, invitation.ends_at)
    assert collaboration.granted_by == store.owner
    assert access.permissions_of(expert, store) == set(OFFERED)
    assert kinds() == ["expert.invited", "expert.accepted"]
    assert Event.objects.get(topic="expert.accepted").payload["collaboration"] == collaboration.pk
    assert not AccessRequest.objects.exists()


@pytest.mark.parametrize(
    ("permissions", "days", "at_once"),
    [
        (OFFERED, 30, True),
        (["products.view"], 10, True),
        ([*OFFERED, "files.view"], 30, False),
        (OFFERED, 31, False),
        (OFFERED, None, False),
        (["files.view"], 1, False),
    ],
)
def test_within_the_offer_is_access_and_beyond_it_a_request(
    store, invitation, partner, expert, permissions, days, at_once
):
    wanted = Wanted(permissions=permissions, ends_on=days and in_days(days), message="We need more time.")
    accepted = actions.accept_expert_invitation(invitation, partner=partner, wanted=wanted, by=expert)
    led_to = accepted.led_to
    assert led_to.permissions == sorted(permissions, key=[*OFFERED, "files.view"].index)
    assert accepted.state == "accepted"
    if at_once:
        assert isinstance(led_to, Collaboration)
        return
    assert isinstance(led_to, AccessRequest)
    assert led_to.is_pending
    assert led_to.message == "We need more time."
    assert not Collaboration.objects.exists()
    assert not access.permissions_of(expert, store)
    assert kinds() == ["expert.invited", "access.requested"]
    actions.approve_request(led_to, permissions=led_to.permissions, ends_on=None, by=store.owner)
    assert access.permissions_of(expert, store) == set(permissions)


def test_without_an_end_any_end_is_within_the_offer(store, partner, expert):
    invitation = invite(store, ends_on=None)
    wanted = Wanted(permissions=OFFERED, ends_on=in_days(900))
    assert actions.accept_expert_invitation(invitation, partner=partner, wanted=wanted, by=expert).collaboration


def test_the_same_answer_said_twice_is_one_answer(store, invitation, partner, expert):
    first = actions.accept_expert_invitation(invitation, partner=partner, by=expert)
    before = fingerprint()
    assert actions.accept_expert_invitation(invitation, partner=partner, by=expert).collaboration == first.collaboration
    assert fingerprint() == before
    other = MembershipFactory.create(user=expert, owner=True).partner
    refused(InvitationClosed, lambda: actions.accept_expert_invitation(invitation, partner=other, by=expert))
    less = Wanted(permissions=["products.view"], ends_on=None)
    refused(
        InvitationClosed,
        lambda: actions.accept_expert_invitation(invitation, partner=partner, wanted=less, by=expert),
    )


def test_only_the_verified_address_that_was_invited_opens_it(invitation):
    for user in [
        UserFactory.create(),
        UserFactory.create(email=EXPERT, verified=False),
    ]:
        partner = MembershipFactory.create(user=user, owner=True).partner
        no = refused(
            InvitationClosed,
            lambda user=user, partner=partner: actions.accept_expert_invitation(invitation, partner=partner, by=user),
        )
        assert "another e-mail address" in str(no)


def test_a_lapsed_invitation_opens_nothing(invitation, partner, expert):
    with time_machine.travel(invitation.expires_at, tick=False):
        no = refused(InvitationClosed, lambda: actions.accept_expert_invitation(invitation, partner=partner, by=expert))
        assert invitation.state == "lapsed"
    assert "too old" in str(no)


def test_an_offer_whose_end_is_over_opens_nothing(store, partner, expert):
    invitation = invite(store, ends_on=in_days(1))
    with time_machine.travel(invitation.ends_at, tick=False):
        no = refused(InvitationClosed, lambda: actions.accept_expert_invitation(invitation, partner=partner, by=expert))
    assert "would have ended on" in str(no)


@pytest.mark.parametrize(
    "place", [{"permissions": ["manage_jobs"]}, None], ids=["without the right", "not in the team"]
)
def test_it_is_accepted_only_for_a_partner_whose_stores_one_manages(invitation, expert, place):
    partner = PartnerFactory.create()
    if place:
        MembershipFactory.create(partner=partner, user=expert, **place)
    refused(NotAllowed, lambda: actions.accept_expert_invitation(invitation, partner=partner, by=expert))


def test_a_partner_that_works_there_keeps_its_access_as_it_is(store, invitation, partner, expert):
    CollaborationFactory.create(store=store, partner=partner)
    refused(AlreadyCollaborating, lambda: actions.accept_expert_invitation(invitation, partner=partner, by=expert))


def test_past_access_does_not_stand_in_the_way(store, invitation, partner, expert):
    past = CollaborationFactory.create(store=store, partner=partner, past_its_end=True)
    assert actions.accept_expert_invitation(invitation, partner=partner, by=expert).collaboration != past


def test_a_pending_request_is_withdrawn_by_the_yes_and_never_approved_silently(store, invitation, partner, expert):
    pending = AccessRequestFactory.create(store=store, partner=partner, permissions=["orders.view"])
    accepted = actions.accept_expert_invitation(invitation, partner=partner, by=expert)
    pending.refresh_from_db()
    assert (pending.status, pending.decided_by) == ("withdrawn", expert)
    assert accepted.collaboration.permissions == OFFERED
    assert kinds() == ["expert.invited", "access.withdrawn", "expert.accepted"]


def test_asking_for_more_waits_behind_a_pending_request(store, invitation, partner, expert):
    AccessRequestFactory.create(store=store, partner=partner)
    more = Wanted(permissions=["orders.view"], ends_on=None)
    refused(
        AlreadyAsked,
        lambda: actions.accept_expert_invitation(invitation, partner=partner, wanted=more, by=expert),
    )


def lose_the_role(inviter, store, partner):
    store.staff.filter(user=inviter).update(role=Role.objects.get(store=None, key="staff_order_support"))


def lose_one_permission(inviter, store, partner):
    keys = ["users.view", "users.manage", "products.view", "themes.view"]
    store.staff.filter(user=inviter).update(role=RoleFactory.create(store=store, permissions=keys))


def leave(inviter, store, partner):
    Staff.objects.filter(user=inviter).delete()


def be_closed(inviter, store, partner):
    type(inviter).objects.filter(pk=inviter.pk).update(is_active=False)


def join_the_partner(inviter, store, partner):
    MembershipFactory.create(partner=partner, user=inviter)


@pytest.mark.parametrize("change", [lose_the_role, lose_one_permission, leave, be_closed, join_the_partner])
def test_what_the_inviter_could_no_longer_grant_becomes_a_request(store, partner, expert, change):
    inviter = StaffFactory.create(store=store, key="store_manager").user
    invitation = invite(store, by=inviter)
    change(inviter, store, partner)
    accepted = actions.accept_expert_invitation(invitation, partner=partner, by=expert)
    assert accepted.access_request.is_pending
    assert accepted.covers(accepted.access_request.permissions, accepted.access_request.ends_at)
    assert not Collaboration.objects.exists()


@pytest.mark.parametrize("who", ["owner", "staff"])
def test_who_works_in_the_store_is_invited_there_as_no_expert(store, who):
    person = store.owner if who == "owner" else StaffFactory.create(store=store).user
    refused(AlreadyInStore, lambda: invite(store, email=person.email.upper()))


def test_who_came_to_work_in_the_store_since_lets_nobody_in_but_the_owner(store):
    owner_partner = MembershipFactory.create(user=store.owner, owner=True).partner
    own = ExpertInvitationFactory.create(store=store, email=store.owner.email, invited_by=store.owner)
    assert actions.accept_expert_invitation(own, partner=owner_partner, by=store.owner).collaboration
    manager = StaffFactory.create(store=store, key="store_manager").user
    manager_partner = MembershipFactory.create(user=manager, owner=True).partner
    own = ExpertInvitationFactory.create(store=store, email=manager.email, invited_by=manager)
    assert actions.accept_expert_invitation(own, partner=manager_partner, by=manager).access_request


def test_whoever_accepted_is_told_of_what_happens_to_the_access(store, invitation, partner, expert):
    collaboration = actions.accept_expert_invitation(invitation, partner=partner, by=expert).collaboration
    actions.revoke(collaboration, by=store.owner)
    assert Event.objects.get(topic="access.revoked").payload["asked_by"] == expert.pk


# --- The database ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"permissions": []}, "expert_invitation_offers_something"),
        ({"permissions": ["users.view"]}, "expert_invitation_nothing_for_staff"),
        ({"accepted_at": "now"}, "expert_invitation_accepted_leads_somewhere"),
        ({"partner": "any"}, "expert_invitation_accepted_leads_somewhere"),
    ],
)
def test_the_database_refuses_what_makes_no_sense(fields, constraint):
    values = {"now": timezone.now, "any": PartnerFactory.create}
    fields = {name: values[value]() if isinstance(value, str) else value for name, value in fields.items()}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ExpertInvitationFactory.create(**fields)


def test_the_database_refuses_an_acceptance_that_led_to_two_things_or_was_taken_back():
    used = ExpertInvitationFactory.create(used=True)
    for fields in [
        {"access_request": AccessRequestFactory.create()},
        {"collaboration": None},
        {"taken_back_at": timezone.now()},
        {"accepted_by": None},
    ]:
        with pytest.raises(IntegrityError, match="leads_somewhere"), transaction.atomic():
            ExpertInvitation.objects.filter(pk=used.pk).update(**fields)


def test_a_blocked_partner_is_not_let_in_by_an_invitation_to_one_of_its_team(store, invitation, partner, expert):
    PartnerBlock.objects.create(store=store, partner=partner, blocked_by=store.owner)
    said = refused(InvitationClosed, lambda: actions.accept_expert_invitation(invitation, partner=partner, by=expert))
    assert str(said) == f"This invitation cannot be used for {partner}. Ask whoever invited you."
    another = MembershipFactory.create(user=expert, stores=True).partner
    assert actions.accept_expert_invitation(invitation, partner=another, by=expert).collaboration


def test_asking_beyond_the_offer_counts_among_what_the_partner_waits_for(store, invitation, partner, expert):
    AccessRequestFactory.create_batch(20, partner=partner)
    beyond = Wanted(permissions=[*OFFERED, "products.edit"], ends_on=in_days(30), message="")
    refused(
        TooManyPending,
        lambda: actions.accept_expert_invitation(invitation, partner=partner, wanted=beyond, by=expert),
    )
    assert actions.accept_expert_invitation(invitation, partner=partner, by=expert).collaboration


def test_asking_for_more_waits_seven_days_after_a_decline(store, invitation, partner, expert):
    asked = AccessRequestFactory.create(store=store, partner=partner)
    actions.decline_request(asked, by=store.owner)
    more = Wanted(permissions=[*OFFERED, "orders.view"], ends_on=None)

    def accept(**terms):
        return actions.accept_expert_invitation(invitation, partner=partner, by=expert, **terms)

    no = refused(AskedTooSoon, lambda: accept(wanted=more))
    assert "You may ask this store again" in str(no)
    assert accept().collaboration  # what the store offered is its own yes, whatever it answered before


def test_the_stores_own_fifty_do_not_keep_out_whom_it_invited(store, invitation, partner, expert):
    AccessRequestFactory.create_batch(50, store=store)
    more = Wanted(permissions=[*OFFERED, "orders.view"], ends_on=None)
    assert actions.accept_expert_invitation(invitation, partner=partner, wanted=more, by=expert).access_request


@pytest.mark.parametrize("wrote_before", [True, False])
def test_what_was_written_about_a_request_goes_on_with_the_access(store, invitation, partner, expert, wrote_before):
    talk = conversations.start(store, partner) if wrote_before else None
    pending = AccessRequestFactory.create(store=store, partner=partner, conversation=talk)
    collaboration = actions.accept_expert_invitation(invitation, partner=partner, by=expert).collaboration
    pending.refresh_from_db()
    assert pending.status == "withdrawn"
    assert collaboration.conversation
    if wrote_before:
        assert collaboration.conversation == talk
        assert conversations.is_open(talk, timezone.now())


def test_an_offer_whose_end_is_over_is_too_old_and_a_new_one_may_be_sent(store, partner, expert):
    over = invite(store, ends_on=in_days(1))
    with time_machine.travel(over.ends_at, tick=False):
        assert over.state == "lapsed"
        assert not over.is_open
        assert list(ExpertInvitation.objects.open()) == []
        again = invite(store)
        over.refresh_from_db()
        assert over.state == "lapsed"  # put away, not taken back
        assert actions.accept_expert_invitation(again, partner=partner, by=expert).collaboration
