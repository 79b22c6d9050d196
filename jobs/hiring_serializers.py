from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import Amount, Flag, Handle, Instant, Line, Output, PersonSerializer, Text
from jobs.actions import Offer, Wanted
from jobs.models import (
    BRIEF_LENGTH,
    ITEM_LENGTH,
    MESSAGE_LENGTH,
    MOST_INVITED,
    MOST_ITEMS,
    REASON_LENGTH,
    TITLE_LENGTH,
    Candidate,
    Job,
    Proposal,
)
from partners.serializers import PartnerNameSerializer
from partners.services import SERVICES
from stores.forms import currencies
from stores.serializers import StoreNameSerializer

SERVICE_KEYS = serializers.ListField(child=serializers.ChoiceField(sorted(SERVICES)), required=False, default=list)
UNITS = "In smallest units of the currency: 180000 for 1,800.00 EUR."


# --- In ---------------------------------------------------------------------------------------------------------------


class WantedSerializer(serializers.Serializer):
    title = Line(max_length=TITLE_LENGTH)
    brief = Text(max_length=BRIEF_LENGTH)
    services = SERVICE_KEYS

    def validate(self, sent: dict[str, Any]) -> dict[str, Any]:
        wanted = Wanted(**{name: sent.pop(name) for name in ("title", "brief", "services")})
        return {**super().validate(sent), "wanted": wanted}


class NewJobSerializer(WantedSerializer):
    currency = serializers.ChoiceField(
        [code for code, _name in currencies() if code],
        required=False,
        help_text="ISO 4217; else the one of the store.",
    )
    budget = Amount(required=False, allow_null=True, default=None, help_text=UNITS)
    partners = serializers.ListField(
        child=Handle(),
        max_length=MOST_INVITED,
        help_text="Slugs: one, or several that work or worked for the store.",
    )


class OfferSerializer(serializers.Serializer):
    price = Amount(allow_null=True, help_text=f"{UNITS} null: free.")
    message = Text(max_length=MESSAGE_LENGTH, required=False, allow_blank=True, default="")
    items = serializers.ListField(
        child=Line(max_length=ITEM_LENGTH),
        max_length=MOST_ITEMS,
        required=False,
        default=list,
        help_text="What is to be done: it becomes the list of the job.",
    )

    def validate(self, sent: dict[str, Any]) -> dict[str, Any]:
        offer = Offer(**{name: sent.pop(name) for name in ("price", "message", "items")})
        return {**super().validate(sent), "offer": offer}


class ProposedJobSerializer(OfferSerializer, WantedSerializer):
    store = Handle(help_text="`handle` of a store that the partner works for. The price is in its currency.")


class AcceptanceSerializer(serializers.Serializer):
    ends_access = Flag(
        required=False,
        default=False,
        help_text="Their access to the store ends with this job. For those who hold `users.manage`.",
    )


class ProposalRefusalSerializer(serializers.Serializer):
    reason = Text(max_length=REASON_LENGTH, required=False, allow_blank=True, default="", help_text="They read it.")


class CancellationSerializer(serializers.Serializer):
    reason = Text(max_length=REASON_LENGTH, help_text="The other side reads it.")


# --- Out --------------------------------------------------------------------------------------------------------------


class ProposalSerializer(Output):
    status = serializers.ChoiceField(Proposal.Status.choices, read_only=True)
    price = serializers.IntegerField(read_only=True, allow_null=True, help_text=f"{UNITS} null: free.")
    currency = serializers.CharField(source="candidate.job.currency", read_only=True, help_text="ISO 4217.")
    items = serializers.ListField(child=serializers.CharField(), read_only=True)
    sent_by = PersonSerializer(read_only=True)

    class Meta:
        model = Proposal
        fields = [
            "id", "status", "price", "currency", "message", "items", "sent_by", "sent_at", "decided_at", "reason",
        ]  # fmt: skip


class CandidateSerializer(Output):
    """A partner's part in a job until somebody is hired."""

    partner = PartnerNameSerializer(read_only=True)
    status = serializers.ChoiceField(Candidate.Status.choices, source="status_now", read_only=True)
    proposals = ProposalSerializer(many=True, read_only=True, help_text="Newest first.")

    class Meta:
        model = Candidate
        fields = ["id", "partner", "status", "invited_at", "waits_until", "changed_at", "proposals"]


class CandidacySerializer(CandidateSerializer):
    """The same, as its partner is told."""

    waits_until = Instant(
        source="told_until",
        read_only=True,
        allow_null=True,
        help_text="null: nothing waits, or the store compares proposals for as long as it likes.",
    )


class BegunJobSerializer(Output):
    """A job, as it begins and ends. Who else was invited is only the store's to know."""

    store = StoreNameSerializer(read_only=True)
    status = serializers.ChoiceField(Job.Status.choices, read_only=True)
    beginning = serializers.ChoiceField(Job.Beginning.choices, read_only=True)
    services = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = [
            "id", "store", "title", "brief", "services", "currency", "budget", "beginning", "status", "created_at",
        ]  # fmt: skip

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_services(self, job: Job) -> list[str]:
        """Keys of the list of services."""
        return job.services
