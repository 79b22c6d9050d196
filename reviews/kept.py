"""Public pages, kept by the version of what they show: never by time, so that the very next read shows a change.

The name under which a page is kept holds all that it depends on: what it shows in which version, the reader's language,
zone and day (times are told in days), and the release of the code. The browser is given the same name as an ETag.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.contrib.messages import get_messages
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language

from accounts.release import release

KEPT_FOR = int(timedelta(days=1).total_seconds())  # the name holds the day: nobody asks for it any longer

type Context = Callable[[], Mapping[str, Any]]


def name_of(*parts: Any) -> str:
    """Of this state of these things, shown by this state of the code."""
    return sha256(repr((release(), *parts)).encode()).hexdigest()[:32]


def page(request: HttpRequest, name: str, *, version: list[Any], context: Context, keeps: bool = True) -> HttpResponse:
    """`public.html` around the content `reviews/public_<name>.html`.

    `context` is asked only if nobody kept what it is for: it must come to the same for everybody who reads in the same
    language and zone on the same day. `keeps` False for what anybody can ask for in endless variations, which would
    push out what is read.
    """
    content = name_of(name, version, get_language(), timezone.get_current_timezone_name(), timezone.localdate())
    if not request.user.is_authenticated:
        etag = f'"{content}"'
        return revalidated(
            get_conditional_response(request, etag=etag)
            or HttpResponse(
                _kept(f"page:{content}", lambda: _whole(request, _made(name, context)).encode(), keeps=keeps)
            ),
            etag=etag,
        )
    etag = f'"{content}-in"'
    if len(get_messages(request)):  # said once
        return revalidated(HttpResponse(_whole(request, _parts(name, content, context, keeps=keeps))), private=True)
    return revalidated(
        get_conditional_response(request, etag=etag)
        or HttpResponse(_whole(request, _parts(name, content, context, keeps=keeps))),
        etag=etag,
        private=True,
    )


def revalidated(response: HttpResponse, *, etag: str = "", private: bool = False) -> HttpResponse:
    """May be kept by whoever reads it, who asks each time whether it is still so."""
    if etag:
        response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache" if private else "public, no-cache"
    response.says_who_keeps_it = True  # type: ignore[attr-defined]  # to config.middleware.PrivatePagesMiddleware
    return response


def _parts(name: str, content: str, context: Context, *, keeps: bool) -> dict[str, str]:
    return _kept(f"parts:{content}", lambda: _made(name, context), keeps=keeps)


def _made(name: str, context: Context) -> dict[str, str]:
    """The title, the head and the main part: the same whoever reads, and so made without the request."""
    values = dict(context())
    return {
        "page_title": str(values["title"]),
        "page_head": render_to_string("reviews/_public_head.html", values),
        "page_main": render_to_string(f"reviews/public_{name}.html", values),
    }


def _whole(request: HttpRequest, parts: Mapping[str, str]) -> str:
    return render_to_string("public.html", parts, request)


def _kept[Value](name: str, make: Callable[[], Value], *, keeps: bool) -> Value:
    if not keeps:
        return make()
    pages = caches["pages"]
    if (value := pages.get(name)) is None:
        value = make()
        pages.set(name, value, KEPT_FOR)
    return value
