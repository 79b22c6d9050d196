"""Invitations and reviews of a store, in the API."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import Flag, Instant, Output, PersonSerializer, Text
from accounts.text import refuse_invisible_line
from partners.serializers import PartnerNameSerializer
from partners.services import SERVICES
from reviews.models import LEAST_TEXT, MOST_TEXT, Reply, Review, ReviewInvitation, ReviewVersion

SERVICES_FIELD = serializers.ListField(child=serializers.ChoiceField([*SERVICES]), read_only=True)

# --- In -------------------------------------------------------------------------------------------------------------


class Stars(serializers.IntegerField):
    """A whole number from 1 to 5, and nothing that only looks like it."""

    default_error_messages = dict.fromkeys(("invalid", "min_value", "max_value"), _("Give a whole number from 1 to 5."))

    def __init__(self, **kwargs):
        super().__init__(min_value=1, max_value=5, **kwargs)

    def to_internal_value(self, data) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class OpinionSerializer(serializers.Serializer):
    communication = Stars()
    quality = Stars()
    text = Text(
        min_length=LEAST_TEXT,
        max_length=MOST_TEXT,
        required=False,
        allow_blank=True,
        default="",
        help_text="10 to 2,000 characters; may be left out unless a rating is 1 or 2.",
        error_messages={"min_length": _("Write at least {min_length} characters, or leave it out.")},
        validators=[refuse_invisible_line],
    )
    services = serializers.ListField(
        child=serializers.ChoiceField([*SERVICES]),
        required=False,
        default=list,
        max_length=len(SERVICES),
        help_text="What the partner did: at least one after a hand-over. A job knows, and what comes here is left out.",
    )


class CorrectionSerializer(OpinionSerializer):
    edited_at = Instant(allow_null=True, help_text="As you read it last: what was corrected meanwhile is not lost.")


class HandoverAnswerSerializer(serializers.Serializer):
    worked_here = Flag(
        help_text="Whether the partner worked on the store before it was handed over. `false` closes it for good."
    )


# --- Out ------------------------------------------------------------------------------------------------------------


class ReviewInvitationSerializer(Output):
    """The right to write one review."""

    partner = PartnerNameSerializer(read_only=True)
    services = SERVICES_FIELD
    status = serializers.SerializerMethodField(help_text="`lapsed` from `expires_at` on.")
    asked = PersonSerializer(read_only=True, allow_null=True, help_text="null: the clock approved the job.")
    worked_here = serializers.BooleanField(
        read_only=True, allow_null=True, help_text="After a hand-over: what was answered. Say it before the review."
    )
    settled_by = PersonSerializer(read_only=True, allow_null=True)
    review = serializers.SerializerMethodField(help_text="`id` of the review that was written.")

    class Meta:
        model = ReviewInvitation
        fields = [
            "id",
            "partner",
            "source",
            "subject",
            "services",
            "status",
            "asked",
            "opened_at",
            "expires_at",
            "worked_here",
            "settled_at",
            "settled_by",
            "review",
        ]

    @extend_schema_field(serializers.ChoiceField(ReviewInvitation.Status.choices))
    def get_status(self, row: ReviewInvitation) -> str:
        status = ReviewInvitation.Status(row.status)
        is_over = status == ReviewInvitation.Status.OPEN and not row.is_open_at(timezone.now())
        return ReviewInvitation.Status.LAPSED if is_over else status

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_review(self, row: ReviewInvitation) -> str | None:
        written = getattr(row, "review", None)
        return str(written.public_id) if written else None


class LiveReplySerializer(Output):
    class Meta:
        model = Reply
        fields = ["id", "text", "published_at", "edited_at"]


class ReviewVersionSerializer(serializers.ModelSerializer):
    """What a review said until it was corrected."""

    services = SERVICES_FIELD
    replaced_at = Instant()

    class Meta:
        model = ReviewVersion
        fields = ["communication", "quality", "text", "services", "replaced_at"]


class StoreReviewSerializer(Output):
    """A review, as the store that wrote it sees it."""

    partner = PartnerNameSerializer(read_only=True)
    subject = serializers.CharField(source="invitation.subject", read_only=True)
    services = SERVICES_FIELD
    author = PersonSerializer(read_only=True, help_text="Stays inside: in public the store speaks.")
    edited_at = Instant(read_only=True, allow_null=True, help_text="Exact: send it with a correction.")
    correctable_until = Instant(read_only=True, help_text="By its author.")
    reply = serializers.SerializerMethodField(help_text="Of the partner, if there is a live one.")

    class Meta:
        model = Review
        fields = [
            "id", "partner", "source", "subject", "services", "communication", "quality", "text", "author",
            "published_at", "edited_at", "correctable_until", "removed_at", "removed_for", "reply",
        ]  # fmt: skip

    @extend_schema_field(LiveReplySerializer(allow_null=True))
    def get_reply(self, review: Review) -> dict | None:
        found = review.live_replies if review.is_live else []  # type: ignore[attr-defined]
        return LiveReplySerializer(found[0]).data if found else None


class OneStoreReviewSerializer(StoreReviewSerializer):
    """With what it said before."""

    versions = ReviewVersionSerializer(many=True, read_only=True, help_text="Earlier wordings, newest first.")

    class Meta(StoreReviewSerializer.Meta):
        fields = [*StoreReviewSerializer.Meta.fields, "versions"]
