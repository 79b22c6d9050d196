"""Posts events while processes are killed and servers stopped, waits until it is quiet, and counts.

Ends with 1 if anything was lost, doubled or made up, or if a frozen broker held or failed a request.
"""

import argparse
import http.client
import os
import random
import secrets
import shutil
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.soak.processes import Broker, Database, Process
from dev.processes import commands
from dev.services import HOME, Valkey, folder_of_ours

# What needs Django is imported where it is used: the settings name servers that are started first.

THREADS = 4
ROLLED_BACK = 0.05
AWAY = 3.0  # seconds for which a server stays down
LONGER_BY = 1.5  # seconds that a frozen broker may cost a request


@dataclass(frozen=True)
class Plan:
    workers: int
    events: int
    kills: int
    outages: int  # of the broker, and as many of PostgreSQL
    requests: int
    seconds: float  # over which events are posted and kills spread
    patience: float  # seconds until it must be quiet


FULL = Plan(workers=3, events=1000, kills=50, outages=2, requests=200, seconds=210, patience=240)
SHORT = Plan(workers=2, events=40, kills=3, outages=1, requests=20, seconds=12, patience=60)


@dataclass
class Posted:
    """What the posting threads know: ids of events, by how their transaction ended."""

    committed: set[int] = field(default_factory=set)
    rolled_back: set[int] = field(default_factory=set)
    unknown: set[int] = field(default_factory=set)  # the connection broke on the way
    refused: Counter[str] = field(default_factory=Counter)

    def done(self) -> int:
        return len(self.committed) + len(self.rolled_back)


class RolledBack(Exception):  # noqa: N818 - what happened, not an error
    pass


