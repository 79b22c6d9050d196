from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.urls import reverse

from accounts import sessions
from accounts.renewed import is_renewed


class AccountAdapter(DefaultAccountAdapter):
    """allauth, as far as signing in goes. What it tells people is in `notifications.accounts`."""

    def is_reauthentication_required(self, *, app: str, **kwargs) -> bool:
        """A sign-in that is fresh counts as one that was renewed."""
        return not is_renewed(context.request)

    def post_login(self, request, user, **kwargs):
        response = super().post_login(request, user, **kwargs)
        sessions.remember_device(request, response)
        return response

    def get_password_change_redirect_url(self, request) -> str:
        return reverse("mfa_index")
