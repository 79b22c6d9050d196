from django.contrib import admin, messages
from django.db import IntegrityError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stores import actions
from stores.models import Domain, Store


@admin.register(Store)
class StoreAdmin(admin.ModelAdmin):
    list_display = ["name", "handle", "owner", "built_by", "country", "created_at"]
    search_fields = ["name", "handle"]
    fields = [
        "name",
        "handle",
        "owner",
        "built_by",
        "handed_over_at",
        "country",
        "industry",
        "time_zone",
        "currency",
        "staff_limit",
    ]
    readonly_fields = [
        "name",
        "handle",
        "owner",
        "built_by",
        "handed_over_at",
        "country",
        "industry",
        "time_zone",
        "currency",
    ]
    list_select_related = ["owner", "built_by"]

    def has_add_permission(self, request) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def save_model(self, request, obj, form, change) -> None:
        actions.change_staff_limit(obj, limit=form.cleaned_data["staff_limit"], by=request.user)


@admin.register(Domain)
class DomainAdmin(admin.ModelAdmin):
    list_display = ["name", "store", "verified_at"]
    list_filter = [("verified_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "store__name"]
    list_select_related = ["store"]
    fields = ["name", "store", "verified_at"]
    readonly_fields = ["name", "store", "verified_at"]
    actions = ["verify"]

    def has_add_permission(self, request) -> bool:
        return False

    @admin.action(description=gettext_lazy("Mark as verified"))
    def verify(self, request, queryset) -> None:
        for domain in queryset.order_by("pk"):
            try:
                actions.verify_domain(domain, by=request.user)
            except IntegrityError:
                sentence = _("%(domain)s is verified for another store.") % {"domain": domain}
                self.message_user(request, sentence, messages.ERROR)
