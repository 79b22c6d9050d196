"""Whatever happens to reviews and replies, the figures kept with each act are those of a rebuild, and those of a count
that knows nothing of how they are kept."""

from bisect import bisect_left
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partners.models import ANSWER_HOURS, PartnerRating
from reviews import ratings
from reviews.actions import moderation
from reviews.models import Reply, Report, Review
from tests.factories import MembershipFactory, PartnerFactory, ReviewInvitationFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db

STORES, EACH = 3, 3

stars = st.integers(1, 5)
which = st.integers(0, STORES * EACH - 1)
hours = st.sampled_from([0.5, 1, 3, 4, 5, 24, 47.9, 100, 720, 721])
acts = st.one_of(
    st.tuples(st.just("publish"), st.integers(0, STORES - 1), stars, stars),
    st.tuples(st.just("correct"), which, stars, stars),
    st.tuples(st.just("reply"), which, hours),
    st.tuples(st.just("withdraw"), which),
    st.tuples(st.just("remove"), which),
    st.tuples(st.just("remove_reply"), which),
)


class Scene:
    """A partner, and stores that may each review it a few times. Acts that make no sense by then do nothing."""

    def __init__(self) -> None:
        self.partner = PartnerFactory.create()
        self.replier = MembershipFactory.create(partner=self.partner, owner=True).user
        self.operator = UserFactory.create(is_staff=True, is_superuser=True)
        self.invitations = []
        for store in StoreFactory.create_batch(STORES):
            self.invitations.append(
                ReviewInvitationFactory.create_batch(EACH, store=store, partner=self.partner, asked=store.owner)
            )

    def reviews(self) -> list[Review]:
        return list(Review.objects.filter(partner=self.partner).order_by("pk"))

    def a_review(self, number: int) -> Review | None:
        found = [review for review in self.reviews() if review.is_live]
        return found[number % len(found)] if found else None

    def live_reply(self, review: Review) -> Reply | None:
        return review.replies.live().first()

    def publish(self, store: int, communication: int, quality: int) -> None:
        left = [row for row in self.invitations[store] if not Review.objects.filter(invitation=row).exists()]
        if not left:
            return
        invitation = left[0]
        with ratings.recounted(self.partner, invitation.store_id):
            Review.objects.create(
                invitation=invitation,
                store=invitation.store,
                partner=self.partner,
                source=invitation.source,
                communication=communication,
                quality=quality,
                text="Said in a few words.",
                author=invitation.store.owner,
                published_at=timezone.now(),
            )

    def correct(self, number: int, communication: int, quality: int) -> None:
        if review := self.a_review(number):
            with ratings.recounted(self.partner, review.store_id):
                review.communication, review.quality = communication, quality
                review.save(update_fields=["communication", "quality"])

    def reply(self, number: int, after: float) -> None:
        review = self.a_review(number)
        if review is None or self.live_reply(review):
            return
        at = review.published_at + timedelta(hours=after)
        with ratings.recounted(self.partner, review.store_id):
            Reply.objects.create(
                review=review, partner=self.partner, text="Thank you.", author=self.replier, published_at=at
            )
            review.answered_at = at
            review.save(update_fields=["answered_at"])

    def withdraw(self, number: int) -> None:
        review = self.a_review(number)
        reply = review and self.live_reply(review)
        if review is None or reply is None:
            return
        with ratings.recounted(self.partner, review.store_id):
            reply.withdrawn_at, reply.withdrawn_by = timezone.now(), self.replier
            reply.save(update_fields=["withdrawn_at", "withdrawn_by"])
            review.answered_at = None
            review.save(update_fields=["answered_at"])

    def remove(self, number: int) -> None:
        if review := self.a_review(number):
            self._remove(review=review)

    def remove_reply(self, number: int) -> None:
        review = self.a_review(number)
        if review and (reply := self.live_reply(review)):
            self._remove(reply=reply)

    def _remove(self, **thing) -> None:
        report = Report.objects.create(reason="personal", reported_by=UserFactory.create(), **thing)
        moderation.remove(report, reason="personal", explanation="A telephone number.", by=self.operator)


def counted(scene: Scene) -> dict:
    """From the rows alone, as somebody would with pencil and paper."""
    live = [review for review in scene.reviews() if review.removed_at is None]
    last = {review.store_id: review for review in live}  # the later one takes the place of the earlier
    spread, times = [0] * 5, [0] * (len(ANSWER_HOURS) + 1)
    answered = 0
    for review in live:
        half_up = int((review.communication + review.quality) / 2 + 0.5)
        spread[half_up - 1] += 1
        for reply in review.replies.filter(withdrawn_at=None, removed_at=None):
            answered += 1
            took = (reply.published_at - review.published_at) / timedelta(hours=1)
            times[bisect_left(ANSWER_HOURS, took)] += 1
    both = sum(review.communication + review.quality for review in last.values())
    return {
        "reviews": len(live),
        "stores": len(last),
        "communication": sum(review.communication for review in last.values()),
        "quality": sum(review.quality for review in last.values()),
        "spread": spread,
        "answered": answered,
        "answer_times": times,
        "removed": len(scene.reviews()) - len(live),
        "score": (5 * 3500 + 500 * both) // (5 + len(last)),
        "mean": both / 2 / len(last) if last else None,
    }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happened=st.lists(acts, max_size=14))
def test_the_figures_hold_whatever_happens(scene, happened):
    with transaction.atomic():
        for name, *values in happened:
            getattr(scene, name)(*values)
            if scene.reviews():
                kept = PartnerRating.objects.get(partner=scene.partner)
                assert {key: getattr(kept, key) for key in counted(scene)} == counted(scene)
        assert ratings.rebuild(scene.partner.pk) is False
        transaction.set_rollback(True)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_each_act_moves_on_the_version_of_what_the_public_sees(scene):
    seen = []
    for name, *values in [("publish", 0, 4, 4), ("correct", 0, 3, 4), ("reply", 0, 2), ("withdraw", 0), ("remove", 0)]:
        getattr(scene, name)(*values)
        seen.append(PartnerRating.objects.get(partner=scene.partner).version)
    assert seen == sorted(set(seen))
