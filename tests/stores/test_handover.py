from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import NotAllowed, TwoStepRequired
from accounts.invitations import InvitationClosed
from collaborators.models import Collaboration, Conversation, RequestCode, RequestPolicy
from notifications.models import Event
from partners.actions import change_member, leave_team, remove_member
from stores import access, actions
from stores.actions import accept_handover, decline_handover, offer_handover, take_back_handover
from stores.errors import HandedOverAlready, MissingPermissions, OfferOpen, OwnTeamsAddress, StaffOnlyPermission
from stores.models import HANDOVER_OPEN_FOR, Activity, HandoverOffer
from tests.factories import HandoverOfferFactory, MembershipFactory, PartnerFactory, StoreFactory, UserFactory

THEMES = ["themes.view", "themes.edit"]


@pytest.fixture
def partner(db):
    return PartnerFactory.create()


@pytest.fixture
def owner(partner):
    return MembershipFactory.create(partner=partner, owner=True).user


@pytest.fixture
def builder(partner, owner):
    return MembershipFactory.create(partner=partner, stores=True).user


@pytest.fixture
def store(partner):
    return StoreFactory.create(owner=None, built_by=partner)


@pytest.fixture
def merchant(db):
    return UserFactory.create(email="merchant@shop.example")


@pytest.fixture
def offer(store, builder, merchant):
    return offer_handover(store, email=merchant.email, message="Yours", wished=THEMES, by=builder)


def nothing_happened(store, offer=None):
    store.refresh_from_db()
    assert store.is_development
    assert store.handed_over_at is None
    assert not Collaboration.objects.exists()
    assert not Event.objects.filter(topic__in=["handover.accepted", "store.handed_over"]).exists()


# --- Offering -------------------------------------------------------------------------------------------------------


def test_an_offer_is_a_hashed_link_for_fourteen_days(offer, partner, store):
    assert (offer.partner, offer.store, offer.wished) == (partner, store, THEMES)
    assert offer.expires_at == offer.invited_at + timedelta(days=14)
    assert offer.token not in {str(value) for value in HandoverOffer.objects.values().get().values()}
    assert Activity.objects.get(kind="handover.offered").partner == partner
    assert Event.objects.get(topic="handover.offered").payload["handover"] == offer.pk


@pytest.mark.parametrize("permissions", [[], ["manage_jobs", "manage_team", "manage_public_listings"]])
def test_offering_needs_manage_stores(partner, store, permissions):
    member = MembershipFactory.create(partner=partner, permissions=permissions).user
    with pytest.raises(NotAllowed):
        offer_handover(store, email="merchant@shop.example", by=member)
    assert not HandoverOffer.objects.exists()


def test_nobody_offers_what_another_partner_builds(store):
    other = MembershipFactory.create(owner=True).user
    with pytest.raises(NotAllowed):
        offer_handover(store, email="merchant@shop.example", by=other)
    assert not HandoverOffer.objects.exists()


@pytest.mark.parametrize("address", ["primary", "second", "shouted"])
def test_a_store_is_not_offered_to_ones_own_team(store, builder, owner, address):
    EmailAddress.objects.create(user=owner, email="second@team.example", verified=True)
    email = {"primary": owner.email, "second": "second@team.example", "shouted": "SECOND@Team.example"}[address]
    with pytest.raises(OwnTeamsAddress):
        offer_handover(store, email=email, by=builder)
    assert not HandoverOffer.objects.exists()


def test_an_address_that_a_member_has_not_shown_to_be_theirs_is_anybodys(store, builder, owner):
    EmailAddress.objects.create(user=owner, email="claimed@shop.example", verified=False)
    assert offer_handover(store, email="claimed@shop.example", by=builder).is_open


def test_a_second_open_offer_is_refused(store, builder, offer):
    with pytest.raises(OfferOpen):
        offer_handover(store, email="other@shop.example", by=builder)
    assert HandoverOffer.objects.get() == offer


