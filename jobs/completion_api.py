"""Completion requests and access that belongs to a job, for both sides."""

from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import IDEMPOTENCY_KEY_AT_ONCE, After, Endpoint, paged
from accounts.once import Answer
from jobs.actions import completions
from jobs.actions.job_access import link_access, unlink_access
from jobs.actions.steps import clock_holds
from jobs.completion_serializers import (
    ApprovedCompletionSerializer,
    CompletionApprovalSerializer,
    CompletionRefusalSerializer,
    CompletionSerializer,
    JobAccessSerializer,
    NewCompletionSerializer,
)
from jobs.models import CompletionRequest, Job
from jobs.next_steps import after_approval
from partners.models import Partner
from partners.pages import enter as enter_partner
from partners.permissions import TeamPermission
from stores.models import Store
from stores.pages import enter as enter_store


class _Completions(Endpoint):
    def completions_of(self, **job: Store | Partner | Job) -> QuerySet[CompletionRequest]:
        """Those of a store, of a partner that is hired, or of one job."""
        rows = CompletionRequest.objects.visible_to(self.me).filter(**job)
        people = rows.select_related("job", "requested_by", "extended_by", "decided_by")
        return people.prefetch_related("missing_items")

    def one(self, public_id: UUID, **job: Store | Partner | Job) -> CompletionRequest:
        return get_object_or_404(self.completions_of(**job), public_id=public_id)

    def shown(self, completion: CompletionRequest) -> Response:
        """As it is now, with the rows it names."""
        return Response(self.as_json(completion))

    def as_json(self, completion: CompletionRequest) -> dict:
        return CompletionSerializer(self.completions_of().get(pk=completion.pk)).data


# --- The store --------------------------------------------------------------------------------------------------------


class _OfStore(_Completions):
    def asked_of(self, request: Request, handle: str, public_id: UUID) -> CompletionRequest:
        return self.one(public_id, job__store=enter_store(request, handle, "jobs.manage"))


@extend_schema(tags=["Jobs, for stores"])
class StoreCompletions(_Completions):
    @extend_schema(
        operation_id="store_job_completions",
        summary="Completion requests of a job",
        parameters=[After],
        responses=paged(CompletionSerializer),
    )
    def get(self, request: Request, handle: str, public_id: UUID) -> Response:
        """How often the partner said that it is done, newest first. For those who hold `jobs.view`."""
        store = enter_store(request, handle, "jobs.view")
        job = get_object_or_404(Job.objects.visible_to(self.me), store=store, public_id=public_id)
        return self.listed(self.page(self.completions_of(job=job)), CompletionSerializer)


@extend_schema(tags=["Jobs, for stores"])
class CompletionApproval(_OfStore):
    @extend_schema(
        operation_id="completion_approve",
        summary="Approve completion",
        request=CompletionApprovalSerializer,
        responses=ApprovedCompletionSerializer,
    )
    def post(self, request: Request, handle: str, public_id: UUID) -> Response:
        """The job is completed, and access that belongs to it ends; you may be asked for a review. For those who hold
        `jobs.manage`."""
        completion = self.asked_of(request, handle, public_id)
        terms = self.body(CompletionApprovalSerializer)
        approved = completions.approve_completion(completion, **terms, by=self.me)
        step = after_approval(approved, by=self.me)
        return Response({**self.as_json(approved), "asks_for": step and f"{settings.SITE_URL}{step.address}"})


