"""A quick end of tests that commit. Django truncates every table and ships everything again, half a second each time.

Here that happens once. Later on rows are deleted, and what was shipped stays, as long as it is what it was.
"""

from collections.abc import Iterable, Iterator

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

_whole_flush = TransactionTestCase._fixture_teardown


class Flush:
    def __init__(self) -> None:
        self.tables: list[str] = []  # the same that Django flushes
        self.shipped: dict[str, str] = {}  # what a whole flush leaves: table, and a hash of its rows

    def __call__(self, test: TransactionTestCase) -> None:
        if not self.shipped or not self._delete():
            _whole_flush(test)
            self.tables = sorted(connection.introspection.django_table_names(only_existing=True, include_views=False))
            self.shipped = {table: rows for table, rows in hashes(self.tables).items() if rows}

    def _delete(self) -> bool:
        """Whether everything is as after a whole flush. Like TRUNCATE it waits for whoever is at any table."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('is_superuser')")
            if cursor.fetchone() != ("on",):
                return False
            cursor.execute(f"LOCK TABLE {', '.join(map(quoted, self.tables))} IN ACCESS EXCLUSIVE MODE")
            if hashes(self.shipped) != self.shipped:
                return False
            cursor.execute("SET LOCAL session_replication_role = replica")  # neither foreign keys nor triggers
            filled = (name for name in self.tables if name not in self.shipped)
            cursor.execute("; ".join(f"DELETE FROM {quoted(name)}" for name in filled))
        return True


def quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def hashes(of: Iterable[str]) -> dict[str, str]:
    rows = "coalesce(md5(string_agg(row::text, E'\\n' ORDER BY row::text)), '')"
    arms = (f"SELECT '{name}', {rows} FROM {quoted(name)} AS row" for name in of)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(arms))
        return dict(cursor.fetchall())


@pytest.fixture(autouse=True, scope="session")
def flush_is_quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        flush = Flush()
        patched.setattr(TransactionTestCase, "_fixture_teardown", lambda test: flush(test))
        yield
