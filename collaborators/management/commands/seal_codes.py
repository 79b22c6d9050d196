from django.core.management.base import BaseCommand

from collaborators.actions import seal_all


class Command(BaseCommand):
    help = "Close every request code with REQUEST_CODE_KEY, so that its fallbacks can be taken away."

    def handle(self, **options) -> None:
        self.stdout.write(f"{seal_all(anew=True)} codes are closed with the key of today.")
