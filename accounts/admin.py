from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.shortcuts import redirect

from accounts.models import User

admin.site.site_header = "Entente"
admin.site.site_title = "Entente"
admin.site.unregister(EmailAddress)  # who adds an address to somebody's account can take it over
admin.site.unregister(Group)  # rights of operators are not handed out by clicking
admin.site.unregister(Authenticator)  # who changes a second step can take an account over, unsaid
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


def password_change(request, extra_context=None):
    """Operators change theirs where everybody does: other sessions end, and they are told."""
    return redirect("account_change_password")


admin.site.password_change = password_change  # type: ignore[method-assign]


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["email", "name", "is_active", "is_staff", "date_joined"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "language", "time_zone", "is_active"]
    readonly_fields = ["email", "language", "time_zone"]

    def has_add_permission(self, request) -> bool:
        return False  # people sign up themselves

    def has_delete_permission(self, request, obj=None) -> bool:
        return False  # what they did names them
