"""Production, with its waits made short enough to see them run out many times within minutes."""

from datetime import timedelta

from config.settings.production import *

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.soak.apps.SoakConfig"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

SMTP_TIMEOUT = 2  # seconds, for 10
MAILERS["default"]["OPTIONS"]["timeout"] = SMTP_TIMEOUT
DELIVERY_LEASE = timedelta(seconds=8)  # for 60; longer than an attempt may take, as in production
CELERY_BROKER_TRANSPORT_OPTIONS = {**CELERY_BROKER_TRANSPORT_OPTIONS, "visibility_timeout": 15}  # for 120
CELERY_BEAT_SCHEDULE["sweep-deliveries"] = {
    "task": "notifications.tasks.sweep",
    "schedule": timedelta(seconds=5),  # for 10
    "options": {"expires": 5},
}
LOGGING["loggers"]["mail.log"] = {"level": "WARNING"}  # of aiosmtpd
SHORTENED = (
    "SMTP time-out 2 s (10), lease 8 s (60), visibility 15 s (120), sweep every 5 s (10), pauses 1 to 5 s (30 s to 1 h)"
)
