from http import HTTPStatus

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.endpoints import Endpoint
from accounts.places import LANGUAGES, countries
from accounts.serializers import Instant, Line, Text
from partners import listings
from partners.models import LISTING_LENGTH, PublicListing
from partners.pages import enter
from partners.permissions import TeamPermission
from partners.services import SERVICES


class ListingSerializer(serializers.ModelSerializer):
    """What the partner says about itself."""

    services = serializers.ListField(child=serializers.CharField(), read_only=True)
    languages = serializers.ListField(child=serializers.CharField(), read_only=True)
    published = serializers.BooleanField(source="is_published", read_only=True)
    published_at = Instant(read_only=True, allow_null=True)
    changed_at = Instant(read_only=True)

    class Meta:
        model = PublicListing
        fields = [
            "version", "name", "text", "services", "languages", "country", "website", "published", "published_at",
            "changed_at",
        ]  # fmt: skip


class ListingChangeSerializer(serializers.Serializer):
    """All of it. A draft may lack anything."""

    version = serializers.IntegerField(
        min_value=0, max_value=2**31 - 1, help_text="The one you read; 0 before the first. Another one now: a 409."
    )
    name = Line(max_length=100, allow_blank=True)
    text = Text(max_length=LISTING_LENGTH, allow_blank=True)
    services = serializers.ListField(
        child=serializers.ChoiceField([*SERVICES]), max_length=2 * len(SERVICES), help_text="Keys of the list."
    )
    languages = serializers.ListField(
        child=serializers.ChoiceField([*LANGUAGES]), max_length=2 * len(LANGUAGES), help_text="ISO 639-1."
    )
    country = serializers.ChoiceField(
        [code for code, _name in countries() if code], allow_blank=True, help_text="ISO 3166-1 alpha-2."
    )
    website = Line(max_length=200, allow_blank=True, help_text="http or https, without a user name.")

    def validate_website(self, typed: str) -> str:
        return listings.clean_website(typed)


@extend_schema(tags=["Partners"])
class Listing(Endpoint):
    @extend_schema(operation_id="listing", summary="My partner's public listing", responses=ListingSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """As it was saved, published or not. For owners, and members with Manage public listings."""
        partner = enter(request, slug, TeamPermission.MANAGE_PUBLIC_LISTINGS)
        return Response(ListingSerializer(listings.listing_of(partner)).data)

    @extend_schema(
        operation_id="listing_save",
        summary="Write the public listing anew",
        request=ListingChangeSerializer,
        responses=ListingSerializer,
    )
    def put(self, request: Request, slug: str) -> Response:
        """A published one stays published, and has to be complete."""
        partner = enter(request, slug, TeamPermission.MANAGE_PUBLIC_LISTINGS)
        body = self.body(ListingChangeSerializer)
        version = body.pop("version")
        listing = listings.save_listing(partner, written=listings.Written(**body), version=version, by=self.me)
        return Response(ListingSerializer(listing).data)


@extend_schema(tags=["Partners"])
class ListingPublication(Endpoint):
    @extend_schema(
        operation_id="listing_publish",
        summary="Publish the listing",
        request=None,
        responses={HTTPStatus.CREATED: ListingSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """As it was saved last. Everybody can read it from then on."""
        partner = enter(request, slug, TeamPermission.MANAGE_PUBLIC_LISTINGS)
        listing = listings.publish_listing(partner, by=self.me)
        return Response(ListingSerializer(listing).data, status=HTTPStatus.CREATED)

    @extend_schema(
        operation_id="listing_unpublish", summary="Take the listing down", responses={HTTPStatus.NO_CONTENT: None}
    )
    def delete(self, request: Request, slug: str) -> Response:
        """It stays as a draft. 404 where it is one already."""
        partner = enter(request, slug, TeamPermission.MANAGE_PUBLIC_LISTINGS)
        if not listings.listing_of(partner).is_published:
            raise Http404
        listings.unpublish_listing(partner, by=self.me)
        return Response(status=HTTPStatus.NO_CONTENT)
