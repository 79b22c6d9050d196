from django.contrib import admin

from notifications.models import Delivery


@admin.register(Delivery)
class DeliveryAdmin(admin.ModelAdmin):
    """Where mails stand. To look at, not to change."""

    list_display = ["public_id", "topic", "user", "state", "attempts", "next_at", "sent_at", "problem"]
    list_filter = ["state"]
    list_select_related = ["event", "user"]

    @admin.display(ordering="event__topic")
    def topic(self, delivery: Delivery) -> str:
        return delivery.event.topic

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