@pytest.mark.parametrize("end", ["taken back", "declined", "lapsed"])
def test_after_an_offer_has_ended_there_can_be_another(store, builder, merchant, offer, end, time_machine):
    if end == "taken back":
        take_back_handover(offer, by=builder)
    elif end == "declined":
        decline_handover(offer, by=merchant)
    else:
        time_machine.move_to(offer.expires_at)
    again = offer_handover(store, email=merchant.email, by=builder)
    assert again.is_open
    assert HandoverOffer.objects.unanswered().get() == again


@pytest.mark.parametrize(
    ("wished", "refusal"), [(["jobs.view"], StaffOnlyPermission), (["themes.edit"], MissingPermissions)]
)
def test_what_is_wished_for_is_a_closed_set_for_collaborators(store, builder, wished, refusal):
    with pytest.raises(refusal):
        offer_handover(store, email="merchant@shop.example", wished=wished, by=builder)
    assert not HandoverOffer.objects.exists()


def test_what_is_handed_over_is_not_offered_again(store, builder, merchant, offer):
    accept_handover(offer, keeps=[], ends_on=None, by=merchant)
    with pytest.raises(HandedOverAlready):
        offer_handover(store, email="other@shop.example", by=builder)


# --- Accepting ------------------------------------------------------------------------------------------------------


def test_acceptance_hands_over_everything_in_one_act(store, partner, builder, merchant, offer):
    code = RequestCode.objects.get(store=store, ended_at=None)
    last_day = timezone.localdate() + timedelta(days=30)
    accept_handover(offer, keeps=[*THEMES, "products.view"], ends_on=last_day, by=merchant)
    store.refresh_from_db()
    assert (store.owner, store.built_by, store.is_development) == (merchant, partner, False)
    assert store.handed_over_at is not None
    kept = Collaboration.objects.get()
    assert (kept.partner, kept.store, kept.granted_by) == (partner, store, merchant)
    assert set(kept.permissions) == {*THEMES, "products.view"}
    assert kept.ends_at is not None
    assert kept.conversation == Conversation.objects.get()
    assert access.permissions_of(builder, store) == {*THEMES, "products.view"}
    code.refresh_from_db()
    assert code.ended_at is not None
    new = RequestCode.objects.get(store=store, ended_at=None)
    assert (new.digits != code.digits, new.made_by) == (True, merchant)
    topics = ["handover.accepted", "store.handed_over"]
    payloads = {event.topic: event.payload for event in Event.objects.filter(topic__in=topics)}
    ids = {"store": store.pk, "partner": partner.pk, "person": merchant.pk, "handover": offer.pk}
    assert payloads == dict.fromkeys(topics, ids)
    kinds = Activity.objects.filter(store=store, partner=partner).values_list("kind", flat=True)
    assert {"handover.accepted", "access.granted"} <= {*kinds}


def test_the_partner_keeps_nothing_where_nothing_is_granted(client, store, builder, merchant, offer):
    client.force_login(builder)
    assert client.get(f"/store/{store.handle}/").status_code == 200
    accept_handover(offer, keeps=[], ends_on=None, by=merchant)
    assert not Collaboration.objects.exists()
    assert client.get(f"/store/{store.handle}/").status_code == 404


def test_a_policy_of_the_builder_does_not_outlive_it(store, merchant, offer):
    RequestPolicy.objects.filter(store=store).update(rule=RequestPolicy.Rule.ANYONE)
    accept_handover(offer, keeps=[], ends_on=None, by=merchant)
    assert RequestPolicy.objects.get(store=store).rule == RequestPolicy.Rule.CODE


def test_ones_own_acceptance_said_twice_is_answered_like_the_first_time(store, merchant, offer):
    said = {"keeps": THEMES, "ends_on": timezone.localdate() + timedelta(days=30), "by": merchant}
    assert accept_handover(offer, **said) == accept_handover(offer, **said) == store
    assert Collaboration.objects.count() == 1
    assert Event.objects.filter(topic="handover.accepted").count() == 1
    with pytest.raises(InvitationClosed, match="accepted already"):
        accept_handover(offer, **{**said, "keeps": []})
    assert Collaboration.objects.get().permissions == THEMES


