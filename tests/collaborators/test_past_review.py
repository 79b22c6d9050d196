"""A review that is over shows what was looked at then, never what holds today in its place."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from collaborators.models import AccessReview, Collaboration, CollaborationUse
from tests.factories import (
    AccessReviewAnswerFactory,
    AccessReviewFactory,
    CollaborationFactory,
    StoreFactory,
    UserFactory,
)
from tests.sessions import signed_in

pytestmark = pytest.mark.django_db

TODAY = ["customers.view", "orders.view"]


@pytest.fixture
def row() -> Collaboration:
    now = timezone.now()
    row = CollaborationFactory.create(
        store=StoreFactory.create(handle="shop"),
        partner__name="Agency",
        permissions=TODAY,
        since=now - timedelta(days=200),
        ends_at=now + timedelta(days=5),
    )
    CollaborationUse.objects.create(collaboration=row, user=UserFactory.create(), last_used_at=now)
    return row


def shown(review: AccessReview) -> tuple[str, list[str]]:
    """The page and, cell by cell, the line of the file."""
    client, where = signed_in(review.store.owner), ["shop", review.public_id]
    page = client.get(reverse("collaborators:past-review", args=where)).content.decode()
    file = client.get(reverse("collaborators:review-csv", args=where)).getvalue().decode("utf-8-sig")
    return " ".join(page.split()), file.splitlines()[1].split(",")


def test_a_line_that_nobody_answered_says_nothing_of_today(row):
    page, cells = shown(AccessReviewFactory.create(store=row.store, past=True))
    assert "Not answered" in page
    for words in ("permission", "Sensitive", "ends in", "Orders"):
        assert words not in page.partition("<main")[2].partition("Agency")[2]
    assert cells[0] == "Agency"
    assert cells[1] != ""
    assert cells[2:] == [""] * 8


def test_a_line_that_was_answered_says_what_was_looked_at(row):
    review = AccessReviewFactory.create(store=row.store, past=True)
    AccessReviewAnswerFactory.create(
        review=review, collaboration=row, before=["products.view"], after=["products.view"], decision="keep"
    )
    page, cells = shown(review)
    assert "1 permission:" in page
    assert cells[4] == "View products"
    assert cells[6] == "Keep"


def test_an_open_review_shows_what_holds_today(row):
    review = AccessReviewFactory.create(store=row.store)
    where = reverse("collaborators:review-csv", args=["shop", review.public_id])
    cells = signed_in(row.store.owner).get(where).getvalue().decode("utf-8-sig").splitlines()[1].split(",")
    assert "" not in cells[:6]
