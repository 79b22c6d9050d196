"""The completion of a job on its page: the partner asks, the store answers."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import Conflict, KeyUsedOtherwise, Refused
from accounts.once import Answer, once
from jobs.actions import completions
from jobs.actions.steps import clock_holds
from jobs.completion_forms import ApprovalForm, CompletionForm, RefusalForm
from jobs.job_access_views import job_access
from jobs.job_views import PARTS, Here, find, in_partner, in_store, is_of_own_partner, show
from jobs.models import CompletionRequest, Job
from jobs.next_steps import after_approval
from stores import phrases

SHOWN = 20  # latest requests of one job


# --- On the page of the job -----------------------------------------------------------------------------------------


def is_theirs(here: Here, job: Job) -> bool:
    """Whether this side has to do with the completion: the store, and whoever is hired."""
    return here.is_store or job.partner_id == here.place.pk


def may_decide(request: HttpRequest, here: Here, job: Job) -> bool:
    """Whether to show the buttons; the actions ask again, under the lock."""
    if not here.is_store or not here.may_act or job.partner is None:
        return False
    return job.store.owner_id == request.user.pk or not is_of_own_partner(request, job)


def completion_of(request: HttpRequest, here: Here, job: Job) -> dict[str, Any]:
    """What the page shows of it: the request that waits, what can be done, what was answered before."""
    if job.partner_id is None or not is_theirs(here, job):
        return {}
    rows = job.completions.select_related("requested_by", "decided_by", "extended_by")
    found = list(rows.prefetch_related("missing_items").order_by("-pk")[:SHOWN])
    for row in found:
        row.job = job
    pending = next((row for row in found if row.is_pending), None)
    approved = next((row for row in found if row.stands == CompletionRequest.Status.APPROVED), None)
    is_going_on = job.status == Job.Status.IN_PROGRESS and approved is None
    context: dict[str, Any] = {
        "pending": pending,
        "approved": approved,
        "approved_at": _moment(approved and approved.settled_at, job),
        "answered": [_in_words(row, job) for row in found if row is not pending],
        "asks": is_going_on and pending is None and not here.is_store,
        "completion_form": CompletionForm(),
        **job_access(request, here, job),
    }
    if pending:
        context |= {
            "clock_at": _moment(pending.deadline, job),
            "clock_later": _moment(pending.extended_deadline, job),
            "may_decide": may_decide(request, here, job),
            "approval_form": ApprovalForm(),
            "refusal_form": RefusalForm(),
        }
    return context


def _in_words(row: CompletionRequest, job: Job) -> dict[str, Any]:
    return {"completion": row, "settled": _moment(row.settled_at, job)}


def _moment(instant, job: Job) -> str:
    return phrases.moment(instant, job.store.time_zone) if instant else ""


PARTS.append(completion_of)


# --- The partner ----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@in_partner
def completion_making(request: HttpRequest, here: Here, public_id: UUID) -> HttpResponse:
    """Where the dialog of the page leads, and what stands in for it without a script."""
    job = find(request, here, public_id)
    if not is_theirs(here, job):
        return redirect(here.url("job", job.public_id))
    if request.method != "POST":
        return _form_page(request, here, job, CompletionForm())
    form = CompletionForm(request.POST)
    if form.is_valid():
        try:
            _send(request, job, form)
        except KeyUsedOtherwise:
            form.say_sent_before()
        except Conflict as already:
            messages.warning(request, str(already))
            return redirect(here.url("job", job.public_id))
        except Refused as refused:
            refused.stand_in(form)
        else:
            messages.success(request, _("Sent. %(store)s is asked to approve.") % {"store": job.store})
            return redirect(here.url("job", job.public_id))
    return _form_page(request, here, job, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _send(request: HttpRequest, job: Job, form: CompletionForm) -> None:
    message, key = form.cleaned_data["message"], form.cleaned_data["key"]

    def act() -> Answer:
        completion = completions.request_completion(job, message=message, by=request.user)  # type: ignore[arg-type]
        return HTTPStatus.CREATED, str(completion.public_id)

    with clock_holds(job):
        once(act, by=request.user, key=key, asked=[request.path, message])  # type: ignore[arg-type]


def _form_page(request: HttpRequest, here: Here, job: Job, form: CompletionForm, *, status: int = HTTPStatus.OK):
    context = {"here": here, "partner": here.place, "job": job, "completion_form": form, "asks": True}
    nothing_to_ask = job.status != Job.Status.IN_PROGRESS or job.completions.pending().exists()
    context |= {"is_over": nothing_to_ask and not form.is_bound}  # what was typed stays
    return render(request, "jobs/completion_form.html", context, status=status)


@require_POST
@in_partner
def completion_withdrawal(request: HttpRequest, here: Here, public_id: UUID) -> HttpResponse:
    rows = CompletionRequest.objects.visible_to(request.user).filter(job__partner_id=here.place.pk)
    completion = get_object_or_404(rows.select_related("job"), public_id=public_id)
    _do(
        request,
        _("Withdrawn. The work goes on; ask again when it is done."),
        lambda: completions.withdraw_completion(completion, by=request.user),  # type: ignore[arg-type]
    )
    return redirect(here.url("job", completion.job.public_id))


# --- The store ------------------------------------------------------------------------------------------------------


def _asked_of(request: HttpRequest, here: Here, public_id: UUID) -> tuple[CompletionRequest, Job]:
    rows = CompletionRequest.objects.visible_to(request.user).filter(job__store_id=here.place.pk)
    completion = get_object_or_404(rows.select_related("job"), public_id=public_id)
    return completion, find(request, here, completion.job.public_id)


@require_POST
@in_store("jobs.manage")
def completion_approval(request: HttpRequest, here: Here, public_id: UUID) -> HttpResponse:
    completion, job = _asked_of(request, here, public_id)
    form = ApprovalForm(request.POST)
    if not form.is_valid():
        return show(request, here, job, status=HTTPStatus.UNPROCESSABLE_ENTITY, approval_form=form)
    is_done = _do(
        request,
        _("Approved. The job is completed, and %(partner)s is told.") % {"partner": job.partner},
        lambda: completions.approve_completion(completion, by=request.user, access_days=form.access_days),  # type: ignore[arg-type]
    )
    step = after_approval(completion, by=request.user) if is_done else None  # type: ignore[arg-type]
    return redirect(step.page if step else here.url("job", job.public_id))


@require_POST
@in_store("jobs.manage")
def completion_refusal(request: HttpRequest, here: Here, public_id: UUID) -> HttpResponse:
    completion, job = _asked_of(request, here, public_id)
    form = RefusalForm(request.POST)
    if not form.is_valid():
        return show(request, here, job, status=HTTPStatus.UNPROCESSABLE_ENTITY, refusal_form=form)
    _do(
        request,
        _("Declined. What is missing joined the list, and %(partner)s is told.") % {"partner": job.partner},
        lambda: completions.decline_completion(completion, **form.cleaned_data, by=request.user),  # type: ignore[arg-type]
    )
    return redirect(here.url("job", job.public_id))


@require_POST
@in_store("jobs.manage")
def completion_extension(request: HttpRequest, here: Here, public_id: UUID) -> HttpResponse:
    completion, job = _asked_of(request, here, public_id)
    _do(
        request,
        _("You have more time. %(partner)s is told.") % {"partner": job.partner},
        lambda: completions.extend_completion(completion, by=request.user),  # type: ignore[arg-type]
    )
    return redirect(here.url("job", job.public_id))


def _do(request: HttpRequest, said: str, act: Callable[[], object]) -> bool:
    """Whether it was done; the person is told either way."""
    try:
        act()
    except Refused as refused:
        messages.warning(request, str(refused))
        return False
    messages.success(request, said)
    return True