class Soak:
    def __init__(self, plan: Plan, base: Path, seed: int) -> None:
        self.plan = plan
        self.base = base
        self.random = random.Random(seed)
        self.seed = seed
        self.posted = Posted()
        self.kills: Counter[str] = Counter()
        self.outages: Counter[str] = Counter()
        self.usual: list[float] = []
        self.frozen: list[tuple[int, float]] = []
        self.lines: list[tuple[str, object, bool | None]] = []  # what, figure, whether it holds

    # --- Everything that runs -----------------------------------------------------------------------------------------

    def run(self) -> bool:
        from benchmarks.soak.mail import BadMailServer

        with ExitStack() as stack:
            self.database = Database(self.base / "postgres", ["max_connections=200"])
            self.broker, self.cache = Broker(self.base / "broker"), Valkey(self.base / "cache")
            for server in (self.database, self.broker, self.cache):
                stack.callback(server.stop)
                server.start()
            self.mail = BadMailServer(self.seed)
            self.mail.start()
            stack.callback(self.mail.stop)
            self.settle_environment()
            self.prepare()
            self.make_processes()
            for process in self.processes.values():
                stack.callback(process.kill)
            began = time.monotonic()
            for name, process in self.processes.items():
                if name != "web":
                    process.start()
            self.days_work()
            self.freeze_the_broker_under_the_web()
            self.say("Waiting until it is quiet")
            quiet = self.wait_until_quiet()
            self.seconds = time.monotonic() - began
            for process in self.processes.values():
                process.kill()
            return self.count(quiet)

    def settle_environment(self) -> None:
        self.port = free_port()
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "benchmarks.soak.settings",
            "DJANGO_SECRET_KEY": secrets.token_urlsafe(50),
            "REQUEST_CODE_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": "127.0.0.1",
            "SITE_URL": f"https://127.0.0.1:{self.port}",
            "DEFAULT_FROM_EMAIL": "Entente <entente@soak.example>",
            "MESSAGE_ID_DOMAIN": "soak.example",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.mail.port}",
            "DATABASE_URL": self.database.url,
            "BROKER_URL": self.broker.broker_url,
            "CACHE_URL": self.cache.cache_url.replace("db=1", "db=0"),
            "PYTHONWARNINGS": "ignore",
        }

    def prepare(self) -> None:
        import django

        django.setup()
        from django.core.management import call_command
        from django.db.models.signals import post_save

        from benchmarks.soak.people import make_pair
        from notifications.models import Event

        self.say("Migrating, and making stores and partners")
        call_command("migrate", verbosity=0)
        pairs = [make_pair(number, self.seed) for number in range(2 * THREADS)]
        self.working, self.clicking = pairs[:THREADS], pairs[THREADS:]
        self.by_store = {pair.store.pk: pair for pair in pairs}
        self.here = threading.local()

        def remember(sender, instance, created, **kwargs) -> None:
            if created:
                self.here.posted.append(instance.pk)

        self._remember = remember  # signals hold their receivers weakly
        post_save.connect(remember, sender=Event)

    def make_processes(self) -> None:
        def process(name: str, command: list[str]) -> Process:
            return Process(name, command, dict(os.environ), self.base / f"{name}.log")

        parts = commands(f"127.0.0.1:{self.port}", str(self.base / "beat-schedule"))
        self.processes = {
            f"worker {number}": process(f"worker-{number}", ["-m", *parts["worker"]])
            for number in range(self.plan.workers)
        }
        self.processes["drain"] = process("drain", ["manage.py", "drain", "--loop"])
        self.processes["beat"] = process("beat", ["-m", *parts["beat"]])
        self.processes["web"] = process("web", ["-m", *parts["web"]])

    # --- The day ------------------------------------------------------------------------------------------------------

    def days_work(self) -> None:
        self.say(f"Posting {self.plan.events} events while {self.plan.kills} processes are killed")
        time.sleep(3)  # workers start
        posting = threading.Event()
        posting.set()
        killer = threading.Thread(target=self.kill_now_and_then, args=(posting,), daemon=True)
        breaker = threading.Thread(target=self.break_servers, daemon=True)
        with ThreadPoolExecutor(THREADS) as pool:
            threads = [pool.submit(self.post_events, pair) for pair in self.working]
            killer.start()
            breaker.start()
            for thread in threads:
                thread.result()
        breaker.join()
        posting.clear()
        killer.join()

    def post_events(self, pair) -> None:
        from django.db import Error, connection, transaction

        from accounts.errors import Sentence

        wanted = self.plan.events // THREADS
        pause = self.plan.seconds / wanted
        done = 0
        while done < wanted:
            self.here.posted = []
            time.sleep(pair.random.uniform(0.5, 1.2) * pause)
            rolls_back = pair.random.random() < ROLLED_BACK
            try:
                with transaction.atomic():
                    pair.act()
                    if rolls_back:
                        raise RolledBack
            except RolledBack:
                self.posted.rolled_back.update(self.here.posted)
            except Sentence as refused:
                self.posted.refused[type(refused).__name__] += 1
            except Error:  # PostgreSQL is away; whether it committed is found out in the end
                self.posted.unknown.update(self.here.posted)
                connection.close()
                time.sleep(0.5)
            else:
                self.posted.committed.update(self.here.posted)
            done += bool(self.here.posted)
        connection.close()

    def kill_now_and_then(self, posting: threading.Event) -> None:
        pause = self.plan.seconds / self.plan.kills
        mortal = [name for name in self.processes if name.startswith("worker")]
        while posting.is_set() or sum(self.kills.values()) < self.plan.kills:
            time.sleep(self.random.uniform(0.5, 1.3) * pause)
            name = "drain" if self.random.random() < 0.1 else self.random.choice(mortal)
            if self.processes[name].kill():
                self.kills["drain" if name == "drain" else "worker"] += 1
                self.processes[name].start()
            for other, process in self.processes.items():
                if other != "web":
                    process.revive()

    def break_servers(self) -> None:
        """Broker, PostgreSQL, broker, PostgreSQL, each after its share of the events."""
        breaks: list[tuple[str, Callable[[], None], Callable[[], None]]] = [
            ("broker killed and emptied", self.broker.kill_and_empty, self.broker.start),
            ("PostgreSQL stopped at once", self.database.stop_at_once, self.database.start),
        ] * self.plan.outages
        for number, (what, stop, start) in enumerate(breaks, 1):
            while self.posted.done() < self.plan.events * number / (len(breaks) + 1):
                time.sleep(0.1)
            stop()
            time.sleep(AWAY)
            start()
            self.outages[what] += 1
            self.say(f"{what}, and started again after {self.posted.done()} events")

    # --- A frozen broker ----------------------------------------------------------------------------------------------

    def freeze_the_broker_under_the_web(self) -> None:
        self.say(f"Freezing the broker under {self.plan.requests} requests")
        self.processes["web"].start()
        deadline = time.monotonic() + 60
        while not self.web_answers():
            if time.monotonic() > deadline:
                raise SystemExit((self.base / "web.log").read_text())
            time.sleep(0.2)
        self.usual = [seconds for _, seconds in self.click(self.plan.requests // 4)]
        self.broker.freeze()
        try:
            self.frozen = self.click(self.plan.requests)
        finally:
            self.broker.thaw()

    def web_answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz/")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def click(self, count: int) -> list[tuple[int, float]]:
        """Everybody presses "New code" in a store of their own. Status and seconds of each request."""
        from django.conf import settings
        from django.db import connection as database
        from django.middleware.csrf import _get_new_csrf_string
        from django.test import Client
        from django.urls import reverse

        def press(pair) -> list[tuple[int, float]]:
            person, token = Client(), _get_new_csrf_string()
            person.force_login(pair.store.owner, backend=settings.AUTHENTICATION_BACKENDS[0])
            session = person.cookies[settings.SESSION_COOKIE_NAME].value
            headers = {
                "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={token}",
                "X-CSRFToken": token,
                "X-Forwarded-Proto": "https",
                "Referer": settings.SITE_URL,
                "Content-Length": "0",
            }
            answers = []
            for _ in range(count // THREADS):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                began = time.monotonic()
                connection.request("POST", reverse("collaborators:code", args=[pair.store.handle]), headers=headers)
                status = connection.getresponse().status
                answers.append((status, time.monotonic() - began))
                connection.close()
            database.close()
            return answers

        with ThreadPoolExecutor(THREADS) as pool:
            return [answer for answers in pool.map(press, self.clicking) for answer in answers]

    # --- Counting -----------------------------------------------------------------------------------------------------

    def wait_until_quiet(self) -> bool:
        from django.db import connection

        from notifications.models import Delivery, Event

        connection.close()  # PostgreSQL was stopped since it was opened
        deadline = time.monotonic() + self.plan.patience
        while time.monotonic() < deadline:
            waiting = Delivery.objects.filter(state__in=["pending", "sending"])
            if not Event.objects.filter(told_at=None).exists() and not waiting.exists():
                return True
            for process in self.processes.values():
                process.revive()
            time.sleep(0.5)
        return False

    def count(self, quiet: bool) -> bool:
        from benchmarks.soak.people import INBOX_ONLY, must_hear
        from notifications.models import Delivery, Event, Notification

        events = {event.pk: event for event in Event.objects.all()}
        clicked = sum(status == 302 for status, _ in self.frozen) + len(self.usual)
        of_clicks = {pk for pk, event in events.items() if event.payload["store"] in self.stores_of(self.clicking)}
        of_work = events.keys() - of_clicks
        told = {(pk, person) for pk, event in events.items() for person in must_hear(event, self.by_store)}
        mailed = {(pk, person) for pk, person in told if events[pk].topic not in INBOX_ONLY}
        in_inboxes = Counter(Notification.objects.values_list("event_id", "user_id"))
        deliveries = {delivery.message_id: delivery for delivery in Delivery.objects.select_related("user")}
        states = Counter(delivery.state for delivery in deliveries.values())
        accepted = Counter(self.mail.accepted)
        ids = {message_id for message_id, _ in accepted}
        right = {(message_id, delivery.user.email) for message_id, delivery in deliveries.items() if delivery.user}
        statuses = Counter(status for status, _ in self.frozen)
        usual, slowest = statistics.median(self.usual), max(seconds for _, seconds in self.frozen)
        kills = sum(self.kills.values())

        self.note("seconds", round(self.seconds))
        self.note("kinds of events", len({event.topic for event in events.values()}))
        self.hold("process groups killed with SIGKILL", f"{kills} ({self.of(self.kills)})", kills >= self.plan.kills)
        for what, times in self.outages.items():
            self.hold(what, times, times == self.plan.outages)
        self.note("processes that ended by themselves", sum(p.ended_by_itself for p in self.processes.values()))
        self.note("mails that the server treated badly", f"{self.of(self.mail.moods - Counter({'accepted': 10**9}))}")
        self.hold("quiet in time", "yes" if quiet else "no", quiet)
        self.note("events committed", len(events))
        self.hold("of them lost", len(self.posted.committed - of_work), self.posted.committed <= of_work)
        phantoms = (self.posted.rolled_back & events.keys()) | (of_work - self.posted.committed - self.posted.unknown)
        self.hold(f"phantoms, of {len(self.posted.rolled_back)} rolled back", len(phantoms), not phantoms)
        self.note("transactions cut off by PostgreSQL", len(self.posted.unknown))
        self.note("people to tell", len(told))
        self.hold("notifications", sum(in_inboxes.values()), in_inboxes == Counter(told))
        self.note("mails to send", len(mailed))
        due = Counter((delivery.event_id, delivery.user_id) for delivery in deliveries.values())
        self.hold("deliveries", len(deliveries), due == Counter(mailed))
        self.hold("deliveries by state", self.of(states), states == {"sent": len(mailed)})
        self.hold("distinct Message-IDs accepted", len(ids), ids == deliveries.keys())
        self.hold("mails never accepted", len(deliveries.keys() - ids), not deliveries.keys() - ids)
        self.hold("accepted for the wrong address", len(accepted.keys() - right), not accepted.keys() - right)
        self.note("mails accepted", sum(accepted.values()))
        self.note("repeats under the same Message-ID", sum(accepted.values()) - len(accepted))
        self.hold("requests while the broker was frozen", self.of(statuses), statuses == {302: self.plan.requests})
        self.hold("events of those requests", len(of_clicks), len(of_clicks) == clicked)
        self.note("usual request, median", f"{usual:.3f} s")
        self.note("frozen request, median", f"{statistics.median(seconds for _, seconds in self.frozen):.3f} s")
        self.hold("frozen request, slowest", f"{slowest:.3f} s", slowest < usual + LONGER_BY)
        return all(holds is not False for _, _, holds in self.lines)

    @staticmethod
    def stores_of(pairs) -> set[int]:
        return {pair.store.pk for pair in pairs}

    @staticmethod
    def of(counter: Counter) -> str:
        return ", ".join(f"{number} {what}" for what, number in sorted(counter.items(), key=str)) or "none"

    def note(self, what: str, figure: object) -> None:
        self.lines.append((what, figure, None))

    def hold(self, what: str, figure: object, holds: bool) -> None:
        self.lines.append((what, figure, holds))

    def say(self, sentence: str) -> None:
        print(f"{sentence}.", file=sys.stderr, flush=True)

    def table(self) -> str:
        from benchmarks.soak.settings import SHORTENED

        verdict = {None: "", True: "holds", False: "**does not hold**"}
        rows = [f"| {what} | {figure} | {verdict[holds]} |" for what, figure, holds in self.lines]
        return "\n".join([f"Shortened for this: {SHORTENED}. Seed {self.seed}.", "", "| | | |", "|---|---|---|", *rows])


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def end_with_the_parent() -> None:
    """Whoever started this may be killed; servers and workers must not stay."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    threading.Thread(target=watch, daemon=True).start()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--short", action="store_true", help="the form that runs inside the tests, within a minute")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # to repeat a run by
    parser.add_argument("--keep", action="store_true", help="leave data and logs behind, and say where")
    options = parser.parse_args()
    end_with_the_parent()
    base = Path(tempfile.mkdtemp(prefix=f"entente-{os.getuid()}-soak-", dir=HOME))
    try:
        with folder_of_ours(base):
            soak = Soak(SHORT if options.short else FULL, base, options.seed)
            held = soak.run()
            print(soak.table(), flush=True)
    finally:
        if options.keep:
            print(f"Everything is in {base}", file=sys.stderr)
        else:
            shutil.rmtree(base, ignore_errors=True)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
