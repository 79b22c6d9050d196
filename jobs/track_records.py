"""What jobs add to the track records of partners and stores, in the transaction of the act; and the same figures from
scratch."""

from typing import Any

from django.db import transaction
from django.db.models import Count, DurationField, ExpressionWrapper, F, FloatField, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Extract, Floor

from jobs.models import Candidate, CompletionRequest, Job
from partners.models import Partner, TrackRecord
from stores.models import Store, StoreTrackRecord

type Figures = dict[str, int]

DECLINED = Q(completions__status=CompletionRequest.Status.DECLINED)
BY_A_PERSON = Q(completions__status=CompletionRequest.Status.APPROVED, completions__decided_by__isnull=False)
BY_THE_CLOCK = Q(completions__status=CompletionRequest.Status.APPROVED, completions__decided_by=None)


def count_completion(job: Job, completion: CompletionRequest) -> None:
    """Count a job that was completed just now by `completion`, unless `job.is_counted` says no. Both are saved, partner
    and store are locked."""
    if not job.is_counted or job.partner_id is None:
        return
    this_one = Job.objects.filter(pk=job.pk)
    _add(TrackRecord, {"partner_id": job.partner_id}, _of_partner(this_one))
    _add(StoreTrackRecord, {"store_id": job.store_id}, _of_store(this_one))


def count_answer(candidate: Candidate) -> None:
    """Count the first answer to an invitation, just now. The partner is locked.

    An answer to somebody of one's own team is none: whoever owns a store could answer themselves all day.
    """
    if candidate.answered_at is None or candidate.is_answer_counted is not None:
        return
    itself = candidate.partner.memberships.filter(user=candidate.invited_by_id).exists()
    candidate.is_answer_counted = not itself
    candidate.save(update_fields=["is_answer_counted"])
    _add(TrackRecord, {"partner_id": candidate.partner_id}, _answers(Candidate.objects.filter(pk=candidate.pk)))


# --- Reckoned from rows ---------------------------------------------------------------------------------------------


def _of_partner(jobs: QuerySet[Job]) -> Figures:
    counted = jobs.filter(status=Job.Status.COMPLETED, is_counted=True)
    at_first = counted.filter(BY_A_PERSON).exclude(pk__in=Job.objects.filter(DECLINED).values("pk"))
    return {"jobs_completed": counted.count(), "first_time_approvals": at_first.count()}


def _answers(candidates: QuerySet[Candidate]) -> Figures:
    took = ExpressionWrapper(F("answered_at") - F("invited_at"), output_field=DurationField())
    whole = Floor(Extract(took, "epoch", output_field=FloatField()), output_field=FloatField())
    seconds = Coalesce(Sum(whole, output_field=FloatField()), 0.0, output_field=FloatField())
    found = candidates.filter(is_answer_counted=True).aggregate(answers=Count("pk"), seconds=seconds)
    return {"answers": found["answers"], "seconds_to_answer": int(found["seconds"])}


def _of_store(jobs: QuerySet[Job]) -> Figures:
    counted = jobs.filter(status=Job.Status.COMPLETED, is_counted=True)
    return counted.aggregate(
        jobs_completed=Count("pk", distinct=True),
        answered_by_people=Count("completions", filter=DECLINED | BY_A_PERSON),
        answered_by_the_clock=Count("completions", filter=BY_THE_CLOCK),
    )


def _add(model: Any, whose: dict[str, int], figures: Figures) -> None:
    model.objects.get_or_create(**whose)
    model.objects.filter(**whose).update(**{name: F(name) + number for name, number in figures.items()})


# --- From scratch ---------------------------------------------------------------------------------------------------


@transaction.atomic
def rebuild_partner(pk: int) -> bool:
    """Put the partner's figures right. True if they were wrong.

    The lock keeps acts out: whoever completes a job, or answers, holds it until both the rows and the figures stand.
    """
    partner = Partner.objects.lock(pk)
    figures = _of_partner(Job.objects.filter(partner=partner))
    figures |= _answers(Candidate.objects.filter(partner=partner))
    return _put(TrackRecord, {"partner_id": pk}, figures)


@transaction.atomic
def rebuild_store(pk: int) -> bool:
    """As above, under the store's lock."""
    store = Store.objects.lock(pk)
    return _put(StoreTrackRecord, {"store_id": pk}, _of_store(Job.objects.filter(store=store)))


def _put(model: Any, whose: dict[str, int], figures: Figures) -> bool:
    known = model.objects.filter(**whose).values(*figures).first() or dict.fromkeys(figures, 0)
    if known == figures:
        return False
    model.objects.update_or_create(**whose, defaults=figures)
    return True
