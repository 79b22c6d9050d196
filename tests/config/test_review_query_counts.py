"""Reviews of a partner: as many queries for fifty rows as for one."""

import re

import pytest

from partners.models import Partner
from reviews import ratings
from reviews.models import Review
from reviews.partner_lists import PAGE_SIZE
from tests.config.test_query_counts import COUNTS, ROW_ID, Reader, make_agency
from tests.factories import ReplyFactory, ReviewFactory

pytestmark = pytest.mark.django_db

LIST = "/partner/agency/services/reviews/"


def add_reviews(count: int, partner: Partner, *, answered: bool = False) -> list[Review]:
    """Each of another store."""
    made = [ReviewFactory.create(partner=partner) for _number in range(count)]
    if answered:
        for review in made:
            ReplyFactory.create(review=review)
    ratings.rebuild(partner.pk)
    return made


def reader(partner: Partner, path: str) -> Reader:
    owner = partner.memberships.order_by("pk")[0].user
    return Reader(owner, path, rf'href="/partner/agency/services/reviews/{ROW_ID}/"')


@COUNTS
@pytest.mark.parametrize("tab", ["to_answer", "answered", "all"])
def test_the_list_asks_as_often_for_fifty_as_for_one(count, tab, django_assert_num_queries):
    partner = make_agency()
    add_reviews(count, partner, answered=tab == "answered")
    who = reader(partner, f"{LIST}?tab={tab}&search=size&stars=5&since=2020-01-01")
    client = who.client()
    with django_assert_num_queries(9):
        # session, user, membership; rating; reviews with store, invitation and reply; frame: stores, partners, what
        # waits, unread
        response = client.get(who.path)
    assert len(re.findall(who.row, response.content.decode())) == min(count, PAGE_SIZE)


@COUNTS
def test_so_does_the_home_of_the_partner(count, django_assert_num_queries):
    partner = make_agency()
    add_reviews(count, partner)
    who = reader(partner, "/partner/agency/")
    client = who.client()
    with django_assert_num_queries(11):
        response = client.get(who.path)
    assert len(re.findall(rf'services/reviews/{ROW_ID}/#reply"', response.content.decode())) == min(count, 5)


def test_the_page_of_a_review_asks_as_often_whatever_was_replied_before(django_assert_max_num_queries):
    partner = make_agency()
    [review, *_others] = add_reviews(30, partner, answered=True)
    client = reader(partner, LIST).client()
    for view in ("", "reply/edit/"):
        with django_assert_max_num_queries(15):
            client.get(f"{LIST}{review.public_id}/{view}")
