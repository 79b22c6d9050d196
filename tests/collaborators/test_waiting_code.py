"""A code that waited, sealed, until somebody confirmed who they are: worth something for ten minutes, and only if it
was sealed for that."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from collaborators import codes
from collaborators.models import AccessRequest, RequestCode
from collaborators.waiting import LONGEST, MARK
from tests.factories import CODE, MembershipFactory, StoreFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2030, 5, 6, 12, 0, tzinfo=UTC)


@pytest.fixture
def frozen():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def send(client, frozen):
    store, partner = StoreFactory.create(), MembershipFactory.create(owner=True)

    def send(sealed: str) -> int:
        client.force_login(partner.user)
        typed = {"store_url": store.handle, "permissions": ["products.view"], "how_long": "open", "send": "yes"}
        address = reverse("collaborators:store-request", args=[partner.partner.slug])
        return client.post(address, typed | {"code": MARK + sealed}).status_code

    return send


def test_within_ten_minutes_it_is_what_was_typed(send, frozen):
    sealed = codes.seal(CODE, purpose="waiting")
    frozen.shift(timedelta(seconds=LONGEST))
    assert send(sealed) == 302
    assert AccessRequest.objects.exists()


def test_after_ten_minutes_it_is_typed_again(send, frozen):
    sealed = codes.seal(CODE, purpose="waiting")
    frozen.shift(timedelta(seconds=LONGEST + 1))
    assert send(sealed) == 422
    assert not AccessRequest.objects.exists()


def test_a_row_of_the_database_opens_nothing_as_a_form(send):
    """Whoever reads a backup has the sealed code of the store; handed in, it is no code."""
    assert send(RequestCode.objects.get().sealed) == 422
    assert not AccessRequest.objects.exists()
