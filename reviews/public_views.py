"""Pages that everybody may read, signed in or not: the directory, profiles, reviews. And where a job is asked for."""

from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import places
from partners import services
from partners.models import PublicListing
from reviews import directory, kept, public, public_rows, structured
from reviews.models import Review, Source
from reviews.reasons import Reason
from stores.models import Store

SHOWN = 50  # stores to choose from
SEARCH_LENGTH = 100
TOLD = 200  # code points of a description


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _one_of(query: QueryDict, name: str, known: Any, otherwise: str = "") -> str:
    value = query.get(name, "")
    return value if value in known else otherwise


def _choice(name: str, label: str, options: list[Any], value: str, *, all_of_them: str = "") -> dict:
    return {
        "name": name,
        "label": label,
        "options": [("", all_of_them), *options] if all_of_them else options,
        "value": value,
    }


def _further(**values: str) -> str:
    """What else stands in the addresses of the pages before and after."""
    given = {name: value for name, value in values.items() if value}
    return f"&{urlencode(given)}" if given else ""


# --- Profile --------------------------------------------------------------------------------------------------------


@require_safe
def profile(request: HttpRequest, slug: str) -> HttpResponse:
    query = request.GET
    asked = public.Asked(
        sort=public.Sort(_one_of(query, "sort", public.Sort.values, public.Sort.NEWEST)),
        service=_one_of(query, "service", services.SERVICES),
        source=_one_of(query, "source", Source.values),
        after=_uuid(query.get("after", "")),
        before=_uuid(query.get("before", "")),
    )
    shown = public.profile(slug, asked)
    if shown is None:
        raise Http404
    version = [slug, asked.sort, asked.service, asked.source, *shown.version]
    return kept.page(request, "profile", version=version, context=lambda: _profile(slug, asked, shown.keys()))


def _profile(slug: str, asked: public.Asked, found: public.Keys) -> dict[str, Any]:
    listing = get_object_or_404(public.listings(), partner__slug=slug)
    rating, record = public.rating_of(listing), public.track_record_of(listing)
    url = structured.address("reviews:profile", slug)
    offered = services.in_order([*listing.services, asked.service])
    return {
        "title": listing.name,
        "description": Truncator(" ".join(listing.text.split())).chars(TOLD),
        "canonical": url,
        "kind": "profile",
        "data": structured.script(structured.of_profile(listing, rating, url)),
        "slug": slug,
        "plain": reverse("reviews:profile", args=[slug]),
        "listing": listing,
        "rating": rating,
        "record": record,
        "services": services.labels(listing.services),
        "languages": places.language_names(listing.languages),
        "country": places.country_name(listing.country),
        "website": listing.website.partition("://")[2].rstrip("/"),
        "since": date_format(timezone.localtime(listing.partner.created_at), "YEAR_MONTH_FORMAT"),
        "first_time": 100 * record.first_time_approvals // (record.jobs_completed or 1),
        "bars": _bars(rating.spread, rating.reviews),
        "removed": public.removed(listing),
        "rows": public_rows.rows((key.store, review, reply) for key, review, reply in public.reviews_of(found)),
        "page": found,
        "filtered": _further(
            sort="" if asked.sort == public.Sort.NEWEST else asked.sort, service=asked.service, source=asked.source
        ),
        "choices": [
            _choice("sort", _("Sort"), public.Sort.choices, asked.sort),
            _choice(
                "service",
                _("Service"),
                [(key, str(services.SERVICES[key])) for key in offered],
                asked.service,
                all_of_them=_("All services"),
            ),
            _choice("source", _("Rests on"), Source.choices, asked.source, all_of_them=_("Jobs and hand-overs")),
        ],
    }


