"""Store admin › Reviews: as many queries for fifty rows as for one, and lists that go on where the last page ended."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.keyset import PAGE_SIZE
from partners.services import SERVICES
from reviews.models import Review, ReviewInvitation, ReviewVersion
from stores.models import Store
from tests.factories import ReplyFactory, ReviewInvitationFactory, StoreFactory

pytestmark = pytest.mark.django_db

COUNTS = pytest.mark.parametrize("count", [1, 3, 50])


def invite(store: Store, count: int) -> None:
    ReviewInvitationFactory.create_batch(count, store=store, services=list(SERVICES)[:3])


def answered(store: Store, count: int) -> None:
    for _number in range(count):
        ReplyFactory.create(review__store=store)


def look(store: Store, tab: str = "open", after: str = ""):
    client = Client()
    client.force_login(store.owner)
    return lambda: client.get(reverse("reviews:review-list", args=[store.handle]), {"tab": tab, "after": after})


@COUNTS
def test_what_is_to_be_reviewed_asks_as_often_for_fifty_as_for_one(count, django_assert_max_num_queries):
    store = StoreFactory.create()
    invite(store, count)
    get = look(store)
    get()
    with django_assert_max_num_queries(10):
        # session, user, store, permissions; any waiting, invitations with partner and person; frame: stores, partners,
        # what waits, unread
        page = get().content.decode()
    assert page.count("How did ") == count


@COUNTS
def test_what_was_written_asks_as_often_for_fifty_as_for_one(count, django_assert_max_num_queries):
    store = StoreFactory.create()
    answered(store, count)
    get = look(store, "written")
    get()
    with django_assert_max_num_queries(11):  # as above; reviews, their replies
        page = get().content.decode()
    assert page.count("Reply from ") == count


@COUNTS
def test_one_review_asks_as_often_for_fifty_corrections_as_for_one(count, django_assert_max_num_queries):
    store = StoreFactory.create()
    answered(store, 1)
    review = Review.objects.get()
    for number in range(count):
        ReviewVersion.objects.create(
            review=review, communication=1, quality=1, text=f"Wording {number}.", replaced_by=store.owner
        )
    client = Client()
    client.force_login(store.owner)
    path = reverse("reviews:review", args=[store.handle, review.public_id])
    client.get(path)
    with django_assert_max_num_queries(12):
        page = client.get(path).content.decode()
    assert page.count("Wording ") == min(count, 20)


def test_the_home_of_the_store_counts_what_is_to_be_written_and_leads_there():
    store = StoreFactory.create()
    invite(store, 7)
    client = Client()
    client.force_login(store.owner)
    page = client.get(reverse("store-home", args=[store.handle])).content.decode()
    assert "7 reviews to write" in page
    assert page.count(reverse("reviews:review-list", args=[store.handle])) == 2  # the rail, and the card


@pytest.mark.parametrize(("tab", "add", "rows"), [("open", invite, "How did "), ("written", answered, "Reply from ")])
def test_the_next_page_goes_on_where_the_last_one_ended(tab, add, rows):
    store = StoreFactory.create()
    add(store, PAGE_SIZE + 2)
    model = ReviewInvitation if tab == "open" else Review
    last = model.objects.filter(store=store).order_by("-pk")[PAGE_SIZE - 1]
    first = look(store, tab)().content.decode()
    assert f"?after={last.public_id}&amp;tab={tab}" in first
    second = look(store, tab, str(last.public_id))().content.decode()
    assert (first.count(rows), second.count(rows)) == (PAGE_SIZE, 2)
