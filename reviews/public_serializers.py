"""What everybody may read, as the API shows it. Nobody's name, and no key."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import Instant
from partners.models import PartnerRating, PublicListing
from reviews import public
from reviews.models import Source
from reviews.structured import address


class PublicRatingSerializer(serializers.ModelSerializer):
    mean = serializers.SerializerMethodField(
        help_text="Over stores, of the latest review of each; null before the first."
    )
    spread = serializers.SerializerMethodField(help_text="Reviews of one star, of two, … of five; halves round up.")
    share_answered = serializers.IntegerField(help_text="Percent; null before the first review.", allow_null=True)

    class Meta:
        model = PartnerRating
        fields = ["mean", "reviews", "stores", "spread", "share_answered", "removed"]
        read_only_fields = fields

    def get_mean(self, rating: PartnerRating) -> float | None:
        return None if rating.mean is None else round(rating.mean, 2)

    def get_spread(self, rating: PartnerRating) -> list[int]:
        return list(rating.spread)


class PublicPartnerSerializer(serializers.ModelSerializer):
    """A published listing."""

    id = serializers.UUIDField(source="partner.public_id", read_only=True)
    slug = serializers.SlugField(source="partner.slug", read_only=True)
    url = serializers.SerializerMethodField(help_text="Of the page that people read.")
    services = serializers.ListField(child=serializers.CharField(), read_only=True)
    languages = serializers.ListField(child=serializers.CharField(), read_only=True, help_text="ISO 639.")
    rating = serializers.SerializerMethodField()
    jobs_completed = serializers.SerializerMethodField()
    first_time_approvals = serializers.SerializerMethodField(help_text="Of the completed jobs.")
    hours_to_answer = serializers.SerializerMethodField(help_text="To merchants, on average; null before the first.")

    class Meta:
        model = PublicListing
        fields = [
            *("id", "slug", "url", "name", "text", "services", "languages", "country", "website"),
            *("rating", "jobs_completed", "first_time_approvals", "hours_to_answer"),
        ]
        read_only_fields = fields

    def get_url(self, listing: PublicListing) -> str:
        return address("reviews:profile", listing.partner.slug)

    @extend_schema_field(PublicRatingSerializer)
    def get_rating(self, listing: PublicListing) -> dict[str, Any]:
        return PublicRatingSerializer(public.rating_of(listing)).data

    def get_jobs_completed(self, listing: PublicListing) -> int:
        return public.track_record_of(listing).jobs_completed

    def get_first_time_approvals(self, listing: PublicListing) -> int:
        return public.track_record_of(listing).first_time_approvals

    def get_hours_to_answer(self, listing: PublicListing) -> int | None:
        return public.track_record_of(listing).hours_to_answer or None


class PublicReplySerializer(serializers.Serializer):
    text = serializers.CharField(read_only=True)
    published_at = Instant(read_only=True)
    edited_at = Instant(read_only=True, allow_null=True)


class PublicReviewSerializer(serializers.Serializer):
    id = serializers.UUIDField(read_only=True)
    url = serializers.URLField(read_only=True, help_text="Of the page that people read.")
    store = serializers.CharField(read_only=True, help_text="The name of the store that wrote it.")
    source = serializers.ChoiceField(Source.choices, read_only=True, help_text="What it rests on.")  # type: ignore[assignment]
    services = serializers.ListField(child=serializers.CharField(), read_only=True)
    communication = serializers.IntegerField(read_only=True, min_value=1, max_value=5)
    quality = serializers.IntegerField(read_only=True, min_value=1, max_value=5)
    text = serializers.CharField(read_only=True)
    published_at = Instant(read_only=True)
    edited_at = Instant(read_only=True, allow_null=True)
    reply = PublicReplySerializer(read_only=True, allow_null=True)


class AboutSerializer(serializers.Serializer):
    name = serializers.CharField(read_only=True)
    slug = serializers.SlugField(read_only=True)
    listed = serializers.BooleanField(read_only=True, help_text="Whether it has a public listing now.")


class OnePublicReviewSerializer(PublicReviewSerializer):
    partner = AboutSerializer(read_only=True)


class PublicPartnersQuery(serializers.Serializer):
    after = serializers.UUIDField(required=False, help_text="`id` of the last row you have: the page begins after it.")
    search = serializers.CharField(required=False, max_length=100, help_text="In the name.")
    service = serializers.CharField(required=False, max_length=40)
    language = serializers.CharField(required=False, max_length=3, help_text="ISO 639.")
    country = serializers.CharField(required=False, max_length=2, help_text="ISO 3166-1 alpha-2.")


class PublicReviewsQuery(serializers.Serializer):
    after = serializers.UUIDField(required=False, help_text="`id` of the last row you have: the page begins after it.")
    sort = serializers.ChoiceField(
        public.Sort.choices, required=False, help_text="`lowest` looks at the smaller of the two ratings."
    )
    service = serializers.CharField(required=False, max_length=40)
    source = serializers.ChoiceField(Source.choices, required=False, help_text="What they rest on.")  # type: ignore[assignment]
