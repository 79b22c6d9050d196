"""Rows written around the actions, and what the database says to them by name."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Model

OF_A_TRIGGER = re.compile(r"pgtrigger_(\w+)_[0-9a-f]{5}\(\)")


def copy_of(row: Model, **changes: Any) -> dict[str, Any]:
    """The columns of a row, without those that the database gives it."""
    fields = [field for field in row._meta.concrete_fields if not field.generated and not field.primary_key]
    values = {field.column: getattr(row, field.attname) for field in fields if field.name != "public_id"}
    return values | changes


def insert(table: str, values: dict[str, Any]) -> None:
    columns = ", ".join(values)
    _run(f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * len(values))})", [*values.values()])


def change(row: Model, **values: Any) -> None:
    """An UPDATE of this row."""
    sets = ", ".join(f"{column} = %s" for column in values)
    _run(f"UPDATE {row._meta.db_table} SET {sets} WHERE id = %s", [*values.values(), row.pk])


def delete(row: Model) -> None:
    _run(f"DELETE FROM {row._meta.db_table} WHERE id = %s", [row.pk])


def _run(statement: str, values: list) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def taken() -> Iterator[None]:
    """The positive control: the database takes what is done in here, and forgets it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def refused(name: str) -> Iterator[None]:
    """What is done in here is refused, by the constraint or trigger of this name (or for this column)."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        yield
    assert name_in(caught.value) == name


def name_in(error: BaseException) -> str:
    said = error.__cause__.diag  # type: ignore[union-attr]
    trigger = OF_A_TRIGGER.search(said.context or "")
    return said.constraint_name or said.column_name or (trigger.group(1) if trigger else "")
