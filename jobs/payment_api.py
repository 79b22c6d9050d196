"""Payments: the store's side, then the partner's. Both stand on the same endpoints."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import IDEMPOTENCY_KEY_AT_ONCE, After, Endpoint, paged
from accounts.once import Answer
from accounts.serializers import Amount, Line, Output, PersonSerializer
from collaborators.models import Side
from jobs.actions.payments import record_payment, reverse_payment
from jobs.actions.steps import clock_holds
from jobs.models import REFERENCE_LENGTH, Job, Payment
from partners.models import Partner
from partners.pages import enter as enter_partner
from partners.permissions import TeamPermission
from stores.models import Store
from stores.pages import enter as enter_store

# --- Shapes -----------------------------------------------------------------------------------------------------------


class NewPaymentSerializer(serializers.Serializer):
    amount = Amount(help_text="In the smallest unit of the currency: 180000 for 1,800.00 EUR.")
    currency = Line(max_length=3, help_text="ISO 4217: that of the job.")
    paid_on = serializers.DateField(help_text="The day, in the store's time zone.")
    reference = Line(
        max_length=REFERENCE_LENGTH,
        required=False,
        allow_blank=True,
        default="",
        help_text="As on the invoice or the bank statement.",
    )


class PaymentSerializer(Output):
    """Money for a job, as one side says; or what takes such an entry back."""

    kind = serializers.ChoiceField(
        Payment.Kind.choices, read_only=True, help_text="`received` by the partner, or `paid` by the store."
    )
    amount = serializers.IntegerField(
        read_only=True, help_text="In the smallest unit of the currency; of a reversal: what it takes off."
    )
    currency = serializers.CharField(source="job.currency", read_only=True, help_text="ISO 4217.")
    recorded_by = PersonSerializer(read_only=True)
    reverses = serializers.SerializerMethodField(help_text="`id` of the payment that this takes back.")
    reversed_by = serializers.SerializerMethodField(help_text="`id` of the entry that takes this back.")

    class Meta:
        model = Payment
        fields = [
            "id",
            "kind",
            "amount",
            "currency",
            "paid_on",
            "reference",
            "recorded_by",
            "recorded_at",
            "reverses",
            "reversed_by",
        ]

    def get_reverses(self, payment) -> UUID | None:
        return payment.reverses.public_id if payment.is_reversal else None

    def get_reversed_by(self, payment) -> UUID | None:
        return payment.reversal.public_id if payment.is_reversed else None


# --- What both sides do -----------------------------------------------------------------------------------------------


class _Payments(Endpoint):
    side: Side

    def payments_of(self, job: Job) -> QuerySet[Payment]:
        rows = Payment.objects.visible_to(self.me).filter(job=job)
        return rows.with_reversals().select_related("job")

    def listing(self, job: Job) -> Response:
        return self.listed(self.page(self.payments_of(job)), PaymentSerializer)

    def record(self, job: Job) -> Response:
        terms = self.body(NewPaymentSerializer)
        return self._answer(job, lambda: record_payment(job, side=self.side, **terms, by=self.me))

    def reverse(self, job: Job, public_id: UUID) -> Response:
        payment = get_object_or_404(self.payments_of(job), public_id=public_id)
        return self._answer(job, lambda: reverse_payment(payment, side=self.side, by=self.me))

    def _answer(self, job: Job, act) -> Response:
        def entered() -> Answer:
            entry = self.payments_of(job).get(pk=act().pk)
            return HTTPStatus.CREATED, PaymentSerializer(entry).data

        with clock_holds(job):
            return self.answer_once(entered, waits=False)


class _StorePayments(_Payments):
    side = Side.STORE

    def job(self, handle: str, public_id: UUID, permission: str = "jobs.manage") -> Job:
        store: Store = enter_store(self.request, handle, permission)
        return get_object_or_404(Job.objects.visible_to(self.me).filter(store=store), public_id=public_id)


class _PartnerPayments(_Payments):
    side = Side.PARTNER

    def job(self, slug: str, public_id: UUID) -> Job:
        """A partner that was not hired knows nothing of the money."""
        partner: Partner = enter_partner(self.request, slug, TeamPermission.MANAGE_JOBS)
        job = get_object_or_404(Job.objects.visible_to(self.me).of_partner(partner), public_id=public_id)
        if job.partner_id not in {None, partner.pk}:
            raise Http404
        return job


RECORD: dict[str, Any] = {
    "parameters": [IDEMPOTENCY_KEY_AT_ONCE],
    "examples": [
        OpenApiExample(
            "One half",
            request_only=True,
            value={"amount": 90000, "currency": "EUR", "paid_on": "2026-11-18", "reference": "Invoice 2026-114"},
        )
    ],
    "request": NewPaymentSerializer,
    "responses": {HTTPStatus.CREATED: PaymentSerializer},
}
REVERSE: dict[str, Any] = {
    "parameters": [IDEMPOTENCY_KEY_AT_ONCE],
    "request": None,
    "responses": {HTTPStatus.CREATED: PaymentSerializer},
}


# --- The store --------------------------------------------------------------------------------------------------------


@extend_schema(tags=["Jobs, for stores"])
class StorePayments(_StorePayments):
    @extend_schema(
        operation_id="store_payments",
        summary="Payments of a job",
        parameters=[After],
        responses=paged(PaymentSerializer),
    )
    def get(self, request: Request, handle: str, public_id: UUID) -> Response:
        """What we paid and what the partner received, as each side says, newest first."""
        return self.listing(self.job(handle, public_id, "jobs.view"))

    @extend_schema(operation_id="store_payment_record", summary="Record what we paid", **RECORD)
    def post(self, request: Request, handle: str, public_id: UUID) -> Response:
        """While the job is in progress or completed. The partner is told."""
        return self.record(self.job(handle, public_id))


@extend_schema(tags=["Jobs, for stores"])
class StorePaymentReversal(_StorePayments):
    @extend_schema(operation_id="store_payment_reverse", summary="Reverse what we recorded", **REVERSE)
    def post(self, request: Request, handle: str, public_id: UUID, payment: UUID) -> Response:
        """Once, by an entry, which is the answer. The partner is told."""
        return self.reverse(self.job(handle, public_id), payment)


# --- The partner ------------------------------------------------------------------------------------------------------


@extend_schema(tags=["Jobs, for partners"])
class PartnerPayments(_PartnerPayments):
    @extend_schema(
        operation_id="partner_payments",
        summary="Payments of a job",
        parameters=[After],
        responses=paged(PaymentSerializer),
    )
    def get(self, request: Request, slug: str, public_id: UUID) -> Response:
        """What we received and what the store paid, as each side says, newest first."""
        return self.listing(self.job(slug, public_id))

    @extend_schema(operation_id="partner_payment_record", summary="Record what we received", **RECORD)
    def post(self, request: Request, slug: str, public_id: UUID) -> Response:
        """While the job is in progress or completed. The store is told."""
        return self.record(self.job(slug, public_id))


@extend_schema(tags=["Jobs, for partners"])
class PartnerPaymentReversal(_PartnerPayments):
    @extend_schema(operation_id="partner_payment_reverse", summary="Reverse what we recorded", **REVERSE)
    def post(self, request: Request, slug: str, public_id: UUID, payment: UUID) -> Response:
        """Once, by an entry, which is the answer. The store is told."""
        return self.reverse(self.job(slug, public_id), payment)
