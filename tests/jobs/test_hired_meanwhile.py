"""Somebody is hired between looking at a job and locking it."""

import pytest
from django.utils import timezone

from accounts.errors import Conflict
from collaborators.models import Side
from jobs import actions
from jobs.actions.payments import record_payment
from jobs.models import Payment
from stores.models import StoreQuerySet

pytestmark = pytest.mark.django_db


def test_whoever_is_not_the_one_hears_nothing_of_who_was_hired_or_by_whom(town, monkeypatch):
    job = town.ask(town.nord, town.lumen)
    proposal = town.answer(job)
    lock = StoreQuerySet.lock

    def hired_first(stores, pk):
        monkeypatch.setattr(StoreQuerySet, "lock", lock)
        actions.accept_proposal(proposal, by=town.manager)
        return lock(stores, pk)

    monkeypatch.setattr(StoreQuerySet, "lock", hired_first)
    terms = {"amount": 1, "currency": job.currency, "paid_on": timezone.localdate()}
    with pytest.raises(Conflict) as refused:
        record_payment(job, side=Side.PARTNER, **terms, by=town.luc)
    assert str(refused.value) == "This job is not open any more."
    assert not Payment.objects.exists()
