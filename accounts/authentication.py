"""Who asks the API: somebody signed in on the site, or a program with one of their tokens."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from accounts.middleware import read_as
from accounts.models import AccessToken, User

USED_AGAIN = timedelta(minutes=1)  # how long "last used" may lag behind


class TokenRefused(exceptions.AuthenticationFailed):
    default_code = "token_unknown"
    default_detail = _("We do not know this token. Make a new one under Access tokens, and send it whole.")


class TokenExpired(TokenRefused):
    default_code = "token_expired"
    default_detail = _("This token has expired. Make a new one under Access tokens.")


class TokenRevoked(TokenRefused):
    default_code = "token_revoked"
    default_detail = _("This token was revoked. Make a new one under Access tokens.")


class PersonRemoved(TokenRefused):
    default_code = "person_removed"
    default_detail = _("The account that this token belongs to is closed.")


class ForgedRequest(exceptions.PermissionDenied):
    default_code = "csrf_failed"
    default_detail = _("Send the CSRF token of your session in the header “X-CSRFToken”, or use a token.")


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer ent_…`. The token may do what its person may do at this moment, never more."""

    keyword = "Bearer"

    def authenticate_header(self, request: Request) -> str:
        return self.keyword

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        keyword, _space, secret = request.headers.get("Authorization", "").strip().partition(" ")
        if keyword.lower() != self.keyword.lower():
            return None
        token = self._known(secret.strip())
        _mark_used(token)
        read_as(token.user)
        return token.user, token

    def _known(self, secret: str) -> AccessToken:
        token = AccessToken.objects.select_related("user").filter(digest=AccessToken.digest_of(secret)).first()
        if token is None:
            raise TokenRefused
        if not token.user.is_active:
            raise PersonRemoved
        if token.revoked_at is not None:
            raise TokenRevoked
        if not token.is_usable:
            raise TokenExpired
        return token


def _mark_used(token: AccessToken) -> None:
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at <= now - USED_AGAIN:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_AGAIN)
        AccessToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


class SessionAuthentication(authentication.SessionAuthentication):
    """The session of the site; what changes something also needs its CSRF token."""

    def enforce_csrf(self, request) -> None:
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as error:
            raise ForgedRequest from error
