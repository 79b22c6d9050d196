from zoneinfo import ZoneInfo

from django.utils import timezone, translation

from accounts.models import User
from accounts.zones import known_zone


def read_as(user: User) -> None:
    """From here on, words and times are the user's."""
    timezone.activate(ZoneInfo(known_zone(user.time_zone)))
    if user.language:
        translation.activate(user.language)


class ReaderMiddleware:
    """Show each page in the reader's language and time zone: the account's, else the browser's language and UTC."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            read_as(request.user)
            request.LANGUAGE_CODE = translation.get_language()
        else:
            timezone.deactivate()
        return self.get_response(request)
