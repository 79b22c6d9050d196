"""Access that belongs to a job, on the page of the job."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.errors import Refused
from collaborators.models import Collaboration
from jobs.actions.job_access import link_access, unlink_access
from jobs.job_views import Here, find, in_store
from jobs.models import Job, JobAccess
from stores import phrases


def job_access(request: HttpRequest, here: Here, job: Job) -> dict[str, Any]:
    """What belongs to the job, and what could. The partner reads it; only the store changes it."""
    rows = list(job.access.held_by_others().select_related("collaboration"))
    held: frozenset[str] = getattr(request, "held", frozenset())
    may_link = here.is_store and {"jobs.manage", "users.manage"} <= held and job.status == Job.Status.IN_PROGRESS
    could = None
    if may_link and not any(row.collaboration.is_active for row in rows):
        could = Collaboration.objects.active().filter(store=job.store_id, partner=job.partner_id).first()
        rows = [] if could else rows  # what is over hides nothing that could belong to the job now
    return {
        "job_access": [_in_words(row, job) for row in rows],
        "ends_access": any(row.collaboration.is_active and not row.others for row in rows),
        "may_link": may_link,
        "could_be_linked": could,
        "may_see_access": "users.view" in held,
    }


def _in_words(row: JobAccess, job: Job) -> dict[str, Any]:
    collaboration, zone = row.collaboration, job.store.time_zone
    over = collaboration.over_since
    return {
        "collaboration": collaboration,
        "others": row.others,
        "over": phrases.moment(over, zone) if over else "",
        "end": phrases.end(collaboration.ends_at, zone) if collaboration.ends_at else "",
    }


@require_POST
@in_store("jobs.manage")
def access_link(request: HttpRequest, here: Here, public_id: UUID) -> HttpResponse:
    job = find(request, here, public_id)
    try:
        link_access(job, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("Saved. The access ends when the job is done."))
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect(here.url("job", public_id))


@require_POST
@in_store("jobs.manage")
def access_removal(request: HttpRequest, here: Here, public_id: UUID) -> HttpResponse:
    job = find(request, here, public_id)
    try:
        unlink_access(job, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("Saved. The access goes on when the job is done."))
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect(here.url("job", public_id))
