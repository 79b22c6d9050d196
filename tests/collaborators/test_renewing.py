"""One click lets access go on: by the store, for the same length again, once."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.errors import NotAllowed
from accounts.zones import end_of_day
from collaborators import actions
from collaborators.errors import EndMoved, NoEnd, OnlyTheStoreExtends, OwnPartner, TransitionNotAllowed
from collaborators.models import Collaboration
from notifications.models import Event
from stores.models import Activity
from tests.factories import CollaborationFactory, MembershipFactory, StaffFactory, StoreFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2030, 6, 24, 9, 0, tzinfo=UTC)
LAST = date(2030, 6, 30)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def row() -> Collaboration:
    """Thirty days, of which a week is left."""
    store = StoreFactory.create(time_zone="Europe/Paris")
    partner = MembershipFactory.create(owner=True, user__name="Pia Partner").partner
    terms = {"since": datetime(2030, 6, 1, 8, 0, tzinfo=UTC), "ends_at": end_of_day(LAST, "Europe/Paris")}
    return CollaborationFactory.create(store=store, partner=partner, **terms)


def path(row: Collaboration) -> str:
    return reverse("collaborators:collaboration-renewal", args=[row.store.handle, row.public_id])


def untouched(row: Collaboration) -> bool:
    """Nothing changed, nobody was told."""
    before = (row.ends_at, row.kept_at, row.ended_at)
    row.refresh_from_db()
    told = Event.objects.exists() or Activity.objects.exists()
    return before == (row.ends_at, row.kept_at, row.ended_at) and not told


def test_the_same_length_again_from_the_end_on(row):
    renewed = actions.renew(row, ends_on=LAST, by=row.store.owner)
    assert renewed.ends_at == end_of_day(date(2030, 7, 30), "Europe/Paris")  # 30 days after the thirtieth
    assert (renewed.kept_by, renewed.kept_at) == (row.store.owner, NOW)
    assert Event.objects.get().topic == "access.extended"
    assert Activity.objects.get().after == {"ends_at": renewed.ends_at.isoformat()}


def test_a_second_renewal_is_as_long_as_the_first(row, frozen):
    actions.renew(row, ends_on=LAST, by=row.store.owner)
    frozen.move_to(NOW + timedelta(days=29))
    again = actions.renew(row, ends_on=date(2030, 7, 30), by=row.store.owner)
    assert again.ends_at == end_of_day(date(2030, 8, 29), "Europe/Paris")


@pytest.mark.parametrize(("since", "wanted"), [(date(2030, 6, 29), 7), (date(2020, 1, 1), 365)])
def test_a_renewal_is_a_week_at_least_and_a_year_at_most(row, since, wanted):
    row.since = datetime(since.year, since.month, since.day, 12, tzinfo=UTC)
    assert row.renewed_until == LAST + timedelta(days=wanted)


def test_a_renewal_across_a_clock_change_is_counted_in_days_of_the_store(row):
    row.since, row.ends_at = datetime(2030, 9, 30, 22, tzinfo=UTC), end_of_day(date(2030, 10, 31), "Europe/Paris")
    assert row.renewed_until == date(2030, 12, 1)


def test_two_clicks_renew_once(row):
    for _ in range(2):
        renewed = actions.renew(row, ends_on=LAST, by=row.store.owner)
    assert renewed.ends_at == end_of_day(date(2030, 7, 30), "Europe/Paris")
    assert Event.objects.count() == 1


def test_somebody_elses_renewal_is_told_to_the_second(row):
    manager = StaffFactory.create(store=row.store, key="store_manager").user
    actions.renew(row, ends_on=LAST, by=row.store.owner)
    with pytest.raises(EndMoved) as refused:
        actions.renew(row, ends_on=LAST, by=manager)
    assert "access ends on 30 July 2030" in str(refused.value)
    assert Event.objects.count() == 1


def test_without_an_end_there_is_nothing_to_renew():
    row = CollaborationFactory.create()
    with pytest.raises(NoEnd):
        actions.renew(row, ends_on=LAST, by=row.store.owner)
    assert untouched(row)


def test_what_lapsed_meanwhile_is_not_renewed(row, frozen):
    frozen.move_to(row.ends_at)
    with pytest.raises(TransitionNotAllowed) as refused:
        actions.renew(row, ends_on=LAST, by=row.store.owner)
    assert "as agreed" in str(refused.value)
    assert Collaboration.objects.get().ends_at == row.ends_at


def test_the_page_is_one_button_and_looking_writes_nothing(row, client):
    client.force_login(row.store.owner)
    text = client.get(path(row)).content.decode()
    assert "Renew until 30 July 2030" in text
    assert untouched(row)
    response = client.post(path(row), {"ends_on": LAST.isoformat()}, follow=True)
    assert "Renewed. Access ends on 30 July 2030 now." in response.content.decode()
    row.refresh_from_db()
    assert row.ends_at == end_of_day(date(2030, 7, 30), "Europe/Paris")


def test_the_page_of_the_access_has_the_button_when_the_end_is_near(row, client):
    client.force_login(row.store.owner)
    page = reverse("collaborators:collaboration", args=[row.store.handle, row.public_id])
    assert "Renew until 30 July 2030" in client.get(page).content.decode()
    Collaboration.objects.update(ends_at=NOW + timedelta(days=60))
    assert "Renew until" not in client.get(page).content.decode()


@pytest.mark.parametrize("typed", ["", "nonsense", "2030-06-29", "2030-13-01", "\x00"])
def test_a_form_that_means_another_end_renews_nothing(row, client, typed):
    client.force_login(row.store.owner)
    text = client.post(path(row), {"ends_on": typed}, follow=True).content.decode()
    assert "The end was changed meanwhile: access ends on 30 June 2030." in text
    assert untouched(row)


def test_the_page_of_what_lapsed_says_so_and_has_no_button(row, client, frozen):
    frozen.move_to(row.ends_at)
    client.force_login(row.store.owner)
    text = client.get(path(row)).content.decode()
    assert "This access ended as agreed" in text
    assert "Renew until" not in text
    text = client.post(path(row), {"ends_on": LAST.isoformat()}, follow=True).content.decode()
    assert "This access ended on" in text
    assert Event.objects.filter(topic="access.extended").count() == 0


# --- Only the store -------------------------------------------------------------------------------------------------

ONLY = "Only the merchant can let your access go on. Tell them that you need more time."


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_partner_cannot_renew_on_the_page(row, client, method):
    client.force_login(row.partner.memberships.get().user)
    response = getattr(client, method)(path(row), {"ends_on": LAST.isoformat()})
    assert response.status_code == 403
    assert ONLY in response.content.decode()
    assert untouched(row)


def test_the_partner_cannot_renew_in_the_api(row, client):
    client.force_login(row.partner.memberships.get().user)
    address = f"/api/v1/stores/{row.store.handle}/collaborations/{row.public_id}/renewal/"
    response = client.post(address, {"ends_on": LAST.isoformat()}, content_type="application/json")
    assert response.status_code == 403
    assert response.json()["code"] == "only_the_store_extends"
    assert response.json()["message"] == ONLY
    assert untouched(row)


def test_the_partner_cannot_renew_by_the_action(row):
    with pytest.raises(OnlyTheStoreExtends):
        actions.renew(row, ends_on=LAST, by=row.partner.memberships.get().user)
    assert untouched(row)


def test_staff_who_belong_to_the_partner_do_not_renew_its_access(row):
    both = row.partner.memberships.get().user
    StaffFactory.create(store=row.store, key="store_manager", user=both)
    with pytest.raises(OwnPartner):
        actions.renew(row, ends_on=LAST, by=both)
    assert untouched(row)


def test_staff_without_the_right_do_not_renew(row, client):
    clerk = StaffFactory.create(store=row.store).user
    with pytest.raises(NotAllowed):
        actions.renew(row, ends_on=LAST, by=clerk)
    client.force_login(clerk)
    response = client.post(path(row), {"ends_on": LAST.isoformat()})
    assert response.status_code == 403
    assert ONLY not in response.content.decode()
    assert untouched(row)


# --- The API --------------------------------------------------------------------------------------------------------


def test_the_api_says_what_a_renewal_gives_and_gives_it(row, client):
    client.force_login(row.store.owner)
    address = f"/api/v1/stores/{row.store.handle}/collaborations/{row.public_id}/"
    shown = client.get(address).json()
    assert (shown["ends_on"], shown["renewal_ends_on"]) == ("2030-06-30", "2030-07-30")
    renewed = client.post(f"{address}renewal/", {"ends_on": shown["ends_on"]}, content_type="application/json").json()
    assert (renewed["ends_on"], renewed["kept_at"]) == ("2030-07-30", "2030-06-24T09:00:00Z")
    Collaboration.objects.update(kept_by=StaffFactory.create(store=row.store).user)  # somebody else did it
    stale = client.post(f"{address}renewal/", {"ends_on": shown["ends_on"]}, content_type="application/json")
    assert (stale.status_code, stale.json()["code"]) == (409, "end_moved")
    bad = client.post(f"{address}renewal/", {"ends_on": "soon"}, content_type="application/json")
    assert bad.status_code == 422
    assert timezone.now() == NOW


def test_an_end_that_was_changed_on_the_day_of_an_old_page_is_no_renewal(row, frozen):
    """The reminder's page says 30 June; on that day the same person picks another end, then goes back to the page."""
    frozen.move_to(datetime(2030, 6, 30, 9, 0, tzinfo=UTC))
    actions.keep(row, by=row.store.owner)
    changed = actions.change_end(row, ends_on=date(2030, 7, 2), by=row.store.owner)
    with pytest.raises(EndMoved):
        actions.renew(row, ends_on=LAST, by=row.store.owner)
    row.refresh_from_db()
    assert row.ends_at == changed.ends_at
