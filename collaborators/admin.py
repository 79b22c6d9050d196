from django.contrib import admin

from collaborators.models import AccessRequest, Collaboration


class ReadOnlyAdmin(admin.ModelAdmin):
    """For support: to look at, never to change. Codes are nowhere here."""

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


@admin.register(AccessRequest)
class AccessRequestAdmin(ReadOnlyAdmin):
    list_display = ["public_id", "partner", "store", "status", "asked_at", "decided_at"]
    list_filter = ["status"]
    list_select_related = ["partner", "store"]
    exclude = ["message", "reason"]


@admin.register(Collaboration)
class CollaborationAdmin(ReadOnlyAdmin):
    list_display = ["public_id", "partner", "store", "since", "ends_at", "ended_how"]
    list_filter = ["ended_how"]
    list_select_related = ["partner", "store"]
