"""Jobs and their items: the store's side, then the partner's. Both stand on the same endpoints."""

from http import HTTPStatus
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import IDEMPOTENCY_KEY, After, Endpoint, paged
from accounts.once import Answer
from jobs.actions import items as actions
from jobs.actions.steps import clock_holds
from jobs.hiring_api import NewPartnerJob, NewStoreJob
from jobs.lines import Line
from jobs.list_views import found
from jobs.models import Candidate, Job, JobItem
from jobs.serializers import (
    ItemSerializer,
    JobFilter,
    NewItemSerializer,
    PartnerJobSerializer,
    StoreJobSerializer,
    TickSerializer,
)
from jobs.tabs import in_tab, jobs_of
from partners.models import Partner
from partners.pages import enter as enter_partner
from partners.permissions import TeamPermission
from stores.models import Store
from stores.pages import enter as enter_store


class _Jobs(Endpoint):
    shows: type[StoreJobSerializer | PartnerJobSerializer]

    def jobs_of(self, place: Store | Partner) -> QuerySet[Job]:
        """With all that an answer shows of a job."""
        who = {"partner": OuterRef("partner")} if isinstance(place, Store) else {"partner": place}
        mine = Candidate.objects.filter(job=OuterRef("pk"), **who)
        rows = jobs_of(place).annotate(conversation_key=Subquery(mine.values("conversation__public_id")[:1]))
        return rows.select_related("store", "partner", "created_by", "hired_by", "cancelled_by")

    def one_job(self, place: Store | Partner, public_id: UUID) -> Job:
        mine = Job.objects.visible_to(self.me).filter(public_id=public_id)
        return get_object_or_404(self.jobs_of(place).filter(pk__in=mine.values("pk")))

    def listed_jobs(self, place: Store | Partner) -> Response:
        asked = self.query(JobFilter)
        everything = self.jobs_of(place)
        rows = found(everything, asked.get("search", ""), for_store=isinstance(place, Store))
        if state := asked.get("state"):
            rows = in_tab(rows, place, state)
        return self.listed(self.page(rows, among=everything), self.shows)

    def items_of(self, place: Store | Partner, public_id: UUID) -> QuerySet[JobItem]:
        """The list of a job whose work this side knows; to a partner that was not hired there is none."""
        job = self.one_job(place, public_id)
        if not Line(job, isinstance(place, Store)).is_ours:
            raise Http404
        return JobItem.objects.filter(job=job).select_related("job", "added_by", "done_by")


# --- The store ------------------------------------------------------------------------------------------------------


@extend_schema(tags=["Jobs, for stores"])
class StoreJobs(NewStoreJob, _Jobs):
    shows = StoreJobSerializer

    @extend_schema(
        operation_id="store_jobs",
        summary="Jobs of the store",
        parameters=[JobFilter, After],
        responses=paged(StoreJobSerializer),
    )
    def get(self, request: Request, handle: str) -> Response:
        """Newest first. For those who hold `jobs.view`."""
        return self.listed_jobs(enter_store(request, handle, "jobs.view"))


@extend_schema(tags=["Jobs, for stores"])
class StoreJob(_Jobs):
    shows = StoreJobSerializer

    @extend_schema(operation_id="store_job", summary="One job", responses=StoreJobSerializer)
    def get(self, request: Request, handle: str, public_id: UUID) -> Response:
        """For those who hold `jobs.view`."""
        return Response(self.shows(self.one_job(enter_store(request, handle, "jobs.view"), public_id)).data)


@extend_schema(tags=["Jobs, for stores"])
class StoreJobItems(_Jobs):
    @extend_schema(
        operation_id="store_job_items",
        summary="What is to be done",
        parameters=[After],
        responses=paged(ItemSerializer),
    )
    def get(self, request: Request, handle: str, public_id: UUID) -> Response:
        """Newest first, with who ticked it and when. For those who hold `jobs.view`."""
        items = self.items_of(enter_store(request, handle, "jobs.view"), public_id)
        return self.listed(self.page(items), ItemSerializer)


# --- The partner ----------------------------------------------------------------------------------------------------


@extend_schema(tags=["Jobs, for partners"])
class PartnerJobs(NewPartnerJob, _Jobs):
    shows = PartnerJobSerializer

    @extend_schema(
        operation_id="partner_jobs",
        summary="Jobs of the partner",
        parameters=[JobFilter, After],
        responses=paged(PartnerJobSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Those in which it has, or had, a part, newest first. For owners, and members with Manage jobs."""
        return self.listed_jobs(enter_partner(request, slug, TeamPermission.MANAGE_JOBS))


@extend_schema(tags=["Jobs, for partners"])
class PartnerJob(_Jobs):
    shows = PartnerJobSerializer

    @extend_schema(operation_id="partner_job", summary="One job", responses=PartnerJobSerializer)
    def get(self, request: Request, slug: str, public_id: UUID) -> Response:
        """For owners, and members with Manage jobs."""
        partner = enter_partner(request, slug, TeamPermission.MANAGE_JOBS)
        return Response(self.shows(self.one_job(partner, public_id)).data)


@extend_schema(tags=["Jobs, for partners"])
class PartnerJobItems(_Jobs):
    @extend_schema(
        operation_id="partner_job_items",
        summary="What is to be done",
        parameters=[After],
        responses=paged(ItemSerializer),
    )
    def get(self, request: Request, slug: str, public_id: UUID) -> Response:
        """Newest first. For owners, and members with Manage jobs."""
        items = self.items_of(enter_partner(request, slug, TeamPermission.MANAGE_JOBS), public_id)
        return self.listed(self.page(items), ItemSerializer)

    @extend_schema(
        operation_id="partner_job_item_add",
        summary="Add to the list",
        parameters=[IDEMPOTENCY_KEY],
        request=NewItemSerializer,
        responses={HTTPStatus.CREATED: ItemSerializer},
    )
    def post(self, request: Request, slug: str, public_id: UUID) -> Response:
        """While the job is in progress, at most 100 of them. The store sees it."""
        partner = enter_partner(request, slug, TeamPermission.MANAGE_JOBS)
        self.items_of(partner, public_id)
        job = self.one_job(partner, public_id)
        text = self.body(NewItemSerializer)["text"]

        def add() -> Answer:
            return HTTPStatus.CREATED, ItemSerializer(actions.add_item(job, text=text, by=self.me)).data

        with clock_holds(job):
            return self.answer_once(add)


@extend_schema(tags=["Jobs, for partners"])
class PartnerJobItem(_Jobs):
    @extend_schema(
        operation_id="partner_job_item_tick",
        summary="Tick an item",
        request=TickSerializer,
        responses=ItemSerializer,
    )
    def put(self, request: Request, slug: str, public_id: UUID, item_id: UUID) -> Response:
        """Say that it is done, or that it is not after all, while the job is in progress."""
        items = self.items_of(enter_partner(request, slug, TeamPermission.MANAGE_JOBS), public_id)
        row = get_object_or_404(items, public_id=item_id)
        ticked = actions.tick_item(row, is_done=self.body(TickSerializer)["done"], by=self.me)
        return Response(ItemSerializer(ticked).data)
