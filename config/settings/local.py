"""`make run`: everything on this machine, mails caught and shown at /dev/mail/."""

from pathlib import Path

from .base import *

DEBUG = True
SECRET_KEY = "local-only: signs nothing that leaves this machine"  # noqa: S105 - not a secret
REQUEST_CODE_KEY = "local-only: closes nothing that leaves this machine"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
INTERNAL_IPS = ["127.0.0.1"]

if env.str("EMAIL_URL", ""):
    MAILERS = {"default": smtp_mailer(env.email_url("EMAIL_URL"))}
else:
    MAIL_CATCHER_DIR = Path(env.str("MAIL_CATCHER_DIR", str(BASE_DIR / ".mail")))
    MAILERS = {"default": {"BACKEND": "config.mailcatcher.CatcherBackend", "OPTIONS": {}}}

WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

MIDDLEWARE = [*MIDDLEWARE, "config.middleware.OwnNotFoundMiddleware"]

LOGGING = logs.lines(human=True)
