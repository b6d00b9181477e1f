# Every task of this project; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup demo test lint bench

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) \
	    | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

setup: $(READY) ## make the environment in .venv, and nothing else

# With uv where it is there (seconds), else with pip (a minute). Versions and
# hashes come from the lock alone; the project itself is linked, not copied.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	    || { echo "This project needs Python 3.11 to 3.13, and $(PYTHON) is not one: run 'make PYTHON=python3.11 ...' with one that is." >&2; exit 1; }
	@rm -rf $(VENV)
	@if command -v uv >/dev/null 2>&1; then \
	    uv venv --quiet --python "$$(command -v $(PYTHON))" $(VENV) && \
	    uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements.lock && \
	    uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . ; \
	else \
	    echo "Setting up .venv with pip (about a minute; with uv, seconds) ..." && \
	    $(PYTHON) -m venv $(VENV) && \
	    $(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock && \
	    PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e . ; \
	fi
	@touch $(READY)

demo: setup ## 400 days of taps on the embedded database, beside the cron of today
	@$(BIN)/warehouse demo

test: setup lint ## lint, then the tests, which must reach all that R5 names
	@$(BIN)/python -m pytest -p tests.covered

lint: setup ## sqlfluff, ruff, mypy, dbt parse
	@$(BIN)/ruff check --quiet flows tests benchmarks
	@$(BIN)/ruff format --quiet --check flows tests benchmarks
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar models tests/dbt
	@$(BIN)/dbt --quiet parse --warn-error --target-path target/lint

bench: setup ## how fast, beside hand-written SQL (docs/performance.md)
	@$(BIN)/python -m benchmarks