@extend_schema(tags=["Jobs, for stores"])
class CompletionRefusal(_OfStore):
    @extend_schema(
        operation_id="completion_decline",
        summary="Decline completion",
        request=CompletionRefusalSerializer,
        responses=CompletionSerializer,
        examples=[OpenApiExample("Missing", request_only=True, value={"items": ["The size guide in French"]})],
    )
    def post(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Say what is still to be done; the job goes on. For those who hold `jobs.manage`."""
        completion = self.asked_of(request, handle, public_id)
        terms = self.body(CompletionRefusalSerializer)
        return self.shown(completions.decline_completion(completion, **terms, by=self.me))


@extend_schema(tags=["Jobs, for stores"])
class CompletionExtension(_OfStore):
    @extend_schema(
        operation_id="completion_extend", summary="Take more days", request=None, responses=CompletionSerializer
    )
    def post(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Move the deadline, once. For those who hold `jobs.manage`."""
        completion = self.asked_of(request, handle, public_id)
        return self.shown(completions.extend_completion(completion, by=self.me))


@extend_schema(tags=["Jobs, for stores"])
class JobAccess(Endpoint):
    @extend_schema(operation_id="job_access", summary="Access that ends with a job", responses=JobAccessSerializer)
    def get(self, request: Request, handle: str, public_id: UUID) -> Response:
        """For those who hold `jobs.view`."""
        return self.shown(self.job(enter_store(request, handle, "jobs.view"), public_id))

    @extend_schema(
        operation_id="job_access_link",
        summary="Let access end with a job",
        request=None,
        responses=JobAccessSerializer,
    )
    def put(self, request: Request, handle: str, public_id: UUID) -> Response:
        """The access that the partner has now. For those who hold `jobs.manage` and `users.manage`."""
        job = self.job(enter_store(request, handle, "jobs.manage"), public_id)
        link_access(job, by=self.me)
        return self.shown(job)

    @extend_schema(
        operation_id="job_access_unlink",
        summary="Let access go on after a job",
        responses={HTTPStatus.NO_CONTENT: None},
    )
    def delete(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Not found where no access belongs to the job. For those who hold `jobs.manage` and `users.manage`."""
        job = self.job(enter_store(request, handle, "jobs.manage"), public_id)
        if not job.access.exists():
            raise Http404
        unlink_access(job, by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)

    def job(self, store: Store, public_id: UUID) -> Job:
        return get_object_or_404(Job.objects.visible_to(self.me), store=store, public_id=public_id)

    def shown(self, job: Job) -> Response:
        row = job.access.held_by_others().select_related("collaboration").order_by("-pk").first()
        shown = {
            "collaboration": row and row.collaboration.public_id,
            "held_by_others": bool(row and row.others),
        }
        return Response(JobAccessSerializer(shown).data)


# --- The partner ------------------------------------------------------------------------------------------------------


@extend_schema(tags=["Jobs, for partners"])
class PartnerCompletions(_Completions):
    @extend_schema(
        operation_id="partner_job_completions",
        summary="Completion requests of a job",
        parameters=[After],
        responses=paged(CompletionSerializer),
    )
    def get(self, request: Request, slug: str, public_id: UUID) -> Response:
        """How often you said that it is done, newest first. For those who hold `manage_jobs`."""
        job = self.job(enter_partner(request, slug, TeamPermission.MANAGE_JOBS), public_id)
        return self.listed(self.page(self.completions_of(job=job)), CompletionSerializer)

    @extend_schema(
        operation_id="completion_request",
        summary="Send job completion request",
        parameters=[IDEMPOTENCY_KEY_AT_ONCE],
        request=NewCompletionSerializer,
        responses={HTTPStatus.CREATED: CompletionSerializer},
        examples=[OpenApiExample("Done", request_only=True, value={"message": "Everything we agreed on is live."})],
    )
    def post(self, request: Request, slug: str, public_id: UUID) -> Response:
        """Possible once a payment is recorded, or the job was agreed as free. For those who hold `manage_jobs`."""
        job = self.job(enter_partner(request, slug, TeamPermission.MANAGE_JOBS), public_id)
        terms = self.body(NewCompletionSerializer)

        def send() -> Answer:
            return HTTPStatus.CREATED, self.as_json(completions.request_completion(job, **terms, by=self.me))

        with clock_holds(job):
            return self.answer_once(send, waits=False)

    def job(self, partner: Partner, public_id: UUID) -> Job:
        """One that the partner is hired for."""
        return get_object_or_404(Job.objects.visible_to(self.me), partner=partner, public_id=public_id)


@extend_schema(tags=["Jobs, for partners"])
class CompletionWithdrawal(_Completions):
    @extend_schema(
        operation_id="completion_withdraw",
        summary="Withdraw a completion request",
        request=None,
        responses=CompletionSerializer,
    )
    def post(self, request: Request, slug: str, public_id: UUID) -> Response:
        """The work goes on, and you may ask again. For those who hold `manage_jobs`."""
        partner = enter_partner(request, slug, TeamPermission.MANAGE_JOBS)
        completion = self.one(public_id, job__partner=partner)
        return self.shown(completions.withdraw_completion(completion, by=self.me))
