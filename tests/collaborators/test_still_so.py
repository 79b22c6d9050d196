"""A reminder that waited in the queue is looked at again before it leaves: what is no longer so is not sent."""

from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
import time_machine
from django.core import mail

from collaborators import actions
from collaborators.events.collaborations import unused_still
from collaborators.models import AccessReview, Collaboration, CollaborationUse
from notifications import delivery
from notifications.models import Event
from tests.factories import CollaborationFactory, MembershipFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2030, 5, 6, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def row() -> Collaboration:
    membership = MembershipFactory.create(owner=True, partner__name="Agency")
    return CollaborationFactory.create(partner=membership.partner, store__name="Shop", since=NOW - timedelta(days=61))


def sent() -> list[str]:
    mail.outbox.clear()
    delivery.tell_untold(until=monotonic() + 20)
    delivery.send_due(until=monotonic() + 20)
    return sorted(message.subject for message in mail.outbox)


# --- Its end is near ------------------------------------------------------------------------------------------------


@pytest.fixture
def ending(row):
    Collaboration.objects.filter(pk=row.pk).update(ends_at=NOW + timedelta(hours=1))
    actions.remind_all_of_their_end(now=NOW)


def test_that_access_ends_soon_is_said_until_it_ends(ending, frozen):
    frozen.shift(timedelta(minutes=59))
    assert sent() == ["The access of Agency to Shop ends soon", "Your access to Shop ends soon"]


def test_that_access_ends_soon_is_not_said_once_it_ended(ending, frozen):
    frozen.shift(timedelta(hours=1))
    assert sent() == []


# --- Nobody uses it -------------------------------------------------------------------------------------------------


@pytest.fixture
def unused(row):
    actions.question_all_unused(now=NOW)


def revoked(row: Collaboration) -> None:
    actions.revoke(row, by=row.store.owner)


def kept(row: Collaboration) -> None:
    actions.keep(row, by=row.store.owner)


def used(row: Collaboration) -> None:
    person = row.partner.memberships.get().user
    CollaborationUse.objects.create(collaboration=row, user=person, last_used_at=NOW)


def lapsed(row: Collaboration) -> None:
    Collaboration.objects.filter(pk=row.pk).update(ends_at=NOW)


UNUSED = "Nobody at Agency uses the access to Shop"


def test_that_nobody_uses_it_is_said_while_it_is_so(row, unused):
    assert sent() == [UNUSED]


@pytest.mark.parametrize("meanwhile", [revoked, kept, used, lapsed])
def test_that_nobody_uses_it_is_not_said_when_it_is_no_longer_so(row, unused, meanwhile):
    meanwhile(row)
    assert UNUSED not in sent()


def test_a_question_that_an_older_version_posted_is_asked_while_the_access_lasts(row):
    event = Event(topic="access.unused", payload={"collaboration": row.pk})
    assert unused_still(event)
    revoked(row)
    assert not unused_still(event)


# --- The review is due ----------------------------------------------------------------------------------------------


@pytest.fixture
def due(row) -> AccessReview:
    actions.open_all_reviews(now=NOW)
    return AccessReview.objects.get()


DUE = "Access review of Shop"


def test_that_the_review_is_due_is_said_while_something_is_to_be_answered(due):
    assert sent() == [DUE]


def test_that_the_review_is_due_is_not_said_once_all_is_answered(due, row):
    actions.answer_review(due, row, decision="keep", version=row.version, by=row.store.owner)
    assert DUE not in sent()


def test_that_the_review_is_due_is_not_said_once_nobody_is_left(due, row):
    revoked(row)
    assert DUE not in sent()


def test_that_the_review_is_due_is_not_said_once_it_is_over(due, frozen):
    frozen.move_to(due.closes_at)
    assert DUE not in sent()
