"""Payments on the page of a job, and of all jobs as a file."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.csv_files import csv_response
from accounts.errors import BadIdempotencyKey, Conflict, KeyUsedOtherwise, Refused
from accounts.keyset import page
from accounts.money import as_decimal
from accounts.once import Answer, once
from jobs.actions.payments import record_payment, reverse_payment
from jobs.actions.steps import clock_holds
from jobs.job_views import PARTS, Here, find, in_partner, in_store, is_of_own_partner, show
from jobs.models import Job, Payment
from jobs.payment_forms import PaymentForm
from partners.models import Membership
from partners.permissions import TeamPermission
from stores import access
from stores.models import Store

SHOWN = 20


def are_open_to(here: Here, job: Job) -> bool:
    """A partner that was not hired knows nothing of the money."""
    return here.is_store or job.partner_id in {None, here.place.pk}


def may_record(request, here: Here, job: Job) -> bool:
    """Whether to show the forms; the action asks again, under the lock."""
    if not here.may_act or not here.is_store:
        return here.may_act
    return job.store.owner_id == request.user.pk or not is_of_own_partner(request, job)


def payments_part(request, here: Here, job: Job) -> dict[str, Any]:
    if not job.hired_at or not are_open_to(here, job):
        return {}
    found = page(_payments(request, job), after=request.GET.get("payments_after"), size=SHOWN)
    may = may_record(request, here, job)
    rows = [
        {
            "payment": row,
            "may_reverse": may and _may_reverse(here, row),
            "reversal_url": here.url("payment-reversal", job.public_id, row.public_id),
        }
        for row in found
    ]
    return {
        "payments": rows,
        "payments_page": found,
        "payment_form": PaymentForm(job=job) if may and job.is_payable else None,
        "payment_url": here.url("payment-recording", job.public_id),
        "export_url": here.url("payment-export"),
    }


PARTS.append(payments_part)


def _payments(request, job: Job) -> QuerySet[Payment]:
    return Payment.objects.visible_to(request.user).filter(job=job).with_reversals()


def _may_reverse(here: Here, payment: Payment) -> bool:
    return payment.side is here.side and not payment.is_reversal and not payment.is_reversed


def _find(request, here: Here, public_id: UUID) -> Job:
    job = find(request, here, public_id)
    if not are_open_to(here, job):
        raise Http404
    return job


# --- Acts -----------------------------------------------------------------------------------------------------------


def _record(request, here: Here, public_id: UUID) -> HttpResponse:
    job = _find(request, here, public_id)
    form = PaymentForm(request.POST, job=job)
    if form.is_valid():

        def record() -> Answer:
            payment = record_payment(job, side=here.side, **form.terms, by=request.user)
            return HTTPStatus.FOUND, str(payment.public_id)

        try:
            with clock_holds(job):
                once(record, by=request.user, key=form.cleaned_data["key"], asked=[request.path, form.terms])
        except (KeyUsedOtherwise, BadIdempotencyKey):
            form.say_sent_before()
        except Conflict as late:
            return _late(request, here, public_id, late)
        except Refused as refused:
            refused.stand_in(form)
        else:
            messages.success(request, _("Recorded. The other side is told."))
            return redirect(f"{here.url('job', public_id)}#payments")
    return show(request, here, job, status=HTTPStatus.UNPROCESSABLE_ENTITY, payment_form=form)


def _reverse(request, here: Here, public_id: UUID, payment: UUID) -> HttpResponse:
    job = _find(request, here, public_id)
    entry = get_object_or_404(_payments(request, job), public_id=payment)
    try:
        reverse_payment(entry, side=here.side, by=request.user)
    except Refused as refused:
        return _late(request, here, public_id, refused)
    messages.success(request, _("Reversed. The other side is told."))
    return redirect(f"{here.url('job', public_id)}#payments")


def _late(request, here: Here, public_id: UUID, refused: Refused) -> HttpResponse:
    """The page as it is now: there is nothing in the form that would change the answer."""
    messages.warning(request, str(refused))
    is_conflict = isinstance(refused, Conflict)
    status = HTTPStatus.CONFLICT if is_conflict else HTTPStatus.UNPROCESSABLE_ENTITY
    return show(request, here, _find(request, here, public_id), status=status)


@require_POST
@in_store("jobs.manage")
def payment_recording(request, here: Here, public_id: UUID) -> HttpResponse:
    return _record(request, here, public_id)


@require_POST
@in_partner
def partner_payment_recording(request, here: Here, public_id: UUID) -> HttpResponse:
    return _record(request, here, public_id)


@require_POST
@in_store("jobs.manage")
def payment_reversal(request, here: Here, public_id: UUID, payment: UUID) -> HttpResponse:
    return _reverse(request, here, public_id, payment)


@require_POST
@in_partner
def partner_payment_reversal(request, here: Here, public_id: UUID, payment: UUID) -> HttpResponse:
    return _reverse(request, here, public_id, payment)


# --- As a file ------------------------------------------------------------------------------------------------------


def _export(request, here: Here, may_go_on: Callable[[], bool]) -> HttpResponseBase:
    """All payments of both sides, in all jobs of the place; what a reversal takes off is below zero."""
    rows = Payment.objects.visible_to(request.user).with_reversals()
    if isinstance(here.place, Store):
        rows = rows.filter(job__store=here.place)
        other, name_of = _("Partner"), lambda job: job.partner.name
    else:
        rows = rows.filter(job__partner=here.place)
        other, name_of = _("Store"), lambda job: job.store.name

    def cells(row: Payment) -> Iterable[object]:
        return [
            row.paid_on.isoformat(),
            row.job.title,
            name_of(row.job),
            Payment.Kind(row.kind).label,
            as_decimal(row.signed, row.job.currency),
            row.job.currency,
            row.reference,
            _state(row),
            row.recorded_by,
            timezone.localtime(row.recorded_at).isoformat(timespec="seconds"),
        ]

    return csv_response(
        f"payments-{here.name}-{timezone.localdate():%Y-%m-%d}",
        [
            _("Date"),
            _("Job"),
            other,
            _("Kind"),
            _("Amount"),
            _("Currency"),
            _("Reference"),
            _("Reversal"),
            _("Recorded by"),
            _("Recorded at"),
        ],
        rows.select_related("job__store", "job__partner"),
        cells=cells,
        may_go_on=may_go_on,
        stopped=_("The list ends here: you may no longer see these jobs."),
    )


def _state(row: Payment) -> str:
    if row.is_reversal:
        return _("Reversal")
    return _("Reversed") if row.is_reversed else ""


@require_safe
@in_store("jobs.view")
def payment_export(request, here: Here):
    return _export(request, here, lambda: access.still_may(request.user, "jobs.view", here.place))  # type: ignore[arg-type]


@require_safe
@in_partner
def partner_payment_export(request, here: Here):
    def may_go_on() -> bool:
        mine = Membership.objects.where_user_may(request.user, TeamPermission.MANAGE_JOBS)
        return mine.filter(partner=here.place.pk, user__is_active=True).exists()

    return _export(request, here, may_go_on)
