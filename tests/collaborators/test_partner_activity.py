"""A partner's own view of what concerns it, and what it does not learn there."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from collaborators import actions
from collaborators.models import Collaboration
from partners.models import Partner
from stores import activity
from stores.models import Activity, Store
from tests.factories import (
    CODE,
    CollaborationFactory,
    DomainFactory,
    MembershipFactory,
    PartnerFactory,
    StoreFactory,
    UserFactory,
)
from tests.sessions import signed_in

pytestmark = pytest.mark.django_db

CANARY = "Canary House"


@pytest.fixture
def partner() -> Partner:
    partner = PartnerFactory.create(name="Agency", slug="agency")
    MembershipFactory.create(partner=partner, user__name="Ines Owner", owner=True)
    return partner


def owner(partner: Partner):
    return partner.memberships.get(is_owner=True).user


def ask(partner: Partner, store: Store, typed: str, **terms):
    filled = {"code": CODE, "permissions": ["products.view"], "ends_on": None, "message": "", **terms}
    return actions.request_access(partner, store_url=typed, **filled, by=owner(partner))


def everywhere(partner: Partner) -> dict[str, str]:
    """Page, file and API."""
    client = signed_in(owner(partner))
    file = client.get("/partner/agency/activity/export/")
    return {
        "page": client.get("/partner/agency/activity/").content.decode(),
        "file": b"".join(file.streaming_content).decode("utf-8-sig"),
        "api": client.get("/api/v1/partners/agency/activity/").content.decode(),
    }


def canary_store() -> Store:
    """Its name, its zone and its people must not be guessed from what was typed."""
    store = StoreFactory.create(
        name=CANARY, handle="canary-house", owner__name="Odile Merchant", time_zone="Pacific/Chatham"
    )
    for name in ("typed.example", "other.example"):
        DomainFactory.create(store=store, name=name, verified=True)
    return store


def test_until_a_store_says_yes_its_rows_show_what_was_typed_and_nothing_else_of_it(partner):
    store, colleague = canary_store(), UserFactory.create(name="Manon Manager")
    tomorrow = timezone.localdate() + timedelta(days=9)
    first = ask(partner, store, "https://typed.example", ends_on=tomorrow)
    actions.withdraw_request(first, by=owner(partner))
    second = ask(partner, store, "other.example")
    actions.decline_request(second, by=store.owner)
    activity.record(store, "code.made", by=colleague, partner=partner)  # a kind that stays inside the store
    for where, text in everywhere(partner).items():
        for secret in (CANARY, "canary-house", "Chatham", "Manon", str(store.public_id)):
            assert secret not in text, f"{where} shows {secret}"
        assert text.count("typed.example") == 2, where
        assert text.count("other.example") == 2, where
        assert "Odile Merchant" in text, where  # who decided, as on the page of the request


def test_a_store_that_said_yes_stands_under_its_name_and_can_be_looked_for(partner):
    store, other = canary_store(), StoreFactory.create(name="Elsewhere", handle="elsewhere")
    actions.approve_request(
        ask(partner, store, "typed.example"), permissions=["products.view"], ends_on=None, by=store.owner
    )
    ask(partner, other, "elsewhere")
    for text in everywhere(partner).values():
        assert CANARY in text
        assert "typed.example" not in text
    client = signed_in(owner(partner))
    page = client.get("/partner/agency/activity/?store=canary-house").content.decode()
    rows = page.partition("</details>")[2]
    assert "Request of Agency approved" in rows
    assert "elsewhere" not in rows
    file = client.get("/partner/agency/activity/export/?store=canary-house&kind=access")
    found = list(csv.reader(io.StringIO(b"".join(file.streaming_content).decode("utf-8-sig"))))
    assert [row[2] for row in found] == ["Store", CANARY, CANARY]


def test_a_store_that_never_said_yes_is_looked_for_like_one_that_does_not_exist(partner):
    ask(partner, canary_store(), "typed.example")
    client = signed_in(owner(partner))
    answers = [client.get(f"/api/v1/partners/agency/activity/?store={handle}") for handle in ("canary-house", "no")]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json() == answers[1].json()
    pages = [client.get(f"/partner/agency/activity/?store={handle}") for handle in ("canary-house", "no")]
    assert [page.status_code for page in pages] == [422, 422]
    for page in pages:
        assert "You never worked for such a store." in page.content.decode()


def look_for_canary(partner: Partner) -> str:
    """What the three answer to whoever looks for the store by its handle."""
    client, query = signed_in(owner(partner)), "?store=canary-house&kind=access"
    page = client.get(f"/partner/agency/activity/{query}").content.decode().partition("</details>")[2]
    file = b"".join(client.get(f"/partner/agency/activity/export/{query}").streaming_content).decode()
    return page + file + client.get(f"/api/v1/partners/agency/activity/{query}").content.decode()


def asks_anew(partner: Partner, store: Store, typed: str):
    """Under another address than it worked under; whether that is the same store is for the store to say."""
    actions.revoke(
        actions.approve_request(
            ask(partner, store, "typed.example"), permissions=["products.view"], ends_on=None, by=store.owner
        ),
        by=store.owner,
    )
    return ask(partner, store, typed)


def test_a_new_request_under_another_address_does_not_say_that_it_is_a_store_of_the_past(partner):
    store = canary_store()
    declined = asks_anew(partner, store, "other.example")
    for text in everywhere(partner).values():
        assert text.count("other.example") == 1
    assert "other.example" not in look_for_canary(partner)
    assert "asked for access" in look_for_canary(partner)  # under the address that it worked under
    before = look_for_canary(partner).count("asked for access")
    actions.decline_request(declined, by=store.owner)
    for text in everywhere(partner).values():
        assert text.count("other.example") == 2
    assert "declined" not in look_for_canary(partner)
    assert look_for_canary(partner).count("asked for access") == before


def test_once_the_store_says_yes_again_all_of_it_stands_under_its_name(partner):
    store = canary_store()
    again = asks_anew(partner, store, "other.example")
    actions.approve_request(again, permissions=["products.view"], ends_on=None, by=store.owner)
    more = ask(partner, store, "other.example", code="", permissions=["products.view", "products.edit"])
    actions.decline_request(more, by=store.owner)
    for text in everywhere(partner).values():
        assert "other.example" not in text
    assert "declined" in look_for_canary(partner)


def test_what_time_ends_while_another_address_is_asked_keeps_its_own_name(partner):
    store = canary_store()
    now = timezone.now()
    with time_machine.travel(now, tick=False):  # one instant: the end is recorded as the request is made
        CollaborationFactory.create(
            partner=partner, store=store, since=now - timedelta(days=9), ends_at=now - timedelta(minutes=1)
        )
        ask(partner, store, "other.example")
    file = everywhere(partner)["file"]
    places = {row[3]: row[2] for row in list(csv.reader(io.StringIO(file)))[1:]}
    assert places == {"access.ended": CANARY, "access.requested": "other.example"}


def test_a_request_that_expires_while_another_address_is_asked_keeps_the_one_that_was_typed_for_it(partner):
    store = canary_store()
    now = timezone.now()
    with time_machine.travel(now - timedelta(days=31), tick=False):
        ask(partner, store, "typed.example")
    with time_machine.travel(now, tick=False):
        ask(partner, store, "other.example")
    file = list(csv.reader(io.StringIO(everywhere(partner)["file"])))[1:]
    assert sorted((row[3], row[2]) for row in file) == [
        ("access.expired", "typed.example"),
        ("access.requested", "other.example"),
        ("access.requested", "typed.example"),
    ]


def test_what_stays_inside_the_store_is_visible_to_nobody_of_the_partner(partner):
    store = StoreFactory.create()
    inside = activity.record(store, "code.made", by=store.owner, partner=partner)
    shown = activity.record(store, "access.revoked", by=store.owner, partner=partner)
    assert (
        set(Activity.objects.visible_to(owner(partner)))
        == set(Activity.objects.seen_by(partner.memberships.get()))
        == {shown}
    )
    assert set(Activity.objects.visible_to(store.owner)) == {shown, inside}


def test_nothing_of_another_partner_stands_there(partner):
    other = PartnerFactory.create(name="Others", slug="others")
    MembershipFactory.create(partner=other, owner=True)
    ask(other, StoreFactory.create(handle="shop"), "shop", message="canary")
    for text in everywhere(partner).values():
        assert "Others" not in text
        assert "shop" not in text


def test_whoever_no_longer_manages_stores_gets_no_further_row_of_a_file(partner, monkeypatch):
    monkeypatch.setattr("accounts.csv_files.CHUNK", 1)
    for number in range(3):
        ask(partner, StoreFactory.create(handle=f"shop-{number}"), f"shop-{number}")
    member = MembershipFactory.create(partner=partner, stores=True)
    stream = iter(signed_in(member.user).get("/partner/agency/activity/export/").streaming_content)
    assert "shop-2" in (next(stream) + next(stream)).decode()
    member.permissions = ["manage_jobs"]
    member.save(update_fields=["permissions"])
    rest = b"".join(stream).decode()
    assert rest.strip() == "The list ends here: you no longer manage the stores of this partner."


def _deactivated(person, partner):
    type(person).objects.filter(pk=person.pk).update(is_active=False)


def _asked_for_two_steps(person, partner):
    Partner.objects.filter(pk=partner.pk).update(requires_two_step=True)


@pytest.mark.parametrize("happens", [_deactivated, _asked_for_two_steps])
def test_whoever_may_no_longer_sign_in_for_the_partner_gets_no_further_row_either(partner, monkeypatch, happens):
    monkeypatch.setattr("accounts.csv_files.CHUNK", 1)
    for number in range(3):
        ask(partner, StoreFactory.create(handle=f"shop-{number}"), f"shop-{number}")
    stream = iter(signed_in(owner(partner)).get("/partner/agency/activity/export/").streaming_content)
    assert "shop-2" in (next(stream) + next(stream)).decode()
    happens(owner(partner), partner)
    rest = b"".join(stream).decode()
    assert rest.strip() == "The list ends here: you no longer manage the stores of this partner."


def test_past_access_still_names_its_store(partner):
    store = canary_store()
    collaboration = actions.approve_request(
        ask(partner, store, "typed.example"), permissions=["products.view"], ends_on=None, by=store.owner
    )
    actions.revoke(collaboration, by=store.owner)
    assert Collaboration.objects.get().ended_at
    assert all(CANARY in text for text in everywhere(partner).values())
