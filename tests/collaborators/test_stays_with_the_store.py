"""What the store does for itself stays with it: that it kept access, and in which review."""

from datetime import timedelta

import pytest
from django.utils import timezone

from collaborators import actions
from collaborators.models import Collaboration
from tests.factories import AccessReviewFactory, CollaborationFactory, MembershipFactory, StoreFactory
from tests.sessions import signed_in

pytestmark = pytest.mark.django_db

HELD = ["orders.view", "products.view"]


@pytest.fixture
def row() -> Collaboration:
    membership = MembershipFactory.create(owner=True, partner__slug="agency")
    store = StoreFactory.create(handle="shop", owner__name="Odile Owner")
    since = timezone.now() - timedelta(days=100)
    return CollaborationFactory.create(partner=membership.partner, store=store, since=since, permissions=HELD)


def of_partner(row: Collaboration):
    return signed_in(row.partner.memberships.get().user)


def answer(row: Collaboration, decision: str, **more) -> None:
    review = AccessReviewFactory.create(store=row.store)
    actions.answer_review(review, row, decision=decision, version=row.version, by=row.store.owner, **more)


def test_the_partners_api_does_not_say_that_the_store_kept_it(row):
    actions.keep(row, by=row.store.owner)
    listed = of_partner(row).get("/api/v1/partners/agency/collaborations/").json()["results"]
    one = of_partner(row).get(f"/api/v1/partners/agency/collaborations/{row.public_id}/").json()
    left = (
        of_partner(row)
        .post(f"/api/v1/partners/agency/collaborations/{row.public_id}/departure/", content_type="application/json")
        .json()
    )
    for shown in (*listed, one, left):
        assert shown["id"] == str(row.public_id)
        assert not {"kept_at", "kept_by"} & shown.keys()
    mine = signed_in(row.store.owner).get(f"/api/v1/stores/shop/collaborations/{row.public_id}/").json()
    assert mine["kept_by"]["name"] == "Odile Owner"


@pytest.mark.parametrize(("decision", "more"), [("reduce", {"permissions": ["orders.view"]}), ("end", {})])
def test_the_partners_activity_does_not_say_that_it_was_a_review(row, decision, more):
    answer(row, decision, **more)
    theirs = of_partner(row)
    file = theirs.get("/partner/agency/activity/export/")
    pages = [theirs.get("/partner/agency/activity/"), theirs.get("/api/v1/partners/agency/activity/")]
    for text in (b"".join(file.streaming_content).decode(), *(page.content.decode() for page in pages)):
        assert "Access of " in text
        said = text.rpartition("<main")[2]  # of a page without the rail, in which reviews are merchants'
        assert "review" not in said.lower().replace("reviews", "")  # the group that one may choose
    own = signed_in(row.store.owner)
    assert "Access review: " in own.get("/store/shop/activity/").content.decode()
    assert "Access review: " in own.get("/api/v1/stores/shop/activity/").content.decode()
    assert "Access review: " in b"".join(own.get("/store/shop/activity/export/").streaming_content).decode()
