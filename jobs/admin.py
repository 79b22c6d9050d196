from django.contrib import admin

from jobs.models import CompletionRules


@admin.register(CompletionRules)
class CompletionRulesAdmin(admin.ModelAdmin):
    """What holds for completion requests to come. There is one row, made when somebody first opens the form."""

    list_display = ["__str__", "by_the_clock", "days", "more_days"]
    fields = ["by_the_clock", "days", "more_days"]

    def has_add_permission(self, request) -> bool:
        return super().has_add_permission(request) and not CompletionRules.objects.exists()

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def save_model(self, request, obj, form, change) -> None:
        obj.pk = 1  # the one row
        super().save_model(request, obj, form, change)
