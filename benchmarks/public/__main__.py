"""Prints how many queries a profile asks, what a deep page costs beside the first one, and how many requests a second
the profile answers beside a bare Django view, cold and kept; and whether each is as good as we want it.

Machines differ and are busy: whatever is compared is taken in turns, in one run.
"""

import http.client
import logging
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from threading import Thread

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.public.ours"

import django
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings, setup_databases, teardown_databases

from benchmarks.public import crowd

OURS, BARE = 8311, 8312  # ports on this machine
ROUNDS, SECONDS, CLIENTS = 7, 1.5, 2
TIMES = 15
MOST_QUERIES, DEEPER, COLD, WARM = 8, 1.5, 0.7, 4.0
HEADERS = {"Host": "127.0.0.1", "X-Forwarded-Proto": "https", "Accept-Language": "en", "Connection": "close"}


def told(what: str, figure: str, *, met: bool) -> bool:
    print(f"  {what:62}{figure:>12}   {'met' if met else 'NOT MET'}", flush=True)
    return met


# --- In this process ------------------------------------------------------------------------------------------------


def client() -> Client:
    return Client(headers={"host": "127.0.0.1", "x-forwarded-proto": "https"})


def queries(path: str) -> int:
    caches["pages"].clear()
    with CaptureQueriesContext(connection) as asked:
        assert client().get(path).status_code == 200
    return len(asked)


def queries_of_the_bare_view(path: str) -> int:
    from benchmarks.public import bare

    with override_settings(ROOT_URLCONF=bare.ROOT_URLCONF, MIDDLEWARE=bare.MIDDLEWARE, TEMPLATES=bare.TEMPLATES):
        return queries(path)


def place(sort: str, number: int) -> str:
    """After which review the page of this number begins."""
    order = {"newest": ["-pk"], "highest": ["-total", "-pk"], "lowest": ["lowest", "pk"]}[sort]
    from reviews.models import Review

    rows = Review.objects.live().filter(partner__slug=crowd.BIG).order_by(*order)
    return str(rows[(number - 1) * 20 - 1 : (number - 1) * 20].get().public_id)


def depth(sort: str) -> float:
    """Median time of page 1,000 by that of page 1."""
    pages = {number: place(sort, number) for number in (1000,)}
    taken: dict[int, list[float]] = {number: [] for number in (1, *pages)}
    paths = {1: f"/partners/{crowd.BIG}/?sort={sort}"}
    paths |= {number: f"/partners/{crowd.BIG}/?sort={sort}&after={after}" for number, after in pages.items()}
    for turn in range(TIMES + 3):
        for number, path in paths.items():
            caches["pages"].clear()
            began = time.perf_counter()
            assert client().get(path).status_code == 200
            if turn >= 3:
                taken[number].append(time.perf_counter() - began)
    medians = {number: statistics.median(times) for number, times in taken.items()}
    return medians[1000] / medians[1]


# --- Under gunicorn -------------------------------------------------------------------------------------------------


