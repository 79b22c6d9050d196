"""What people do with their own account."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.errors import TooManyTokens
from accounts.models import AccessToken, User

MOST_TOKENS = 50  # usable ones of one person: more than that is a program that makes them


@transaction.atomic
def make_token(*, name: str, lasts: timedelta, by: User) -> tuple[AccessToken, str]:
    """A token for `by`, and what programs send: seen here once, since only its hash is kept. Raises TooManyTokens."""
    by = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if AccessToken.objects.usable().filter(user=by).count() >= MOST_TOKENS:
        raise TooManyTokens
    secret, now = AccessToken.new_secret(), timezone.now()
    token = AccessToken.objects.create(
        user=by,
        name=name,
        digest=AccessToken.digest_of(secret),
        beginning=secret[: AccessToken.SHOWN],
        created_at=now,
        expires_at=now + min(lasts, AccessToken.LONGEST),
    )
    token.refresh_from_db(fields=["public_id"])
    return token, secret


def revoke_all_tokens(*, by: User) -> None:
    """Every token of `by`, at once."""
    AccessToken.objects.filter(user=by, revoked_at=None).update(revoked_at=timezone.now())


def revoke_token(token: AccessToken, *, by: User) -> None:
    """From the next request on it opens nothing. Twice is the same as once."""
    AccessToken.objects.visible_to(by).filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
