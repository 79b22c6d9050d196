"""A partner asks a store for access: with the page, as people type."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from collaborators.models import AccessRequest
from notifications.models import Event
from stores.models import Activity
from tests.factories import (
    CODE,
    AccessRequestFactory,
    CollaborationFactory,
    DomainFactory,
    MembershipFactory,
    StoreFactory,
)

pytestmark = pytest.mark.django_db

GENERIC = "This request could not be sent."


@pytest.fixture
def store():
    return StoreFactory.create(handle="maison-lavande")


@pytest.fixture
def membership():
    return MembershipFactory.create(owner=True, partner__slug="atelier-nord")


@pytest.fixture
def ask(client, membership):
    """Post the form with everything right, but for what is said otherwise."""
    client.force_login(membership.user)

    def send(**changes):
        in_a_month = timezone.localdate() + timedelta(days=30)
        typed = {
            "store_url": "maison-lavande",
            "code": CODE,
            "permissions": ["themes.view", "themes.edit"],
            "how_long": "until",
            "ends_on": in_a_month.isoformat(),
            "message": "Hello",
        }
        address = reverse("collaborators:store-request", args=[membership.partner.slug])
        return client.post(address, {key: value for key, value in (typed | changes).items() if value is not None})

    return send


def refused(response, sentence: str) -> None:
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not AccessRequest.objects.exists()
    assert not Event.objects.exists()
    assert not Activity.objects.exists()


def test_a_request_is_written_recorded_and_told(ask, store, membership):
    response = ask()
    access_request = AccessRequest.objects.get()
    assert response["Location"] == reverse(
        "collaborators:partner-request", args=["atelier-nord", access_request.public_id]
    )
    assert (access_request.partner, access_request.store) == (membership.partner, store)
    assert access_request.permissions == ["themes.view", "themes.edit"]
    assert access_request.expires_at - access_request.asked_at == timedelta(days=30)
    assert Activity.objects.get().kind == "access.requested"
    assert Event.objects.get().topic == "access.requested"


@pytest.mark.parametrize(
    "address",
    ["maison-lavande", "MAISON-LAVANDE", "https://www.Maison-Lavande.example/fr?x=1", "caf\u00e9-bruma.example"],
)
def test_the_store_is_found_by_what_people_type(ask, store, address):
    DomainFactory.create(store=store, name="maison-lavande.example", verified=True)
    DomainFactory.create(store=store, name="xn--caf-bruma-d4a.example", verified=True)
    assert ask(store_url=address).status_code == 302
    assert AccessRequest.objects.get().typed_address == address


@pytest.mark.parametrize("code", [CODE, "04 82", " 0-4-8-2 ", "0482\u00a0"])
def test_spaces_and_dashes_in_a_code_are_forgiven(ask, store, code):
    assert ask(code=code).status_code == 302


def test_a_date_ends_with_that_day_in_the_zone_of_the_store(ask, client, store, membership):
    store.time_zone = "America/New_York"
    store.save(update_fields=["time_zone"])
    with time_machine.travel("2026-11-22T12:00:00Z", tick=False):
        client.force_login(membership.user)
        ask(ends_on="2027-01-31")
    assert AccessRequest.objects.get().ends_at.isoformat() == "2027-02-01T05:00:00+00:00"


def test_no_end_date_is_an_open_end(ask, store):
    ask(how_long="open", ends_on="2020-01-01")
    assert AccessRequest.objects.get().ends_at is None


def test_until_approval_the_partner_sees_what_it_typed_and_no_more(ask, client, store, membership):
    store.name, store.time_zone = "Canary Name", "Pacific/Auckland"
    store.save(update_fields=["name", "time_zone"])
    page = client.get(ask()["Location"]).content.decode()
    list_page = client.get(reverse("collaborators:partner-stores", args=["atelier-nord"])).content.decode()
    home = client.get(reverse("partner-home", args=["atelier-nord"])).content.decode()
    for text in (page, list_page, home):
        assert "maison-lavande" in text
        assert "Canary" not in text
        assert "Auckland" not in text


def test_whatever_the_store_knows_gets_one_and_the_same_answer(ask, store):
    nobody = StoreFactory.create(handle="nobody", rule="nobody")
    unverified = DomainFactory.create(store=store, name="unverified.example")
    answers = [
        ask(code="0000"),
        ask(code=""),
        ask(code="abcd"),
        ask(code=CODE * 20),
        ask(store_url="unknown"),
        ask(store_url="unknown.example"),
        ask(store_url=unverified.name),
        ask(store_url=nobody.handle),
    ]
    for answer in answers:
        refused(answer, GENERIC)

    def told(answer):  # without the form's own token and what was typed
        text = re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())
        return re.sub(r'name="(store_url|code)"[^>]*>', "", text)

    assert len({told(answer) for answer in answers}) == 1


def test_anyone_may_ask_where_the_store_says_so(ask):
    StoreFactory.create(handle="open", rule="anyone")
    assert ask(store_url="open", code="").status_code == 302


def test_where_anyone_may_ask_a_code_says_nothing_about_the_right_one(ask):
    StoreFactory.create(handle="open", rule="anyone")
    assert ask(store_url="open", code="0000").status_code == 302


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"permissions": []}, "Choose at least one permission."),
        ({"permissions": ["themes.view", "themes.burn"]}, "does not exist"),
        ({"permissions": ["users.view", "users.manage"]}, "for staff only"),
        ({"permissions": ["themes.edit"]}, "“Edit themes” also needs “View themes”."),
        ({"permissions": ["themes.view\x00"]}, "does not exist"),
        ({"message": "x" * 2001}, "at most 2000"),
        ({"message": "a\u202eb"}, "invisible characters"),
        ({"message": "a\x00b"}, "control characters"),
        ({"ends_on": "2020-01-01"}, "This day is over."),
        ({"ends_on": "9999-12-31"}, "or no end date"),
        ({"ends_on": ""}, "Choose the last day"),
        ({"ends_on": "soon"}, "Type a day like 2030-12-31."),
        ({"how_long": "forever"}, "Choose from what is offered."),
        ({"how_long": None}, "required"),
        ({"store_url": ""}, "required"),
        ({"store_url": "http://10.0.0.1/"}, "does not look like the address of a store"),
        ({"store_url": "a\nb.example"}, "on one line"),
        ({"store_url": "x" * 301}, "at most 300"),
    ],
)
def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(ask, store, changes, sentence):
    response = ask(**changes)
    refused(response, sentence)
    if "message" not in changes:
        assert "Hello</textarea>" in response.content.decode()


def test_a_message_of_2000_code_points_passes_whatever_they_are(ask, store):
    message = "👍🏽" * 500 + "x" * 998 + "\r\n" + "."  # two code points an emoji, one the line break
    assert ask(message=message).status_code == 302
    assert len(AccessRequest.objects.get().message) == 2000


def test_a_second_request_while_one_waits_is_refused(ask, store, membership):
    ask()
    response = ask()
    assert response.status_code == 422
    assert "still waiting for an answer" in response.content.decode()
    assert AccessRequest.objects.count() == 1
    assert Event.objects.count() == 1


def test_the_own_pending_request_is_said_before_any_code_is_read(ask, store):
    ask()
    assert "still waiting for an answer" in ask(code="0000").content.decode()


@pytest.mark.parametrize("how", ["past_its_end", "revoked", "lapsed"])
def test_after_access_is_over_the_code_is_needed_again(ask, store, membership, how):
    CollaborationFactory.create(partner=membership.partner, store=store, **{how: True})
    assert GENERIC in ask(code="").content.decode()
    assert ask().status_code == 302


def test_a_request_past_its_time_does_not_stand_in_the_way(ask, store, membership):
    old = AccessRequestFactory.create(partner=membership.partner, store=store, overdue=True)
    assert ask().status_code == 302
    old.refresh_from_db()
    assert (old.status, old.decided_at, old.decided_by) == ("expired", old.expires_at, None)


def test_a_preset_ticks_its_permissions_and_sends_nothing(ask, store):
    response = ask(preset="marketing", permissions=["themes.view"])
    text = response.content.decode()
    assert response.status_code == 200
    assert re.search(r'value="marketing.edit"[^>]* checked', text)
    assert not re.search(r'value="themes.view"[^>]* checked', text)
    assert "maison-lavande" in text
    assert not AccessRequest.objects.exists()


def test_markup_in_a_message_is_shown_as_text(ask, client, store, membership):
    ask(message="<script>alert(1)</script>")
    client.force_login(store.owner)
    access_request = AccessRequest.objects.get()
    page = client.get(reverse("collaborators:request", args=[store.handle, access_request.public_id]))
    assert "<script>alert" not in page.content.decode()
    assert "&lt;script&gt;alert" in page.content.decode()


def test_a_pending_request_does_not_tell_what_else_the_store_is_called(ask, store):
    DomainFactory.create(store=store, name="maison-lavande.example", verified=True)
    DomainFactory.create(name="another.example", verified=True)
    ask()
    for alias in ("maison-lavande.example", "another.example", "unknown.example"):
        assert GENERIC in ask(store_url=alias, code="").content.decode()
    assert "still waiting" in ask(store_url="maison-lavande.example").content.decode()  # with the right code


def test_a_day_that_is_over_where_the_store_is_gets_a_sentence(ask, client, store, membership):
    store.time_zone = "Pacific/Auckland"
    store.save(update_fields=["time_zone"])
    membership.user.time_zone = "Pacific/Pago_Pago"
    membership.user.save(update_fields=["time_zone"])
    with time_machine.travel("2026-11-22T12:00:00Z", tick=False):  # the 22nd in Pago Pago, the 23rd in Auckland
        client.force_login(membership.user)
        refused(ask(ends_on="2026-11-22"), "in the time zone of the store")
