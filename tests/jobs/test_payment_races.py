"""Many at once: sums stay those of their entries, and a payment is reversed once. Red without the locks."""

import pytest
from django.db import IntegrityError

from collaborators.models import Side
from jobs.errors import PaymentReversed
from jobs.models import Job, Payment
from jobs.models.payments import PaymentQuerySet
from notifications.models import Event
from tests.jobs.paying import make_deal
from tests.races import meeting, together, without_locks

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 10
BEFORE_THE_SUM = (Job, "book")
BEFORE_THE_ENTRY = (PaymentQuerySet, "create")  # between the guard and the write


def test_payments_recorded_at_once_all_count(monkeypatch):
    deal = make_deal()
    acts = [lambda side=side: deal.record(7, side=side) for side in [Side.PARTNER, Side.STORE] * (CROWD // 2)]
    with meeting(monkeypatch, BEFORE_THE_SUM, parties=CROWD, timeout=0.2):
        results = together(acts)
    assert not [result for result in results if isinstance(result, Exception)]
    assert deal.sums() == (7 * CROWD // 2, 7 * CROWD // 2)
    assert Event.objects.filter(topic="job.paid").count() == CROWD


def test_without_the_lock_one_of_two_is_lost(monkeypatch):
    deal = make_deal()
    with without_locks(monkeypatch, meet_at=BEFORE_THE_SUM, parties=2):
        together([lambda: deal.record(7)] * 2)
    assert Payment.objects.count() == 2
    assert deal.sums() == (7, 0)


def test_a_payment_that_many_reverse_at_once_is_reversed_once(monkeypatch):
    deal = make_deal()
    payment = deal.record()
    with meeting(monkeypatch, BEFORE_THE_ENTRY, parties=CROWD, timeout=0.2):
        people = [deal["member"], deal["partner_owner"]] * (CROWD // 2)
        results = together([lambda by=by: deal.reverse(payment, by=by) for by in people])
    losers = [result for result in results if isinstance(result, Exception)]
    assert len(losers) == CROWD // 2  # whoever won is answered alike each time
    assert {result.pk for result in results if isinstance(result, Payment)} == {payment.reversal.pk}
    assert {type(loser) for loser in losers} == {PaymentReversed}
    assert deal.sums() == (0, 0)
    assert Event.objects.filter(topic="job.payment_reversed").count() == 1


def test_without_the_lock_both_pass_the_guard(monkeypatch):
    deal = make_deal()
    payment = deal.record()
    with without_locks(monkeypatch, meet_at=BEFORE_THE_ENTRY, parties=2):
        results = together([lambda: deal.reverse(payment)] * 2)
    assert [type(result) for result in results if isinstance(result, Exception)] == [IntegrityError]
