"""Production: nothing here has a default that would be unsafe; a missing value stops the start with its name."""

import os

from .required import require

require(os.environ)  # before anything is read that would fail with a lesser sentence

from .base import *  # noqa: E402

DEBUG = False
SECRET_KEY = env.str("DJANGO_SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("DJANGO_SECRET_KEY_FALLBACKS", default=[])  # old ones, while they are being replaced
REQUEST_CODE_KEY = env.str("REQUEST_CODE_KEY")
REQUEST_CODE_KEY_FALLBACKS = env.list("REQUEST_CODE_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
SITE_URL = env.str("SITE_URL").rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL")
MESSAGE_ID_DOMAIN = env.str("MESSAGE_ID_DOMAIN")
# How many proxies of ours stand in front and write X-Forwarded-For: limits count by the address that they name.
REST_FRAMEWORK = REST_FRAMEWORK | {"NUM_PROXIES": env.int("TRUSTED_PROXY_COUNT", 1)}
MAILERS = {"default": smtp_mailer(env.email_url("EMAIL_URL"))}

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# How many proxies of ours stand in front and write X-Forwarded-For: limits on sign-in count by the address they name.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 1)
SECURE_HSTS_SECONDS = 31_536_000  # a year
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_NAME = "__Host-sessionid"
SESSION_COOKIE_SECURE = True
LAST_DASHBOARD_COOKIE_NAME = "__Host-last_dashboard"
DEVICE_COOKIE_NAME = "__Host-device"
CSRF_COOKIE_NAME = "__Host-csrftoken"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
