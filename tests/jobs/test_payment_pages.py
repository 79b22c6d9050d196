"""Payments on the page of a job: what each side sees and does, and what bad input gets."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.models import User
from collaborators.models import Side
from jobs.models import Payment
from notifications.models import Event
from stores.models import Staff
from tests.config.test_addresses import fingerprint
from tests.config.test_job_query_counts import MOST_OF_A_JOB
from tests.factories import JobFactory, PaymentFactory, RoleFactory
from tests.jobs.paying import Deal, make_deal

pytestmark = pytest.mark.django_db

SIDES = [Side.PARTNER, Side.STORE]


@pytest.fixture
def deal() -> Deal:
    return make_deal()


def filled(**change) -> dict[str, str]:
    return {"amount": "1,800.50", "paid_on": timezone.localdate().isoformat(), "reference": "Invoice 7", **change}


def send(deal: Deal, side: Side, form: dict, more: str = "payments/", by: User | None = None):
    return deal.client(by or deal.by(side)).post(deal.path(side, more), form)


def look(deal: Deal, side: Side, by: User | None = None) -> str:
    answer = deal.client(by or deal.by(side)).get(deal.path(side))
    assert answer.status_code == 200
    return answer.content.decode()


# --- Seeing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", SIDES)
def test_both_sides_see_all_entries_the_sums_and_the_price(deal, side):
    deal.record(60_000, reference="<b>Invoice 7</b>")
    deal.reverse(deal.record(90_000, side=Side.STORE))
    deal.record(70_000, side=Side.STORE)
    page = look(deal, side)
    for shown in ("€1,800.00", "€600.00", "€700.00", "-€900.00", "Reversed", "Reversal", "Takes back the payment of"):
        assert shown in page
    assert "&lt;b&gt;Invoice 7&lt;/b&gt;" in page
    assert page.count("Reverse payment") == 1  # one's own, which still counts
    assert 'id="payments"' in page


def test_whoever_may_only_look_gets_no_form(deal):
    deal.record(side=Side.STORE)
    role = RoleFactory.create(store=deal.store, permissions=["jobs.view"])
    Staff.objects.filter(user=deal["clerk"]).update(role=role)
    page = look(deal, Side.STORE, by=deal["clerk"])
    assert "€600.00" in page
    assert "Record payment" not in page
    assert "Reverse payment" not in page
    before = fingerprint()
    assert send(deal, Side.STORE, filled(), by=deal["clerk"]).status_code == 403
    assert fingerprint() == before


def test_whoever_was_not_hired_sees_nothing_of_the_money(deal):
    payment = deal.record(60_000)
    vera = deal.client(deal["not_hired"])
    page = vera.get(deal.path(Side.PARTNER, slug="studio-vif")).content.decode()
    assert 'id="payments"' not in page
    assert "€600" not in page  # keys have digits too
    before = fingerprint()
    for more in ("payments/", f"payments/{payment.public_id}/reversal/"):
        assert vera.post(deal.path(Side.PARTNER, more, slug="studio-vif"), filled()).status_code == 404
    assert fingerprint() == before


def test_a_long_list_goes_on(deal):
    for number in range(25):
        deal.record(1, reference=f"No {number:02}")
    page = look(deal, Side.PARTNER)
    assert "No 24" in page
    assert "No 04" not in page
    place = page.split("?payments_after=")[1].split('"')[0]
    older = deal.client(deal["member"]).get(deal.path(Side.PARTNER), {"payments_after": place}).content.decode()
    assert "No 04" in older
    assert "No 24" not in older


@pytest.mark.parametrize("side", SIDES)
def test_a_page_asks_as_often_for_twenty_payments_as_for_one(deal, side):
    counts = []
    for count in (1, 19):
        for _number in range(count):
            deal.record(1, side=side)
        with CaptureQueriesContext(connection) as queries:
            look(deal, side)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= MOST_OF_A_JOB


# --- Recording ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", SIDES)
def test_a_form_records_and_leads_back_to_the_payments(deal, side):
    answer = send(deal, side, filled())
    assert (answer.status_code, answer.url) == (302, f"{deal.path(side)}#payments")
    payment = Payment.objects.get()
    assert (payment.amount, payment.reference, payment.side) == (180_050, "Invoice 7", side)


def test_a_form_is_read_in_the_language_of_the_reader(deal):
    User.objects.filter(pk=deal["member"].pk).update(language="fr")
    assert send(deal, Side.PARTNER, filled(amount="1 800,50")).status_code == 302
    with translation.override("en"):
        assert Payment.objects.get().amount == 180_050


BAD = [
    ({"amount": ""}, "Fill this in."),
    ({"amount": "0"}, "Type an amount above zero."),
    ({"amount": "-5"}, "Type an amount above zero."),
    ({"amount": "a lot"}, "Type an amount like €1,250.00."),
    ({"amount": "1.005"}, "EUR has no smaller amounts than €0.01."),
    ({"amount": "9" * 29}, "The most there can be is €10,000,000,000.00."),
    ({"amount": "9" * 5000}, "Use at most 60 characters; yours has 5000."),
    ({"amount": "$100"}, "The amount is in EUR here."),
    ({"paid_on": ""}, "Fill this in."),
    ({"paid_on": "yesterday"}, "Type a day like 2030-12-31."),
    ({"paid_on": "9999-12-31"}, "This day is still to come. Record a payment once it is made."),
    ({"paid_on": "0001-01-01"}, "Choose a day after"),
    ({"reference": "x" * 101}, "Use at most 100 characters; yours has 101."),
    ({"reference": "\u202egnp"}, "This contains invisible characters"),
]


@pytest.mark.parametrize("side", SIDES)
def test_bad_input_gets_a_sentence_keeps_what_was_typed_and_changes_nothing(deal, side):
    before = fingerprint()
    for change, sentence in BAD:
        answer = send(deal, side, filled(**change))
        page = answer.content.decode().replace("&#x27;", "'")
        assert (answer.status_code, sentence in page) == (422, True), change
        assert 'value="Invoice 7"' in page or "reference" in change
    assert send(deal, side, filled(amount="1\x000")).status_code in {400, 422}
    assert fingerprint() == before


def test_a_day_to_come_is_refused(deal):
    before = fingerprint()
    tomorrow = timezone.localdate() + timedelta(days=2)
    assert send(deal, Side.PARTNER, filled(paid_on=tomorrow.isoformat())).status_code == 422
    assert fingerprint() == before


def test_a_double_click_records_once(deal):
    form = filled(key="one")
    first, second = send(deal, Side.PARTNER, form), send(deal, Side.PARTNER, form)
    assert (first.status_code, first.url) == (second.status_code, second.url)
    assert Payment.objects.count() == Event.objects.count() == 1


def test_a_form_that_was_sent_and_changed_says_so(deal):
    send(deal, Side.PARTNER, filled(key="one"))
    answer = send(deal, Side.PARTNER, filled(key="one", amount="2"))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "You sent this form once already." in page
    assert 'value="2"' in page
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("side", SIDES)
def test_a_cancelled_job_says_who_cancelled_it(side):
    deal = make_deal(in_progress=False, hired=True, cancelled=True)
    before = fingerprint()
    answer = send(deal, side, filled())
    assert answer.status_code == 409
    assert "Owner cancelled this job on" in answer.content.decode()
    assert "Record payment" not in answer.content.decode()
    assert fingerprint() == before


@pytest.mark.parametrize("side", SIDES)
def test_an_open_job_says_that_nobody_is_hired(side):
    deal = make_deal(in_progress=False, partner=None)
    slug = "studio-vif"  # one of those that are asked
    by = deal["not_hired"] if side is Side.PARTNER else None
    before = fingerprint()
    answer = deal.client(by or deal.by(side)).post(deal.path(side, "payments/", slug=slug), filled())
    assert answer.status_code == 409
    assert "Nobody is hired for this job yet." in answer.content.decode()
    assert fingerprint() == before


# --- Reversing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", SIDES)
def test_one_button_takes_a_payment_back(deal, side):
    payment = deal.record(side=side)
    answer = send(deal, side, {}, f"payments/{payment.public_id}/reversal/")
    assert (answer.status_code, answer.url) == (302, f"{deal.path(side)}#payments")
    assert deal.sums() == (0, 0)


@pytest.mark.parametrize(
    ("prepare", "status", "sentence"),
    [
        (
            lambda deal: deal.reverse(deal.record(), by=deal["partner_owner"]).reverses,
            409,
            "Ines reversed this payment on",
        ),
        (lambda deal: deal.reverse(deal.record()), 422, "This is a reversal, which stays."),
        (lambda deal: deal.record(side=Side.STORE), 422, "This payment was recorded by the other side."),
    ],
    ids=["twice", "a reversal", "the other side's"],
)
def test_what_cannot_be_reversed_says_why(deal, prepare, status, sentence):
    payment = prepare(deal)
    before = fingerprint()
    answer = send(deal, Side.PARTNER, {}, f"payments/{payment.public_id}/reversal/")
    assert answer.status_code == status
    assert sentence in answer.content.decode()
    assert fingerprint() == before


def test_a_payment_of_another_job_is_not_found(deal):
    others = [
        PaymentFactory.create(job=JobFactory.create(in_progress=True, store=deal.store, partner=deal.partner)),
        PaymentFactory.create(),
    ]
    before = fingerprint()
    for payment in others:
        assert send(deal, Side.PARTNER, {}, f"payments/{payment.public_id}/reversal/").status_code == 404
    assert fingerprint() == before


# --- As a file ------------------------------------------------------------------------------------------------------


def lines(deal: Deal, side: Side) -> list[dict[str, str]]:
    place = "/store/maison-lavande" if side is Side.STORE else "/partner/atelier-nord"
    answer = deal.client(deal.by(side)).get(f"{place}/jobs/payments/export/")
    assert answer.status_code == 200
    assert answer.streaming
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.parametrize(("side", "other"), [(Side.STORE, "Partner"), (Side.PARTNER, "Store")])
def test_a_file_has_all_payments_of_all_jobs_and_cells_that_compute_nothing(deal, side, other):
    deal.job.title = "=1+1"
    deal.job.save()
    deal.record(180_000, reference="+33 1 23")
    deal.reverse(deal.record(90_000, side=Side.STORE))
    job = JobFactory.create(in_progress=True, store=deal.store, partner=deal.partner, currency="JPY", title="Shop")
    PaymentFactory.create(job=job, amount=1_800, reference="")
    PaymentFactory.create(amount=77_777)  # of others
    rows = lines(deal, side)
    said = [
        (row["Job"], row["Kind"], row["Amount"], row["Currency"], row["Reference"], row["Reversal"]) for row in rows
    ]
    assert said == [
        ("Shop", "Received", "1800", "JPY", "", ""),
        ("'=1+1", "Paid", "-900.00", "EUR", "", "Reversal"),
        ("'=1+1", "Paid", "900.00", "EUR", "", "Reversed"),
        ("'=1+1", "Received", "1800.00", "EUR", "'+33 1 23", ""),
    ]
    assert {row[other] for row in rows} == {"Atelier Nord" if side is Side.STORE else "Maison Lavande"}


def test_a_file_holds_nothing_of_jobs_that_one_was_not_hired_for(deal):
    deal.record()
    answer = deal.client(deal["not_hired"]).get("/partner/studio-vif/jobs/payments/export/")
    assert len(b"".join(answer.streaming_content).decode().splitlines()) == 1  # the header


def test_a_file_ends_where_the_right_ended(deal, monkeypatch):
    monkeypatch.setattr("accounts.csv_files.CHUNK", 1)
    deal.record(1)
    deal.record(2)
    answer = deal.client(deal["member"]).get("/partner/atelier-nord/jobs/payments/export/")
    parts = iter(answer.streaming_content)
    assert next(parts)
    assert b"0.02" in next(parts)
    deal.partner.memberships.filter(user=deal["member"]).update(permissions=[])
    rest = b"".join(parts).decode()
    assert "you may no longer see these jobs" in rest
    assert "0.01" not in rest
