"""Money for a job, as each side says: the partner what it received, the store what it paid. A mistake is taken back
once, by an entry."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import money
from accounts.models import User
from collaborators.models import Side
from jobs.actions.steps import Locked, clock_first, lock, report, require_side
from jobs.errors import (
    BadAmount,
    NotYourPayment,
    OtherCurrency,
    PaymentDay,
    PaymentNeeded,
    ReversalStays,
    TooManyPayments,
    payment_reversed,
)
from jobs.models import MOST_PAYMENTS, Job, Payment
from stores.models import Store

OLDEST = timedelta(days=2 * 365)  # what is older is a slip of the finger


@clock_first
def record_payment(
    job: Job, *, side: Side, amount: int, currency: str, paid_on: date, reference: str = "", by: User
) -> Payment:
    """Record what the partner received, or what the store paid.

    Raises NotAllowed, OwnPartnersJob, JobMovedOn, OtherCurrency, BadAmount, PaymentDay, TooManyPayments.
    """
    locked = lock(job)
    require_side(side, by, locked)
    locked.job.require_payable()
    if currency != locked.job.currency:
        raise OtherCurrency(locked.job.currency)
    _require_sensible(amount, currency)
    require_day(paid_on, store=locked.store)
    if locked.job.payments.filter(reverses=None).count() >= MOST_PAYMENTS:
        raise TooManyPayments
    kind = Payment.Kind.of(side)
    return _enter(locked, "job.paid", kind=kind, amount=amount, paid_on=paid_on, reference=reference, by=by)


@clock_first
def reverse_payment(payment: Payment, *, side: Side, by: User) -> Payment:
    """Take a payment back by an entry of the same kind: once, by the side that recorded it. Gives that entry, and to
    whoever says it again the same one.

    Raises NotAllowed, OwnPartnersJob, NotYourPayment, ReversalStays, PaymentReversed, PaymentNeeded.
    """
    locked = lock(payment.job)
    require_side(side, by, locked)
    payment = Payment.objects.with_reversals().get(pk=payment.pk)
    if payment.side is not side:
        raise NotYourPayment
    if payment.is_reversal:
        raise ReversalStays
    if payment.is_reversed:
        if payment.reversal.recorded_by_id == by.pk:
            return payment.reversal  # the same decision said twice
        raise payment_reversed(payment.reversal)
    _require_not_needed(payment, locked.job)
    today = timezone.localdate(timezone=ZoneInfo(locked.store.time_zone))
    kind = Payment.Kind(payment.kind)
    return _enter(
        locked, "job.payment_reversed", kind=kind, amount=payment.amount, paid_on=today, reverses=payment, by=by
    )


def require_day(day: date, *, store: Store) -> None:
    """Raise PaymentDay for a day that is still to come where the store is, or so long ago that it must be a slip."""
    today = timezone.localdate(timezone=ZoneInfo(store.time_zone))
    if day > today:
        raise PaymentDay(_("This day is still to come. Record a payment once it is made."))
    if day < today - OLDEST:
        raise PaymentDay(_("Choose a day after %(date)s.") % {"date": date_format(today - OLDEST - timedelta(days=1))})


def _require_sensible(amount: int, currency: str) -> None:
    try:
        money.checked(amount, currency)
    except ValidationError as refused:
        raise BadAmount(refused.messages[0]) from refused


def _require_not_needed(payment: Payment, job: Job) -> None:
    """A completion request stands on a payment, unless the job is free."""
    is_last = payment.kind == Payment.Kind.RECEIVED and job.received <= payment.amount
    if is_last and not job.is_free and job.completions.pending().exists():
        raise PaymentNeeded


def _enter(locked: Locked, topic: str, *, kind: Payment.Kind, by: User, **entry) -> Payment:
    job = locked.job
    payment = Payment.objects.create(job=job, kind=kind, recorded_by=by, **entry)
    job.book(kind.value, payment.signed)
    said = {"payment": [payment.kind, payment.amount, job.currency]}
    before, after = ({}, said) if payment.reverses is None else (said, {})
    report(topic, job, by=by, before=before, after=after, payment=payment.pk, side=payment.side.value)
    return payment