@contextmanager
def served(settings: str, port: int, environment: dict[str, str]) -> Iterator[None]:
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "-b", f"127.0.0.1:{port}", "--workers", "1"]
    process = subprocess.Popen(
        [*command, "--no-control-socket"],
        env=os.environ | environment | {"DJANGO_SETTINGS_MODULE": settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _attempt in range(300):
            try:
                fetch(port, f"/partners/{crowd.SMALL}/")
                break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(20)


def fetch(port: int, path: str) -> str:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    link.request("GET", path, headers=HEADERS)
    answer = link.getresponse()
    body = answer.read()
    link.close()
    assert answer.status == 200, (answer.status, path)
    return body.decode()


def ask(port: int, path: str) -> None:
    """With as little code as can be: what a client costs on this machine would stand on both sides of a ratio."""
    head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        link.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        answer = bytearray()
        while piece := link.recv(1 << 18):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 200 "), answer[:100]
    assert answer.rstrip().endswith(b"</html>"), "cut short"


def a_second(port: int, path_of: Callable[[int], str], numbers: Iterator[int]) -> float:
    """Requests a second, of a few clients at once for a while."""
    done = [0] * CLIENTS
    until = time.perf_counter() + SECONDS

    def go_on(place: int) -> None:
        while time.perf_counter() < until:
            ask(port, path_of(next(numbers)))
            done[place] += 1

    began = time.perf_counter()
    threads = [Thread(target=go_on, args=(place,)) for place in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - began)


def plain(html: str) -> str:
    return re.sub(r"\s+", "", html)


def race() -> bool:
    """Cold: each time a profile that nobody read yet. Kept: the same one. The bare view does its work each time."""
    first, second = (fetch(port, f"/partners/{crowd.BIG}/") for port in (OURS, BARE))
    assert plain(first) == plain(second), "the bare view must render the same page"
    cold, warm, bare = [], [], []
    ours, others = count(100), count(100)
    for _round in range(ROUNDS):
        bare.append(a_second(BARE, lambda n: f"/partners/partner-{n}/", others))
        cold.append(a_second(OURS, lambda n: f"/partners/partner-{n}/", ours))
        warm.append(a_second(OURS, lambda _n: f"/partners/{crowd.BIG}/", count()))
    print(f"Requests a second, median of {ROUNDS} rounds: bare {statistics.median(bare):.0f}, ", end="")
    print(f"cold {statistics.median(cold):.0f}, kept {statistics.median(warm):.0f}; {len(first) // 1000} kB")
    colder = statistics.median(c / b for c, b in zip(cold, bare, strict=True))
    warmer = statistics.median(w / b for w, b in zip(warm, bare, strict=True))
    good = told(f"cold by bare (at least {COLD})", f"{colder:.2f}", met=colder >= COLD)
    return told(f"kept by bare (at least {WARM:.0f})", f"{warmer:.2f}", met=warmer >= WARM) and good


def measure() -> bool:
    began = time.perf_counter()
    crowd.load()
    print(f"{crowd.REVIEWS:,} reviews of {crowd.PARTNERS:,} partners, made in {time.perf_counter() - began:.0f} s")
    client().get(f"/partners/{crowd.SMALL}/")
    few, many = (queries(f"/partners/{slug}/") for slug in (crowd.SMALL, crowd.BIG))
    met = [
        told("queries of a profile with 10 reviews, with 50,000", f"{few}, {many}", met=few == many <= MOST_QUERIES),
    ]
    bare = queries_of_the_bare_view(f"/partners/{crowd.BIG}/")
    met.append(told("queries of the bare view, of ours", f"{bare}, {many}", met=bare == many))
    for sort in ("newest", "highest", "lowest"):
        ratio = depth(sort)
        met.append(
            told(
                f"page 1,000 by page 1, {sort} ({1 / DEEPER:.2f} to {DEEPER})",
                f"{ratio:.2f}",
                met=1 / DEEPER <= ratio <= DEEPER,
            )
        )
    with ExitStack() as stack:
        name = connection.settings_dict["NAME"]
        url = re.sub(r"/postgres\?", f"/{name}?", os.environ["DATABASE_URL"])
        environment = {"DATABASE_URL": url, "PYTHONPATH": os.getcwd()}
        stack.enter_context(served("benchmarks.public.ours", OURS, environment))
        stack.enter_context(served("benchmarks.public.bare", BARE, environment))
        met.append(race())
    return all(met)


def main() -> int:
    with tempfile.TemporaryDirectory() as static:
        os.environ["STATIC_ROOT"] = static
        django.setup()
        logging.disable(logging.CRITICAL)  # in this process; the servers write their lines
        call_command("collectstatic", verbosity=0, interactive=False)
        databases = setup_databases(verbosity=0, interactive=False)
        try:
            return 0 if measure() else 1
        finally:
            teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    sys.exit(main())
