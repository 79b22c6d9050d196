from zoneinfo import ZoneInfo

from django.utils import timezone, translation

from accounts.zones import known_zone


class ReaderMiddleware:
    """Show each page in the reader's language and time zone: the account's, else the browser's language and UTC."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            timezone.activate(ZoneInfo(known_zone(request.user.time_zone)))
            if request.user.language:
                translation.activate(request.user.language)
                request.LANGUAGE_CODE = translation.get_language()
        else:
            timezone.deactivate()
        return self.get_response(request)
