"""Completion requests, and access that belongs to a job, in the API."""

from rest_framework import serializers

from accounts.serializers import Instant, Line, Output, PersonSerializer, Text
from jobs.errors import NothingMissing, TooManyMissing
from jobs.models import ITEM_LENGTH, LONGEST_AFTER, MOST_MISSING, CompletionRequest
from jobs.models.completions import MESSAGE_LENGTH

# --- In ---------------------------------------------------------------------------------------------------------------


class NewCompletionSerializer(serializers.Serializer):
    message = Text(
        max_length=MESSAGE_LENGTH, required=False, allow_blank=True, default="", help_text="The store reads it."
    )


class CompletionApprovalSerializer(serializers.Serializer):
    access_days = serializers.IntegerField(
        min_value=0,
        max_value=LONGEST_AFTER,
        required=False,
        default=0,
        help_text="Days that access which belongs to the job goes on; 0: it ends at once.",
    )


class CompletionRefusalSerializer(serializers.Serializer):
    items = serializers.ListField(
        child=Line(max_length=ITEM_LENGTH),
        min_length=1,
        max_length=MOST_MISSING,
        help_text="What is still to be done. It joins the list of the job.",
        error_messages={"min_length": NothingMissing.sentence, "max_length": TooManyMissing.sentence},
    )


# --- Out --------------------------------------------------------------------------------------------------------------


class CompletionSerializer(Output):
    """The partner says that the job is done, and what became of that."""

    status = serializers.ChoiceField(
        CompletionRequest.Status.choices,
        source="stands",
        help_text="`approved` from `deadline` on, if nobody answered by then.",
    )
    requested_by = PersonSerializer()
    requested_at = Instant()
    deadline = Instant(allow_null=True, help_text="When the clock approves if nobody answers; null: it does not.")
    extended_by = PersonSerializer(allow_null=True)
    extended_at = Instant(allow_null=True)
    decided_by = PersonSerializer(allow_null=True, help_text="null: nobody yet, or the clock.")
    decided_at = Instant(source="settled_at", allow_null=True)
    by_the_clock = serializers.BooleanField(source="is_by_the_clock", help_text="Whether the clock approved it.")
    missing = serializers.SerializerMethodField(help_text="What was still to be done, if it was declined.")

    class Meta:
        model = CompletionRequest
        fields = [
            "id",
            "status",
            "message",
            "requested_by",
            "requested_at",
            "deadline",
            "extended_by",
            "extended_at",
            "decided_by",
            "decided_at",
            "by_the_clock",
            "missing",
        ]

    def get_missing(self, row: CompletionRequest) -> list[str]:
        return [item.text for item in row.missing_items.all()]


class ApprovedCompletionSerializer(CompletionSerializer):
    """As it was approved, and what is asked of you now."""

    asks_for = serializers.URLField(
        read_only=True, allow_null=True, help_text="Where you may write a review of the work; null: nowhere."
    )

    class Meta(CompletionSerializer.Meta):
        fields = [*CompletionSerializer.Meta.fields, "asks_for"]


class JobAccessSerializer(serializers.Serializer):
    """What becomes of the partner's access when the job is done."""

    collaboration = serializers.UUIDField(
        allow_null=True, help_text="`id` of the access that ends with the job; null: none does."
    )
    held_by_others = serializers.BooleanField(
        help_text="Whether it belongs to another unfinished job too, and ends with the last of them."
    )
