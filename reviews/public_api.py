"""What everybody may read, without signing in."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import APIException
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle

from accounts.endpoints import Endpoint, paged
from partners.models import PublicListing
from reviews import directory, kept, public
from reviews.models import Reply, Review
from reviews.public_serializers import (
    OnePublicReviewSerializer,
    PublicPartnerSerializer,
    PublicPartnersQuery,
    PublicReviewSerializer,
    PublicReviewsQuery,
)
from reviews.structured import address

UNCHANGED = OpenApiResponse(description="Not changed since the `ETag` that `If-None-Match` names.")


GONE = OpenApiResponse(description="It was removed by moderators.")


class ReviewRemoved(APIException):
    status_code = HTTPStatus.GONE
    default_code = "review_removed"
    default_detail = _("This review was removed by moderators.")


class ByAddress(SimpleRateThrottle):
    """Nobody is signed in here: counted by where they ask from."""

    scope = "public"

    def get_cache_key(self, request: Request, view) -> str:
        return f"api:{self.scope}:from:{self.get_ident(request)}"


class _Public(Endpoint):
    """The same for everybody, whoever is signed in."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [ByAddress]

    def unless_known(self, version: list[Any], answer: Callable[[], Response]) -> HttpResponse:
        """304 to whoever has this version already; it may be kept, and is asked about each time."""
        etag = f'"{kept.name_of(self.request.path, self.request.query_params.urlencode(), version)}"'
        known = get_conditional_response(self.request, etag=etag)
        return kept.revalidated(known or answer(), etag=etag)

    def listing(self, slug: str) -> PublicListing:
        return get_object_or_404(public.listings(), partner__slug=slug)


def _review(review: Review, store: str, reply: Reply | None) -> dict[str, Any]:
    return {
        "id": review.public_id,
        "url": address("reviews:public-review", review.public_id),
        "store": store,
        **{name: getattr(review, name) for name in ("source", "services", "communication", "quality", "text")},
        **{name: getattr(review, name) for name in ("published_at", "edited_at")},
        "reply": reply,
    }


@extend_schema(tags=["Public"], auth=[])
class PublicPartners(_Public):
    @extend_schema(
        operation_id="public_partners",
        summary="The directory",
        parameters=[PublicPartnersQuery],
        responses={HTTPStatus.OK: paged(PublicPartnerSerializer), HTTPStatus.NOT_MODIFIED: UNCHANGED},
    )
    def get(self, request: Request) -> HttpResponse:
        """Partners with a published listing, the best reviewed first, twenty a page."""
        found = directory.listed(directory.Wanted(**self.query(PublicPartnersQuery)), strict=True)
        return self.unless_known(
            found.version, lambda: self.with_next(PublicPartnerSerializer(found.rows, many=True).data, found)
        )


@extend_schema(tags=["Public"], auth=[])
class OnePublicPartner(_Public):
    @extend_schema(
        operation_id="public_partner",
        summary="One profile",
        responses={HTTPStatus.OK: PublicPartnerSerializer, HTTPStatus.NOT_MODIFIED: UNCHANGED},
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """A published listing with its figures."""
        listing = self.listing(slug)
        return self.unless_known(public.version_of(listing), lambda: Response(PublicPartnerSerializer(listing).data))


@extend_schema(tags=["Public"], auth=[])
class PublicReviews(_Public):
    @extend_schema(
        operation_id="public_reviews",
        summary="Reviews of a partner",
        parameters=[PublicReviewsQuery],
        responses={HTTPStatus.OK: paged(PublicReviewSerializer), HTTPStatus.NOT_MODIFIED: UNCHANGED},
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Live reviews of a listed partner with their live replies, newest first unless asked otherwise, twenty a
        page."""
        listing = self.listing(slug)
        query = self.query(PublicReviewsQuery)
        sort = public.Sort(query.pop("sort", public.Sort.NEWEST))
        found = public.keys(listing.pk, public.Asked(sort=sort, **query), strict=True)

        def answer() -> Response:
            rows = [_review(review, key.store, reply) for key, review, reply in public.reviews_of(found)]
            return self.with_next(PublicReviewSerializer(rows, many=True).data, found)

        return self.unless_known(found.version, answer)


@extend_schema(tags=["Public"], auth=[])
class OnePublicReview(_Public):
    @extend_schema(
        operation_id="public_review",
        summary="One review",
        responses={
            HTTPStatus.OK: OnePublicReviewSerializer,
            HTTPStatus.NOT_MODIFIED: UNCHANGED,
            HTTPStatus.GONE: GONE,
        },
    )
    def get(self, request: Request, public_id: UUID) -> HttpResponse:
        """A live review, whether its partner is listed or not. One that was removed is a 410."""
        review = get_object_or_404(public.one_review(), public_id=public_id)
        if not review.is_live:
            raise ReviewRemoved
        about = {
            "name": public.name_of(review),
            "slug": review.partner.slug,
            "listed": public.is_listed(review),
        }
        shown = {**_review(review, review.store.name, public.reply_to(review)), "partner": about}
        return self.unless_known(
            public.version_of_review(review), lambda: Response(OnePublicReviewSerializer(shown).data)
        )
