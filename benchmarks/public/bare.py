"""Settings, address and view of a bare Django: no middleware, one flat template, the same queries, the same page."""

from benchmarks.public.ours import *

MIDDLEWARE = ["allauth.account.middleware.AccountMiddleware"]  # its app does not start without it
ROOT_URLCONF = "benchmarks.public.bare_urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "benchmarks" / "public" / "templates", BASE_DIR / "templates"],
        "OPTIONS": {
            "builtins": ["django.templatetags.i18n", "accounts.templatetags.words", "reviews.templatetags.public"]
        },
    }
]
