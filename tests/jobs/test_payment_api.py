"""Payments by programs: whole smallest units with their currency, each request done once."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from collaborators.models import Side
from jobs import payment_api
from jobs.models import Payment
from notifications.models import Event
from tests.config.test_addresses import fingerprint
from tests.jobs.paying import Deal, make_deal
from tests.races import together
from tests.sessions import signed_in

pytestmark = pytest.mark.django_db

SIDES = [Side.PARTNER, Side.STORE]


@pytest.fixture
def deal() -> Deal:
    return make_deal()


def body(**change):
    return {
        "amount": 60_000,
        "currency": "EUR",
        "paid_on": timezone.localdate().isoformat(),
        "reference": "7",
        **change,
    }


def post(deal: Deal, side: Side, sent, more: str = "payments/", key: str = "", *, client: Client | None = None):
    headers = {"idempotency-key": key} if key else {}
    client = client or deal.client(deal.by(side))
    return client.post(deal.api(side, more), sent, content_type="application/json", headers=headers)


@pytest.mark.parametrize("side", SIDES)
def test_a_program_records_lists_and_reverses(deal, side):
    made = post(deal, side, body())
    assert made.status_code == 201
    entry = made.json()
    assert (entry["amount"], entry["currency"], entry["kind"]) == (60_000, "EUR", Payment.Kind.of(side).value)
    assert (entry["reverses"], entry["reversed_by"]) == (None, None)
    taken = post(deal, side, None, f"payments/{entry['id']}/reversal/")
    assert taken.status_code == 201
    assert taken.json()["reverses"] == entry["id"]
    for reader in SIDES:
        rows = deal.client(deal.by(reader)).get(deal.api(reader, "payments/")).json()["results"]
        assert [(row["id"], row["reversed_by"]) for row in rows] == [
            (taken.json()["id"], None),
            (entry["id"], taken.json()["id"]),
        ]
    assert deal.sums() == (0, 0)


BAD = [
    ({"amount": 0}, "amount"),
    ({"amount": -5}, "amount"),
    ({"amount": 10**13}, "amount"),
    ({"amount": 10**300}, "amount"),
    ({"amount": "60000"}, "amount"),
    ({"amount": 600.5}, "amount"),
    ({"amount": True}, "amount"),
    ({"amount": None}, "amount"),
    ({"currency": "USD"}, "currency"),
    ({"currency": ""}, "currency"),
    ({"currency": "EURO"}, "currency"),
    ({"paid_on": "2999-01-01"}, "paid_on"),
    ({"paid_on": "1999-01-01"}, "paid_on"),
    ({"paid_on": "tomorrow"}, "paid_on"),
    ({"reference": "x" * 101}, "reference"),
]


@pytest.mark.parametrize("side", SIDES)
def test_bad_input_is_a_422_beside_its_field(deal, side):
    before = fingerprint()
    for change, field in BAD:
        answer = post(deal, side, body(**change), key="one")
        assert (answer.status_code, list(answer.json()["fields"])) == (422, [field]), change
    assert fingerprint() == before


def test_what_cannot_be_reversed_says_why(deal):
    payment = deal.record()
    entry = deal.reverse(payment, by=deal["partner_owner"])
    before = fingerprint()
    twice = post(deal, Side.PARTNER, None, f"payments/{payment.public_id}/reversal/")
    assert (twice.status_code, twice.json()["code"]) == (409, "payment_reversed")
    again = post(deal, Side.PARTNER, None, f"payments/{entry.public_id}/reversal/")
    assert (again.status_code, again.json()["code"]) == (422, "reversal_stays")
    other = post(deal, Side.STORE, None, f"payments/{payment.public_id}/reversal/")
    assert (other.status_code, other.json()["code"]) == (422, "not_your_payment")
    assert fingerprint() == before


def test_a_cancelled_job_is_a_409():
    deal = make_deal(in_progress=False, hired=True, cancelled=True)
    before = fingerprint()
    answer = post(deal, Side.STORE, body())
    assert (answer.status_code, answer.json()["code"]) == (409, "job_moved_on")
    assert fingerprint() == before


def test_whoever_was_not_hired_gets_what_a_stranger_gets(deal):
    deal.record()
    path = deal.api(Side.PARTNER, "payments/").replace("atelier-nord", "studio-vif")
    vera = deal.client(deal["not_hired"])
    before = fingerprint()
    assert vera.get(path).status_code == 404
    assert vera.post(path, body(), content_type="application/json").status_code == 404
    assert fingerprint() == before


# --- Idempotency-Key -------------------------------------------------------------------------------------------------


def test_the_same_key_and_body_get_the_same_answer_for_a_day(deal):
    sent, begun = body(), timezone.now()
    first = post(deal, Side.PARTNER, sent, key="one")
    with time_machine.travel(begun + timedelta(hours=23), tick=False):
        second = post(deal, Side.PARTNER, sent, key="one", client=signed_in(deal["member"]))
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert Payment.objects.count() == Event.objects.count() == 1
    with time_machine.travel(begun + timedelta(hours=25), tick=False):
        third = post(deal, Side.PARTNER, sent, key="one", client=signed_in(deal["member"]))
        assert third.json()["id"] != first.json()["id"]


def test_the_same_key_with_another_body_is_refused(deal):
    post(deal, Side.PARTNER, body(), key="one")
    before = fingerprint()
    other = post(deal, Side.PARTNER, body(amount=7), key="one")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_used_otherwise")
    assert fingerprint() == before


def test_a_reversal_said_again_is_answered_alike_with_its_key_and_without(deal):
    payment = deal.record()
    more = f"payments/{payment.public_id}/reversal/"
    first, second = (post(deal, Side.PARTNER, None, more, key="one") for _ in range(2))
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert post(deal, Side.PARTNER, None, more).json() == first.json()
    assert Payment.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_under_one_key_the_second_is_told_at_once(deal, monkeypatch):
    """The first one stays in the midst of it until the second has its answer."""
    inside, over = threading.Event(), threading.Event()

    def in_the_midst(*args, **kwargs):
        inside.set()
        assert over.wait(20)
        return record(*args, **kwargs)

    record = payment_api.record_payment
    monkeypatch.setattr(payment_api, "record_payment", in_the_midst)
    sent = body()

    def second():
        assert inside.wait(20)
        try:
            return post(deal, Side.PARTNER, sent, key="one")
        finally:
            over.set()

    answers = together([lambda: post(deal, Side.PARTNER, sent, key="one"), second])
    assert [answer.status_code for answer in answers] == [201, 409]
    assert answers[1].json()["code"] == "idempotency_key_in_use"
    assert Payment.objects.count() == 1
    assert post(deal, Side.PARTNER, sent, key="one").content == answers[0].content
