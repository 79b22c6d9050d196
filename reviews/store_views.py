"""Store admin › Reviews: what is to be reviewed, and what was written."""

from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.keyset import page
from partners.services import labels
from reviews import addresses
from reviews.models import Reply, Review, ReviewInvitation
from stores.models import Store
from stores.pages import store_page

SHOWN = 20  # earlier wordings of one review


class Tab(models.TextChoices):
    OPEN = "open", _("To be reviewed")
    WRITTEN = "written", _("Written")


def with_replies(rows: QuerySet[Review]) -> QuerySet[Review]:
    """With what lines and pages show of them: `live_replies` holds one at most."""
    replies = Reply.objects.live().select_related("partner")
    return rows.select_related("partner__listing", "store", "author", "invitation").prefetch_related(
        Prefetch("replies", replies, to_attr="live_replies")
    )


@require_safe
@store_page("reviews.write")
def review_list(request: HttpRequest, store: Store) -> HttpResponse:
    invitations = ReviewInvitation.objects.filter(store=store)
    waiting = invitations.waiting_for(request.user, store)  # type: ignore[arg-type]
    reviews = Review.objects.filter(store=store)
    asked = request.GET.get("tab", "")
    tab = Tab(asked) if asked in Tab.values else Tab.OPEN if waiting.exists() or not reviews.exists() else Tab.WRITTEN
    after, before = request.GET.get("after"), request.GET.get("before")
    context: dict[str, Any] = {"store": store, "tab": tab, "tabs": Tab, "filtered": f"&tab={tab}"}
    if tab is Tab.OPEN:
        rows = waiting.select_related("partner", "asked", "store")
        shown = page(rows, among=invitations, after=after, before=before)
        context["invitations"] = [_to_review(row, request) for row in shown]
    else:
        shown = page(with_replies(reviews), after=after, before=before)
        context["reviews"] = shown.rows
    return render(request, "reviews/review_list.html", context | {"page": shown})


def _to_review(row: ReviewInvitation, request: HttpRequest) -> dict[str, Any]:
    return {"row": row, "services": labels(row.services), "asked_me": row.asked_id == request.user.pk}


@require_safe
@store_page("reviews.write")
def review(request: HttpRequest, store: Store, public_id: UUID) -> HttpResponse:
    rows = Review.objects.of_stores_of(request.user).filter(store=store)
    written = get_object_or_404(with_replies(rows), public_id=public_id)
    context = {
        "store": store,
        "review": written,
        "reply": written.live_replies[0] if written.live_replies and written.is_live else None,  # type: ignore[attr-defined]
        "services": labels(written.services),
        "versions": written.versions.order_by("-pk")[:SHOWN],
        "may_correct": written.author_id == request.user.pk and written.is_correctable_at(timezone.now()),
        "public_url": addresses.in_public(written) if written.is_live else "",
    }
    return render(request, "reviews/review.html", context)
