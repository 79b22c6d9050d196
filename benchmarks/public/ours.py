"""Settings of production for a server on this machine, without TLS."""

import os

os.environ.setdefault("DJANGO_SECRET_KEY", "for this run only")
os.environ.setdefault("REQUEST_CODE_KEY", "for this run only, too")
os.environ.setdefault("ALLOWED_HOSTS", "127.0.0.1")
os.environ.setdefault("SITE_URL", "https://127.0.0.1")
os.environ.setdefault("DEFAULT_FROM_EMAIL", "Entente <entente@entente.example>")
os.environ.setdefault("MESSAGE_ID_DOMAIN", "entente.example")
os.environ.setdefault("EMAIL_URL", "smtp://127.0.0.1:1")

from config.settings.production import *
