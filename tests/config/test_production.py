"""Production as it is started: it refuses to start half set up, and answers with everything that keeps people safe."""

import gzip
import http.client
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.utils import load_backend

from config.middleware import OFF, OURS
from config.settings import required
from dev.lifeline import CHECKOUT, end_group
from dev.run import refuse

ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "DJANGO_SECRET_KEY": "of-a-test-and-long-enough-to-be-taken-for-a-real-one-0123456789",
    "REQUEST_CODE_KEY": "of-a-test-too-and-as-long-as-the-first-one-0123456789-0123456789",
    "ALLOWED_HOSTS": "portal.example",
    "SITE_URL": "https://portal.example",
    "DATABASE_URL": "postgres://nobody@nowhere.example/none",
    "BROKER_URL": "redis://nowhere.example/0",
    "CACHE_URL": "rediscache://nowhere.example/0",
    "EMAIL_URL": "smtp://nowhere.example",
    "DEFAULT_FROM_EMAIL": "Entente <entente@portal.example>",
    "MESSAGE_ID_DOMAIN": "portal.example",
}


def run(*command: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """With nothing but what production is given; None takes a variable away."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "PYTHONPATH", "LANG"}}
    environment = {name: value for name, value in (kept | ENVIRONMENT | changes).items() if value is not None}
    return subprocess.run(
        [sys.executable, *command], cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
    )


# --- Starting -------------------------------------------------------------------------------------------------------

LOAD = ("-c", "from django.conf import settings; settings.DEBUG")


def test_with_everything_named_it_starts():
    assert run(*LOAD).returncode == 0


@pytest.mark.parametrize("name", required.REQUIRED)
@pytest.mark.parametrize("value", [None, "", "  "], ids=["missing", "empty", "blank"])
def test_each_value_that_is_not_given_is_named(name, value):
    given = {key: value for key, value in (ENVIRONMENT | {name: value}).items() if value is not None}
    with pytest.raises(ImproperlyConfigured, match=rf"^Set these environment variables: {name}\.$"):
        required.require(given)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("ALLOWED_HOSTS", "portal.example,*", "ALLOWED_HOSTS must name hosts"),
        ("SITE_URL", "http://portal.example", "SITE_URL must begin with https://"),
    ],
)
def test_an_unsafe_value_is_named(name, value, sentence):
    with pytest.raises(ImproperlyConfigured, match=sentence):
        required.require(ENVIRONMENT | {name: value})


@pytest.mark.parametrize(
    "changes", [{"DATABASE_URL": None}, {"DJANGO_SECRET_KEY": ""}, {"ALLOWED_HOSTS": "*"}], ids=str
)
def test_it_does_not_start_without(changes):
    started = run(*LOAD, **changes)
    assert started.returncode == 1
    assert next(iter(changes)) in started.stderr.splitlines()[-1]


def test_whatever_production_reads_without_a_default_is_required():
    settings = CHECKOUT / "config" / "settings"
    read = re.findall(
        r'env\.\w+\("(\w+)"\)', (settings / "base.py").read_text() + (settings / "production.py").read_text()
    )
    assert set(read) == set(required.REQUIRED)


def test_django_has_nothing_to_say_against_it():
    checked = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert checked.returncode == 0, checked.stderr
    assert "no issues (0 silenced)" in checked.stdout


# --- Through PgBouncer ----------------------------------------------------------------------------------------------

SETTINGS_OF_A_CONNECTION = """
from django.conf import settings
database = settings.DATABASES["default"]
print(database["ENGINE"], database.get("DISABLE_SERVER_SIDE_CURSORS"), database.get("OPTIONS", {}).get("options"))
"""


@pytest.mark.parametrize(
    ("through", "said"),
    [
        ("False", "django.db.backends.postgresql None -c lock_timeout=3s"),
        ("True", "config.pgbouncer True None"),
    ],
)
def test_pgbouncer_is_told_nothing_that_outlives_a_transaction(through, said):
    printed = run("-c", SETTINGS_OF_A_CONNECTION, DATABASE_THROUGH_PGBOUNCER=through)
    assert printed.stdout.startswith(said), printed.stderr


def limits(cursor) -> tuple[str, ...]:
    cursor.execute("SELECT current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout')")
    return cursor.fetchone()


@pytest.mark.django_db(transaction=True)
def test_behind_pgbouncer_each_transaction_has_the_limits_and_leaves_none_behind(monkeypatch):
    backend = load_backend("config.pgbouncer")
    options = {name: value for name, value in connection.settings_dict["OPTIONS"].items() if name != "options"}
    pooled = backend.DatabaseWrapper({**connection.settings_dict, "OPTIONS": options}, alias="default")
    monkeypatch.setattr(transaction, "get_connection", lambda using=None: pooled)
    try:
        with pooled.cursor() as cursor:
            before = limits(cursor)
            for ending in (None, RuntimeError):
                try:
                    with transaction.atomic():
                        assert limits(cursor) == ("3s", "30s")
                        if ending:
                            raise ending
                except RuntimeError:
                    pass
                assert limits(cursor) == before == ("0", "0")
    finally:
        pooled.close()


# --- Answering ------------------------------------------------------------------------------------------------------


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Site:
    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str, *, host: str = "portal.example", https: bool = True, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        forwarded = {"X-Forwarded-Proto": "https"} if https else {}
        connection.request("GET", path, headers={"Host": host, **forwarded, **headers})
        response = connection.getresponse()
        answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        connection.close()
        return answer


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Site]:
    """The image's own steps: static files are collected, then gunicorn is started."""
    folder = tmp_path_factory.mktemp("production")
    port = next(port for port in range(18400, 18500) if refuse(str(port)) is None)
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    servers = {
        "STATIC_ROOT": str(folder / "static"),
        "DATABASE_URL": urlunsplit(database),
        "BROKER_URL": os.environ["BROKER_URL"],
        "CACHE_URL": os.environ["CACHE_URL"],
    }
    big = ["--ignore=admin", "--ignore=drf_spectacular_sidecar"]  # not needed here, and slow to compress
    collected = run("manage.py", "collectstatic", "--no-input", *big, **servers)
    assert collected.returncode == 0, collected.stderr
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "config.wsgi", "-b", f"127.0.0.1:{port}", "--no-control-socket"],
            cwd=CHECKOUT,
            env={name: value for name, value in os.environ.items() if name != "EMAIL_URL"} | ENVIRONMENT | servers,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        site, deadline = Site(port), time.monotonic() + 60
        while not answers(site):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield site
    finally:
        end_group(process.pid)
        process.wait()


