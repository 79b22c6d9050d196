"""What the database refuses of invitations to review, whoever writes: each beside what it takes."""

import pytest
from django.utils import timezone

from tests.factories import (
    CompletionRequestFactory,
    HandoverOfferFactory,
    PartnerFactory,
    ReviewInvitationFactory,
    StoreFactory,
    UserFactory,
)
from tests.reviews.raw import change, copy_of, insert, refused, taken

pytestmark = pytest.mark.django_db

INVITATIONS = "reviews_reviewinvitation"


@pytest.fixture
def invitation():
    """Open, from a job."""
    return ReviewInvitationFactory.create()


NOW = timezone.now()
JOB, HANDOVER = "job", "handover"


@pytest.mark.parametrize(
    ("name", "source", "changes"),
    [
        ("review_invitation_settled_by_somebody", JOB, {"status": "written"}),
        ("review_invitation_settled_by_somebody", JOB, {"status": "written", "settled_at": NOW}),
        ("review_invitation_settled_by_somebody", JOB, {"status": "lapsed"}),
        ("review_invitation_settled_by_somebody", JOB, {"settled_at": NOW}),
        ("review_invitation_settled_by_somebody", JOB, {"status": "lapsed", "settled_at": NOW, "settled_by_id": "me"}),
        ("review_invitation_closed_by_a_no", JOB, {"status": "closed", "settled_at": NOW, "settled_by_id": "me"}),
        ("review_invitation_closed_by_a_no", HANDOVER, {"status": "closed", "settled_at": NOW, "settled_by_id": "me"}),
        (
            "review_invitation_closed_by_a_no",
            HANDOVER,
            {"status": "closed", "settled_at": NOW, "settled_by_id": "me", "worked_here": True},
        ),
        (
            "review_invitation_written_after_a_yes",
            HANDOVER,
            {"status": "written", "settled_at": NOW, "settled_by_id": "me"},
        ),
        (
            "review_invitation_written_after_a_yes",
            HANDOVER,
            {"status": "written", "settled_at": NOW, "settled_by_id": "me", "worked_here": False},
        ),
        ("review_invitation_rests_on_one_thing", JOB, {"worked_here": True}),
        ("review_invitation_rests_on_one_thing", JOB, {"source": "handover"}),
        ("review_invitation_rests_on_one_thing", JOB, {"completion_id": None}),
        ("review_invitation_rests_on_one_thing", HANDOVER, {"handover_id": None}),
        ("review_invitation_rests_on_one_thing", HANDOVER, {"source": "job"}),
    ],
)
def test_an_invitation_is_one_whole_fact(name, source, changes):
    invitation = ReviewInvitationFactory.create(handed_over=source == HANDOVER)
    with refused(name):
        change(
            invitation, **{key: invitation.store.owner_id if value == "me" else value for key, value in changes.items()}
        )


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        (JOB, {"status": "written", "settled_at": NOW, "settled_by_id": "me"}),
        (JOB, {"status": "lapsed", "settled_at": NOW}),
        (HANDOVER, {"worked_here": True}),
        (HANDOVER, {"status": "written", "settled_at": NOW, "settled_by_id": "me", "worked_here": True}),
        (HANDOVER, {"status": "closed", "settled_at": NOW, "settled_by_id": "me", "worked_here": False}),
    ],
)
def test_an_invitation_ends_in_these_ways(source, changes):
    invitation = ReviewInvitationFactory.create(handed_over=source == HANDOVER)
    change(invitation, **{key: invitation.store.owner_id if value == "me" else value for key, value in changes.items()})


def test_a_completion_and_a_handover_ask_once(invitation):
    handed_over = ReviewInvitationFactory.create(handed_over=True)
    for asked, name in ((invitation, "completion"), (handed_over, "handover")):
        with refused(f"reviews_reviewinvitation_{name}_id_key"):
            insert(INVITATIONS, copy_of(asked))


@pytest.mark.parametrize("column", ["store_id", "partner_id"])
@pytest.mark.parametrize("source", [JOB, HANDOVER])
def test_an_invitation_is_of_the_store_and_partner_of_the_work(source, column):
    asked = ReviewInvitationFactory.create(handed_over=source == HANDOVER)
    elsewhere = {"store_id": StoreFactory, "partner_id": PartnerFactory}[column].create()
    with taken():
        change(asked, **{column: getattr(asked, column)})
    with refused("review_invitation_of_work"):
        change(asked, **{column: elsewhere.pk})


def test_work_that_nobody_approved_is_not_asked_about(invitation):
    pending = CompletionRequestFactory.create(job__store=invitation.store, job__partner=invitation.partner)
    columns = copy_of(invitation, completion_id=pending.pk)
    with refused("review_invitation_of_work"):
        insert(INVITATIONS, columns)
    change(pending, status="approved", decided_at=NOW, decided_by_id=invitation.store.owner_id)
    with taken():
        insert(INVITATIONS, columns)


def test_a_store_that_nobody_took_over_is_not_asked_about():
    invitation, merchant = ReviewInvitationFactory.create(handed_over=True), UserFactory.create()
    offer = HandoverOfferFactory.create(email=merchant.email)
    of_offer = {"handover_id": offer.pk, "store_id": offer.store_id, "partner_id": offer.partner_id}
    columns = copy_of(invitation, **of_offer)
    with refused("review_invitation_of_work"):
        insert(INVITATIONS, columns)
    change(offer, accepted_at=NOW, accepted_by_id=merchant.pk)
    with taken():
        insert(INVITATIONS, columns)
