# Poise: every verb in one line; `make help` lists them.
PYTHON ?= python3
SECONDS ?= 180
SEED ?= 7
KILLS ?= 100
ORDER ?= 71981605
PACKAGES := libs/common libs/venues services/ingestion services/signals services/risk services/execution \
            services/portfolio services/notifier services/simulator cli/poise
BIN := .venv/bin
UV_COMPILE := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
              --no-header --no-annotate $(foreach p,common venues ingestion signals risk execution portfolio notifier \
              simulator,--no-emit-package poise-$(p))
COMPOSE := $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)
SERVICES := ingestion signals risk execution portfolio notifier simulator

.DEFAULT_GOAL := help
.PHONY: help setup demo test crash-test fault-test divergence-test bench check format lock migrate asyncapi up down compose-test clean

help: ## list the verbs
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: .venv/.ready ## make .venv with poise and the development tools

.venv/.ready: requirements/dev.lock $(addsuffix /pyproject.toml,$(PACKAGES))
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Poise needs Python 3.11 or newer; this is " + sys.version.split()[0])'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check --no-compile --require-hashes -r requirements/dev.lock
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation $(addprefix -e ,$(PACKAGES))
	@# Compiled once here: a process that must compile what it imports starts in 3 s, not in 1. What no Python 3 is stays.
	-@$(BIN)/python -m compileall -q -j 0 .venv/lib $(PACKAGES) tests benchmarks >/dev/null
	@touch $@

demo: setup ## trade the simulated venue live for 3 minutes (SECONDS=… SEED=… SCENARIO=correlated-crash)
	$(BIN)/poise demo --seconds $(SECONDS) --seed $(SEED)$(if $(SCENARIO), --scenario $(SCENARIO))

test: setup ## every test that this machine can run; says what it skipped and why (ORDER=… another order)
	$(BIN)/pytest -n 3 --randomly-seed=$(ORDER) tests/unit tests/architecture tests/simulation tests/integration
	$(BIN)/pytest -n 2 --dist loadfile --randomly-seed=$(ORDER) -m "not alone" tests/e2e
	$(BIN)/pytest --randomly-seed=$(ORDER) -m alone tests/e2e

crash-test: setup ## kill everything while the desk trades, then check its whole history (KILLS=… SEED=… SECONDS=…)
	$(BIN)/python -m tests.crash --kills $(KILLS) --seed $(SEED) $(if $(filter command line,$(origin SECONDS)),--seconds $(SECONDS))

fault-test: setup ## 1,000 orders with a fifth of the answers lost, 500 faults of one leg of two (SEED=…)
	$(BIN)/python -m tests.reliability --seed $(SEED) ambiguous --orders 1000
	$(BIN)/python -m tests.reliability --seed $(SEED) one-leg --faults 500

divergence-test: setup ## 200 accounts that come to differ from the books, then 10 minutes in which none does (SEED=…)
	$(BIN)/python -m tests.reliability --seed $(SEED) divergences --count 200
	$(BIN)/python -m tests.reliability --seed $(SEED) clean --seconds 600

bench: setup ## figures that matter, each beside its floor in the same run
	$(BIN)/python -m benchmarks.risk_decisions
	$(BIN)/python -m benchmarks.correlation_bar
	$(BIN)/python -m benchmarks.target_weights
	$(BIN)/python -m benchmarks.state_publish
	$(BIN)/python -m benchmarks.dashboard_queries

check: setup ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(foreach p,$(PACKAGES),$(p)/$(if $(filter cli/%,$(p)),poise,poise_$(notdir $(p)))) tests benchmarks
	$(BIN)/lint-imports

format: setup ## format the code and sort its imports
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup ## resolve the locks anew: hashes, no download addresses
	$(UV_COMPILE) $(addsuffix /pyproject.toml,$(PACKAGES)) requirements/dev.in -o requirements/dev.lock
	$(UV_COMPILE) -c requirements/dev.lock libs/common/pyproject.toml -o requirements/common.lock
	for service in $(SERVICES); do \
	  $(UV_COMPILE) -c requirements/dev.lock services/$$service/pyproject.toml -o requirements/$$service.lock || exit 1; \
	done
	$(UV_COMPILE) -c requirements/dev.lock libs/common/pyproject.toml requirements/operator.in -o requirements/operator.lock

migrate: setup ## bring the database of POISE_DATABASE__URL to the newest schema
	$(BIN)/poise migrate

asyncapi: setup ## write docs/asyncapi.yaml from the code
	$(BIN)/python -m poise_common.platform.asyncapi > docs/asyncapi.yaml

up: ## start the whole stack with Docker
	$(COMPOSE) up --build -d

down: ## stop the stack, keep its data
	$(COMPOSE) down

compose-test: setup ## run the real compose file until packages open, then take it down
	POISE_COMPOSE_TEST=required $(BIN)/pytest -m compose tests/e2e

clean: ## remove what setup and tests made
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .poise
