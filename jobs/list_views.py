"""Jobs of a store, and of a partner: the list, and the same rows as a file."""

from collections.abc import Iterable
from http import HTTPStatus

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_safe

from accounts import money
from accounts.csv_files import csv_response
from accounts.keyset import page
from accounts.text import LineField
from jobs import tabs
from jobs.job_views import Here, in_partner, in_store
from jobs.lines import Line, lines
from jobs.models import Candidate, Job
from jobs.tabs import Tab
from partners.models import Membership
from partners.permissions import TeamPermission
from partners.services import labels
from stores import access
from stores.models import Store

LOOKED_FOR = 100  # code points


class JobSearch(forms.Form):
    """What the list is asked for. Empty fields ask for nothing."""

    search = LineField(label=gettext_lazy("Search"), required=False, max_length=LOOKED_FOR, widget=forms.SearchInput)

    def among(self, rows: QuerySet[Job], *, for_store: bool) -> QuerySet[Job]:
        """Rows that fit; none for what cannot be looked for."""
        if not self.is_valid():
            return rows.none()
        return found(rows, self.cleaned_data["search"], for_store=for_store)


def found(rows: QuerySet[Job], text: str, *, for_store: bool) -> QuerySet[Job]:
    """Jobs with this in their title, or in the name of the other side."""
    if not text:
        return rows
    if not for_store:
        return rows.filter(Q(title__icontains=text) | Q(store__name__icontains=text))
    named = Candidate.objects.filter(job=OuterRef("pk"), partner__name__icontains=text)
    return rows.filter(Q(title__icontains=text) | Exists(named))


def _chosen(request: HttpRequest, counts: dict[str, int]) -> Tab:
    """The tab that was asked for; else the first in which there is something."""
    asked = request.GET.get("tab", "")
    if asked in Tab.values:
        return Tab(asked)
    return next((tab for tab in Tab if counts[tab]), Tab.TO_ANSWER)


def tab_label(tab: Tab, *, for_store: bool) -> str:
    if tab is Tab.WAITING:
        return _("Waiting for the partner") if for_store else _("Waiting for the merchant")
    return str(tab.label)


def _name_of_many(tab: Tab, *, for_store: bool) -> str:
    """What stands on a tab: in some languages several jobs are completed in another form than one."""
    if tab is Tab.COMPLETED:
        return pgettext("several jobs", "Completed")
    if tab is Tab.CANCELLED:
        return pgettext("several jobs", "Cancelled")
    return tab_label(tab, for_store=for_store)


def _list(request: HttpRequest, here: Here) -> HttpResponse:
    counts = tabs.counts(here.place)
    tab = _chosen(request, counts)
    form = JobSearch(request.GET)
    hint = _("Title or partner") if here.is_store else _("Title or store")
    form.fields["search"].widget.attrs["placeholder"] = hint
    everything = tabs.jobs_of(here.place)
    rows = form.among(tabs.in_tab(everything, here.place, tab), for_store=here.is_store)
    shown = page(rows, after=request.GET.get("after"), before=request.GET.get("before"), among=everything)
    kept = request.GET.copy()
    for name in ("after", "before", "tab"):
        kept.pop(name, None)
    searched = kept.urlencode() if form.is_valid() and form.cleaned_data["search"] else ""
    context = {
        "here": here,
        here.side.value: here.place,
        "tabs": [
            {"tab": each, "label": _name_of_many(each, for_store=here.is_store), "count": counts[each]} for each in Tab
        ],
        "counted": tabs.COUNTED,
        "tab": tab,
        "none_at_all": not any(counts.values()),
        "form": form,
        "searched": searched,
        "filtered": f"&tab={tab}" + (f"&{searched}" if searched else ""),
        "page": shown,
        "lines": lines(shown, for_store=here.is_store),
    }
    status = HTTPStatus.OK if form.is_valid() else HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "jobs/job_list.html", context, status=status)


@require_safe
@in_store("jobs.view")
def job_list(request: HttpRequest, here: Here) -> HttpResponse:
    return _list(request, here)


@require_safe
@in_partner
def partner_job_list(request: HttpRequest, here: Here) -> HttpResponse:
    return _list(request, here)


# --- As a file ------------------------------------------------------------------------------------------------------


def _file(request: HttpRequest, here: Here) -> StreamingHttpResponse:
    """Every job, whatever tab it stands in. Amounts are numbers, with the currency beside them."""

    def cells(job: Job) -> Iterable[object]:
        line = Line(job, here.is_store)
        ours = line.is_ours
        return [
            str(job.public_id),
            job.title,
            line.who,
            tab_label(Tab(job.tab), for_store=here.is_store),  # type: ignore[attr-defined]
            ", ".join(labels(job.services)),
            job.currency,
            _amount(job.budget, job.currency),
            _amount(job.price if ours else None, job.currency),
            _amount(job.received if ours else None, job.currency),
            _amount(job.paid if ours else None, job.currency),
            _day(job.created_at),
            _day(job.hired_at if ours else None),
            _day(job.completed_at if ours else None),
            _day(job.cancelled_at if line.knows_it_was_cancelled else None),
        ]

    def may_go_on() -> bool:
        if isinstance(here.place, Store):
            return access.still_may(request.user, "jobs.view", here.place)  # type: ignore[arg-type]
        mine = Membership.objects.where_user_may(request.user, TeamPermission.MANAGE_JOBS)
        return mine.filter(partner=here.place, user__is_active=True).exists()

    return csv_response(
        f"jobs-{here.name}-{timezone.localdate():%Y-%m-%d}",
        [
            _("Number"),
            _("Title"),
            _("Partner") if here.is_store else _("Store"),
            _("State"),
            _("Services"),
            _("Currency"),
            _("Budget"),
            _("Price"),
            _("Received, says the partner"),
            _("Paid, says the store"),
            _("Asked"),
            _("Hired"),
            _("Completed"),
            _("Cancelled"),
        ],
        tabs.jobs_of(here.place),
        cells=cells,
        may_go_on=may_go_on,
        stopped=_("The list ends here: you no longer manage these jobs."),
    )


def _amount(amount: int | None, currency: str) -> object:
    return "" if amount is None else money.as_decimal(amount, currency)


def _day(instant) -> str:
    return timezone.localtime(instant).isoformat(timespec="seconds") if instant else ""


@require_safe
@in_store("jobs.view")
def job_export(request: HttpRequest, here: Here) -> StreamingHttpResponse:
    return _file(request, here)


@require_safe
@in_partner
def partner_job_export(request: HttpRequest, here: Here) -> StreamingHttpResponse:
    return _file(request, here)