@pytest.mark.parametrize("keeps", [["users.manage"], ["themes.edit"]])
def test_what_is_kept_is_a_closed_set_for_collaborators(store, merchant, offer, keeps):
    with pytest.raises((StaffOnlyPermission, MissingPermissions)):
        accept_handover(offer, keeps=keeps, ends_on=None, by=merchant)
    nothing_happened(store)


def test_somebody_of_the_partner_by_then_may_accept(store, partner, merchant, offer):
    MembershipFactory.create(partner=partner, user=merchant)
    accept_handover(offer, keeps=[], ends_on=None, by=merchant)
    store.refresh_from_db()
    assert store.owner == merchant


def test_two_step_sign_in_that_the_store_asks_for_holds_for_its_new_owner(store, merchant, offer):
    store.requires_two_step = True
    store.save(update_fields=["requires_two_step"])
    with pytest.raises(TwoStepRequired):
        accept_handover(offer, keeps=[], ends_on=None, by=merchant)
    nothing_happened(store)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("somebody else", "another e-mail address"),
        ("an unverified address", "another e-mail address"),
        ("the team that got the mail", "another e-mail address"),
        ("declined", "declined already"),
        ("taken back", "taken back"),
        ("lapsed", "too old"),
        ("swept", "too old"),
    ],
)
def test_an_offer_that_is_closed_cannot_be_accepted(store, builder, merchant, offer, how, sentence, time_machine):
    by = merchant
    if how == "somebody else":
        by = UserFactory.create()
    elif how == "an unverified address":
        by = UserFactory.create()
        EmailAddress.objects.create(user=by, email=merchant.email, verified=False)
    elif how == "the team that got the mail":
        by = builder
    elif how == "declined":
        decline_handover(offer, by=merchant)
    elif how == "taken back":
        take_back_handover(offer, by=builder)
    else:
        time_machine.move_to(offer.expires_at)
        if how == "swept":
            assert actions.lapse_all_due(now=timezone.now()) == 1
    with pytest.raises(InvitationClosed, match=sentence):
        accept_handover(offer, keeps=THEMES, ends_on=None, by=by)
    nothing_happened(store)


def test_what_somebody_accepted_nobody_else_does(store, merchant, offer):
    accept_handover(offer, keeps=[], ends_on=None, by=merchant)
    EmailAddress.objects.filter(user=merchant).delete()
    other = UserFactory.create(verified=False)
    EmailAddress.objects.create(user=other, email=offer.email, verified=True)
    with pytest.raises(InvitationClosed, match="accepted already"):
        accept_handover(offer, keeps=THEMES, ends_on=None, by=other)
    store.refresh_from_db()
    assert store.owner == merchant


# --- Declining, taking back, lapsing ---------------------------------------------------------------------------------


def test_declining_said_twice_is_said_once(store, merchant, offer):
    decline_handover(offer, by=merchant)
    decline_handover(offer, by=merchant)
    assert Event.objects.filter(topic="handover.declined").count() == 1
    nothing_happened(store)


def test_only_whoever_has_the_address_declines(offer):
    with pytest.raises(InvitationClosed):
        decline_handover(offer, by=UserFactory.create())
    offer.refresh_from_db()
    assert offer.is_open


def test_an_accepted_offer_is_not_taken_back(store, builder, merchant, offer):
    accept_handover(offer, keeps=[], ends_on=None, by=merchant)
    with pytest.raises(InvitationClosed, match="accepted this offer already"):
        take_back_handover(offer, by=builder)
    store.refresh_from_db()
    assert store.owner == merchant


def test_taking_back_needs_manage_stores(partner, offer):
    member = MembershipFactory.create(partner=partner, permissions=["manage_jobs"]).user
    with pytest.raises(NotAllowed):
        take_back_handover(offer, by=member)
    offer.refresh_from_db()
    assert offer.is_open


def test_nobodys_answer_lapses_once(offer, time_machine):
    assert actions.lapse_all_due(now=timezone.now()) == 0
    time_machine.move_to(offer.invited_at + HANDOVER_OPEN_FOR)
    assert actions.lapse_all_due(now=timezone.now()) == 1
    assert actions.lapse_all_due(now=timezone.now()) == 0
    assert Event.objects.filter(topic="handover.lapsed").count() == 1


