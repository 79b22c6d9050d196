"""Reporting a review or a reply, and how one's own report stands."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import IDEMPOTENCY_KEY, Endpoint
from accounts.once import Answer
from accounts.serializers import Output, Text
from reviews.actions.reports import report_reply, report_review
from reviews.models import REPORT_LENGTH, Reason, Reply, Report, Review
from reviews.report_views import find_reply, find_review


class NewReportSerializer(serializers.Serializer):
    reason = serializers.ChoiceField(Reason.choices, help_text="That something is negative is no reason.")
    details = Text(
        max_length=REPORT_LENGTH,
        required=False,
        allow_blank=True,
        default="",
        help_text="What the operators should look at. Only they read it.",
    )


class ReportSerializer(Output):
    """What you reported, and what the operators decided."""

    class Meta:
        model = Report
        fields = ["id", "reason", "details", "reported_at", "status", "decided_at", "decided_for", "explanation"]
        extra_kwargs = {
            "status": {"help_text": "`open`: it stays online until the operators have decided."},
            "decided_for": {"help_text": "Why it was removed; empty if it was not."},
            "explanation": {"help_text": "In the operators’ words."},
        }


class _Reports(Endpoint):
    throttle_scope = "reporting"

    def own(self, thing: Review | Reply) -> Response:
        report = get_object_or_404(Report.objects.of(thing), reported_by=self.me)
        return Response(ReportSerializer(report).data)

    def send(self, report_it: Callable[..., Report], thing: Review | Reply) -> Response:
        terms = self.body(NewReportSerializer)

        def act() -> Answer:
            return HTTPStatus.CREATED, ReportSerializer(report_it(thing, **terms, by=self.me)).data

        return self.answer_once(act)


POST: dict[str, Any] = {
    "parameters": [IDEMPOTENCY_KEY],
    "examples": [
        OpenApiExample("Phone number", request_only=True, value={"reason": "personal", "details": "A phone number."})
    ],
    "request": NewReportSerializer,
    "responses": {HTTPStatus.CREATED: ReportSerializer},
}


@extend_schema(tags=["Reports"])
class ReviewReport(_Reports):
    @extend_schema(operation_id="review_report", summary="Your report of a review", responses=ReportSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        """When you sent it, and how it stands."""
        return self.own(find_review(public_id))

    @extend_schema(operation_id="review_report_send", summary="Report a review", **POST)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Once: a second time is a 409, with how the first one stands. It stays online until operators decide."""
        return self.send(report_review, find_review(public_id))


@extend_schema(tags=["Reports"])
class ReplyReport(_Reports):
    @extend_schema(operation_id="reply_report", summary="Your report of a reply", responses=ReportSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        """Of the reply that stands under the review now, or stood there last."""
        return self.own(find_reply(public_id))

    @extend_schema(operation_id="reply_report_send", summary="Report a reply", **POST)
    def post(self, request: Request, public_id: UUID) -> Response:
        """As a review. `id` in the address is that of the review."""
        return self.send(report_reply, find_reply(public_id))
