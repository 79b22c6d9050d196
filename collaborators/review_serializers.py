from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import Instant, Output, PersonSerializer
from collaborators.models import AccessReview, AccessReviewAnswer, Collaboration
from collaborators.serializers import CollaborationSerializer
from stores.serializers import PERMISSION_KEYS, Permissions

Decision = AccessReviewAnswer.Decision


class AnswerSerializer(serializers.Serializer):
    """What the store says about one collaborator."""

    collaboration = serializers.UUIDField(help_text="`id` of the access.")
    decision = serializers.ChoiceField(
        Decision.choices, help_text="`keep`; `reduce` to `permissions`; `end`, at this moment."
    )
    permissions = Permissions(
        required=False, help_text="With `reduce`: what stays, less than there is. A permission needs those it requires."
    )
    version = serializers.CharField(
        max_length=16, help_text="`version` of the access as you saw it: if it was changed since, nothing changes."
    )


class ReviewSerializer(Output):
    """The access review of a quarter."""

    quarter = serializers.DateField(read_only=True, help_text="Its first day, in the store's time zone.")
    begins_at = Instant(read_only=True)
    closes_at = Instant(read_only=True)
    open = serializers.BooleanField(source="is_open", read_only=True)
    kept = serializers.IntegerField(read_only=True)
    reduced = serializers.IntegerField(read_only=True)
    ended = serializers.IntegerField(read_only=True)

    unanswered = serializers.SerializerMethodField()

    class Meta:
        model = AccessReview
        fields = ["id", "quarter", "begins_at", "closes_at", "open", "kept", "reduced", "ended", "unanswered"]

    @extend_schema_field(serializers.IntegerField())
    def get_unanswered(self, row: AccessReview) -> int:
        """How many still wait for an answer; 0 once it is over."""
        return row.unanswered if row.is_open else 0  # type: ignore[attr-defined]


class GivenAnswerSerializer(serializers.ModelSerializer):
    decision = serializers.ChoiceField(Decision.choices, read_only=True)
    before = PERMISSION_KEYS
    after = PERMISSION_KEYS
    answered_by = PersonSerializer(read_only=True)
    answered_at = Instant(read_only=True)

    class Meta:
        model = AccessReviewAnswer
        fields = ["decision", "before", "after", "answered_by", "answered_at"]


class LineSerializer(CollaborationSerializer):
    """One collaborator in a review."""

    version = serializers.CharField(read_only=True, help_text="Changes with the permissions and the end.")
    answer = serializers.SerializerMethodField()

    class Meta(CollaborationSerializer.Meta):
        fields = [*CollaborationSerializer.Meta.fields, "version", "answer"]

    @extend_schema_field(GivenAnswerSerializer(allow_null=True))
    def get_answer(self, row: Collaboration) -> dict | None:
        """null: nobody answered yet."""
        given = next(iter(row.answers_here), None)  # type: ignore[attr-defined]
        return GivenAnswerSerializer(given).data if given else None
