"""When a collaboration was last used: by whom, at most one write a minute, never in the way."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from collaborators.models import Collaboration, CollaborationUse
from tests.factories import (
    AccessTokenFactory,
    CollaborationFactory,
    MembershipFactory,
    PartnerFactory,
    StaffFactory,
    UserFactory,
)
from tests.races import together

pytestmark = pytest.mark.django_db

NOW = datetime(2030, 5, 6, 12, 0, tzinfo=UTC)
HOME = "/store/shop/"


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def row() -> Collaboration:
    partner = PartnerFactory.create(slug="agency")
    MembershipFactory.create(partner=partner, owner=True, user__name="Ines")
    MembershipFactory.create(partner=partner, stores=True, user__name="Lea")
    MembershipFactory.create(partner=partner, user__name="Tom")
    return CollaborationFactory.create(
        partner=partner, store__handle="shop", store__name="Shop", since=NOW - timedelta(days=100)
    )


def person(row: Collaboration, name: str):
    return row.partner.memberships.get(user__name=name).user


def enter(user, path: str = HOME, status: int = 200):
    client = Client()
    client.force_login(user)
    response = client.get(path)
    assert response.status_code == status
    return response


def uses() -> dict[str, datetime]:
    return dict(CollaborationUse.objects.values_list("user__name", "last_used_at"))


def last_used() -> datetime | None:
    return Collaboration.objects.with_use().get().last_used_at


def test_it_is_written_for_the_collaboration_and_the_person(row, frozen):
    assert last_used() is None
    enter(person(row, "Ines"))
    frozen.shift(timedelta(hours=1))
    enter(person(row, "Lea"))
    assert uses() == {"Ines": NOW, "Lea": NOW + timedelta(hours=1)}
    assert last_used() == Collaboration.objects.get().last_used_at == NOW + timedelta(hours=1)


def test_the_api_counts_as_the_pages_do(row):
    AccessTokenFactory.create(user=person(row, "Ines"), secret="ent_secret")
    client = Client(headers={"authorization": "Bearer ent_secret"})
    assert client.get("/api/v1/stores/shop/access/?permission=products.view").json()["allowed"]
    assert uses() == {"Ines": NOW}


@pytest.mark.parametrize("cache_works", [True, False])
def test_at_most_once_a_minute_with_the_cache_and_without(row, frozen, cache_works):
    ines = person(row, "Ines")
    written = []
    for second in range(0, 150, 10):
        frozen.move_to(NOW + timedelta(seconds=second))
        if not cache_works or second % 60 == 0:
            cache.clear()
        enter(ines)
        written.append(uses()["Ines"])
    assert sorted({at - NOW for at in written}) == [timedelta(0), timedelta(minutes=1), timedelta(minutes=2)]


def test_within_the_minute_it_costs_no_query(row):
    client = Client()
    client.force_login(person(row, "Ines"))
    client.get(HOME)
    with CaptureQueriesContext(connection) as queries:
        client.get(HOME)
    assert not [query for query in queries if "collaborationuse" in query["sql"]]


def test_people_who_are_at_home_in_the_store_use_no_collaboration(row):
    ines = person(row, "Ines")
    enter(row.store.owner)
    StaffFactory.create(store=row.store, user=ines)
    enter(ines)
    enter(StaffFactory.create(store=row.store).user)
    assert uses() == {}


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("Tom", HOME, 404),  # of the partner, without the right
        ("Ines", "/store/shop/settings/users/collaborators/", 403),
        ("Ines", "/store/shop/activity/", 403),
        ("Ines", "/store/other/", 404),
    ],
)
def test_a_call_that_is_denied_is_no_use(row, who, path, status):
    enter(person(row, who), path, status)
    assert uses() == {}


@pytest.mark.parametrize("over", [{"ended_how": "lapsed"}, {"ends_at": NOW}])
def test_access_that_is_over_is_not_used(row, over):
    if "ended_how" in over:
        over["ended_at"] = NOW
    Collaboration.objects.update(**over)
    enter(person(row, "Ines"), status=404)
    enter(UserFactory.create(), status=404)
    assert uses() == {}


def test_a_write_that_fails_fails_no_page(row):
    with patch.object(CollaborationUse.objects.__class__, "bulk_create", side_effect=DatabaseError("lock timeout")):
        enter(person(row, "Ines"))
    assert uses() == {}


def test_the_lists_and_pages_of_both_sides_say_when(row, frozen):
    ines = person(row, "Ines")
    store_list, store_page = (
        "/store/shop/settings/users/collaborators/",
        f"/store/shop/settings/users/collaborators/{row.public_id}/",
    )
    partner_list, partner_page = "/partner/agency/stores/", f"/partner/agency/stores/collaborations/{row.public_id}/"
    pages = [(row.store.owner, store_list), (row.store.owner, store_page), (ines, partner_list), (ines, partner_page)]

    def texts() -> list[str]:
        return [" ".join(enter(who, path).content.decode().split()) for who, path in pages]

    assert all("not used for 100 days" in text and "Unused" in text for text in texts())
    enter(ines)
    frozen.shift(timedelta(hours=2))
    assert all("used <time" in text and ">2 hours ago" in text and "Unused" not in text for text in texts())
    frozen.shift(timedelta(days=94))
    assert all("not used for 94 days" in text for text in texts())
    assert all("Ines" in text for text in texts()[1::2])  # the person, on the pages of the collaboration


def test_use_is_not_missing_for_the_time_before_it_was_written_down(row):
    """Access that is older than this column: nobody says that it was not used while nobody looked."""
    Collaboration.objects.update(watched_since=NOW - timedelta(days=3))
    row = Collaboration.objects.get()
    assert not row.is_unused
    assert row.idle_days == 3


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_write_once_and_wait_for_nobody(row, caplog):
    ines = person(row, "Ines")
    # The cache is away: everybody tries. (Its methods are of one thread each: patched by itself, the others go on.)
    with patch("collaborators.access.cache", **{"add.return_value": True}):
        together([lambda: enter(ines)] * 10)
        assert uses() == {"Ines": NOW}
        CollaborationUse.objects.all().delete()
        with transaction.atomic():
            Collaboration.objects.select_for_update().get()  # somebody decides about it at this moment
            [result] = together([lambda: enter(ines)])
            assert result.status_code == 200
    assert uses() == {}
    assert "was not written down" not in caplog.text  # it was passed over, not waited for until time was up


def test_through_a_partner_whose_second_step_is_missing_nobody_came(row):
    """They entered through the other partner, which asks for none."""
    both = UserFactory.create(name="Both")
    strict = PartnerFactory.create(requires_two_step=True)
    shut = CollaborationFactory.create(partner=strict, store=row.store, since=NOW - timedelta(days=100))
    for partner in (row.partner, strict):
        MembershipFactory.create(partner=partner, user=both, owner=True)
    enter(both)
    assert [use.collaboration for use in CollaborationUse.objects.all()] == [row]
    Authenticator.objects.create(user=both, type="totp", data={})
    cache.clear()
    enter(both)
    assert {use.collaboration for use in CollaborationUse.objects.all()} == {row, shut}


def test_to_be_turned_away_from_the_renewal_is_no_use(row):
    """The mail with its button may reach somebody of the partner: only the store extends."""
    Collaboration.objects.update(ends_at=NOW + timedelta(days=5))
    enter(person(row, "Ines"), f"/store/shop/settings/users/collaborators/{row.public_id}/renewal/", status=403)
    AccessTokenFactory.create(user=person(row, "Ines"), secret="ent_secret")
    client = Client(headers={"authorization": "Bearer ent_secret"})
    address = f"/api/v1/stores/shop/collaborations/{row.public_id}/renewal/"
    assert client.post(address, {"ends_on": "2030-05-11"}, content_type="application/json").status_code == 403
    assert uses() == {}