# --- An offer is worth what its sender still holds (ADR 8) ------------------------------------------------------------


@pytest.mark.parametrize("how", ["removed", "left", "changed"])
def test_offers_of_whoever_loses_the_right_are_taken_back(partner, owner, builder, merchant, store, offer, how):
    place = partner.membership_of(builder)
    if how == "removed":
        remove_member(place, by=owner)
    elif how == "left":
        leave_team(partner, by=builder)
    else:
        change_member(place, permissions=["manage_jobs"], is_owner=False, by=owner)
    offer.refresh_from_db()
    assert offer.taken_back_at is not None
    assert Event.objects.filter(topic="handover.taken_back").count() == 1
    with pytest.raises(InvitationClosed, match="taken back"):
        accept_handover(offer, keeps=[], ends_on=None, by=merchant)
    nothing_happened(store)


def test_offers_of_whoever_keeps_the_right_stay(partner, owner, builder, offer):
    change_member(partner.membership_of(builder), permissions=["manage_stores"], is_owner=True, by=owner)
    offer.refresh_from_db()
    assert offer.is_open


def test_an_offer_of_somebody_who_was_deactivated_is_not_worth_anything(store, builder, merchant, offer):
    builder.is_active = False
    builder.save(update_fields=["is_active"])
    with pytest.raises(InvitationClosed, match="can no longer do so"):
        accept_handover(offer, keeps=[], ends_on=None, by=merchant)
    nothing_happened(store)


# --- What the database says ------------------------------------------------------------------------------------------


def refused(name: str):
    return pytest.raises(IntegrityError, match=name)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"taken_back_at": "now"}, "handover_answered_once"),
        ({"accepted_at": "now", "accepted_by": "merchant"}, "handover_answered_once"),
        ({"email": "other@shop.example"}, "handover_answered_once"),
    ],
)
def test_the_database_keeps_what_was_answered(merchant, offer, change, name):
    decline_handover(offer, by=merchant)
    now = {"now": timezone.now(), "merchant": merchant}
    with refused(name), transaction.atomic():
        HandoverOffer.objects.update(**{key: now.get(value, value) for key, value in change.items()})


@pytest.mark.parametrize("who", ["somebody else", "too late"])
def test_the_database_lets_only_the_address_accept_in_time(merchant, offer, who):
    by = merchant if who == "too late" else UserFactory.create()
    at = offer.expires_at if who == "too late" else timezone.now()
    with refused("handover_accepted_by_its_address"), transaction.atomic():
        HandoverOffer.objects.update(accepted_at=at, accepted_by=by)


def test_the_database_refuses_the_team_and_what_it_does_not_build(store, owner):
    with refused("handover_to_an_outsider"), transaction.atomic():
        HandoverOfferFactory.create(store=store, email=owner.email)
    with refused("only who builds a store"), transaction.atomic():
        HandoverOfferFactory.create(store=store, partner=PartnerFactory.create())
    with refused("only who builds a store"), transaction.atomic():
        HandoverOfferFactory.create(store=StoreFactory.create(built_by=store.built_by))
    assert not HandoverOffer.objects.exists()


def test_the_database_keeps_one_open_offer(offer):
    with refused("handover_offer_one_open"), transaction.atomic():
        HandoverOfferFactory.create(store=offer.store, email="other@shop.example")


def test_access_that_is_kept_ends_with_the_day_that_was_picked(merchant, offer, time_machine):
    time_machine.move_to("2026-11-22T12:00:00+00:00")
    offer = HandoverOffer.objects.get(pk=offer.pk)
    HandoverOffer.objects.update(expires_at=timezone.now() + timedelta(days=1))
    accept_handover(offer, keeps=THEMES, ends_on=date(2026, 12, 31), by=merchant)
    assert Collaboration.objects.get().ends_at.isoformat() == "2026-12-31T23:00:00+00:00"
