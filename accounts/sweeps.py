"""What sweeps have in common: each row in a transaction of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from logging import Logger

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction


@contextmanager
def one_of_many(logger: Logger, said: str, *args: object) -> Iterator[None]:
    """A row that is busy or broken keeps no other waiting: it is said in the log, and the sweep goes on.

    That the time of the whole task is up is no trouble of one row: it ends the sweep, and the next one goes on.
    """
    try:
        with transaction.atomic():
            yield
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        logger.exception(said, *args)
