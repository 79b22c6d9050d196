"""What the API shows of a partner's reviews, and takes for a reply."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import Line, Output, PersonSerializer, Text
from partners.services import SERVICES
from reviews.models import LEAST_REPLY, MOST_REPLY, Reply, Review, Source
from reviews.partner_lists import BEFORE_THE_FIRST, LOOKED_FOR, Tab, near
from stores.serializers import StoreNameSerializer

TABS_HELP = "`to_answer` (the lowest, then the oldest, on top), `answered`, or `all`, with removed ones."

# --- In -------------------------------------------------------------------------------------------------------------


class PartnerReviewFilter(serializers.Serializer):
    state = serializers.ChoiceField(Tab.choices, required=False, default=Tab.ALL, help_text=TABS_HELP)
    search = Line(max_length=LOOKED_FOR, required=False, help_text="In the text, or in the name of the store.")
    stars = serializers.IntegerField(
        min_value=1, max_value=5, required=False, help_text="The mean of both ratings, halves rounded up."
    )
    source = serializers.ChoiceField(Source.choices, required=False, help_text="What the review rests on.")  # type: ignore[assignment]
    since = serializers.DateField(required=False, help_text="First day, in your time zone.")
    until = serializers.DateField(required=False, help_text="Last day, in your time zone.")

    def validate_since(self, day):
        return near(day)

    def validate_until(self, day):
        return near(day)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        since, until = attrs.get("since"), attrs.get("until")
        if since and until and until < since:
            raise serializers.ValidationError({"until": BEFORE_THE_FIRST})
        return attrs


class NewReplySerializer(serializers.Serializer):
    text = Text(min_length=LEAST_REPLY, max_length=MOST_REPLY, help_text="Public, next to the review.")


class ReplyEditSerializer(NewReplySerializer):
    edits = serializers.IntegerField(
        min_value=0,
        max_value=1_000_000,
        required=False,
        help_text="`edits` of the reply that you have before your eyes: if it was edited since, this is a 409.",
    )


class DraftSerializer(serializers.Serializer):
    text = Text(max_length=5 * MOST_REPLY, allow_blank=True, help_text="The reply as it stands so far.")


# --- Out ------------------------------------------------------------------------------------------------------------


class ReplySerializer(Output):
    """What the partner answered in public."""

    author = PersonSerializer(read_only=True)
    edits = serializers.IntegerField(read_only=True, help_text="How often it was edited.")

    class Meta:
        model = Reply
        fields = ["id", "text", "author", "published_at", "edited_at", "edits", "withdrawn_at"]


class PartnerReviewSerializer(Output):
    """A review, as the partner sees it."""

    store = StoreNameSerializer(read_only=True)
    services = serializers.ListField(
        child=serializers.ChoiceField([(key, key) for key in SERVICES]), read_only=True, help_text="What was done."
    )
    subject = serializers.CharField(
        source="invitation.subject", read_only=True, help_text="Title of the job; empty after a hand-over."
    )
    reply = serializers.SerializerMethodField(help_text="The live one; null: it waits for an answer, or is removed.")

    class Meta:
        model = Review
        fields = [
            "id", "store", "source", "subject", "services", "communication", "quality", "text", "published_at",
            "edited_at", "answered_at", "removed_at", "removed_for", "reply",
        ]  # fmt: skip

    @extend_schema_field(ReplySerializer(allow_null=True))
    def get_reply(self, review: Review) -> dict | None:
        live = next((reply for reply in review.replies.all() if reply.is_live), None)
        return ReplySerializer(live).data if live else None


class PointSerializer(serializers.Serializer):
    """One thing that a careful reader looks for."""

    code = serializers.CharField(read_only=True)
    met = serializers.BooleanField(read_only=True, allow_null=True, help_text="null: there is nothing to judge.")
    words = serializers.CharField(read_only=True, help_text="For whoever writes, in their language.")


class PartnerRatingSerializer(serializers.Serializer):
    """Figures of all live reviews; means over stores, of the latest review of each."""

    reviews = serializers.IntegerField(read_only=True)
    stores = serializers.IntegerField(read_only=True)
    mean = serializers.FloatField(read_only=True, allow_null=True)
    communication = serializers.FloatField(source="mean_communication", read_only=True, allow_null=True)
    quality = serializers.FloatField(source="mean_quality", read_only=True, allow_null=True)
    spread = serializers.ListField(child=serializers.IntegerField(), read_only=True, help_text="Of one star, of two, …")
    share_answered = serializers.IntegerField(read_only=True, allow_null=True, help_text="Percent, rounded down.")
    hours_to_answer = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Half of the answers came within so many hours."
    )
    removed = serializers.IntegerField(read_only=True, help_text="Reviews that operators removed.")
