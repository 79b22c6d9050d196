"""Services › Reviews: what merchants wrote of the partner, and the same rows as a file."""

from collections.abc import Iterable
from http import HTTPStatus

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.csv_files import csv_response
from partners.models import Membership, Partner, PartnerRating, PublicListing
from partners.permissions import TeamPermission
from partners.services import labels
from reviews.models import Reply, Review
from reviews.partner_lists import ReviewSearch, Tab, counts, in_tab, page
from reviews.rating_card import bars, time_to_answer
from reviews.reply_views import for_repliers, reviews_of


def with_replies(rows: QuerySet[Review]) -> QuerySet[Review]:
    """Each with the text of its live reply, and when that was edited."""
    live = Reply.objects.live().filter(review=OuterRef("pk"))
    return rows.annotate(
        reply_text=Subquery(live.values("text")[:1]), reply_edited_at=Subquery(live.values("edited_at")[:1])
    )


def _chosen(request: HttpRequest, counted: dict[str, int]) -> Tab:
    """The tab that was asked for; else the first in which there is something."""
    asked = request.GET.get("tab", "")
    if asked in Tab.values:
        return Tab(asked)
    return next((tab for tab in Tab if counted[tab]), Tab.TO_ANSWER)


@require_safe
@for_repliers
def partner_review_list(request: HttpRequest, partner: Partner) -> HttpResponse:
    rating = PartnerRating.objects.filter(partner=partner).first()
    counted = counts(rating)
    tab = _chosen(request, counted)
    form = ReviewSearch(request.GET)
    rows = in_tab(form.among(with_replies(reviews_of(request, partner))), tab)
    shown = page(rows, tab, partner=partner, after=request.GET.get("after"), before=request.GET.get("before"))
    kept = request.GET.copy()
    for name in [name for name in kept if name not in form.fields or not kept[name]]:
        kept.pop(name)
    looked_for = kept.urlencode()
    context = {
        "partner": partner,
        "tabs": [{"tab": each, "label": each.label, "count": counted[each]} for each in Tab],
        "tab": tab,
        "none_at_all": not counted[Tab.ALL],
        "form": form,
        "looked_for": looked_for,
        "filtered": f"&tab={tab}" + (f"&{looked_for}" if looked_for else ""),
        "page": shown,
        "rows": [{"review": review, "services": ", ".join(labels(review.services))} for review in shown],
    }
    if rating is not None and counted[Tab.ALL]:
        context |= {"rating": rating, "bars": bars(rating), "time_to_answer": time_to_answer(rating)}
    if context["none_at_all"]:
        context["is_published"] = PublicListing.objects.published().filter(partner=partner).exists()
    status = HTTPStatus.OK if form.is_valid() else HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "reviews/partner_review_list.html", context, status=status)


# --- As a file ------------------------------------------------------------------------------------------------------


@require_safe
@for_repliers
def partner_review_export(request: HttpRequest, partner: Partner) -> StreamingHttpResponse | HttpResponse:
    """The rows of the tab and the filter that are in the address, newest first; without a tab, all."""
    asked = request.GET.get("tab", "")
    rows = in_tab(with_replies(reviews_of(request, partner)), asked if asked in Tab.values else Tab.ALL)

    def cells(review: Review) -> Iterable[object]:
        return [
            str(review.public_id),
            review.store.name,
            review.get_source_display(),
            review.invitation.subject,
            ", ".join(labels(review.services)),
            review.communication,
            review.quality,
            review.text,
            _instant(review.published_at),
            _instant(review.edited_at),
            review.reply_text or "",  # type: ignore[attr-defined]
            _instant(review.answered_at),
            _instant(review.removed_at),
            review.get_removed_for_display() if review.removed_for else "",
        ]

    def may_go_on() -> bool:
        mine = Membership.objects.where_user_may(request.user, TeamPermission.MANAGE_PUBLIC_LISTINGS)
        return mine.filter(partner=partner, user__is_active=True).exists()

    return csv_response(
        f"reviews-{partner.slug}-{timezone.localdate():%Y-%m-%d}",
        [
            _("Number"),
            _("Store"),
            _("Rests on"),
            _("Job"),
            _("Services"),
            _("Communication"),
            _("Quality of work"),
            _("Text"),
            _("Published"),
            _("Edited"),
            _("Reply"),
            _("Replied"),
            _("Removed"),
            _("Removed for"),
        ],
        ReviewSearch(request.GET).among(rows),
        cells=cells,
        may_go_on=may_go_on,
        stopped=_("The list ends here: you no longer manage the reviews of this partner."),
    )


def _instant(at) -> str:
    return timezone.localtime(at).isoformat(timespec="seconds") if at else ""
