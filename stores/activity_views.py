"""Activity of a store: the page, and the same rows as a file."""

from collections.abc import Iterable
from http import HTTPStatus
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.csv_files import csv_response
from accounts.keyset import page
from stores import access, activity
from stores.activity_filters import PeriodFilter, StoreActivityFilter
from stores.models import Activity, Store
from stores.pages import store_page


def in_words(rows) -> list[dict]:
    """Activity rows as templates show them."""
    return [{"row": row, "sentence": activity.sentence(row), "details": activity.details(row)} for row in rows]


def who(row: Activity) -> str:
    return str(row.actor) if row.actor else _("by itself")


def query_without_place(request: HttpRequest) -> str:
    """What is filtered by, as it stands behind the question mark: the links to other pages and to the file keep it."""
    kept = request.GET.copy()
    for name in ("after", "before"):
        kept.pop(name, None)
    return "".join(f"&{pair}" for pair in kept.urlencode().split("&") if pair and not pair.endswith("="))


def page_of(request: HttpRequest, rows, form: PeriodFilter) -> dict:
    """What the two pages of activity have in common. `form` is valid or says why not; then there are no rows."""
    found = page(form.among(rows), after=request.GET.get("after"), before=request.GET.get("before"))
    return {
        "form": form,
        "page": found,
        "filtered": query_without_place(request),
        "status": HTTPStatus.OK if form.is_valid() else HTTPStatus.UNPROCESSABLE_ENTITY,
    }


def _rows(request: HttpRequest, store: Store):
    rows = Activity.objects.visible_to(request.user).filter(store=store)
    return rows.select_related("actor", "partner", "store")


@require_safe
@store_page("activity.view")
def activity_list(request, store: Store):
    form = StoreActivityFilter(request.GET, store=store)
    context = page_of(request, _rows(request, store), form)
    form.offer()
    context |= {"store": store, "rows": in_words(context["page"])}
    return render(request, "stores/activity_list.html", context, status=context["status"])


@require_safe
@store_page("activity.view")
def activity_export(request, store: Store):
    """The rows that are filtered by, all of them, as CSV. Times are in the zone of the store."""
    form = StoreActivityFilter(request.GET, store=store)
    if not form.is_valid():
        return activity_list(request, handle=store.handle)  # where the sentences stand
    zone = ZoneInfo(store.time_zone)

    def cells(row: Activity) -> Iterable[object]:
        return [
            row.created_at.astimezone(zone).isoformat(timespec="seconds"),
            who(row),
            row.partner or "",
            *change_cells(row),
        ]

    return csv_response(
        f"activity-{store.handle}-{timezone.localdate(timezone=zone):%Y-%m-%d}",
        [_("When"), _("Who"), _("Partner"), *change_header()],
        form.among(_rows(request, store)),
        cells=cells,
        may_go_on=lambda: access.still_may(request.user, "activity.view", store),
        stopped=_("The list ends here: you may no longer see the activity of this store."),
    )


def change_header() -> list[str]:
    return [_("Kind"), _("What happened"), _("Details"), _("Before"), _("After")]


def change_cells(row: Activity) -> list[object]:
    return [
        row.kind,
        activity.sentence(row),
        "; ".join(activity.details(row)),
        activity.values(row, row.before),
        activity.values(row, row.after),
    ]
