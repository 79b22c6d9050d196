"""What the database refuses of listings, ratings, development stores and their hand-over, whoever writes."""

import pytest
from django.db import connection
from django.utils import timezone

from tests.factories import HandoverOfferFactory, PublicListingFactory, StoreFactory, UserFactory
from tests.reviews.raw import change, copy_of, insert, refused, taken

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.mark.parametrize(
    "left_out",
    ["name = ''", "text = ''", "country = ''", "services = '{}'", "languages = '{}'"],
    ids=lambda row: row[:8],
)
def test_what_is_published_is_complete(left_out):
    listing = PublicListingFactory.create()
    with taken():
        _change_listing(listing, f"published_at = NULL, {left_out}")
    with taken():
        _change_listing(listing, "published_at = now()")
    with refused("listing_published_is_complete"):
        _change_listing(listing, left_out)


def _change_listing(listing, sets: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE partners_publiclisting SET {sets} WHERE partner_id = %s", [listing.pk])


@pytest.mark.parametrize(
    ("sets", "may"),
    [
        ("reviews = 3, stores = 3, answered = 3", True),
        ("reviews = 2, stores = 3", False),
        ("reviews = 2, answered = 3", False),
    ],
)
def test_there_are_not_more_stores_or_answers_than_reviews(sets, may):
    rating = PublicListingFactory.create().partner.rating
    with taken() if may else refused("rating_of_reviews"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE partners_partnerrating SET {sets} WHERE partner_id = %s", [rating.pk])


def test_a_store_is_owned_or_being_built():
    built, owned = StoreFactory.create(development=True), StoreFactory.create()
    with refused("store_owned_or_being_built"):
        change(built, built_by_id=None)
    with refused("store_owned_or_being_built"):
        change(owned, owner_id=None)
    with taken():
        change(built, owner_id=owned.owner_id, built_by_id=None)


def test_a_store_was_handed_over_by_its_builder_to_somebody():
    built, owned = StoreFactory.create(development=True), StoreFactory.create()
    for store in (built, owned):
        with refused("store_handed_over_by_its_builder"):
            change(store, handed_over_at=NOW)
    with taken():
        change(built, handed_over_at=NOW, owner_id=owned.owner_id)


def test_one_open_offer_per_store():
    offer = HandoverOfferFactory.create()
    again = copy_of(offer) | {"token_hash": "another", "public_id": "00000000-0000-0000-0000-000000000001"}
    with refused("handover_offer_one_open"):
        insert("stores_handoveroffer", again)
    for ended in ({"declined_at": NOW, "declined_by_id": offer.invited_by_id}, {"taken_back_at": NOW}):
        with taken():
            change(offer, **ended)
            insert("stores_handoveroffer", again)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("handover_accepted_by_its_address", {"accepted_at": NOW}),
        ("handover_accepted_by_somebody", {"accepted_by_id": "me"}),
        ("handover_declined_by_somebody", {"declined_at": NOW}),
        ("handover_declined_by_somebody", {"declined_by_id": "me"}),
        ("handover_ends_in_one_way", {"accepted_at": NOW, "accepted_by_id": "me", "taken_back_at": NOW}),
        ("handover_ends_in_one_way", {"declined_at": NOW, "declined_by_id": "me", "taken_back_at": NOW}),
        (
            "handover_ends_in_one_way",
            {"accepted_at": NOW, "accepted_by_id": "me", "declined_at": NOW, "declined_by_id": "me"},
        ),
        ("", {"accepted_at": NOW, "accepted_by_id": "me"}),
        ("", {"declined_at": NOW, "declined_by_id": "me"}),
        ("", {"taken_back_at": NOW}),
    ],
)
def test_an_offer_ends_once_and_by_somebody(name, changes):
    somebody = UserFactory.create()
    offer = HandoverOfferFactory.create(email=somebody.email)
    values = {key: somebody.pk if value == "me" else value for key, value in changes.items()}
    with refused(name) if name else taken():
        change(offer, **values)
