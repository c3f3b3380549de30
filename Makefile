# `make help` lists what there is; `make check` and `make test` are what CI runs.
.DEFAULT_GOAL := help
.PHONY: help setup run demo test check contract bench hostile chaos openapi lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.built-from-the-lock
# Two processes suit two cores; `make test JOBS=4` for more, `make test TESTS=tests/core` for fewer tests.
JOBS ?= 2
TESTS ?=

help:  ## list what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## *' '{ printf "  make %-9s %s\n", $$1, $$2 }'

setup: $(STAMP)  ## build .venv from the locked dependencies; .venv/bin/siaga is then the command

run: setup  ## start everything, watch a crisis happen, and keep serving until Ctrl-C
	@$(BIN)/siaga demo

demo: setup  ## the same, but end after the story; fails if any step of it did not happen
	@$(BIN)/siaga demo --once

test: setup  ## every test, on a real PostgreSQL and Redis
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal $(TESTS)

check: setup  ## format, lint, types, import contracts, migrations and OpenAPI in step
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/siaga migrate --check
	$(BIN)/siaga openapi --check

NODE := tests/node
NODE_TESTS := $(NODE)/oidc $(NODE)/integrate $(NODE)/webhooks
contract: setup $(NODE)/node_modules/.package-lock.json $(NODE_TESTS:=/node_modules/.package-lock.json)  ## what others' linters and client generators say of the contract (needs Node 20)
	@$(BIN)/python -m tests.contract.outside
	@$(BIN)/python -m pytest -q -n 0 $(NODE_TESTS)

$(NODE)/node_modules/.package-lock.json: $(NODE)/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2> /dev/null || \
		{ echo "make contract needs Node 20 or newer, with npm. make test does not."; exit 1; }
	@echo "Installing the locked npm packages into $(NODE)/node_modules ..."
	@cd $(NODE) && npm ci --ignore-scripts --silent --no-progress

$(NODE_TESTS:=/node_modules/.package-lock.json): %/node_modules/.package-lock.json: %/package-lock.json
	@cd $* && npm ci --ignore-scripts --silent --no-progress

bench: setup  ## the figures of speed, with their ratios
	@$(BIN)/python -m benchmarks

hostile: setup  ## all bad input against every operation over TCP, about five minutes; fails on what may never happen
	@$(BIN)/python -m tests.hostile

chaos: setup  ## webhooks while workers, Redis and PostgreSQL are struck, some minutes; fails where one is lost
	@$(BIN)/python -m tests.chaos

openapi: setup  ## write openapi/openapi.json and asyncapi.json from the app
	@$(BIN)/siaga openapi

# The lists hold names, versions and hashes and no index address: pip takes them from whatever index it is set to.
LOCK := pip compile pyproject.toml --generate-hashes --no-emit-index-url --no-header --no-annotate \
	--python-version 3.11 --quiet
lock:  ## renew the locked lists after a change in pyproject.toml (needs uv)
	@command -v uv > /dev/null || { echo "make lock needs uv, from its package: pip install uv"; exit 1; }
	uv $(LOCK) --extra embedded --extra dev -o requirements.lock
	uv $(LOCK) -o requirements-run.lock

clean:  ## remove .venv and what the tools left behind; data in SIAGA_HOME stay
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	rm -rf $(NODE)/node_modules $(NODE_TESTS:=/node_modules)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || \
		{ echo "Siaga needs Python 3.11 or newer as $(PYTHON). Install it, or name one: make setup PYTHON=python3.12"; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || \
		{ echo "$(PYTHON) cannot build environments here. On Debian: apt install python3-venv"; exit 1; }
	@test -x $(BIN)/python && $(BIN)/python -m pip --version > /dev/null 2>&1 || \
		{ rm -rf $(VENV) && $(PYTHON) -m venv $(VENV); }
	@echo "Installing the locked dependencies into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
		-r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $(STAMP)
