"""Two at once get one winner and one clear answer. Red without the locks, certainly: all meet before they write."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.once import once
from notifications.models import Event
from partners.models import PartnerRating
from reviews import ratings
from reviews.actions.invitation_sweeps import lapse_all, remind_all
from reviews.actions.invitations import answer_handover
from reviews.actions.reviews import correct_review, publish_review
from reviews.actions.steps import lock_review
from reviews.errors import CorrectedMeanwhile, InvitationMovedOn, ReviewMovedOn
from reviews.models import Review, ReviewInvitation, ReviewVersion
from tests.races import together, without_locks
from tests.reviews.people import SAID, hand_over, people, tell

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 10


@pytest.fixture
def cast():
    return people()


def publishing(invitation: ReviewInvitation, by, **other):
    return lambda: publish_review(ReviewInvitation.objects.get(pk=invitation.pk), **SAID | other, by=by)


def correcting(review: Review, by, **other):
    return lambda: correct_review(Review.objects.get(pk=review.pk), **SAID | other, edited_at=review.edited_at, by=by)


def remove(review: Review) -> None:
    """As operators do, under the same locks."""
    with transaction.atomic():
        locked = lock_review(review)
        with ratings.recounted(locked.partner, locked.store.pk):
            found = locked.review
            found.removed_at, found.removed_for = timezone.now(), "advertising"
            found.version += 1
            found.save(update_fields=["removed_at", "removed_for", "version"])


def topics(*names: str) -> list[str]:
    return list(Event.objects.filter(topic__in=names).values_list("topic", flat=True))


# --- Two write at once ----------------------------------------------------------------------------------------------


def test_of_two_people_one_writes_and_the_other_hears_who(cast):
    for turn in range(ROUNDS):
        invitation = cast.invited()
        acts = [publishing(invitation, cast.owner), publishing(invitation, cast.manager, quality=3)]
        results = together(acts[turn % 2 :] + acts[: turn % 2])
        review = Review.objects.get(invitation=invitation)
        [lost] = [result for result in results if isinstance(result, Exception)]
        assert isinstance(lost, InvitationMovedOn)
        assert f"{review.author} wrote this review on" in str(lost)
    assert len(topics("review.published")) == ROUNDS
    assert ratings.rebuild(cast.partner.pk) is False


def test_one_who_clicks_twice_wrote_once(cast):
    invitation = cast.invited()
    results = together([publishing(invitation, cast.owner)] * 4)
    assert {result.pk for result in results} == {Review.objects.get().pk}
    assert topics("review.published") == ["review.published"]


def test_under_one_key_it_is_one_act(cast):
    invitation = cast.invited()

    def send():
        act = publishing(invitation, cast.owner)
        return once(lambda: (201, str(act().public_id)), by=cast.owner, key="one", asked=SAID)

    first, second = together([send, send])
    assert first == second == (201, str(Review.objects.get().public_id))


def test_without_the_locks_the_second_only_fails_in_the_database(cast, monkeypatch):
    """Nobody tells them who wrote it: what they read is an error of the database."""
    invitation = cast.invited()
    with without_locks(monkeypatch, meet_at=(ReviewInvitation, "is_open_at"), parties=2):
        results = together([publishing(invitation, cast.owner), publishing(invitation, cast.manager)])
    assert [type(result) for result in results if isinstance(result, Exception)] == [IntegrityError]


# --- Correcting -----------------------------------------------------------------------------------------------------


@pytest.fixture
def review(cast) -> Review:
    return publishing(cast.invited(), cast.manager)()


def test_of_two_corrections_from_one_state_one_wins_and_the_other_is_told(cast, review):
    for _turn in range(ROUNDS):
        review.refresh_from_db()
        before = ReviewVersion.objects.count()
        results = together(
            [
                correcting(review, cast.manager, text=f"In the first window, {before}."),
                correcting(review, cast.manager, text=f"In the second window, {before}."),
            ]
        )
        [lost] = [result for result in results if isinstance(result, Exception)]
        assert isinstance(lost, CorrectedMeanwhile)
        assert ReviewVersion.objects.count() == before + 1
    assert len(topics("review.edited")) == ROUNDS


def test_without_the_locks_both_corrections_win_and_one_is_lost(cast, review, monkeypatch):
    with without_locks(monkeypatch, meet_at=(Review, "is_correctable_at"), parties=2):
        results = together(
            [
                correcting(review, cast.manager, text="In the first window."),
                correcting(review, cast.manager, text="In the second window."),
            ]
        )
    assert not [result for result in results if isinstance(result, Exception)]
    assert list(ReviewVersion.objects.values_list("text", flat=True)) == [SAID["text"]] * 2  # one of the two is nowhere


def test_a_correction_against_a_removal_is_counted_right_whoever_comes_first(cast):
    outcomes = set()
    for _turn in range(ROUNDS):
        review = publishing(cast.invited(), cast.manager)()
        corrected, _removed = together(
            [correcting(review, cast.manager, quality=1), lambda review=review: remove(review)]
        )
        review.refresh_from_db()
        assert not review.is_live
        assert isinstance(corrected, ReviewMovedOn) == (review.quality == SAID["quality"])
        outcomes.add(review.quality)
        assert ratings.rebuild(cast.partner.pk) is False
    assert outcomes


def test_without_the_locks_the_second_of_them_breaks_the_figures(cast, review, monkeypatch):
    """It counts from what neither of them saw, and the database alone refuses that."""
    with without_locks(monkeypatch, meet_at=(Review, "save"), parties=2):
        results = together([correcting(review, cast.manager, quality=1), lambda: remove(review)])
    assert [type(result) for result in results if isinstance(result, Exception)] == [IntegrityError]


# --- The clock, and the question ------------------------------------------------------------------------------------


def test_a_review_against_the_end_of_its_time_is_written_or_lapsed(cast, monkeypatch):
    for _turn in range(ROUNDS):
        invitation = cast.invited()
        written, _lapsed = together(
            [publishing(invitation, cast.owner), lambda at=invitation.expires_at: lapse_all(now=at)]
        )
        invitation.refresh_from_db()
        assert (invitation.status == "lapsed") == isinstance(written, InvitationMovedOn)
        assert Review.objects.filter(invitation=invitation).exists() == (invitation.status == "written")


def test_sweeps_at_once_remind_once(cast):
    invitation = cast.invited()
    at = invitation.opened_at + timedelta(days=7)
    together([lambda: remind_all(now=at)] * 3)
    assert topics("review.reminded") == ["review.reminded"]


def test_a_yes_and_a_no_at_once_are_one_answer(cast):
    tell_in_transaction(cast)
    invitation = ReviewInvitation.objects.get()
    together(
        [
            lambda: answer_handover(invitation, worked_here=True, by=cast.owner),
            lambda: answer_handover(invitation, worked_here=False, by=cast.owner),
        ]
    )
    invitation.refresh_from_db()
    assert (invitation.status, invitation.worked_here) == ("closed", False)  # a no after the yes is a no


def tell_in_transaction(cast) -> None:
    with transaction.atomic():
        tell(hand_over(to=cast.owner))


def test_figures_are_kept_whoever_writes_at_once(cast):
    invitations = [cast.invited() for _number in range(4)]
    together([publishing(each, cast.owner) for each in invitations])
    assert PartnerRating.objects.get(partner=cast.partner).reviews == 4
    assert ratings.rebuild(cast.partner.pk) is False
