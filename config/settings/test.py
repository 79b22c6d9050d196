"""`make test`: real servers, quick hashes, the strictness of production where a test can see it."""

from .base import *

DEBUG = False
SECRET_KEY = "tests only"  # noqa: S105 - not a secret
REQUEST_CODE_KEY = "tests only, and another one"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if env.str("EMAIL_URL", ""):  # workers that a test starts as processes of their own
    MAILERS = {"default": smtp_mailer(env.email_url("EMAIL_URL"))}
else:
    MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
ACCOUNT_RATE_LIMITS = False
MFA_RATE_LIMITS = False
