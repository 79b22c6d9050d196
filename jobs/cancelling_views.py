"""Cancelling a job, from either side."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.errors import Conflict, Refused
from collaborators.models import Collaboration
from jobs import actions, job_views
from jobs.hiring_forms import CancellationForm
from jobs.job_views import Here, find, in_partner, in_store, show
from jobs.lines import Line
from jobs.models import Job
from partners.models import Partner
from partners.permissions import TeamPermission


def cancellation_part(request, here: Here, job: Job) -> dict[str, Any]:
    is_ours = here.is_store or job.beginning == Job.Beginning.PROPOSED or job.partner_id == here.partner.pk
    may_cancel = here.may_act and is_ours and Job.Status.CANCELLED in job.ALLOWED.get(Job.Status(job.status), ())
    return {
        "knows_why": Line(job, here.is_store).knows_why and job.status == Job.Status.CANCELLED,
        "cancellation": CancellationForm(auto_id="id_cancel_%s") if may_cancel else None,
        "cancelled_access": _access_that_goes_on(request, here, job),
    }


def _access_that_goes_on(request, here: Here, job: Job) -> Collaboration | None:
    """To be linked to from a job that was cancelled, for those who may see it."""
    if job.status != Job.Status.CANCELLED or job.partner_id is None:
        return None
    may_look = "users.view" in request.held if here.is_store else request.membership.may(TeamPermission.MANAGE_STORES)
    rows = Collaboration.objects.active().filter(store=job.store_id, partner=job.partner_id)
    return rows.first() if may_look else None


job_views.PARTS.append(cancellation_part)


@require_POST
@in_store("jobs.manage")
def cancellation(request, here: Here, public_id: UUID) -> HttpResponse:
    return _cancel(request, here, public_id, partner=None)


@require_POST
@in_partner
def partner_cancellation(request, here: Here, public_id: UUID) -> HttpResponse:
    return _cancel(request, here, public_id, partner=here.partner)


def _cancel(request, here: Here, public_id: UUID, *, partner: Partner | None) -> HttpResponse:
    job = find(request, here, public_id)
    form = CancellationForm(request.POST, auto_id="id_cancel_%s")
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        try:
            actions.cancel_job(job, side=here.side, partner=partner, **form.cleaned_data, by=request.user)
        except Conflict as late:
            messages.warning(request, str(late))
            return show(request, here, find(request, here, public_id), status=HTTPStatus.CONFLICT)
        except Refused as refused:
            refused.stand_in(form)
        else:
            messages.success(request, _("The job is cancelled. The other side is told."))
            return redirect(here.url("job", public_id))
    return show(request, here, job, status=status, cancellation=form)
