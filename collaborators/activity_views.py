"""Partner dashboard › Activity: the page, and the same rows as a file."""

from collections.abc import Iterable

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.csv_files import csv_response
from collaborators.activity import PartnerActivityFilter, seen_by
from partners.models import Membership, Partner
from partners.pages import partner_page
from partners.permissions import TeamPermission
from stores.activity_views import change_cells, change_header, in_words, page_of, who
from stores.models import Activity


@require_safe
@partner_page(TeamPermission.MANAGE_STORES)
def partner_activity(request, partner: Partner):
    """What concerns the partner, in all the stores it asked or works for."""
    form = PartnerActivityFilter(request.GET, member=request.membership, zone=request.user.time_zone)
    context = page_of(request, seen_by(request.membership), form)
    form.offer()
    context |= {"partner": partner, "rows": in_words(context["page"])}
    return render(request, "collaborators/partner_activity_list.html", context, status=context["status"])


@require_safe
@partner_page(TeamPermission.MANAGE_STORES)
def partner_activity_export(request, partner: Partner):
    """The rows that are filtered by, all of them, as CSV. Times are in the zone of the reader."""
    form = PartnerActivityFilter(request.GET, member=request.membership, zone=request.user.time_zone)
    if not form.is_valid():
        return partner_activity(request, slug=partner.slug)  # where the sentences stand

    def cells(row: Activity) -> Iterable[object]:
        at = timezone.localtime(row.created_at).isoformat(timespec="seconds")
        return [at, who(row), row.place, *change_cells(row)]  # type: ignore[attr-defined]

    def may_go_on() -> bool:
        mine = Membership.objects.where_user_may(request.user, TeamPermission.MANAGE_STORES)
        member = mine.filter(partner=partner, user__is_active=True).first()
        return member is not None and member.held >= request.membership.held

    return csv_response(
        f"activity-{partner.slug}-{timezone.localdate():%Y-%m-%d}",
        [_("When"), _("Who"), _("Store"), *change_header()],
        form.among(seen_by(request.membership)),
        cells=cells,
        may_go_on=may_go_on,
        stopped=_("The list ends here: you no longer manage the stores of this partner."),
    )
