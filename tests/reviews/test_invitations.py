"""Real work asks for a review, in the transaction in which it ends; nothing else does."""

from datetime import timedelta

import pytest
from django.db import transaction

from jobs.actions import completions
from jobs.actions.completion_sweeps import approve_all_due
from jobs.models import Job
from notifications import events
from notifications.models import Event
from partners.models import PublicListing
from reviews.models import ReviewInvitation, Source
from stores.models import Activity
from tests.factories import MembershipFactory
from tests.reviews.people import hand_over, people, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return people()


def test_an_approval_asks_for_a_review_of_the_job_for_sixty_days(cast):
    job = cast.approve(by=cast.manager)
    invitation = ReviewInvitation.objects.get()
    assert (invitation.store, invitation.partner, invitation.source) == (cast.store, cast.partner, Source.JOB)
    assert (invitation.subject, invitation.services, invitation.asked) == (job.title, job.services, cast.manager)
    assert invitation.expires_at - invitation.opened_at == timedelta(days=60)
    assert Event.objects.get(topic="review.invited").payload["review_invitation"] == invitation.pk
    assert Activity.objects.get(kind="review.invited").partner == cast.partner


def test_the_clock_asks_the_owner(cast):
    completion = cast.say_done()
    approve_all_due(now=completion.deadline)
    invitation = ReviewInvitation.objects.get()
    assert (invitation.completion, invitation.asked) == (completion, None)


def test_the_owners_own_partner_is_not_reviewed(cast):
    MembershipFactory.create(partner=cast.partner, user=cast.owner)
    cast.approve()
    assert not ReviewInvitation.objects.exists()
    assert not Event.objects.filter(topic="review.invited").exists()


def test_what_is_rolled_back_asks_for_nothing(cast):
    completion = cast.say_done()
    with transaction.atomic():
        completions.approve_completion(completion, by=cast.owner)
        assert ReviewInvitation.objects.exists()
        transaction.set_rollback(True)
    assert not ReviewInvitation.objects.exists()
    assert Job.objects.get(pk=completion.job_id).status == Job.Status.IN_PROGRESS


def test_the_same_approval_told_twice_asks_once(cast):
    invitation = cast.invited()
    told = Event.objects.get(topic="job.completed")
    events.post("job.completed", dedupe_key="told again", by=cast.owner, **told.payload)
    assert ReviewInvitation.objects.get() == invitation
    assert Event.objects.filter(topic="review.invited").count() == 1


def test_a_hand_over_by_a_partner_with_a_published_listing_asks_the_new_owner():
    offer = hand_over()
    tell(offer)
    invitation = ReviewInvitation.objects.get()
    assert (invitation.source, invitation.handover, invitation.asked) == (Source.HANDOVER, offer, offer.accepted_by)
    assert (invitation.store, invitation.partner, invitation.worked_here) == (offer.store, offer.partner, None)
    tell(offer, key=" again")
    assert ReviewInvitation.objects.count() == 1


def test_without_a_published_listing_a_hand_over_asks_nothing():
    tell(hand_over(listing=False))
    offer = hand_over()
    PublicListing.objects.filter(partner=offer.partner).delete()
    tell(offer)
    assert not ReviewInvitation.objects.exists()


def test_a_new_owner_in_the_partners_team_is_not_asked():
    offer = hand_over()
    MembershipFactory.create(partner=offer.partner, user=offer.accepted_by)
    tell(offer)
    assert not ReviewInvitation.objects.exists()
    assert not Event.objects.filter(topic="review.invited").exists()
