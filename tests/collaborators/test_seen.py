"""The partner reads when its request was first opened by somebody who may decide."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotAllowed
from collaborators import actions
from collaborators.errors import OwnPartner
from notifications.models import Event
from stores.models import Activity
from tests.factories import AccessRequestFactory, MembershipFactory, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked():
    membership = MembershipFactory.create(owner=True)
    return AccessRequestFactory.create(partner=membership.partner, asked_by=membership.user)


def address(asked, name: str) -> str:
    return reverse(f"collaborators:{name}", args=[asked.store.handle, asked.public_id])


def partners_pages(client, asked) -> list[str]:
    client.force_login(asked.asked_by)
    paths = (
        reverse("collaborators:partner-request", args=[asked.partner.slug, asked.public_id]),
        reverse("collaborators:partner-stores", args=[asked.partner.slug]),
    )
    return [client.get(path).content.decode() for path in paths]


def test_looking_writes_nothing_and_the_page_says_it_by_itself(client, asked):
    client.force_login(asked.store.owner)
    page = client.get(address(asked, "request")).content.decode()
    asked.refresh_from_db()
    assert asked.seen_at is None
    assert f'action="{address(asked, "request-sight")}" data-sight' in page
    assert "Let them know that you have seen it" in page  # where no script runs
    assert all("Seen on" not in text for text in partners_pages(client, asked))


@pytest.mark.parametrize("script", [True, False])
def test_the_partner_reads_when_it_was_seen(client, asked, script):
    client.force_login(asked.store.owner)
    headers = {"HX-Request": "true"} if script else {}
    response = client.post(address(asked, "request-sight"), headers=headers)
    assert response.status_code == (200 if script else 302)
    asked.refresh_from_db()
    assert asked.seen_by == asked.store.owner
    assert all("Seen on" in text for text in partners_pages(client, asked))
    assert all(asked.store.owner.name not in text for text in partners_pages(client, asked))
    assert not Event.objects.exists()
    assert not Activity.objects.exists()


def test_the_first_time_counts(asked):
    manager = StaffFactory.create(store=asked.store, key="store_manager").user
    first = actions.see_request(asked, by=manager).seen_at
    with time_machine.travel(timezone.now() + timedelta(hours=5), tick=False):
        actions.see_request(asked, by=asked.store.owner)
    asked.refresh_from_db()
    assert (asked.seen_at, asked.seen_by) == (first, manager)


def test_what_is_answered_is_not_seen_afterwards(asked):
    actions.decline_request(asked, by=asked.store.owner)
    assert actions.see_request(asked, by=asked.store.owner).seen_at is None


def test_only_who_may_decide_has_seen_it(client, asked):
    clerk = StaffFactory.create(store=asked.store).user
    manager = StaffFactory.create(store=asked.store, key="store_manager").user
    MembershipFactory.create(partner=asked.partner, user=manager)
    for person, error in ((clerk, NotAllowed), (UserFactory.create(), NotAllowed), (manager, OwnPartner)):
        with pytest.raises(error):
            actions.see_request(asked, by=person)
    client.force_login(manager)
    assert (
        "hx-post" not in client.get(address(asked, "request")).content.decode().split("About ")[1].split("</main>")[0]
    )
    asked.refresh_from_db()
    assert asked.seen_at is None
