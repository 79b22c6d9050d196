from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.conf import settings

from accounts.renewed import is_renewed


def _at_our_address(url: str) -> str:
    return settings.SITE_URL + urlsplit(url).path


class AccountAdapter(DefaultAccountAdapter):
    """allauth, with links in mails at our own address whatever host a request claimed."""

    def send_mail(self, template_prefix, email, context):
        links = {
            name: _at_our_address(url)
            for name, url in context.items()
            if name in {"activate_url", "password_reset_url", "signup_url"} and url
        }
        super().send_mail(template_prefix, email, {**context, **links})

    def is_reauthentication_required(self, *, app: str, **kwargs) -> bool:
        """A sign-in that is fresh counts as one that was renewed."""
        return not is_renewed(context.request)
