"""What every answer has in common."""

import time
from http import HTTPStatus
from uuid import UUID, uuid4

import structlog
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers, patch_cache_control
from django_structlog.middlewares import RequestMiddleware

from accounts.errors import is_busy
from config import views
from config.api.errors import is_for_the_api, plain

NUL = "\x00"

# What a page may do with the device. All of it is off, but for what we use: copying a link or a code, and passkeys.
OFF = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "clipboard-read",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "gamepad",
    "geolocation",
    "gyroscope",
    "hid",
    "identity-credentials-get",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "otp-credentials",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "serial",
    "storage-access",
    "usb",
    "window-management",
    "xr-spatial-tracking",
)
OURS = ("clipboard-write", "publickey-credentials-create", "publickey-credentials-get")
PERMISSIONS_POLICY = ", ".join([*(f"{name}=()" for name in OFF), *(f"{name}=(self)" for name in OURS)])


class RefuseNulMiddleware:
    """A NUL in an address, a query, a cookie or a header is a plain 400: PostgreSQL cannot hold one. Forms and bodies
    refuse their own."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if (
            NUL in request.path_info
            or "%00" in request.META.get("QUERY_STRING", "")
            or any(NUL in value for value in request.COOKIES.values())
            or any(NUL in value for value in request.headers.values())
        ):
            return plain("bad_request", 400) if is_for_the_api(request) else render(request, "400.html", status=400)
        return self.get_response(request)


class ShownMethodMiddleware:
    """Who looks at an address that only takes a form, after signing in again for instance, is shown the way back."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and request.method == "GET" and not response.content:
            page = render(request, "405.html", status=HTTPStatus.METHOD_NOT_ALLOWED)
            page.headers["Allow"] = response.headers["Allow"]
            return page
        return response


class OwnNotFoundMiddleware:
    """Development only: what is not there looks as it does in production. Unknown addresses keep Django's help."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        return views.not_found(request, exception) if isinstance(exception, Http404) else None


class PrivatePagesMiddleware:
    """Pages of signed-in people are kept by nobody, but for those that say so themselves (`reviews.kept`); no page may
    use what a device can do."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        private = is_for_the_api(request) or (hasattr(request, "user") and request.user.is_authenticated)
        if private and not getattr(response, "says_who_keeps_it", False):
            add_never_cache_headers(response)
            patch_cache_control(response, no_store=True, private=True)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class BusyDatabaseMiddleware:
    """Somebody else holds the lock for longer than we wait: a 409 that says so, not an error page."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if is_busy(exception):
            return render(request, "409.html", status=409)
        return None


class RequestLogMiddleware(RequestMiddleware):
    """One line for each request, under an id that the lines of its tasks carry too.

    The line names the route and the ids in it, never the address as it was asked for: that may hold a key. The ids of
    requests are our own: a stranger's would let them write into the log.
    """

    def prepare(self, request: HttpRequest) -> None:
        request.began = time.monotonic()  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=str(uuid4()))

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        seconds = time.monotonic() - request.began  # type: ignore[attr-defined]
        structlog.contextvars.bind_contextvars(milliseconds=round(seconds * 1000), **self.ids(request))
        super().handle_response(request, response)

    @staticmethod
    def bind_user_id(request: HttpRequest) -> None:
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            structlog.contextvars.bind_contextvars(user_id=user.pk)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        match = request.resolver_match
        return f"{request.method} /{match.route}" if match else f"{request.method} (no such address)"

    @staticmethod
    def ids(request: HttpRequest) -> dict[str, str]:
        found = request.resolver_match.kwargs if request.resolver_match else {}
        return {name: str(value) for name, value in found.items() if isinstance(value, UUID)}
