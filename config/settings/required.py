"""What an installation must be told. Nothing here has a default: a guess would be unsafe, or somebody else's."""

from collections.abc import Mapping

from django.core.exceptions import ImproperlyConfigured

REQUIRED = (
    "DJANGO_SECRET_KEY",
    "REQUEST_CODE_KEY",
    "ALLOWED_HOSTS",
    "SITE_URL",
    "DATABASE_URL",
    "BROKER_URL",
    "CACHE_URL",
    "EMAIL_URL",
    "DEFAULT_FROM_EMAIL",
    "MESSAGE_ID_DOMAIN",
)


def require(environment: Mapping[str, str]) -> None:
    """Raise ImproperlyConfigured with a sentence, unless everything is named and nothing is unsafe."""
    if missing := [name for name in REQUIRED if not environment.get(name, "").strip()]:
        raise ImproperlyConfigured(f"Set these environment variables: {', '.join(missing)}.")
    if environment["REQUEST_CODE_KEY"] == environment["DJANGO_SECRET_KEY"]:
        raise ImproperlyConfigured(
            "REQUEST_CODE_KEY must be another one than DJANGO_SECRET_KEY: each is replaced alone."
        )
    if "*" in environment["ALLOWED_HOSTS"]:
        raise ImproperlyConfigured("ALLOWED_HOSTS must name hosts: with * anybody's host would be ours.")
    if not environment["SITE_URL"].startswith("https://"):
        raise ImproperlyConfigured("SITE_URL must begin with https://, which the cookies need.")
