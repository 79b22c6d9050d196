"""New job, for the store; propose a job, for the partner."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.keyed import made_once
from collaborators.models import Collaboration
from jobs import actions
from jobs.hiring_forms import JobForm, OfferForm, ProposedJobForm
from jobs.job_views import Here, in_partner, in_store
from jobs.models import worked_for
from partners.models import Partner
from stores import access
from stores.models import Store

SHOWN = 50  # partners or stores to choose from; others by their address


# --- The store ------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@in_store("jobs.manage")
def job_making(request, here: Here) -> HttpResponse:
    store = here.store
    access.require_owned(store)
    if request.method != "POST":
        named = {"slug": request.GET.get("partner", "")[:200]}  # from a page about one partner; sends nothing
        return _store_form(request, here, JobForm(initial={"currency": store.currency, **named}))
    form = JobForm(request.POST)
    if form.is_valid():
        made = made_once(
            form,
            lambda: actions.begin_job(store, **form.terms, by=request.user),
            by=request.user,
            path=request.path,
        )
        if made is not None:
            asked = len(form.terms["partners"])
            said = ngettext(
                "Sent. The partner has 72 hours to answer.", "Sent. The partners have 72 hours to answer.", asked
            )
            messages.success(request, said)
            return redirect("jobs:job", here.name, made)
    return _store_form(request, here, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _store_form(request, here: Here, form: JobForm, status: int = HTTPStatus.OK) -> HttpResponse:
    ticked = set(form["partners"].value() or ())
    context = {
        "here": here,
        "store": here.place,
        "form": form,
        "partners": [
            {"partner": partner, "ticked": partner.slug in ticked, "works_here": partner.works_here}
            for partner in _partners_of(here.store)
        ],
        "most": SHOWN,
    }
    return render(request, "jobs/job_form.html", context, status=status)


def _partners_of(store: Store) -> list[Any]:
    """That work or worked for the store, those that may enter now on top."""
    active = Collaboration.objects.active().filter(store=store, partner=OuterRef("pk"))
    rows = worked_for(store).annotate(works_here=Exists(active))
    return list(rows.order_by("-works_here", "name", "pk")[:SHOWN])


# --- The partner ----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@in_partner
def partner_job_making(request, here: Here) -> HttpResponse:
    partner = here.partner
    stores = _stores_of(partner)
    if request.method != "POST":
        only = next(iter(stores)) if len(stores) == 1 else ""
        initial = {"how": OfferForm.PRICE, "store": request.GET.get("store") or only}
        return _partner_form(request, here, ProposedJobForm(stores=stores, initial=initial))
    form = ProposedJobForm(request.POST, stores=stores)
    if form.is_valid():
        store = form.cleaned_data["store"]
        made = made_once(
            form,
            lambda: actions.propose_job(
                partner,
                store=store,
                wanted=form.wanted,
                offer=form.offer,
                by=request.user,
            ),
            by=request.user,
            path=request.path,
        )
        if made is not None:
            messages.success(request, _("Sent. %(store)s has 72 hours to answer.") % {"store": store})
            return redirect("jobs:partner-job", here.name, made)
    return _partner_form(request, here, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _stores_of(partner: Partner) -> dict[str, Store]:
    """Where the partner works, by handle."""
    working = Collaboration.objects.active().filter(partner=partner).values("store")
    return {store.handle: store for store in Store.objects.filter(pk__in=working).order_by("name", "pk")}


def _partner_form(request, here: Here, form: ProposedJobForm, status: int = HTTPStatus.OK) -> HttpResponse:
    context = {"here": here, "partner": here.place, "form": form}
    return render(request, "jobs/partner_job_form.html", context, status=status)
