"""CSV that opens in a spreadsheet as it was meant, sent while it is written."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone, translation

BOM = "\ufeff"  # without it spreadsheets read UTF-8 as something else
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for a formula
CHUNK = 500  # rows to a query


def cell(value: object) -> str:
    """Text as it is, with an apostrophe before what a spreadsheet would compute. A number is one, below zero too."""
    text = str(value)
    if isinstance(value, int | Decimal):
        return text
    return f"'{text}" if text.startswith(DANGEROUS) else text


def line(cells: Iterable[object]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([cell(value) for value in cells])
    return written.getvalue()


def in_chunks(rows: QuerySet) -> Iterator[list[Any]]:
    """Newest first, a short query for each chunk: no cursor is kept open, which PgBouncer could not hand on, and no
    query lasts long, however many rows there are."""
    rows = rows.order_by("-pk")
    chunk = list(rows[:CHUNK])
    while chunk:
        yield chunk
        chunk = list(rows.filter(pk__lt=chunk[-1].pk)[:CHUNK]) if len(chunk) == CHUNK else []


def csv_response(
    name: str,
    header: Sequence[object],
    rows: QuerySet,
    *,
    cells: Callable[[Any], Iterable[object]],
    may_go_on: Callable[[], bool],
    stopped: str,
) -> StreamingHttpResponse:
    """The rows as a file, in the language and zone of this moment.

    `may_go_on` is asked again before each chunk: whoever loses the right while the file is on its way gets the line
    `stopped` in place of the rest.
    """
    language, zone = translation.get_language(), timezone.get_current_timezone()
    first, last = line(header), line([stopped])

    def written(some: list[Any]) -> str:
        with translation.override(language), timezone.override(zone):
            return "".join(line(cells(row)) for row in some)

    def lines() -> Iterator[str]:
        yield BOM + first
        for chunk in in_chunks(rows):
            if not may_go_on():
                break
            yield written(chunk)
        if not may_go_on():  # rows that the reader no longer sees are not found any more, which looks like the end
            yield last

    response = StreamingHttpResponse(lines(), status=HTTPStatus.OK, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
