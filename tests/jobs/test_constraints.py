"""What the database refuses of jobs, whoever writes: each constraint tried in raw SQL."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction

from jobs.models import CompletionRules, JobAccess
from tests.collaborators.test_constraints import copy_of
from tests.factories import (
    CandidateFactory,
    CollaborationFactory,
    CompletionRequestFactory,
    JobFactory,
    JobItemFactory,
    PaymentFactory,
)

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Case:
    """`change`: SET of an UPDATE; "" for the same row once more, with `other` in it."""

    constraint: str
    row: Callable
    change: str = ""
    other: tuple[tuple[str, object], ...] = ()


def access():
    collaboration = CollaborationFactory.create()
    job = JobFactory.create(store=collaboration.store, partner=collaboration.partner, in_progress=True)
    return JobAccess.objects.create(job=job, collaboration=collaboration, added_by=job.store.owner)


def proposal():
    return CandidateFactory.create(proposed=True).proposals.get()


def reversal():
    payment = PaymentFactory.create()
    return PaymentFactory.create(job=payment.job, reverses=payment)


def approved():
    request = CompletionRequestFactory.create()
    request.decide(request.Status.APPROVED, by=request.job.store.owner, at=request.requested_at)
    return request


def job(**traits):
    return lambda: JobFactory.create(**traits)


SOMEBODY = "(SELECT id FROM accounts_user LIMIT 1)"
OPEN, IN_PROGRESS, COMPLETED, CANCELLED = job(), job(in_progress=True), job(completed=True), job(cancelled=True)

CASES = [
    Case("completion_rules_are_one_row", lambda: CompletionRules.objects.create(pk=1), "id = 2"),
    *(
        Case("completion_rules_between_one_and_ninety_days", lambda: CompletionRules.objects.create(pk=1), change)
        for change in ("days = 0", "days = 91", "more_days = 0", "more_days = 91")
    ),
    Case("job_has_a_title", OPEN, "title = ''"),
    Case("job_budget_is_positive", OPEN, "budget = 0"),
    Case("job_budget_is_positive", OPEN, "budget = -1"),
    Case("job_hired_with_terms", OPEN, "price = 5"),
    Case("job_hired_with_terms", OPEN, "is_free = true"),
    Case("job_hired_with_terms", OPEN, f"hired_by_id = {SOMEBODY}"),
    Case("job_hired_with_terms", IN_PROGRESS, "price = NULL"),
    Case("job_hired_with_terms", IN_PROGRESS, "price = 0"),
    Case("job_hired_with_terms", IN_PROGRESS, "is_free = true"),
    Case("job_hired_with_terms", IN_PROGRESS, "partner_id = NULL"),
    Case("job_hired_with_terms", IN_PROGRESS, "hired_by_id = NULL"),
    Case("job_in_progress_once_hired", OPEN, "status = 'in_progress'"),
    Case("job_in_progress_once_hired", IN_PROGRESS, "status = 'open'"),
    Case("job_completed_has_its_time", IN_PROGRESS, "status = 'completed'"),
    Case("job_completed_has_its_time", IN_PROGRESS, "completed_at = now()"),
    Case("job_completed_has_its_time", IN_PROGRESS, "is_counted = true"),
    Case("job_completed_has_its_time", COMPLETED, "is_counted = NULL"),
    Case("job_cancelled_by_somebody_with_a_reason", OPEN, "status = 'cancelled'"),
    Case("job_cancelled_by_somebody_with_a_reason", OPEN, "cancelled_at = now()"),
    Case("job_cancelled_by_somebody_with_a_reason", OPEN, "cancel_reason = 'No'"),
    Case("job_cancelled_by_somebody_with_a_reason", CANCELLED, "cancel_reason = ''"),
    Case("job_cancelled_by_somebody_with_a_reason", CANCELLED, "cancelled_side = ''"),
    Case("job_cancelled_by_somebody_with_a_reason", CANCELLED, "cancelled_by_id = NULL"),
    Case("job_sums_are_not_negative", IN_PROGRESS, "received = -1"),
    Case("job_sums_are_not_negative", IN_PROGRESS, "paid = -1"),
    Case("job_item_says_something", JobItemFactory.create, "text = ''"),
    Case("job_item_done_by_somebody", JobItemFactory.create, "done_at = now()"),
    Case("job_item_done_by_somebody", JobItemFactory.create, f"done_by_id = {SOMEBODY}"),
    Case("job_item_missing_from_a_completion", JobItemFactory.create, "origin = 'decline'"),
    Case("candidate_once_per_job", CandidateFactory.create, other=(("conversation_id", 0),)),
    Case(
        "candidate_one_hired", lambda: IN_PROGRESS().candidates.get(), other=(("conversation_id", 0), ("partner_id", 0))
    ),
    Case("candidate_invited_by_somebody", CandidateFactory.create, "invited_at = NULL"),
    Case("candidate_invited_by_somebody", CandidateFactory.create, "invited_by_id = NULL"),
    Case(
        "candidate_invited_by_somebody",
        lambda: CandidateFactory.create(invited_at=None, invited_by=None),
        "answered_at = now()",
    ),
    Case("candidate_waits_until_an_instant", CandidateFactory.create, "waits_until = NULL"),
    Case("candidate_waits_until_an_instant", CandidateFactory.create, "status = 'lapsed'"),
    Case("proposal_one_pending", proposal),
    Case("proposal_price_is_positive", proposal, "price = 0"),
    Case("proposal_decided_by_somebody", proposal, "status = 'accepted'"),
    Case("proposal_decided_by_somebody", proposal, "status = 'lapsed'"),
    Case("proposal_decided_by_somebody", proposal, "status = 'declined', decided_at = now()"),
    Case("proposal_decided_by_somebody", proposal, "decided_at = now()"),
    Case("completion_one_pending", CompletionRequestFactory.create),
    Case("completion_one_approved", approved),
    Case("completion_decided_by_somebody_or_the_clock", CompletionRequestFactory.create, "status = 'approved'"),
    Case("completion_decided_by_somebody_or_the_clock", CompletionRequestFactory.create, "decided_at = now()"),
    Case(
        "completion_decided_by_somebody_or_the_clock",
        CompletionRequestFactory.create,
        "status = 'declined', decided_at = now()",
    ),
    Case(
        "completion_by_the_clock_had_a_deadline",
        CompletionRequestFactory.create,
        "status = 'approved', decided_at = now(), deadline = NULL",
    ),
    Case("completion_extended_by_somebody", CompletionRequestFactory.create, "extended_at = now()"),
    Case("completion_extended_by_somebody", CompletionRequestFactory.create, f"extended_by_id = {SOMEBODY}"),
    Case("job_access_once_per_job", access),
    Case("payment_is_positive", PaymentFactory.create, other=(("amount", 0),)),
    Case("payment_is_positive", PaymentFactory.create, other=(("amount", -5),)),
    Case("payment_is_positive", PaymentFactory.create, other=(("amount", 10**12 + 1),)),
    Case("jobs_payment_reverses_id_key", reversal),  # once
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.constraint}: {case.change or 'another'}")
def test_the_database_refuses(case):
    row = case.row()
    table = row._meta.db_table
    if case.change:
        statement, values = f"UPDATE {table} SET {case.change} WHERE id = {row.pk}", []
    else:
        public = any(field.name == "public_id" for field in row._meta.fields)
        statement, values = copy_of(table, row, public=public, **dict(case.other))
    with pytest.raises(IntegrityError, match=case.constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_no_constraint_is_left_out():
    there = {
        constraint.name for model in apps.get_app_config("jobs").get_models() for constraint in model._meta.constraints
    }
    assert there - {case.constraint for case in CASES} == set()


@pytest.mark.parametrize("statement", ["UPDATE jobs_payment SET amount = 7", "DELETE FROM jobs_payment"])
def test_nobody_changes_or_deletes_a_payment(statement):
    PaymentFactory.create()
    refused = pytest.raises(DatabaseError, match=r"Cannot (update|delete) rows")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
