"""What the database refuses of reviews, replies and reports, whoever writes: each beside what it takes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reviews.models import ReplyVersion, ReviewInvitation, ReviewVersion
from tests.factories import (
    MembershipFactory,
    PartnerFactory,
    ReplyFactory,
    ReportFactory,
    ReviewFactory,
    ReviewInvitationFactory,
    StoreFactory,
    UserFactory,
)
from tests.reviews.raw import change, copy_of, delete, insert, refused, taken

pytestmark = pytest.mark.django_db

REVIEWS, REPLIES, REPORTS = "reviews_review", "reviews_reply", "reviews_report"


@pytest.fixture
def invitation():
    """Open, from a job."""
    return ReviewInvitationFactory.create()


@pytest.fixture
def review():
    return ReviewFactory.create()


@pytest.fixture
def reply(review):
    return ReplyFactory.create(review=review)


def first_review(invitation: ReviewInvitation, **changes) -> dict:
    """The columns of a review on this invitation that the database takes."""
    return {
        "invitation_id": invitation.pk,
        "store_id": invitation.store_id,
        "partner_id": invitation.partner_id,
        "source": invitation.source,
        "services": [],
        "communication": 4,
        "quality": 3,
        "text": "",
        "author_id": invitation.store.owner_id,
        "published_at": invitation.expires_at - timedelta(seconds=1),
        **changes,
    }


def next_reply(reply, **changes) -> dict:
    return copy_of(reply, withdrawn_at=None, withdrawn_by_id=None, removed_at=None, removed_for="") | changes


# --- A review -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("review_in_time", {"invitation_id": None}),  # the triggers come before the column
        ("communication", {"communication": None}),
        ("quality", {"quality": None}),
        ("review_communication_of_five", {"communication": 0, "text": "Nobody called back."}),
        ("review_communication_of_five", {"communication": 6}),
        ("review_quality_of_five", {"quality": 0, "text": "Nobody called back."}),
        ("review_quality_of_five", {"quality": 6}),
        ("review_low_says_why", {"communication": 1}),
        ("review_low_says_why", {"quality": 2}),
        ("review_of_its_invitation", {"source": "handover"}),
        ("review_removed_for_a_reason", {"removed_at": timezone.now()}),
        ("review_removed_for_a_reason", {"removed_for": "advertising"}),
    ],
)
def test_a_review_is_refused(invitation, name, changes):
    with taken():
        insert(REVIEWS, first_review(invitation))
    with refused(name):
        insert(REVIEWS, first_review(invitation, **changes))


def test_half_a_star_does_not_stand_in_the_column(invitation):
    """A column of whole numbers rounds what it is given: a form, or the API, is what refuses a half."""
    insert(REVIEWS, first_review(invitation, communication=4.5))
    assert invitation.review.communication in (4, 5)


@pytest.mark.parametrize("text", ["Nobody called back.", "0123456789"])
def test_a_low_review_that_says_why_is_taken(invitation, text):
    insert(REVIEWS, first_review(invitation, communication=1, quality=1, text=text))


def test_one_invitation_gives_one_review(review):
    another = ReviewInvitationFactory.create(store=review.store, partner=review.partner)
    with taken():
        insert(REVIEWS, copy_of(review, invitation_id=another.pk))
    with refused("reviews_review_invitation_id_key"):
        insert(REVIEWS, copy_of(review))


@pytest.mark.parametrize("column", ["store_id", "partner_id"])
def test_a_review_is_of_the_store_and_partner_that_were_asked(invitation, column):
    elsewhere = {"store_id": StoreFactory, "partner_id": PartnerFactory}[column].create()
    with refused("review_of_its_invitation"):
        insert(REVIEWS, first_review(invitation, **{column: elsewhere.pk}))


def test_a_review_stays_with_its_invitation(review):
    elsewhere = ReviewInvitationFactory.create()
    for column, value in (("store_id", elsewhere.store_id), ("invitation_id", elsewhere.pk), ("source", "handover")):
        with refused("review_of_its_invitation"):
            change(review, **{column: value})
    with taken():
        change(review, text="They answered within the hour.")


def test_a_review_after_sixty_days_is_refused(invitation):
    assert invitation.expires_at == invitation.opened_at + timedelta(days=60)
    with taken():
        insert(REVIEWS, first_review(invitation))
    with refused("review_in_time"):
        insert(REVIEWS, first_review(invitation, published_at=invitation.expires_at))


def test_a_lapsed_invitation_gives_no_review(invitation):
    with taken():
        insert(REVIEWS, first_review(invitation))
    invitation.settle(ReviewInvitation.Status.LAPSED, by=None, at=timezone.now())
    with refused("review_in_time"):
        insert(REVIEWS, first_review(invitation))


def test_after_a_no_there_is_no_review():
    invitation = ReviewInvitationFactory.create(handed_over=True)
    with taken():
        insert(REVIEWS, first_review(invitation))
    change(
        invitation,
        worked_here=False,
        status="closed",
        settled_at=timezone.now(),
        settled_by_id=invitation.store.owner_id,
    )
    with refused("review_in_time"):
        insert(REVIEWS, first_review(invitation))


def test_the_partners_own_people_review_nothing(invitation):
    member = MembershipFactory.create(partner=invitation.partner).user
    of_another = MembershipFactory.create().user
    with taken():
        insert(REVIEWS, first_review(invitation, author_id=of_another.pk))
    with refused("review_not_by_the_partner"):
        insert(REVIEWS, first_review(invitation, author_id=member.pk))


def test_a_review_is_never_deleted(review):
    ReviewInvitationFactory.create()
    with refused("review_is_not_deleted"):
        delete(review)


NOW = timezone.now()


# --- A reply --------------------------------------------------------------------------------------------------------


def test_one_live_reply_per_review(reply):
    with refused("reply_one_live"):
        insert(REPLIES, next_reply(reply))
    change(reply, withdrawn_at=NOW, withdrawn_by_id=reply.author_id)
    with taken():
        insert(REPLIES, next_reply(reply))
    change(reply, withdrawn_at=None, withdrawn_by_id=None, removed_at=NOW, removed_for="advertising")
    with taken():
        insert(REPLIES, next_reply(reply))


def test_a_removed_review_is_not_answered(reply):
    change(reply, withdrawn_at=NOW, withdrawn_by_id=reply.author_id)
    with taken():
        insert(REPLIES, next_reply(reply))
    change(reply.review, removed_at=NOW, removed_for="personal")
    with refused("reply_of_a_live_review"):
        insert(REPLIES, next_reply(reply))
    with refused("reply_of_a_live_review"):
        change(reply, text="What we meant to say is another thing.")


def test_a_reply_is_by_the_partner_that_was_reviewed(reply):
    other = MembershipFactory.create(user=reply.author, owner=True).partner
    change(reply, withdrawn_at=NOW, withdrawn_by_id=reply.author_id)
    with refused("reply_of_a_live_review"):
        insert(REPLIES, next_reply(reply, partner_id=other.pk))
    with refused("reply_of_a_live_review"):
        change(reply, partner_id=other.pk)


@pytest.mark.parametrize(
    ("permissions", "is_owner", "may"),
    [
        ([], True, True),
        (["manage_public_listings"], False, True),
        (["manage_team", "manage_stores", "manage_jobs"], False, False),
        ([], False, False),
    ],
)
def test_a_reply_is_by_whoever_speaks_for_the_partner(reply, permissions, is_owner, may):
    change(reply, withdrawn_at=NOW, withdrawn_by_id=reply.author_id)
    member = MembershipFactory.create(partner=reply.partner, permissions=permissions, is_owner=is_owner).user
    with taken() if may else refused("reply_by_whoever_may"):
        insert(REPLIES, next_reply(reply, author_id=member.pk))


def test_a_reply_is_not_by_somebody_from_outside(reply):
    change(reply, withdrawn_at=NOW, withdrawn_by_id=reply.author_id)
    owner_elsewhere = MembershipFactory.create(owner=True).user
    for outsider in (owner_elsewhere, reply.review.author, UserFactory.create()):
        with refused("reply_by_whoever_may"):
            insert(REPLIES, next_reply(reply, author_id=outsider.pk))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("reply_says_something", {"text": ""}),
        ("reply_withdrawn_by_somebody", {"withdrawn_at": NOW}),
        ("reply_removed_for_a_reason", {"removed_at": NOW}),
        ("reply_removed_for_a_reason", {"removed_for": "advertising"}),
    ],
)
def test_a_reply_is_one_whole_fact(reply, name, changes):
    with refused(name):
        change(reply, **changes)
    with taken():
        change(reply, text="Thank you for both sentences.", removed_at=NOW, removed_for="advertising")


def test_a_reply_is_never_deleted(reply):
    with refused("reply_is_not_deleted"):
        delete(reply)


# --- What was said before -------------------------------------------------------------------------------------------


def test_what_a_review_said_before_stays(review):
    values = {"communication": 5, "quality": 5, "text": "Before", "replaced_by": review.author}
    version = ReviewVersion.objects.create(review=review, **values)
    with refused("review_version_is_not_changed"):
        change(version, text="Never said")
    with refused("review_version_is_not_deleted"):
        delete(version)
    with taken():
        ReviewVersion.objects.create(review=review, **values)


def test_what_a_reply_said_before_stays(reply):
    version = ReplyVersion.objects.create(reply=reply, text="Before", replaced_by=reply.author)
    with refused("reply_version_is_not_changed"):
        change(version, text="Never said")
    with refused("reply_version_is_not_deleted"):
        delete(version)
    with taken():
        ReplyVersion.objects.create(reply=reply, text="Between", replaced_by=reply.author)


# --- A report -------------------------------------------------------------------------------------------------------


def test_one_person_reports_a_review_once(review):
    report = ReportFactory.create(review=review)
    with taken():
        insert(REPORTS, copy_of(report, reported_by_id=UserFactory.create().pk))
    with refused("report_of_review_once"):
        insert(REPORTS, copy_of(report, reason="personal"))


def test_one_person_reports_a_reply_once(reply):
    report = ReportFactory.create(review=None, reply=reply)
    with taken():  # the review is another thing
        insert(REPORTS, copy_of(report, reply_id=None, review_id=reply.review_id))
    with refused("report_of_reply_once"):
        insert(REPORTS, copy_of(report, reason="personal"))


def test_a_report_is_of_one_thing(reply):
    report = ReportFactory.create(review=None, reply=reply)
    for both in ({"review_id": reply.review_id}, {"reply_id": None}):
        with refused("report_of_one_thing"):
            change(report, **both)
    with taken():
        change(report, reply_id=None, review_id=reply.review_id)


WHOLE = {"decided_at": NOW, "decided_by_id": "me"}


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({"status": "kept", **WHOLE}, True),
        ({"status": "removed", **WHOLE, "decided_for": "advertising"}, True),
        ({"status": "kept"}, False),
        ({"status": "kept", "decided_at": NOW}, False),
        ({"status": "kept", **WHOLE, "decided_for": "advertising"}, False),
        ({"status": "removed", **WHOLE}, False),
        ({"status": "removed", "decided_for": "advertising"}, False),
        (WHOLE, False),
        ({"decided_for": "advertising"}, False),
    ],
)
def test_a_report_is_decided_by_somebody_and_a_removal_has_a_reason(changes, may):
    report = ReportFactory.create()
    values = {key: report.reported_by_id if value == "me" else value for key, value in changes.items()}
    with taken() if may else refused("report_decided_by_somebody"):
        change(report, **values)