def _bars(spread: list[int], reviews: int) -> list[dict[str, int]]:
    """Best first, as wide as their share; what there is at all can be seen."""
    return [
        {"stars": stars, "count": count, "percent": max(100 * count // reviews, 1) if count else 0}
        for stars, count in reversed(list(enumerate(spread, start=1)))
    ]


# --- Directory ------------------------------------------------------------------------------------------------------


@require_safe
def partner_directory(request: HttpRequest) -> HttpResponse:
    query = request.GET
    wanted = directory.Wanted(
        search=query.get("search", "").strip()[:SEARCH_LENGTH],
        service=_one_of(query, "service", services.SERVICES),
        language=_one_of(query, "language", dict(places.languages())),
        country=_one_of(query, "country", dict(places.countries())),
        after=_uuid(query.get("after", "")),
        before=_uuid(query.get("before", "")),
    )
    found = directory.listed(wanted)
    version = [wanted.search, wanted.service, wanted.language, wanted.country, *found.version]
    return kept.page(
        request, "directory", version=version, context=lambda: _directory(wanted, found), keeps=not wanted.search
    )


def _directory(wanted: directory.Wanted, found: directory.Listed) -> dict[str, Any]:
    filtered = _further(search=wanted.search, service=wanted.service, language=wanted.language, country=wanted.country)
    return {
        "title": _("Find a partner"),
        "description": _(
            "Agencies, developers and experts for online stores, reviewed only by merchants they worked for."
        ),
        "canonical": structured.address("reviews:partner-directory"),
        "plain": reverse("reviews:partner-directory"),
        "asked": wanted,
        "filtered": filtered,
        "none_at_all": not found.rows and not filtered,
        "page": found,
        "rows": [
            {
                "listing": listing,
                "slug": listing.partner.slug,
                "rating": public.rating_of(listing),
                "record": public.track_record_of(listing),
                "services": services.labels(listing.services),
                "languages": places.language_names(listing.languages),
                "country": places.country_name(listing.country),
            }
            for listing in found.rows
        ],
        "choices": [
            _choice("service", _("Service"), services.choices(), wanted.service, all_of_them=_("All services")),
            _choice("language", _("Language"), places.languages(), wanted.language, all_of_them=_("All languages")),
            _choice("country", _("Country"), places.countries()[1:], wanted.country, all_of_them=_("All countries")),
        ],
    }


# --- One review -----------------------------------------------------------------------------------------------------


@require_safe
def public_review(request: HttpRequest, public_id: UUID) -> HttpResponse:
    review = get_object_or_404(public.one_review(), public_id=public_id)
    if not review.is_live:
        return _removed(request, review)
    version = public.version_of_review(review)
    return kept.page(request, "review", version=version, context=lambda: _review(review))


def _removed(request: HttpRequest, review: Review) -> HttpResponse:
    context = {
        "partner": public.name_of(review),
        "profile": _profile_path(review),
        "rule": Reason(review.removed_for).label,
    }
    page = render(request, "reviews/public_review_removed.html", context, status=HTTPStatus.GONE)
    return kept.revalidated(page, private=request.user.is_authenticated)


def _profile_path(review: Review) -> str:
    return reverse("reviews:profile", args=[review.partner.slug]) if public.is_listed(review) else ""


def _review(review: Review) -> dict[str, Any]:
    partner, store = public.name_of(review), review.store.name
    reply = public.reply_to(review)
    url = structured.address("reviews:public-review", review.public_id)
    profile_url = structured.address("reviews:profile", review.partner.slug) if public.is_listed(review) else ""
    heading = _("%(store)s about %(partner)s") % {"store": store, "partner": partner}
    stars = _("Communication %(communication)s of 5, quality of work %(quality)s of 5.") % {
        "communication": review.communication,
        "quality": review.quality,
    }
    data = structured.of_review(review, reply, store=store, partner=partner, url=url, profile=profile_url)
    return {
        "title": heading,
        "heading": heading,
        "description": Truncator(f"{stars} {' '.join(review.text.split())}".strip()).chars(TOLD),
        "canonical": url,
        "kind": "article",
        "data": structured.script(data),
        "rows": public_rows.rows([(store, review, reply)]),
        "partner": partner,
        "profile": _profile_path(review),
        "review": review,
        "reply": reply,
        "mail": f"mailto:?subject={quote(heading)}&body={quote(url)}",
        "shares": _shares(heading, url),
    }


def _shares(heading: str, url: str) -> dict[str, str]:
    """Plain links: nothing of the others' is loaded, and they hear of it only from whoever follows one."""
    return {
        "LinkedIn": f"https://www.linkedin.com/sharing/share-offsite/?{urlencode({'url': url})}",
        "Facebook": f"https://www.facebook.com/sharer/sharer.php?{urlencode({'u': url})}",
        "X": f"https://x.com/intent/post?{urlencode({'text': heading, 'url': url})}",
    }


# --- Where a job is asked for ---------------------------------------------------------------------------------------


@require_safe
@login_required
def job_asking(request: HttpRequest, slug: str) -> HttpResponse:
    """To the form of the store that asks this partner."""
    listing = get_object_or_404(PublicListing.objects.published(), partner__slug=slug)
    return _to_the_form(request, name=listing.name, query=f"?{urlencode({'partner': slug})}")


@require_safe
@login_required
def job_posting(request: HttpRequest) -> HttpResponse:
    """To the form of the store that posts a job."""
    return _to_the_form(request)


def _to_the_form(request: HttpRequest, *, name: str = "", query: str = "") -> HttpResponse:
    stores = list(
        Store.objects.where_user_may(request.user, "jobs.manage")
        .filter(owner__isnull=False)
        .order_by("name", "pk")[:SHOWN]
    )
    if len(stores) == 1:
        return redirect(f"{reverse('jobs:job-making', args=[stores[0].handle])}{query}")
    return render(request, "reviews/public_store_choice.html", {"stores": stores, "name": name, "query": query})
