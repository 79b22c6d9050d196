from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from config import demo


class Command(BaseCommand):
    help = "Loads the demo world into an empty development database. Does nothing where somebody is signed up."

    def handle(self, *args, **options) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo world is for development: it needs DEBUG.")
        if not User.objects.exists():
            demo.make()
            self.stdout.write("The demo world is loaded.")
