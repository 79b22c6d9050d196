"""The page of one job, for both sides. Each part of it comes from the module that the part belongs to."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, cast
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from collaborators.models import Side
from jobs.lines import Line
from jobs.models import Job
from jobs.tabs import jobs_of
from partners.models import Membership, Partner
from partners.pages import partner_page
from partners.permissions import TeamPermission
from stores.models import Store
from stores.pages import store_page


@dataclass(frozen=True)
class Here:
    """Where a job is looked at: whose pages these are, and how they are addressed."""

    side: Side
    place: Store | Partner
    name: str  # as it stands in addresses
    may_act: bool

    @property
    def is_store(self) -> bool:
        return self.side is Side.STORE

    @property
    def store(self) -> Store:
        """On the store's pages."""
        return cast("Store", self.place)

    @property
    def partner(self) -> Partner:
        """On the partner's pages."""
        return cast("Partner", self.place)

    def url(self, view: str, *args: object) -> str:
        """Of one of the pages that both sides have: `job`, `job-list`, …"""
        prefix = "" if self.is_store else "partner-"
        return reverse(f"jobs:{prefix}{view}", args=[self.name, *args])


def in_store(permission: str) -> Callable:
    """The view gets the request, where the job is looked at, and what stands in the address."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        @store_page(permission)
        def page(request: HttpRequest, store: Store, **kwargs) -> HttpResponse:
            may_act = "jobs.manage" in request.held  # type: ignore[attr-defined]
            return view(request, Here(Side.STORE, store, store.handle, may_act), **kwargs)

        return page

    return decorate


def in_partner[Answer: HttpResponseBase](view: Callable[..., Answer]) -> Callable[..., Answer]:
    @wraps(view)
    @partner_page(TeamPermission.MANAGE_JOBS)
    def page(request: HttpRequest, partner: Partner, **kwargs) -> Answer:
        return view(request, Here(Side.PARTNER, partner, partner.slug, may_act=True), **kwargs)

    return page


def find(request: HttpRequest, here: Here, public_id: UUID) -> Job:
    """The job, if it is one of this place's, with where it stands (`tabs.jobs_of`); 404 else."""
    mine = Job.objects.visible_to(request.user).filter(public_id=public_id)
    own = Membership.objects.filter(partner=OuterRef("partner"), user=request.user.pk)
    rows = jobs_of(here.place).filter(pk__in=mine.values("pk")).annotate(of_own_partner=Exists(own))
    return get_object_or_404(rows.select_related("store", "partner", "created_by", "hired_by", "cancelled_by"))


def is_of_own_partner(request: HttpRequest, job: Job) -> bool:
    """Whether the reader belongs to the partner that is hired; a job that was found here knows (`find`)."""
    if not hasattr(job, "of_own_partner"):
        job.of_own_partner = job.partner is not None and job.partner.membership_of(request.user) is not None  # type: ignore[attr-defined]
    return job.of_own_partner  # type: ignore[attr-defined]


type Part = Callable[[HttpRequest, Here, Job], dict[str, Any]]

PARTS: list[Part] = []
"""What the page shows, in context variables: each module of views adds its own."""


def show(request: HttpRequest, here: Here, job: Job, *, status: int = HTTPStatus.OK, **bound: Any) -> HttpResponse:
    """The page of the job; `bound` takes the place of what a part gives: the form that was refused."""
    line = Line(job, here.is_store)
    context: dict[str, Any] = {"here": here, here.side.value: here.place, "job": job, "line": line}
    for part in PARTS:
        context |= part(request, here, job)
    return render(request, "jobs/job.html", context | bound, status=status)


@require_safe
@in_store("jobs.view")
def job(request: HttpRequest, here: Here, public_id: UUID) -> HttpResponse:
    return show(request, here, find(request, here, public_id))


@require_safe
@in_partner
def partner_job(request: HttpRequest, here: Here, public_id: UUID) -> HttpResponse:
    return show(request, here, find(request, here, public_id))
