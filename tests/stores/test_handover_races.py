"""A hand-over has one end, however many people press a button at the same moment."""

from functools import partial

import pytest
from django.db import IntegrityError

from accounts.invitations import InvitationClosed
from collaborators.models import Collaboration
from notifications.models import Event
from stores.actions import accept_handover, decline_handover, offer_handover, take_back_handover
from stores.models import HandoverOffer
from tests import races
from tests.factories import MembershipFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

WRITE = (HandoverOffer, "settle")
ENDS = ["handover.accepted", "handover.declined", "handover.taken_back"]


@pytest.fixture
def builder():
    return MembershipFactory.create(stores=True)


@pytest.fixture
def store(builder):
    return StoreFactory.create(owner=None, built_by=builder.partner)


@pytest.fixture
def merchant():
    return UserFactory.create(email="merchant@shop.example")


@pytest.fixture
def offer(store, builder, merchant):
    return offer_handover(store, email=merchant.email, wished=["themes.view"], by=builder.user)


@pytest.fixture(params=["taking back", "declining", "another acceptance"])
def acts(request, offer, builder, merchant):
    accept = partial(accept_handover, offer, ends_on=None, by=merchant)
    others = {
        "taking back": partial(take_back_handover, offer, by=builder.user),
        "declining": partial(decline_handover, offer, by=merchant),
        "another acceptance": partial(accept, keeps=["themes.view"]),
    }
    return [partial(accept, keeps=[]), others[request.param]]


def test_one_wins_and_the_other_hears_what_became_of_it(monkeypatch, store, offer, acts):
    with races.meeting(monkeypatch, WRITE, parties=2):
        answers = races.together(acts)
    (lost,) = [answer for answer in answers if isinstance(answer, Exception)]
    assert isinstance(lost, InvitationClosed)
    assert Event.objects.filter(topic__in=ENDS).count() == 1
    store.refresh_from_db()
    offer.refresh_from_db()
    was_accepted = offer.accepted_at is not None
    assert (not store.is_development) is was_accepted
    assert Event.objects.filter(topic="store.handed_over").count() == was_accepted
    assert Collaboration.objects.count() == (was_accepted and bool(offer.kept))


def test_without_the_locks_the_other_hears_only_the_database(monkeypatch, offer, acts):
    """The locks are what makes a clear sentence of it; the trigger is what keeps it true even so."""
    with races.without_locks(monkeypatch, meet_at=WRITE, parties=2):
        answers = races.together(acts)
    (lost,) = [answer for answer in answers if isinstance(answer, Exception)]
    assert isinstance(lost, IntegrityError)
    assert Event.objects.filter(topic__in=ENDS).count() == 1


def test_the_same_acceptance_twice_at_once_is_one(monkeypatch, store, offer, merchant):
    act = partial(accept_handover, offer, keeps=["themes.view"], ends_on=None, by=merchant)
    with races.meeting(monkeypatch, WRITE, parties=2):
        answers = races.together([act, act])
    assert answers == [store, store]
    assert Collaboration.objects.count() == 1
    assert Event.objects.filter(topic="handover.accepted").count() == 1
