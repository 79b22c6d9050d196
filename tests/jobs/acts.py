"""What people do with jobs, in as few words as the stateful test needs.

`Acts` is the one place to put the real actions in for what stands here without them: each method is one act.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from collaborators.models import About, Conversation, Side
from jobs.actions.payments import record_payment, reverse_payment
from jobs.models import Candidate, CompletionRequest, Job, Payment
from jobs.track_records import count_answer, count_completion
from partners.models import Partner
from stores.models import Store


class Acts:
    """Straight on the rows, under the locks that actions take."""

    @transaction.atomic
    def post(self, store: Store, *, at: datetime) -> Job:
        return Job.objects.create(
            store=store,
            beginning=Job.Beginning.POSTED,
            title="Theme refresh",
            brief="New colours.",
            currency=store.currency,
            created_by=store.owner,
            created_at=at,
        )

    @transaction.atomic
    def invite(self, job: Job, partner: Partner, *, at: datetime) -> None:
        Partner.objects.lock(partner.pk)
        waits = {"waits_until": at + timedelta(hours=72)}
        candidate = Candidate.objects.filter(job=job, partner=partner).first()
        if candidate:
            candidate.require(Candidate.Status.INVITED)
            candidate.become(Candidate.Status.INVITED, at=at, **waits)
            return
        talk = Conversation.objects.create(store=job.store, partner=partner, about=About.JOB)
        invited = {"invited_at": at, "invited_by": job.store.owner, "status": Candidate.Status.INVITED}
        Candidate.objects.create(job=job, partner=partner, conversation=talk, **invited, **waits)

    @transaction.atomic
    def answer(self, candidate: Candidate, *, proposes: bool, at: datetime) -> None:
        Partner.objects.lock(candidate.partner_id)
        status = Candidate.Status.PROPOSED if proposes else Candidate.Status.PASSED
        candidate.require(status)
        first = candidate.status == Candidate.Status.INVITED and candidate.answered_at is None
        candidate.become(status, at=at, waits_until=at + timedelta(hours=72) if proposes else None)
        if first:
            count_answer(candidate)

    @transaction.atomic
    def lapse(self, candidate: Candidate, *, at: datetime) -> None:
        candidate.require(Candidate.Status.LAPSED)
        candidate.become(Candidate.Status.LAPSED, at=at)

    @transaction.atomic
    def hire(self, candidate: Candidate, *, price: int | None, at: datetime) -> None:
        candidate.job.require(Job.Status.IN_PROGRESS)
        candidate.require(Candidate.Status.HIRED)
        candidate.become(Candidate.Status.HIRED, at=at)
        candidate.job.hire(candidate.partner, price=price, by=candidate.job.store.owner, at=at)

    def record(self, job: Job, side: Side, amount: int, *, by: User) -> Payment:
        day = timezone.localdate()
        return record_payment(job, side=side, amount=amount, currency=job.currency, paid_on=day, by=by)

    def reverse(self, payment: Payment, *, by: User) -> Payment:
        return reverse_payment(payment, side=payment.side, by=by)

    @transaction.atomic
    def ask_completion(self, job: Job, *, by: User, at: datetime) -> None:
        job.require_in_progress()
        if not job.may_be_completed or job.completions.filter(status="pending").exists():
            return
        deadline = at + timedelta(days=14)
        CompletionRequest.objects.create(job=job, requested_by=by, requested_at=at, deadline=deadline, more_days=7)

    def approve(self, completion: CompletionRequest, *, by: User | None, at: datetime) -> None:
        """`by` None: the clock."""
        status = CompletionRequest.Status.APPROVED

        def complete(job: Job) -> None:
            own = by is not None and job.partner is not None and job.partner.membership_of(by) is not None
            job.complete(at=at, is_counted=not own)
            count_completion(job, completion)

        self._decide(completion, status, by=by, at=at, then=complete)

    def decline(self, completion: CompletionRequest, *, by: User, at: datetime) -> None:
        self._decide(completion, CompletionRequest.Status.DECLINED, by=by, at=at)

    def withdraw(self, completion: CompletionRequest, *, by: User, at: datetime) -> None:
        self._decide(completion, CompletionRequest.Status.WITHDRAWN, by=by, at=at)

    @transaction.atomic
    def cancel(self, job: Job, *, by: User, at: datetime) -> None:
        job.require(Job.Status.CANCELLED)
        for completion in job.completions.filter(status="pending"):
            completion.decide(CompletionRequest.Status.WITHDRAWN, by=by, at=at)
        for candidate in job.candidates.filter(status__in=Candidate.WAITING):
            candidate.become(Candidate.Status.CLOSED, at=at)
        job.cancel(side=Side.STORE, reason="Our plans changed.", by=by, at=at)

    @transaction.atomic
    def _decide(self, completion, status, *, by, at, then: Callable[[Job], None] = lambda job: None) -> None:
        job = completion.job
        Partner.objects.lock(job.partner_id)
        Store.objects.lock(job.store_id)
        completion.require(status)
        completion.decide(status, by=by, at=at)
        then(job)
