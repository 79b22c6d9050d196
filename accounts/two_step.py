"""Two-step sign-in: who has it, and allauth's part of it in our words."""

import base64
from collections.abc import Mapping
from functools import cached_property
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from qrcode import QRCode

from accounts.errors import TwoStepRequired, TwoStepUnclear
from accounts.models import Visitor

SECOND_STEPS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes alone are none


def holders() -> QuerySet:
    """Ids of the people who sign in in two steps, as a subquery."""
    return Authenticator.objects.filter(type__in=SECOND_STEPS).values("user_id")


def has_two_step(user: Visitor) -> bool:
    return user.is_authenticated and holders().filter(user_id=user.pk).exists()


def require(user: Visitor, *, asked_by: str, asked: bool) -> None:
    """Raise TwoStepRequired if `asked_by` (a name) asks for two-step sign-in and the user does not have it."""
    if asked and not has_two_step(user):
        raise TwoStepRequired(asked_by)


def asked_for(posted: Mapping[str, str]) -> bool:
    """What the switch was sent with. Raises TwoStepUnclear: what says neither must not turn it off."""
    try:
        return {"yes": True, "no": False}[posted.get("required", "")]
    except KeyError:
        raise TwoStepUnclear from None


class MFAAdapter(DefaultMFAAdapter):
    """Secrets encrypted in the database, one name and host whatever a request claims, our words."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This is not the right code. Look at the latest one and try again."),
        "unverified_email": gettext_lazy("Confirm your e-mail address first: you were sent a link."),
        "cannot_generate_recovery_codes": gettext_lazy("Set up an authenticator app or a passkey first."),
    }

    @cached_property
    def _box(self) -> MultiFernet:
        """Opens what older keys closed, so that SECRET_KEY can be replaced."""
        secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        digests = (salted_hmac("accounts.two_step", "", secret=key, algorithm="sha256").digest() for key in secrets)
        return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])

    def encrypt(self, text: str) -> str:
        return self._box.encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return self._box.decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        return "Entente"

    def build_totp_svg(self, url: str) -> str:
        """A picture that can stand in the page itself: no style, and no address that could leak into a log."""
        code = QRCode(border=2)
        code.add_data(url)
        rows = code.get_matrix()
        dots = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
        label = _("QR code for the app; the key below says the same")
        svg = '<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-label="{1}" shape-rendering="crispEdges">{2}</svg>'
        return format_html(svg, len(rows), label, format_html('<path d="{}"/>', dots))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": urlsplit(settings.SITE_URL).hostname or "", "name": "Entente"}

    def generate_authenticator_name(self, user, type) -> str:  # noqa: A002 - allauth's name
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey %(number)d") % {"number": number}
