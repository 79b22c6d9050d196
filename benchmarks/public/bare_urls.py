"""The profile as one would write it for this page alone: it knows its words, and nothing of languages or readers."""

from django.conf import settings
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.templatetags.static import static
from django.urls import path
from django.utils.formats import date_format

from partners import services
from partners.models import PublicListing
from reviews import structured
from reviews.models import Reply, Review
from reviews.templatetags.public import as_stars

LABELS = {key: str(label) for key, label in services.SERVICES.items()}
SOURCES = {"job": "Completed job", "handover": "Store hand-over"}
SIZE = 20


def profile(request, slug: str) -> HttpResponse:
    listing = get_object_or_404(
        PublicListing.objects.filter(published_at__isnull=False).select_related(
            "partner__rating", "partner__track_record"
        ),
        partner__slug=slug,
    )
    rating, record = listing.partner.rating, listing.partner.track_record
    live = Review.objects.filter(partner=listing.pk, removed_at=None)
    names = {
        pk: (public_id, name)
        for pk, public_id, _version, name in live.order_by("-id").values_list(
            "id", "public_id", "version", "store__name"
        )[: SIZE + 1]
    }
    shown = list(names)[:SIZE]
    reviews = Review.objects.filter(pk__in=shown, removed_at=None).in_bulk()
    replies = {
        reply.review_id: reply
        for reply in Reply.objects.filter(review__in=shown, withdrawn_at=None, removed_at=None).defer("author")
    }
    removed = list(
        Review.objects.filter(partner=listing.pk)
        .exclude(removed_for="")
        .values_list("removed_for")
        .annotate(number=Count("pk"))
    )
    url = f"{settings.SITE_URL}/partners/{slug}/"
    context = {
        "css": static("css/entente.css"),
        "js": static("js/entente.js"),
        "icon": static("icon.svg"),
        "slug": slug,
        "url": url,
        "listing": listing,
        "rating": rating,
        "record": record,
        "removed": removed,
        "stars": as_stars(rating.mean),
        "data": structured.script(structured.of_profile(listing, rating, url)),
        "since": date_format(listing.partner.created_at, "F Y"),
        "first_time": 100 * record.first_time_approvals // record.jobs_completed,
        "offered": [(key, LABELS[key]) for key in LABELS if key in listing.services],
        "bars": [
            (stars, count, max(100 * count // rating.reviews, 1) if count else 0)
            for stars, count in reversed(list(enumerate(rating.spread, start=1)))
        ],
        "rows": [
            {
                "id": names[pk][0],
                "store": names[pk][1],
                "review": reviews[pk],
                "services": ", ".join(LABELS[key] for key in LABELS if key in reviews[pk].services),
                "source": SOURCES[reviews[pk].source],
                "communication": as_stars(reviews[pk].communication),
                "quality": as_stars(reviews[pk].quality),
                "reply": replies.get(pk),
            }
            for pk in shown
        ],
        "after": names[shown[-1]][0] if len(names) > SIZE else None,
    }
    return render(request, "bare_profile.html", context)


urlpatterns = [path("partners/<slug:slug>/", profile)]
