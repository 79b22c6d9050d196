"""A partner's rating is the mean over stores of each store's latest live review, kept with each act."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from partners.models import PartnerRating
from reviews import ratings
from tests.factories import PartnerFactory, PublicListingFactory, ReplyFactory, ReviewFactory, StoreFactory

pytestmark = pytest.mark.django_db


def test_each_store_has_one_voice_its_latest_review():
    partner, talkative, quiet = PartnerFactory.create(), StoreFactory.create(), StoreFactory.create()
    for communication in (5, 5, 2):
        ReviewFactory.create(partner=partner, store=talkative, communication=communication, quality=communication)
    ReviewFactory.create(partner=partner, store=quiet, communication=5, quality=4)
    ratings.rebuild(partner.pk)
    rating = PartnerRating.objects.get(partner=partner)
    assert (rating.reviews, rating.stores) == (4, 2)
    assert rating.mean == (2 + 4.5) / 2
    assert rating.spread == [0, 1, 0, 0, 3]  # 4.5 rounds up


def test_a_removed_review_counts_as_removed_and_as_nothing_else():
    review = ReviewFactory.create(removed_at=timezone.now(), removed_for="advertising")
    ratings.rebuild(review.partner_id)
    rating = PartnerRating.objects.get(partner=review.partner_id)
    assert (rating.reviews, rating.stores, rating.removed, rating.mean) == (0, 0, 1, None)


def test_the_median_time_to_answer_is_the_bound_that_half_keep():
    partner = PartnerFactory.create()
    for hours in (2, 20, 100):
        review = ReviewFactory.create(partner=partner)
        ReplyFactory.create(review=review, published_at=review.published_at + timedelta(hours=hours))
    ratings.rebuild(partner.pk)
    rating = PartnerRating.objects.get(partner=partner)
    assert (rating.answered, rating.share_answered, rating.hours_to_answer) == (3, 100, 24)


def test_what_is_kept_with_each_act_is_what_a_rebuild_comes_to():
    partner, store = PublicListingFactory.create().partner, StoreFactory.create()
    with transaction.atomic(), ratings.recounted(partner, store.pk):
        ReviewFactory.create(partner=partner, store=store)
    assert PartnerRating.objects.get(partner=partner).reviews == 1
    assert ratings.rebuild(partner.pk) is False


def test_one_merchants_five_stars_do_not_outrank_many():
    many = ratings.Figures(reviews=50, stores=50, communication=245, quality=245)
    assert ratings.score(ratings.Figures(reviews=1, stores=1, communication=5, quality=5)) < ratings.score(many)


def test_what_was_wrong_is_put_right():
    review = ReviewFactory.create()
    PartnerRating.objects.create(partner=review.partner, reviews=7)
    assert ratings.rebuild(review.partner_id) is True
    assert PartnerRating.objects.get(partner=review.partner).reviews == 1
