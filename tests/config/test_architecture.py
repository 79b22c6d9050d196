from pathlib import Path

import pytest
from django.conf import settings
from importlinter.cli import lint_imports

from config.celery import app


def test_imports_go_one_way(capsys):
    assert lint_imports(config_filename=str(settings.BASE_DIR / "pyproject.toml"), no_cache=True) == 0


def test_every_promise_of_the_readme_is_there():
    for path in ("README.md", "CHANGELOG.md", "docs/architecture.md", "docs/adr", "docker-compose.yml", ".ci/run"):
        assert (Path(settings.BASE_DIR) / path).exists(), path


@pytest.mark.parametrize("entry", app.conf.beat_schedule.values(), ids=lambda entry: entry["task"])
def test_what_beat_starts_exists(entry):
    app.loader.import_default_modules()
    assert entry["task"] in app.tasks
