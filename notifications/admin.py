from dataclasses import dataclass
from datetime import datetime

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, Min, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from notifications import delivery as deliveries
from notifications import kinds
from notifications.models import Delivery


@dataclass(frozen=True)
class Summary:
    """Where all mails stand, above the list."""

    states: list[tuple[str, str, int]]  # value, label, how many
    oldest_due: datetime | None  # None: nobody waits

    @classmethod
    def now(cls) -> "Summary":
        rows = Delivery.objects.order_by().values_list("state").annotate(count=Count("pk"))
        counts: dict[str, int] = dict(rows)
        oldest = Delivery.objects.due(timezone.now()).aggregate(oldest=Min("next_at"))["oldest"]
        return cls([(value, str(label), counts.get(value, 0)) for value, label in Delivery.State.choices], oldest)


@admin.register(Delivery)
class DeliveryAdmin(admin.ModelAdmin):
    """Where mails stand: never what stands in them. What was given up may be tried again; nothing else changes here."""

    list_display = ["what", "to", "state", "attempts", "due", "problem"]
    list_filter = ["state"]
    list_select_related = ["event", "user"]
    fields = ["public_id", "what", "user", "address", "state", "attempts", "problem"]
    fields += ["created_at", "due", "lease_until", "retried_at", "sent_at", "digest"]
    ordering = ["-pk"]
    show_full_result_count = False
    actions = ["retry"]

    @admin.display(ordering="event__topic", description=gettext_lazy("what happened"))
    def what(self, delivery: Delivery) -> str:
        kind = kinds.get(delivery.event.topic)
        return str(kind.label) if kind else delivery.event.topic

    @admin.display(ordering="next_at", description=gettext_lazy("next attempt"))
    def due(self, delivery: Delivery) -> datetime | None:
        return delivery.next_at if delivery.state == Delivery.State.PENDING else None

    @admin.display(description=gettext_lazy("to"))
    def to(self, delivery: Delivery) -> str:
        return str(delivery.user or delivery.address)

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"summary": Summary.now(), **(extra_context or {})})

    @admin.action(description=gettext_lazy("Retry"), permissions=["retry"])
    def retry(self, request: HttpRequest, queryset: "QuerySet[Delivery]"):
        """Asks first, as deleting does. What is not given up, or no longer, stays as it is."""
        given_up = queryset.filter(pk__in=Delivery.objects.given_up().values("pk")).order_by("pk")
        if not request.POST.get("post"):
            context = {
                **self.admin_site.each_context(request),
                "title": _("Try again?"),
                "opts": self.opts,
                "deliveries": given_up.select_related("event", "user"),
                "left_alone": queryset.count() - given_up.count(),
                "media": self.media,
            }
            return TemplateResponse(request, "admin/notifications/delivery/retry_confirmation.html", context)
        retried = [delivery for delivery in given_up if self._retry(request, delivery)]
        sentence = ngettext("%(count)d mail is tried again.", "%(count)d mails are tried again.", len(retried))
        self.message_user(request, sentence % {"count": len(retried)}, messages.SUCCESS)
        return None

    @transaction.atomic
    def _retry(self, request: HttpRequest, delivery: Delivery) -> bool:
        if not deliveries.retry(delivery.pk, now=timezone.now()):
            return False
        self.log_change(request, delivery, f"Retried after {delivery.attempts} attempts ({delivery.problem}).")
        return True

    def has_retry_permission(self, request) -> bool:
        return request.user.has_perm("notifications.change_delivery")

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
