"""What each side says of the money: recorded, added up, and taken back once."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from accounts.errors import NotAllowed, Refused
from accounts.money import MOST
from collaborators.models import Side
from jobs.errors import (
    BadAmount,
    JobMovedOn,
    NotYourPayment,
    OtherCurrency,
    OwnPartnersJob,
    PaymentDay,
    PaymentNeeded,
    PaymentReversed,
    ReversalStays,
    TooManyPayments,
)
from jobs.models import MOST_PAYMENTS, Job, Payment
from notifications.models import Event
from stores import activity
from stores.models import Activity
from tests.config.test_addresses import fingerprint
from tests.factories import CompletionRequestFactory, MembershipFactory, PaymentFactory
from tests.jobs.paying import Deal, make_deal

pytestmark = pytest.mark.django_db

SIDES = [Side.PARTNER, Side.STORE]


@pytest.fixture
def deal() -> Deal:
    return make_deal()


def refused(error: type[Refused], act) -> Refused:
    """The refusal, which is one sentence, changed nothing and told nobody."""
    before = fingerprint()
    with pytest.raises(error) as found:
        act()
    assert fingerprint() == before
    assert str(found.value).endswith(".")
    return found.value


# --- Recording -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "kind", "sums"), [(Side.PARTNER, "received", (60_000, 0)), (Side.STORE, "paid", (0, 60_000))]
)
def test_a_payment_is_what_one_side_says(deal, side, kind, sums):
    payment = deal.record(side=side, reference="Invoice 7")
    payment.refresh_from_db()
    assert (payment.kind, payment.amount, payment.reference) == (kind, 60_000, "Invoice 7")
    assert payment.recorded_by == deal.by(side)
    assert deal.sums() == sums
    row = Activity.objects.get()
    assert (row.kind, row.actor, row.partner) == ("job.paid", deal.by(side), deal.partner)
    assert activity.sentence(row) == f"Payment recorded for “{deal.job.title}”"
    assert activity.details(row) == [f"{kind.capitalize()}, €600.00"]
    event = Event.objects.get()
    ids = {"job": deal.job.pk, "store": deal.store.pk, "partner": deal.partner.pk, "payment": payment.pk}
    assert (event.topic, event.payload) == ("job.paid", ids | {"side": side.value})


def test_the_last_payment_may_come_after_the_yes():
    deal = make_deal(in_progress=False, completed=True)
    deal.record(side=Side.PARTNER)
    deal.record(side=Side.STORE)
    assert deal.sums() == (60_000, 60_000)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"in_progress": False, "partner": None}, "Nobody is hired for this job yet."),
        ({"in_progress": False, "hired": True, "cancelled": True}, "Owner cancelled this job on"),
    ],
    ids=["open", "cancelled"],
)
def test_an_open_and_a_cancelled_job_take_no_payment(side, state, says):
    deal = make_deal(**state)
    found = refused(JobMovedOn, lambda: deal.record(side=side))
    assert says in str(found)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    ("change", "error", "field"),
    [
        ({"amount": 0}, BadAmount, "amount"),
        ({"amount": -1}, BadAmount, "amount"),
        ({"amount": MOST + 1}, BadAmount, "amount"),
        ({"currency": "USD"}, OtherCurrency, "currency"),
        ({"currency": "eur"}, OtherCurrency, "currency"),
        ({"day": date(2020, 1, 1)}, PaymentDay, "paid_on"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(deal, side, change, error, field):
    assert refused(error, lambda: deal.record(side=side, **change)).field == field


def test_a_day_is_one_of_the_store_and_not_to_come(deal):
    """In Paris it is the 21st already while in UTC it is still the 20th."""
    with time_machine.travel(datetime(2026, 11, 20, 23, 30, tzinfo=UTC), tick=False):
        deal.record(day=date(2026, 11, 21))
        refused(PaymentDay, lambda: deal.record(day=date(2026, 11, 22)))
    deal.store.time_zone = "America/New_York"
    deal.store.save()
    with time_machine.travel(datetime(2026, 11, 21, 3, 0, tzinfo=UTC), tick=False):
        refused(PaymentDay, lambda: deal.record(day=date(2026, 11, 21)))


def test_two_years_ago_is_the_oldest_day(deal):
    today = timezone.localdate(timezone=ZoneInfo(deal.store.time_zone))
    deal.record(day=today - timedelta(days=730))
    refused(PaymentDay, lambda: deal.record(day=today - timedelta(days=731)))


def test_a_job_has_so_many_payments_and_no_more(deal):
    rows = [
        Payment(job=deal.job, kind="paid", amount=1, paid_on=timezone.localdate(), recorded_by=deal["manager"])
        for _ in range(MOST_PAYMENTS)
    ]
    Payment.objects.bulk_create(rows)
    refused(TooManyPayments, lambda: deal.record(side=Side.STORE))


@pytest.mark.parametrize(
    ("side", "who"),
    [
        (Side.STORE, "clerk"),
        (Side.STORE, "member"),
        (Side.STORE, "stranger"),
        (Side.STORE, "operator"),
        (Side.PARTNER, "manager"),
        (Side.PARTNER, "member_without"),
        (Side.PARTNER, "not_hired"),
        (Side.PARTNER, "operator"),
    ],
)
def test_nobody_else_records_or_reverses(deal, side, who):
    payment = deal.record(side=side)
    refused(NotAllowed, lambda: deal.record(side=side, by=deal[who]))
    refused(NotAllowed, lambda: deal.reverse(payment, by=deal[who]))


def test_staff_who_belong_to_the_partner_record_nothing_for_the_store_but_its_owner_does(deal):
    payment = deal.record(side=Side.STORE)
    for name in ("manager", "owner"):
        MembershipFactory.create(partner=deal.partner, user=deal[name])
    refused(OwnPartnersJob, lambda: deal.record(side=Side.STORE))
    refused(OwnPartnersJob, lambda: deal.reverse(payment))
    deal.record(side=Side.STORE, by=deal["owner"])


# --- Reversing -------------------------------------------------------------------------------------------------------


def test_who_reverses_twice_by_a_double_click_is_answered_alike_and_anybody_else_hears_who_did(deal):
    payment = deal.record()
    first = deal.reverse(payment)
    assert deal.reverse(payment) == first
    assert Event.objects.filter(topic="job.payment_reversed").count() == 1
    refused(PaymentReversed, lambda: deal.reverse(payment, by=deal["partner_owner"]))


@pytest.mark.parametrize("side", SIDES)
def test_a_mistake_is_taken_back_by_an_entry(deal, side):
    wrong = deal.record(90_000, side=side, day=timezone.localdate() - timedelta(days=3))
    right = deal.record(60_000, side=side)
    entry = deal.reverse(wrong)
    assert (entry.kind, entry.amount, entry.reverses) == (wrong.kind, 90_000, wrong)
    assert sum(deal.sums()) == right.amount
    assert Payment.objects.count() == 3
    row = Activity.objects.get(kind="job.payment_reversed")
    assert activity.sentence(row) == f"Payment reversed for “{deal.job.title}”"
    assert activity.details(row)[0].endswith("€900.00")
    assert Event.objects.get(topic="job.payment_reversed").payload["payment"] == entry.pk


def test_a_payment_is_reversed_once_and_the_second_hears_who_was_first(deal):
    payment = deal.record()
    deal.reverse(payment)
    found = refused(PaymentReversed, lambda: deal.reverse(payment, by=deal["partner_owner"]))
    assert str(found).startswith("Lea reversed this payment on ")


def test_a_reversal_stays(deal):
    entry = deal.reverse(deal.record())
    refused(ReversalStays, lambda: deal.reverse(entry))


@pytest.mark.parametrize("side", SIDES)
def test_the_other_sides_payment_is_theirs(deal, side):
    payment = deal.record(side=side)
    other = Side.STORE if side is Side.PARTNER else Side.PARTNER
    refused(NotYourPayment, lambda: deal.reverse(payment, side=other))


@pytest.mark.parametrize(
    "state", [{"completed": True}, {"hired": True, "cancelled": True}], ids=["completed", "cancelled"]
)
def test_a_mistake_is_taken_back_at_any_time(state):
    deal = make_deal(in_progress=False, **state)
    payment = PaymentFactory.create(job=deal.job, amount=5)
    deal.reverse(payment)
    assert deal.sums() == (0, 0)


def test_what_a_completion_request_stands_on_is_not_taken_away(deal):
    payment = deal.record(60_000)
    CompletionRequestFactory.create(job=deal.job)
    refused(PaymentNeeded, lambda: deal.reverse(payment))
    deal.reverse(deal.record(60_000, side=Side.STORE))  # what the store paid is not asked for
    deal.record(1)
    deal.reverse(payment)
    assert deal.sums() == (1, 0)


def test_a_free_job_needs_no_payment():
    deal = make_deal(is_free=True)
    payment = deal.record()
    CompletionRequestFactory.create(job=deal.job)
    deal.reverse(payment)
    assert deal.sums() == (0, 0)


# --- What stays true ------------------------------------------------------------------------------------------------


def test_whoever_was_not_hired_sees_no_payment(deal):
    deal.record()
    seen = {name: Payment.objects.visible_to(user).exists() for name, user in deal.people.items()}
    assert {name for name, sees in seen.items() if sees} == {"owner", "manager", "partner_owner", "member"}


@pytest.mark.parametrize(("currency", "amount"), [("JPY", 1_800), ("KWD", 1_800_500)])
def test_a_job_is_paid_in_its_own_currency(currency, amount):
    deal = make_deal(currency=currency)
    deal.record(amount)
    assert deal.sums() == (amount, 0)
    assert activity.details(Activity.objects.get())[0] in {"Received, ¥1,800", "Received, KWD\u00a01,800.500"}


def test_the_sums_of_a_job_are_those_of_its_entries(deal):
    first = deal.record(3)
    deal.record(4)
    deal.reverse(deal.record(5, side=Side.STORE))
    deal.record(6, side=Side.STORE)
    deal.reverse(first)
    job = Job.objects.get(pk=deal.job.pk)
    for kind in Payment.Kind:
        entries = Payment.objects.filter(job=job, kind=kind)
        assert getattr(job, kind.value) == sum(entry.signed for entry in entries)
