"""Exactly who is told that a review can be written, and that one was written, by name: in the inbox, and by mail."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from notifications.models import Event
from reviews.actions.invitation_sweeps import lapse_all, remind_all
from reviews.actions.invitations import answer_handover
from reviews.actions.reviews import correct_review, publish_review
from reviews.events import invitations, reviews
from reviews.models import Review, ReviewInvitation
from stores.models import Staff, Store
from tests.factories import MembershipFactory, UserFactory
from tests.notifications.test_who_is_told import mailed, told
from tests.reviews.people import SAID, People, hand_over, people, tell

pytestmark = pytest.mark.django_db

ASKED = {"Odile Owner", "Manon Manager"}
REPLIERS = {"Lea Asker", "Lou Listings"}
NOBODY: set[str] = set()


@pytest.fixture
def cast() -> People:
    cast = people()
    MembershipFactory.create(partner=cast.partner, permissions=["manage_public_listings"], user__name="Lou Listings")
    MembershipFactory.create(partner=cast.partner, permissions=["manage_jobs", "manage_stores"], user__name="Tom Jobs")
    return cast


def invite(cast: People) -> ReviewInvitation:
    return cast.invited(by=cast.manager)


def remind(cast: People) -> None:
    asked = invite(cast)
    for days in (6, 7, 8, 20):  # and the first one only once
        remind_all(now=asked.opened_at + timedelta(days=days))


def write(cast: People) -> Review:
    return publish_review(invite(cast), **SAID, by=cast.manager)


def correct(cast: People) -> None:
    correct_review(write(cast), **SAID | {"quality": 2}, edited_at=None, by=cast.manager)


def take_over(cast: People) -> None:
    tell(hand_over(to=cast.owner))


CASES = [
    ("review.invited", invite, ASKED),
    ("review.invited", lambda cast: cast.invited(by=cast.clerk), {"Odile Owner"}),  # the clerk may not write it
    ("review.invited", take_over, {"Odile Owner"}),
    ("review.reminded", remind, ASKED),
    ("review.published", write, REPLIERS),
    ("review.edited", correct, REPLIERS),
]


@pytest.mark.parametrize(("topic", "act", "people"), CASES, ids=[f"{n}-{row[0]}" for n, row in enumerate(CASES)])
def test_each_event_tells_exactly_these_people(cast, deliver, topic, act, people):
    act(cast)
    deliver()
    assert told(topic) == people
    assert Event.objects.filter(topic=topic).count() == 1


def test_mails_go_to_the_same_people(cast, deliver):
    asked = invite(cast)
    deliver()
    assert mailed("review.invited") == ASKED
    review = publish_review(asked, **SAID, by=cast.manager)
    correct_review(review, **SAID | {"quality": 2}, edited_at=None, by=cast.manager)
    deliver()
    assert mailed("review.published") == mailed("review.edited") == REPLIERS


def test_every_kind_of_these_is_in_the_table():
    assert {row[0] for row in CASES} == {kind.topic for kind in (*invitations.KINDS, *reviews.KINDS)}


def test_reminders_come_on_days_7_and_21_and_no_more(cast):
    asked = invite(cast)
    for days in (6, 7, 7, 20, 21, 22, 59, 60, 70):
        remind_all(now=asked.opened_at + timedelta(days=days))
    keys = Event.objects.filter(topic="review.reminded").order_by("pk").values_list("dedupe_key", flat=True)
    assert [key.rpartition("-")[2] for key in keys] == ["7", "21"]


def test_a_reminder_that_was_missed_is_not_made_up_for(cast):
    asked = invite(cast)
    remind_all(now=asked.opened_at + timedelta(days=30))
    assert Event.objects.filter(topic="review.reminded").count() == 1
    asked.refresh_from_db()
    assert asked.reminders == 2


@pytest.mark.parametrize("how", ["written", "closed", "lapsed"])
def test_what_is_settled_is_not_reminded_of(cast, how):
    asked = invite(cast)
    if how == "written":
        publish_review(asked, **SAID, by=cast.owner)
    elif how == "closed":
        tell(hand_over(to=cast.owner))
        asked.delete()
        answer_handover(ReviewInvitation.objects.get(), worked_here=False, by=cast.owner)
    else:
        lapse_all(now=asked.expires_at)
    remind_all(now=timezone.now() + timedelta(days=21))
    assert not Event.objects.filter(topic="review.reminded").exists()


def test_an_invitation_lapses_at_its_end_and_nobody_is_told(cast, deliver):
    asked = invite(cast)
    before = Event.objects.count()
    lapse_all(now=asked.expires_at - timedelta(seconds=1))
    asked.refresh_from_db()
    assert asked.status == "open"
    lapse_all(now=asked.expires_at + timedelta(hours=1))
    asked.refresh_from_db()
    assert (asked.status, asked.settled_at, asked.settled_by) == ("lapsed", asked.expires_at, None)
    assert Event.objects.count() == before


def lose_the_right(cast: People, asked: ReviewInvitation) -> None:
    Staff.objects.filter(user=cast.manager).delete()
    Store.objects.filter(pk=cast.store.pk).update(owner=UserFactory.create())


def join_the_partner(cast: People, asked: ReviewInvitation) -> None:
    for person in (cast.manager, cast.owner):
        MembershipFactory.create(partner=cast.partner, user=person)


def write_it(cast: People, asked: ReviewInvitation) -> None:
    publish_review(asked, **SAID, by=cast.owner)


@pytest.mark.parametrize("meanwhile", [lose_the_right, join_the_partner, write_it])
def test_a_mail_that_comes_too_late_is_not_sent(cast, deliver, meanwhile):
    with transaction.atomic():
        meanwhile(cast, invite(cast))
    deliver()
    assert not mailed("review.invited") & ASKED  # a new owner is asked in their place


def test_a_review_that_was_removed_is_not_mailed(cast, deliver):
    review = write(cast)
    Review.objects.filter(pk=review.pk).update(removed_at=timezone.now(), removed_for="personal")
    deliver()
    assert mailed("review.published") == NOBODY


def test_the_answer_no_stays_inside(cast, client):
    offer = hand_over(to=cast.owner)
    tell(offer)
    answer_handover(ReviewInvitation.objects.get(), worked_here=False, by=cast.owner)
    assert not Event.objects.exclude(topic__in=["store.handed_over", "review.invited"]).exists()
    ines = MembershipFactory.create(partner=offer.partner, owner=True).user
    client.force_login(ines)
    page = client.get(f"/partner/{offer.partner.slug}/activity/").content.decode()
    assert "Asked for a review" in page
    assert "Said whether" not in page
    client.force_login(cast.owner)
    assert "Said whether" in client.get(f"/store/{offer.store.handle}/activity/").content.decode()
