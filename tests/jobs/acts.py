"""What people and the clock do with jobs, each at the instant that is said, in as few words as the stateful test
needs. These are the actions themselves, under their own locks."""

from collections.abc import Callable, Collection
from datetime import datetime
from functools import wraps

import time_machine
from django.utils import timezone

from accounts.models import User
from collaborators.models import Side
from jobs import actions
from jobs.actions import completion_sweeps, completions, payments
from jobs.models import Candidate, CompletionRequest, Job, Payment, Proposal
from partners.models import Partner
from stores.models import Store


def at_an_instant[**P, R](act: Callable[P, R]) -> Callable[P, R]:
    @wraps(act)
    def acting(*args: P.args, **kwargs: P.kwargs) -> R:
        at = kwargs["at"]
        assert isinstance(at, datetime)
        with time_machine.travel(at, tick=False):
            return act(*args, **kwargs)

    return acting


class Acts:
    @at_an_instant
    def post(self, store: Store, partners: Collection[Partner], *, at: datetime) -> Job:
        wanted = actions.Wanted("Theme refresh", "New colours.")
        slugs = [partner.slug for partner in partners]
        return actions.begin_job(
            store, wanted=wanted, currency=store.currency, budget=None, partners=slugs, by=store.owner
        )

    @at_an_instant
    def invite(self, candidate: Candidate, *, at: datetime) -> None:
        """Once more."""
        actions.invite_again(candidate, by=candidate.job.store.owner)

    @at_an_instant
    def answer(self, candidate: Candidate, *, proposes: bool, price: int | None = None, at: datetime) -> None:
        terms = {"partner": candidate.partner, "by": candidate.partner.memberships.earliest("pk").user}
        if proposes:
            actions.send_proposal(candidate.job, offer=actions.Offer(price), **terms)
        else:
            actions.decline_invitation(candidate.job, **terms)

    @at_an_instant
    def lapse(self, *, at: datetime) -> None:
        actions.lapse_all_due(now=at)

    @at_an_instant
    def hire(self, proposal: Proposal, *, at: datetime) -> None:
        actions.accept_proposal(proposal, by=proposal.candidate.job.store.owner)

    @at_an_instant
    def record(self, job: Job, side: Side, amount: int, *, by: User, at: datetime) -> Payment:
        day = timezone.localdate()
        return payments.record_payment(job, side=side, amount=amount, currency=job.currency, paid_on=day, by=by)

    @at_an_instant
    def reverse(self, payment: Payment, *, by: User, at: datetime) -> Payment:
        return payments.reverse_payment(payment, side=payment.side, by=by)

    @at_an_instant
    def ask_completion(self, job: Job, *, by: User, at: datetime) -> None:
        completions.request_completion(job, message="", by=by)

    @at_an_instant
    def approve(self, completion: CompletionRequest, *, by: User, at: datetime) -> None:
        completions.approve_completion(completion, by=by)

    @at_an_instant
    def clock(self, *, at: datetime) -> None:
        completion_sweeps.approve_all_due(now=at)

    @at_an_instant
    def decline(self, completion: CompletionRequest, *, by: User, at: datetime) -> None:
        completions.decline_completion(completion, items=["Size guide"], by=by)

    @at_an_instant
    def withdraw(self, completion: CompletionRequest, *, by: User, at: datetime) -> None:
        completions.withdraw_completion(completion, by=by)

    @at_an_instant
    def cancel(self, job: Job, *, by: User, at: datetime) -> None:
        actions.cancel_job(job, side=Side.STORE, reason="Our plans changed.", by=by)
