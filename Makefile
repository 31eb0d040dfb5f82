# People, hooks and CI run the same commands. `make help` lists them.
PY := .venv/bin/python
COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate

.PHONY: help setup demo test check lint format type bench migration lock

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

setup: ## make .venv with everything that development needs
	python3 -m bopsgis setup --tests

demo: ## make the sample town and serve it on http://127.0.0.1:8000
	python3 -m bopsgis demo

test: ## everything: lint, format, types, import contracts, sizes, tests
	python3 -m bopsgis test

check: lint type ## the quick checks, without the tests
	.venv/bin/lint-imports

lint: ## ruff: rules and format
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

format: ## ruff: write the format and the safe fixes
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

type: ## mypy --strict over the four packages
	.venv/bin/mypy

bench: ## the tables of tests/benchmarks (minutes)
	$(PY) tests/benchmarks/run.py

migration: ## write the migration from the schema to the models: make migration M="what it does"
	$(PY) -c 'import sys, tempfile; from api.core.db import Database; from api.schema import make_migration, upgrade; \
	made = Database(f"shapelite:///{tempfile.mkdtemp()}/schema.db"); upgrade(made); make_migration(made, sys.argv[1])' "$(M)"

lock: ## pin and hash all dependencies again (requirements/*.lock)
	$(COMPILE) --upgrade --extra test pyproject.toml --output-file requirements/test.lock
	$(COMPILE) --constraint requirements/test.lock pyproject.toml --output-file requirements/run.lock
	$(COMPILE) --upgrade requirements/build.in --output-file requirements/build.lock
	$(COMPILE) --upgrade requirements/node.in --output-file requirements/node.lock
