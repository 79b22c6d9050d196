"""The public part of the API: without signing in, the same as the pages, kept by version and counted by address."""

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from rest_framework.settings import api_settings

from partners.models import PublicListing
from reviews import ratings
from reviews.models import Review
from tests.factories import PublicListingFactory, ReplyFactory, ReviewFactory
from tests.reviews.test_kept_pages import queries
from tests.reviews.test_public_pages import make_listing, make_review, signed_in

pytestmark = pytest.mark.django_db

PARTNERS = "/api/v1/public/partners/"
PARTNER = f"{PARTNERS}atelier-nord/"
REVIEWS = f"{PARTNER}reviews/"


def test_everybody_reads_a_profile_and_its_reviews():
    listing = make_listing()
    review = make_review(listing, store__name="Maison Lavande")
    reply = ReplyFactory.create(review=review)
    ratings.rebuild(listing.partner_id)
    partner = Client().get(PARTNER).json()
    assert partner["name"] == "Atelier Nord"
    assert partner["url"] == f"{settings.SITE_URL}/partners/atelier-nord/"
    assert partner["rating"] == {
        "mean": 4.5,
        "reviews": 1,
        "stores": 1,
        "spread": [0, 0, 0, 0, 1],
        "share_answered": 100,
        "removed": 0,
    }
    assert Client().get(PARTNERS).json() == {"results": [partner], "next": None}
    (row,) = Client().get(REVIEWS).json()["results"]
    assert (row["store"], row["source"], row["communication"]) == ("Maison Lavande", "job", 5)
    assert row["reply"]["text"] == reply.text
    one = Client().get(f"/api/v1/public/reviews/{review.public_id}/").json()
    assert one == {**row, "partner": {"name": "Atelier Nord", "slug": "atelier-nord", "listed": True}}
    for path in (PARTNERS, PARTNER, REVIEWS, f"/api/v1/public/reviews/{review.public_id}/"):
        body = Client().get(path).content.decode()
        assert review.author.name not in body
        assert review.author.email not in body
        assert reply.author.name not in body


@pytest.mark.parametrize("sort", ["newest", "highest", "lowest"])
def test_lists_go_on_where_the_last_page_ended(sort):
    listing = make_listing()
    for number in range(45):
        ReviewFactory.create(partner=listing.partner, communication=number % 3 + 3)
    found, path = [], f"{REVIEWS}?sort={sort}"
    while path:
        page = Client().get(path.removeprefix(settings.SITE_URL)).json()
        found += [row["id"] for row in page["results"]]
        path = page["next"]
    order = {"newest": ["-pk"], "highest": ["-total", "-pk"], "lowest": ["lowest", "pk"]}[sort]
    assert found == [str(row) for row in Review.objects.order_by(*order).values_list("public_id", flat=True)]


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [("sort=best", 400, "sort"), ("source=x", 400, "source"), ("after=1", 400, "after"), ("service=x", 200, None)],
)
def test_what_means_nothing_is_refused_with_a_sentence(query, status, field):
    make_review(make_listing())
    answer = Client().get(f"{REVIEWS}?{query}")
    assert answer.status_code == status
    assert field is None or field in answer.json()["fields"]
    unknown = Client().get(f"{REVIEWS}?after=00000000-0000-4000-8000-000000000000")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "no_such_place")


def test_what_is_not_public_is_not_there_and_what_was_removed_is_gone():
    review = make_review(make_listing())
    path = f"/api/v1/public/reviews/{review.public_id}/"
    PublicListing.objects.update(published_at=None)
    assert Client().get(PARTNER).status_code == Client().get(REVIEWS).status_code == 404
    assert Client().get(PARTNERS).json()["results"] == []
    assert Client().get(path).json()["partner"]["listed"] is False
    Review.objects.update(removed_at=timezone.now(), removed_for="personal")
    gone = Client().get(path)
    assert (gone.status_code, gone.json()["code"]) == (410, "review_removed")
    assert gone.headers["Cache-Control"].startswith("max-age=0")


def test_answers_are_kept_by_version_and_never_stale():
    review = make_review(make_listing())
    paths = [PARTNERS, PARTNER, REVIEWS, f"/api/v1/public/reviews/{review.public_id}/"]
    etags = {}
    for path in paths:
        answer = Client().get(path)
        assert answer.headers["Cache-Control"] == "public, no-cache"
        assert not answer.cookies
        etags[path] = answer.headers["ETag"]
        again = signed_in(review.author).get(path, headers={"if-none-match": etags[path]})
        assert (again.status_code, again.content) == (304, b"")  # the same for everybody
    with ratings.recounted(review.partner, review.store_id):
        Review.objects.update(communication=1, version=2)
    for path in paths:
        assert Client().get(path, headers={"if-none-match": etags[path]}).status_code == 200
    assert Client().get(REVIEWS).json()["results"][0]["communication"] == 1


def test_an_address_that_asks_too_much_waits(monkeypatch):
    make_listing()
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, "public", "3/minute")
    for _number in range(3):
        assert Client().get(PARTNER).status_code == 200
    refused = Client().get(PARTNERS)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"]
    assert Client(REMOTE_ADDR="192.0.2.7").get(PARTNER).status_code == 200


@pytest.mark.parametrize("count", [1, 3, 50])
def test_lists_ask_as_often_for_fifty_rows_as_for_one(count):
    listing = make_listing()
    for number in range(count):
        make_review(listing)
        PublicListingFactory.create(partner__name=f"P{number}")
    # the listing; the keys of the page; reviews, replies
    assert [len(queries(path)) for path in (PARTNERS, PARTNER, REVIEWS)] == [1, 1, 4]
