"""What the API shows of jobs. Amounts are in the smallest unit of the job's currency."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import Flag, Instant, Line, Output, PersonSerializer
from jobs.lines import Line as Words
from jobs.list_views import LOOKED_FOR
from jobs.models import ITEM_LENGTH, Candidate, Job, JobItem
from jobs.tabs import Tab
from partners.serializers import PartnerNameSerializer
from stores.serializers import StoreNameSerializer

TABS_HELP = (
    "Where it stands for this side: `to_answer`, `in_progress`, `waiting` (for the other side), `completed`, "
    "`cancelled`."
)

# --- In -------------------------------------------------------------------------------------------------------------


class JobFilter(serializers.Serializer):
    state = serializers.ChoiceField(Tab.choices, required=False, help_text=TABS_HELP)
    search = Line(max_length=LOOKED_FOR, required=False, help_text="In the title, or in the name of the other side.")


class NewItemSerializer(serializers.Serializer):
    text = Line(max_length=ITEM_LENGTH)


class TickSerializer(serializers.Serializer):
    done = Flag(help_text="Whether it is done.")


# --- Out ------------------------------------------------------------------------------------------------------------


class _JobSerializer(Output):
    """Past its time a job stands where the clock puts it, swept or not."""

    state = serializers.ChoiceField(Tab.choices, source="tab", read_only=True, help_text=TABS_HELP)
    free = serializers.BooleanField(source="is_free", read_only=True, help_text="Agreed without a price.")
    cancelled_by = PersonSerializer(read_only=True, allow_null=True)
    completed_at = serializers.SerializerMethodField()
    conversation = serializers.UUIDField(
        source="conversation_key", read_only=True, allow_null=True, help_text="`id` of the conversation about it."
    )

    @extend_schema_field(Instant(allow_null=True))
    def get_completed_at(self, job: Any) -> str | None:
        at = job.completed_at or job.clock_at
        return Instant().to_representation(at) if at else None


class StoreJobSerializer(_JobSerializer):
    """A job, as the store sees it."""

    partner = PartnerNameSerializer(read_only=True, allow_null=True, help_text="Who is hired; null: nobody yet.")
    created_by = PersonSerializer(read_only=True)
    hired_by = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Job
        fields = [
            "id", "state", "beginning", "title", "brief", "services", "partner", "currency", "budget", "price", "free",
            "received", "paid", "created_at", "created_by", "hired_at", "hired_by", "completed_at", "cancelled_at",
            "cancelled_by", "cancelled_side", "cancel_reason", "conversation",
        ]  # fmt: skip


HIRED_ONLY = {"free": False} | dict.fromkeys(("price", "received", "paid", "hired_at", "completed_at"))
WHY = {"cancelled_by": None, "cancelled_side": "", "cancel_reason": ""}


class PartnerJobSerializer(_JobSerializer):
    """A job, as a partner sees it. What became of it is known to whoever was hired alone: null to the others."""

    store = StoreNameSerializer(read_only=True)
    part = serializers.SerializerMethodField(help_text="What part the partner has, or had.")

    class Meta:
        model = Job
        fields = [
            "id", "state", "part", "beginning", "title", "brief", "services", "store", "currency", "budget", "price",
            "free", "received", "paid", "created_at", "hired_at", "completed_at", "cancelled_at", "cancelled_by",
            "cancelled_side", "cancel_reason", "conversation",
        ]  # fmt: skip

    @extend_schema_field(serializers.ChoiceField(Candidate.Status.choices))
    def get_part(self, job: Any) -> str:
        waits = job.my_status in Candidate.WAITING
        return Candidate.Status.LAPSED if waits and job.tab == Tab.CANCELLED else job.my_status

    def to_representation(self, job: Any) -> dict[str, Any]:
        shown = super().to_representation(job)
        words = Words(job, for_store=False)
        if not words.is_ours:
            shown |= HIRED_ONLY
        if not words.knows_it_was_cancelled:
            shown["cancelled_at"] = None
        if not words.knows_why:
            shown |= WHY
        return shown


class ItemSerializer(Output):
    """One line of what is to be done."""

    added_by = PersonSerializer(read_only=True)
    done = serializers.SerializerMethodField()
    done_by = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = JobItem
        fields = ["id", "text", "origin", "added_at", "added_by", "done", "done_at", "done_by"]

    def get_done(self, item: JobItem) -> bool:
        return item.done_at is not None
