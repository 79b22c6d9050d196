"""The list of items on the page of a job, and what the partner does with it."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.errors import BadIdempotencyKey, Conflict, KeyUsedOtherwise, Refused
from accounts.keyed import KeyedForm
from accounts.once import Answer, once
from accounts.text import LineField
from jobs.actions import items as actions
from jobs.actions.steps import clock_holds
from jobs.job_views import PARTS, Here, find, in_partner, show
from jobs.lines import Line
from jobs.models import ITEM_LENGTH, Job, JobItem


class ItemForm(KeyedForm):
    item = LineField(label=_("Add to the list"), max_length=ITEM_LENGTH)


def shown(request: HttpRequest, here: Here, job: Job) -> dict[str, Any]:
    if not Line(job, here.is_store).is_ours or not job.hired_at:
        return {}
    items = list(JobItem.objects.filter(job=job).select_related("done_by", "added_by").order_by("pk"))
    return {
        "items": items,
        "shows_empty_list": _is_going_on(job),
        "items_done": len([item for item in items if item.done_at]),
        "may_tick": not here.is_store and _is_going_on(job),
        "item_form": ItemForm(),
    }


def _is_going_on(job: Job) -> bool:
    return job.status == Job.Status.IN_PROGRESS and not job.clock_at  # type: ignore[attr-defined]


PARTS.append(shown)


def _ours(request: HttpRequest, here: Here, public_id: UUID) -> Job:
    """The job, for the partner that was hired; to the others its list does not exist."""
    job = find(request, here, public_id)
    if not Line(job, here.is_store).is_ours:
        raise Http404
    return job


@require_POST
@in_partner
def partner_item_making(request: HttpRequest, here: Here, public_id: UUID) -> HttpResponse:
    job = _ours(request, here, public_id)
    form = ItemForm(request.POST)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        text = form.cleaned_data["item"]

        def add() -> Answer:
            added = actions.add_item(job, text=text, by=request.user)  # type: ignore[arg-type]
            return HTTPStatus.FOUND, str(added.public_id)

        try:
            with clock_holds(job):
                once(add, by=request.user, key=form.cleaned_data["key"], asked=[request.path, text])  # type: ignore[arg-type]
            return redirect(f"{here.url('job', public_id)}#items")
        except (KeyUsedOtherwise, BadIdempotencyKey):
            form.say_sent_before()
        except Conflict as late:
            form.add_error(None, str(late))
            status = HTTPStatus.CONFLICT
        except Refused as refused:
            form.add_error("item", str(refused))
    return show(request, here, find(request, here, public_id), status=status, item_form=form)


@require_POST
@in_partner
def partner_item(request: HttpRequest, here: Here, public_id: UUID, item_id: UUID) -> HttpResponse:
    """Tick it (`done` is "yes"), or untick it: sent twice it stays as it is."""
    job = _ours(request, here, public_id)
    row = get_object_or_404(JobItem.objects.filter(job=job).select_related("job"), public_id=item_id)
    try:
        actions.tick_item(row, is_done=request.POST.get("done") == "yes", by=request.user)  # type: ignore[arg-type]
    except Conflict as late:
        messages.warning(request, str(late))
        return show(request, here, find(request, here, public_id), status=HTTPStatus.CONFLICT)
    return redirect(f"{here.url('job', public_id)}#items")
