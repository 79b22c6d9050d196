"""A backup made and restored as docs/operations.md says holds every row, and goes on refusing what was refused."""

import os
import subprocess
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest
from django.apps import apps
from django.db import connection

from collaborators import actions
from dev.lifeline import CHECKOUT
from dev.services import HOME, Postgres

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

COPY = "restored"


def address(database: str) -> str:
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}"))


def run(program: str, *arguments: str) -> None:
    program = str(Postgres(HOME, [])._installation() / "pginstall" / "bin" / program)
    ended = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.fixture
def restored(world, deliver, tmp_path) -> Iterator:
    """A connection to the copy, made from a database in which something happened."""
    actions.make_code(world.store, by=world.people["owner"])
    deliver()
    name = f"{COPY}_{connection.settings_dict['NAME']}"
    backup = tmp_path / "entente.dump"
    run("pg_dump", "--format=custom", "--no-owner", f"--file={backup}", address(connection.settings_dict["NAME"]))
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        run("pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", "-d", address(name), str(backup))
        copy = psycopg2.connect(address(name))
        copy.autocommit = True
        yield copy
        copy.close()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def counts(cursor) -> dict[str, int]:
    tables = sorted(model._meta.db_table for model in apps.get_models(include_auto_created=True))
    found = {}
    for table in tables:
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        found[table] = cursor.fetchone()[0]
    return found


def test_a_restored_backup_holds_every_row_and_refuses_what_was_refused(restored):
    with connection.cursor() as here, restored.cursor() as there:
        assert counts(there) == counts(here)
        assert counts(there)["notifications_event"] > 0
        assert counts(there)["stores_activity"] > 0
        for change in (
            "UPDATE notifications_event SET topic = 'x'",
            "DELETE FROM notifications_event",
            "UPDATE stores_activity SET id = id",
            "DELETE FROM stores_activity",
        ):
            with pytest.raises(psycopg2.errors.RaiseException, match="Cannot"):
                there.execute(change)


def test_the_words_of_the_page_are_what_is_tried_here():
    page = (CHECKOUT / "docs" / "operations.md").read_text()
    assert "pg_dump --format=custom --no-owner" in page
    assert "pg_restore --no-owner --exit-on-error --single-transaction" in page