def answers(site: Site) -> bool:
    try:
        return site.get("/healthz/").status == 200
    except OSError:
        return False


def hashed_names(page: bytes) -> list[str]:
    return re.findall(r'(?:href|src)="(/static/[^"]+\.[0-9a-f]{12}\.\w+)"', page.decode())


@pytest.mark.slow
class TestAnswers:
    @pytest.mark.parametrize("path", ["/", "/account/login/", "/nowhere/", "/store/no-such-store/", "static"])
    def test_headers_are_complete_on_pages_errors_and_files(self, site, path):
        if path == "static":
            path = hashed_names(site.get("/").body)[0]
        headers = site.get(path).headers
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy == {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self' data:",
            "font-src": "'self'",
            "connect-src": "'self'",
            "form-action": "'self'",
            "base-uri": "'none'",
            "frame-ancestors": "'none'",
        }
        assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains; preload"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        permissions = set(headers["permissions-policy"].split(", "))
        assert permissions == {f"{name}=()" for name in OFF} | {f"{name}=(self)" for name in OURS}

    def test_plain_http_is_sent_to_https(self, site):
        answer = site.get("/account/login/?next=/", https=False)
        assert (answer.status, answer.headers["location"]) == (301, "https://portal.example/account/login/?next=/")

    def test_probes_are_answered_by_number_and_without_tls(self, site):
        ready = site.get("/readyz/", host="10.0.0.7:8000", https=False)
        assert (ready.status, json.loads(ready.body)["checks"]["database"]) == (200, "ok")

    def test_a_host_that_is_not_ours_is_refused(self, site):
        assert site.get("/", host="evil.example").status == 400

    def test_cookies_are_for_this_host_over_tls(self, site):
        cookie = site.get("/account/login/").headers["set-cookie"]
        assert cookie.startswith("__Host-csrftoken=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))

    @pytest.mark.parametrize("coding", ["br", "gzip"])
    def test_static_files_are_named_by_content_kept_for_ever_and_compressed(self, site, coding):
        names = hashed_names(site.get("/").body)
        assert any(name.endswith(".css") for name in names)
        assert any(name.endswith(".js") for name in names)
        for name in names:
            if not name.endswith((".css", ".js")):
                continue
            plain = site.get(name)
            small = site.get(name, **{"Accept-Encoding": coding})
            assert plain.status == small.status == 200
            assert small.headers["cache-control"] == "max-age=315360000, public, immutable"
            assert small.headers["content-encoding"] == coding
            assert small.headers["vary"] == "Accept-Encoding"
            assert len(small.body) < len(plain.body)
            if coding == "gzip":
                assert gzip.decompress(small.body) == plain.body

    def test_a_file_of_another_version_is_not_there(self, site):
        name = hashed_names(site.get("/").body)[0]
        other = re.sub(r"\.[0-9a-f]{12}\.", ".000000000000.", name)
        assert site.get(other).status == 404

    def test_an_error_says_nothing_about_the_inside(self, site):
        answer = site.get("/store/%FF/")
        assert answer.status == 404
        assert b"Traceback" not in answer.body
        assert b"settings" not in answer.body
