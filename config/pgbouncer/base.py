"""PostgreSQL behind PgBouncer in transaction mode, which gives each transaction another connection.

What one transaction sets must end with it, so the limits that are otherwise parameters of the connection are set at the
beginning of every transaction, with SET LOCAL. Statements outside a transaction have the limits of the database role:
docs/operations.md says how to give it some.
"""

from django.conf import settings
from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)  # type: ignore[misc]  # not in the stubs
        if not autocommit:
            with self.wrap_database_errors, self.connection.cursor() as cursor:
                cursor.execute(
                    "; ".join(f"SET LOCAL {name} = '{value}'" for name, value in settings.DATABASE_LIMITS.items())
                )
