"""A sweep goes on after a row that is broken, and ends when its time is up."""

import logging
from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from collaborators import actions
from collaborators.actions import access_reviews, clock, openings, reminders, waiting
from collaborators.models import CodeGuess, CodePathOpening
from tests.factories import AccessRequestFactory, CollaborationFactory, PartnerFactory, StoreFactory

pytestmark = pytest.mark.django_db

DAYS = timedelta(days=1)


def to_remind():
    return CollaborationFactory.create(since=timezone.now() - 30 * DAYS, ends_at=timezone.now() + timedelta(hours=5))


def to_question():
    return CollaborationFactory.create(since=timezone.now() - 61 * DAYS)


def to_review():
    return CollaborationFactory.create(since=timezone.now() - 200 * DAYS)


def to_lapse():
    return CollaborationFactory.create(since=timezone.now() - 30 * DAYS, ends_at=timezone.now() - DAYS)


def waits():
    return AccessRequestFactory.create(asked_at=timezone.now() - 4 * DAYS)


def spent():
    store = StoreFactory.create()
    opening = CodePathOpening.objects.filter(store=store).first() or CodePathOpening.objects.create(
        store=store, opened_at=timezone.now() - DAYS
    )
    for number in range(4):
        CodeGuess.objects.create(
            partner=PartnerFactory.create(),
            store=store,
            fingerprint=f"{store.pk}-{number}",
            opening=opening,
            compared_at=timezone.now() - DAYS,
        )


SWEEPS = [
    (to_remind, reminders, "_remind_of_its_end", actions.remind_all_of_their_end),
    (to_question, reminders, "_question_unused", actions.question_all_unused),
    (to_review, access_reviews, "_open_review", actions.open_all_reviews),
    (to_lapse, clock, "lapse_due", actions.lapse_all_due),
    (waits, waiting, "_remind", actions.remind_all_due),
    (spent, openings, "close_if_spent", actions.close_all_spent),
]
each_sweep = pytest.mark.parametrize(("due", "module", "act", "sweep"), SWEEPS)


@pytest.fixture
def tried(monkeypatch):
    """The first row raises what is asked for; how many were tried."""
    tried: list[int] = []

    def first_raises(module, act: str, error: BaseException) -> list[int]:
        original = getattr(module, act)

        def broken_once(*args, **more):
            tried.append(1)
            if len(tried) == 1:
                raise error
            return original(*args, **more)

        monkeypatch.setattr(module, act, broken_once)
        return tried

    return first_raises


@each_sweep
def test_one_broken_row_keeps_no_other_waiting(due, module, act, sweep, tried, caplog):
    due(), due()
    found = tried(module, act, RuntimeError("broken"))
    sweep(now=timezone.now())
    assert len(found) == 2
    assert [record.levelno for record in caplog.records if record.exc_info] == [logging.ERROR]


@each_sweep
def test_a_sweep_whose_time_is_up_ends(due, module, act, sweep, tried):
    due(), due()
    found = tried(module, act, SoftTimeLimitExceeded())
    with pytest.raises(SoftTimeLimitExceeded):
        sweep(now=timezone.now())
    assert len(found) == 1
