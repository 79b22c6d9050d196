"""How long somebody stays signed in, and where: twelve hours, and in the administration of a store or partner until it
lies unused for an hour. What pages ask for by themselves keeps nobody signed in.

The times stand in the session itself, so that no page asks the database for them; `SignIn` rows are for people to see
where they are signed in, and to end it there.
"""

import json
import re
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from allauth.core.exceptions import ReauthenticationRequired
from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import SignIn, User

# Keys in the session. Times are seconds since the epoch, as in allauth's own records.
SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
SIGN_IN = "sign_in"  # id of the row

LONGEST = timedelta(hours=12)
IDLE = timedelta(hours=1)
NOTED_EVERY = 60  # seconds between two writes of "last seen"
DEVICE_KEPT = timedelta(days=365)
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


# --- Beginning ------------------------------------------------------------------------------------------------------


def begin(sender, request: HttpRequest, user: User, **kwargs) -> None:
    """Stamp a new session. Receives Django's `user_logged_in`: whichever way somebody came in, this is called.

    Leaves the row as `request.sign_in`; `request.device_is_new` says whether this browser never signed in as `user`.
    """
    session = request.session
    session[SIGNED_IN_AT] = session[SEEN_AT] = time.time()
    if not session.session_key:
        session.save()
    device = device_of(request)
    new = not SignIn.objects.filter(user=user, device=device).exists()
    row, _created = SignIn.objects.update_or_create(
        session_key=session.session_key,
        defaults={
            "user": user,
            "device": device,
            "user_agent": CONTROL.sub("", request.META.get("HTTP_USER_AGENT", ""))[:300],
            "ip": get_client_ip(request),
        },
    )
    session[SIGN_IN] = row.pk
    request.sign_in, request.device_is_new = row, new  # type: ignore[attr-defined]


def device_of(request: HttpRequest) -> UUID:
    """What the browser's cookie says; something new where it says nothing."""
    try:
        return UUID(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""))
    except ValueError:
        return uuid4()


def remember_device(request: HttpRequest, response: HttpResponse) -> None:
    if row := getattr(request, "sign_in", None):
        response.set_cookie(
            settings.DEVICE_COOKIE_NAME,
            str(row.device),
            max_age=DEVICE_KEPT,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


# --- While it lasts -------------------------------------------------------------------------------------------------


def signed_in_at(session) -> float:
    return session.get(SIGNED_IN_AT, 0)


def confirmed_at(request: HttpRequest) -> float:
    """When the person last showed that it is them: by signing in, or by confirming it since."""
    records = get_authentication_records(request, request.user)
    confirmed = [record["at"] for record in records if record.get("reauthenticated")]
    return max([signed_in_at(request.session), *confirmed])


def is_over(request: HttpRequest) -> bool:
    return signed_in_at(request.session) < time.time() - LONGEST.total_seconds()


def is_asleep(request: HttpRequest) -> bool:
    """Whether nobody used this session for an hour, and nobody confirmed since that it is them."""
    awake_at = max(request.session.get(SEEN_AT, 0), confirmed_at(request))
    return awake_at < time.time() - IDLE.total_seconds()


def require_awake(request: HttpRequest) -> None:
    """For the doors of stores and partners: whoever comes back after an hour confirms that it is them, and goes on
    where they were, with the form they had filled in. A token (`request.auth`) has no session that could sleep."""
    if getattr(request, "auth", None) is None and is_asleep(request):
        raise ReauthenticationRequired


def poll[View: Callable](view: View) -> View:
    """Marks a view that pages ask for by themselves: it keeps no session awake."""
    view.is_poll = True  # type: ignore[attr-defined]
    return view


class SessionLimitsMiddleware:
    """Sign out whose time is over, and note who is there."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            if SIGNED_IN_AT not in request.session:  # it began before sessions were stamped
                begin(None, request, request.user)
                request.session[SIGNED_IN_AT] -= app_settings.REAUTHENTICATION_TIMEOUT  # old: nobody confirmed anything
            elif is_over(request):
                logout(request)
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.user.is_authenticated and not getattr(view, "is_poll", False):
            _see(request)
            _forget_form(request)


def _here(request: HttpRequest) -> QuerySet[SignIn]:
    """The row of this session."""
    return SignIn.objects.filter(pk=request.session.get(SIGN_IN, 0))


def _see(request: HttpRequest) -> None:
    now = time.time()
    if now - request.session.get(SEEN_AT, 0) > NOTED_EVERY and not is_asleep(request):
        request.session[SEEN_AT] = now
        _here(request).update(seen_at=timezone.now())


def _forget_form(request: HttpRequest) -> None:
    """Whoever looks at a page anew gave up the form that they sent to it, and that waits for them to confirm who they
    are: to confirm it for the look must not send the form."""
    waiting = request.session.get(STATE_SESSION_KEY, {}).get("request")
    if waiting and request.method != "POST" and json.loads(waiting)["path"] == request.path:
        del request.session[STATE_SESSION_KEY]


# --- Ending ---------------------------------------------------------------------------------------------------------


def live(user: User) -> QuerySet[SignIn]:
    """Where the user is signed in now, latest first."""
    now = timezone.now()
    sessions = Session.objects.filter(expire_date__gt=now).values("session_key")
    rows = SignIn.objects.filter(user=user, session_key__in=sessions, began_at__gt=now - LONGEST)
    return rows.order_by("-seen_at", "-pk")


def end(rows: QuerySet[SignIn]) -> int:
    """Sign out there, at once. Returns how many sessions ended."""
    keys = [key for key in rows.values_list("session_key", flat=True) if key]
    Session.objects.filter(session_key__in=keys).delete()
    return SignIn.objects.filter(session_key__in=keys).update(session_key="")


def end_others(request: HttpRequest) -> int:
    """Sign out everywhere but here."""
    here = _here(request).values("pk")
    return end(SignIn.objects.filter(user=request.user).exclude(pk__in=here))  # type: ignore[misc]


def follow_new_key(request: HttpRequest) -> None:
    """A password change gives this session a new key."""
    if request.session.get(SESSION_KEY) == str(request.user.pk):
        _here(request).update(session_key=request.session.session_key)
