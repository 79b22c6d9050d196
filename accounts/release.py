"""Which state of the code answers: what another one made must not be shown as made by this."""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings

KINDS = frozenset({".py", ".html", ".css", ".js", ".svg", ".mo"})  # what a page is made of, besides rows
NOT_SERVED = frozenset({"tests", "benchmarks", "dev", "docs", "staticfiles"})


def release() -> str:
    """The same on every machine that runs the same code. Under DEBUG files change while we run."""
    return _as_it_is_now() if settings.DEBUG else _as_it_began()


def _files() -> Iterator[Path]:
    for folder in sorted(settings.BASE_DIR.iterdir()):
        if folder.is_dir() and folder.name not in NOT_SERVED and not folder.name.startswith("."):
            yield from sorted(path for path in folder.rglob("*") if path.suffix in KINDS)


@cache
def _as_it_began() -> str:
    digest = sha256()
    for path in _files():
        digest.update(f"{path.relative_to(settings.BASE_DIR)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _as_it_is_now() -> str:
    return f"{max(path.stat().st_mtime_ns for path in _files()):x}"
