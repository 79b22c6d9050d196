# `make` alone lists what there is. Each command first installs requirements-dev.txt, if that has changed.

PYTHON_WANTED = (3, 12) <= sys.version_info < (3, 15)
UV = .venv/bin/uv --system-certs
PY = .venv/bin/python
READY = .venv/.installed
ON_SERVERS = $(PY) -m dev.with_services
TEMPLATES = find templates -name '*.html' -exec .venv/bin/djade
LOCK = $(UV) pip compile -q pyproject.toml
PINS = --universal --generate-hashes --python-version 3.12
PORT ?= 8000

.PHONY: help setup run test test-api test-fast lint fmt messages lock soak bench
.NOTPARALLEL:

help:
	@echo 'make run         the whole application at http://127.0.0.1:8000 (PORT=8001 for another port); Ctrl-C ends it'
	@echo 'make test        every check, the browser stories too (ARGS="-k code" chooses some)'
	@echo 'make test-api    asks the API everything its description allows, for long (EXAMPLES=100 of each)'
	@echo 'make test-fast   without the browser stories and the slow tests'
	@echo 'make lint        code style, templates, types, imports between the apps, missing migrations'
	@echo 'make fmt         put code and templates into shape'
	@echo 'make messages    collect the strings to translate and compile the translations (needs gettext)'
	@echo 'make soak        kills and stops everything for some minutes while 1,000 things happen, then counts (ARGS=--short)'
	@echo 'make bench       how much dearer deep and crowded pages are than small ones, as ratios'
	@echo 'make lock        pin the packages of pyproject.toml (ARGS=--upgrade takes the newest ones)'

setup: $(READY)

# A virtual environment with uv in it. A link to a Python that is gone counts as missing, so that it heals itself.
.venv/bin/uv .venv/bin/python:
	@rm -rf .venv; \
	for python in $(PYTHON) python3 python3.13 python3.14 python3.12 "$$HOME"/.pyenv/versions/3.1[2-4].*/bin/python; do \
		if "$$python" -c 'import sys; sys.exit(not $(PYTHON_WANTED))' >/dev/null 2>&1; then break; fi; \
		python=; \
	done; \
	echo 'Setting up .venv (once)'; \
	if [ -n "$$python" ]; then \
		"$$python" -m venv .venv && \
		.venv/bin/python -m pip install -q --disable-pip-version-check 'uv==0.13.*'; \
	else \
		python3 -m venv .uv && \
		.uv/bin/python -m pip install -q --disable-pip-version-check 'uv==0.13.*' && \
		.uv/bin/uv --system-certs venv -q --python 3.13 .venv && \
		cp .uv/bin/uv .venv/bin/uv && rm -rf .uv || \
		{ rm -rf .uv .venv; echo 'Entente needs Python 3.12, 3.13 or 3.14, with its venv module. Please install one and try again.' >&2; exit 1; }; \
	fi

$(READY): requirements-dev.txt | .venv/bin/uv .venv/bin/python
	@$(UV) pip install -q -p $(PY) --require-hashes -r requirements-dev.txt
	@touch $@

run: $(READY)
	@exec $(PY) -m dev.run --port='$(PORT)' --with-parent

test: $(READY)
	@$(PY) -m pytest -n 3 --dist worksteal $(ARGS)

test-api: $(READY)
	@API_EXAMPLES=$(or $(EXAMPLES),100) $(PY) -m pytest -n 2 -m slow tests/config/test_api_schema.py $(ARGS)

test-fast: $(READY)
	@$(PY) -m pytest -n 2 --dist worksteal -m 'not browser and not slow' $(ARGS)

lint: $(READY)
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(TEMPLATES) --check {} +
	@.venv/bin/lint-imports
	@$(ON_SERVERS) $(PY) -m mypy
	@$(ON_SERVERS) $(PY) manage.py check --fail-level WARNING
	@$(ON_SERVERS) $(PY) manage.py makemigrations --check --dry-run

fmt: $(READY)
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .
	@$(TEMPLATES) {} +

messages: $(READY)
	@$(ON_SERVERS) $(PY) manage.py makemessages --locale fr --no-obsolete
	@$(ON_SERVERS) $(PY) manage.py compilemessages --locale fr --ignore .venv

lock: | .venv/bin/uv
	@$(LOCK) --group dev $(PINS) -o requirements-dev.txt $(ARGS)
	@$(LOCK) $(PINS) -c requirements-dev.txt -o requirements.txt $(ARGS)

soak: $(READY)
	@$(PY) -m benchmarks.soak $(ARGS)

bench: $(READY)
	@$(ON_SERVERS) $(PY) -m benchmarks.pages
	@$(ON_SERVERS) $(PY) -m benchmarks.public
