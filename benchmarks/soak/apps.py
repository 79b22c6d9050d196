from datetime import timedelta

from django.apps import AppConfig


class SoakConfig(AppConfig):
    name = "benchmarks.soak"
    label = "soak"

    def ready(self) -> None:
        """The pauses between attempts are code, not settings."""
        from notifications import delivery

        delivery.FIRST_PAUSE, delivery.LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=5)
