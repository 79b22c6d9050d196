"""Two addresses for load balancers and monitors.

`/healthz/` says that the process answers: it touches nothing. `/readyz/` asks what the process stands on.

Only the database decides whether this process should be sent requests, because without it no page works. A broker or a
cache that is down, and mail that is late, are reported and no more: pages work without them, mails wait in PostgreSQL
for `drain`, and taking every web process out of rotation would turn a late mail into an outage. So:

    200 {"status": "ok", …}        everything answers
    200 {"status": "degraded", …}  send requests here, and wake somebody
    503 {"status": "failed", …}    send requests elsewhere

An answer names checks and says ok or failed, never why: the reason stands in the log.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NoAnswerInTime
from datetime import timedelta

import kombu.transport.redis  # noqa: F401 - here, and not within the second that the first check has
import structlog
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.celery import app
from notifications.models import Delivery, Event

PATIENCE = 1.0  # seconds for all checks together, which run side by side
LATE_AFTER = timedelta(minutes=5)  # beat and drain look every few seconds

logger = structlog.get_logger(__name__)


class TooLate(Exception):  # noqa: N818 - a sentence: too late
    """Something has been due for longer than it should."""


def database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def deliveries() -> None:
    limit = timezone.now() - LATE_AFTER
    if Delivery.objects.due(limit).exists() or Event.objects.filter(told_at=None, created_at__lt=limit).exists():
        raise TooLate


def broker() -> None:
    with app.connection_for_write() as opened:
        opened.default_channel  # noqa: B018 - opening it connects, once, and asks for a sign of life


def cache_server() -> None:
    server = caches["default"]
    if isinstance(server, RedisCache):
        RedisCache.get(server, "readyz")  # past whatever stands in for a server that is away


class Check:
    """A question with a deadline: it raises, or it passes.

    It is asked in a thread of its own, since what is frozen cannot be interrupted. While an answer is outstanding
    everybody waits for that one: neither a frozen server nor many probes make more than one thread for a question.
    """

    def __init__(self, ask: Callable[[], None], *, needed: bool = False) -> None:
        self.needed = needed
        self._ask = ask
        self._lock = threading.Lock()
        self._answer: Future[None] | None = None

    def answer(self) -> Future[None]:
        with self._lock:
            if self._answer is None or self._answer.done():
                self._answer = Future()
                threading.Thread(target=self._find_out, args=(self._answer,), daemon=True).start()
            return self._answer

    def _find_out(self, answer: Future[None]) -> None:
        try:
            self._ask()
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer is no
            answer.set_exception(error)
        else:
            answer.set_result(None)
        finally:
            connection.close()  # of this thread


CHECKS = {
    "database": Check(database, needed=True),
    "broker": Check(broker),
    "cache": Check(cache_server),
    "deliveries": Check(deliveries),
}


@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    until = time.monotonic() + PATIENCE
    answers = {name: check.answer() for name, check in CHECKS.items()}
    passed = {name: _passes(name, answer, until) for name, answer in answers.items()}
    status = "ok" if all(passed.values()) else "degraded"
    if not all(passed[name] for name, check in CHECKS.items() if check.needed):
        status = "failed"
    checks = {name: "ok" if passes else "failed" for name, passes in passed.items()}
    return JsonResponse({"status": status, "checks": checks}, status=503 if status == "failed" else 200)


def _passes(name: str, answer: Future[None], until: float) -> bool:
    try:
        answer.result(timeout=max(0, until - time.monotonic()))
    except NoAnswerInTime:
        problem = "no answer in time"
    except Exception as error:  # noqa: BLE001 - the check's own
        problem = type(error).__name__
    else:
        return True
    logger.warning("check_failed", check=name, problem=problem)
    return False


PROBES = {"/healthz/": alive, "/readyz/": ready}


class ProbesMiddleware:
    """Answers probes before anything asks which host was meant, which session, or who it is.

    A load balancer calls a process by its number, which is nobody's allowed host.
    """

    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path_info)
        return probe(request) if probe else self.get_response(request)
