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
# A server's own settings take the place of those in .env.
COMPOSE := $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)$(if $(wildcard desk.env), --env-file desk.env)
# What pytest makes of a test module is kept for the next process that reads it.
unexport PYTHONDONTWRITEBYTECODE
export POISE_REVISION ?= $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
SERVICES := ingestion signals risk execution portfolio notifier simulator
TEST := $(BIN)/pytest --randomly-seed=$(ORDER)
# What `up` starts: everything, unless told which.
STACK ?=
WRITERS := ingestion-tier1 ingestion-tier2 ingestion-tier3 signals risk execution portfolio notifier grafana

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-thorough crash-test fault-test divergence-test bench check format audit lock migrate asyncapi dashboards acl up down backup restore upgrade compose-test clean

help: ## list the verbs
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: .venv/.ready ## make .venv with poise and the development tools

.venv/.ready: requirements/dev.lock $(addsuffix /pyproject.toml,$(PACKAGES))
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Poise needs Python 3.11 or newer; this is " + sys.version.split()[0])'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check --no-compile --require-hashes -r requirements/dev.lock
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation $(addprefix -e ,$(PACKAGES))
	@# Compiled once here: a process that must compile what it imports starts in 3 s, not in 1. Libraries' tests, and what is
	@# no Python 3, stay as they are.
	-@$(BIN)/python -m compileall -q -j 0 -x '/site-packages/.*/tests/' .venv/lib $(PACKAGES) tests benchmarks >/dev/null
	@touch $@

demo: setup ## trade the simulated venues live for 3 minutes (SECONDS=… SEED=… SCENARIO=correlated-crash)
	$(BIN)/poise demo --seconds $(SECONDS) --seed $(SEED)$(if $(SCENARIO), --scenario $(SCENARIO))

test: setup ## every test that needs no containers; says what it skipped and why (ORDER=… another order)
	$(TEST) -n 2 tests/unit tests/architecture tests/simulation
	$(TEST) -n 3 tests/integration
	$(TEST) -n 2 --dist loadfile -m "not alone" tests/e2e
	$(TEST) -m alone tests/e2e

test-thorough: setup ## the properties of the cores again, with thirty times as many examples
	$(BIN)/pytest -n 3 --hypothesis-profile thorough tests/unit

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
	$(BIN)/python -m benchmarks.evaluations
	$(BIN)/python -m benchmarks.correlation_bar
	$(BIN)/python -m benchmarks.target_weights
	$(BIN)/python -m benchmarks.state_publish
	$(BIN)/python -m benchmarks.dashboard_queries

audit: setup ## bills of materials of the images (dist/sbom), and whether anything pinned is known to be vulnerable
	$(BIN)/python infra/supply_chain/audit.py --bills dist/sbom

check: setup ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(foreach p,$(PACKAGES),$(p)/$(if $(filter cli/%,$(p)),poise,poise_$(notdir $(p)))) tests benchmarks dashboards
	$(BIN)/lint-imports

format: setup ## format the code and sort its imports
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup ## resolve the locks anew: hashes, no download addresses
	$(UV_COMPILE) $(addsuffix /pyproject.toml,$(PACKAGES)) requirements/dev.in -o requirements/dev.lock
	$(UV_COMPILE) -c requirements/dev.lock libs/common/pyproject.toml -o requirements/common.lock
	$(UV_COMPILE) -c requirements/dev.lock libs/common/pyproject.toml libs/venues/pyproject.toml -o requirements/venues.lock
	for service in $(SERVICES); do \
	  $(UV_COMPILE) -c requirements/dev.lock services/$$service/pyproject.toml -o requirements/$$service.lock || exit 1; \
	done
	$(UV_COMPILE) -c requirements/dev.lock libs/common/pyproject.toml requirements/operator.in -o requirements/operator.lock

migrate: setup ## bring the database of POISE_DATABASE__URL to the newest schema
	$(BIN)/poise migrate

dashboards: setup ## write Grafana's dashboards from the code
	$(BIN)/python -m dashboards

asyncapi: setup ## write docs/asyncapi.yaml from the code
	$(BIN)/python -m poise_common.platform.asyncapi > docs/asyncapi.yaml

acl: setup ## write infra/redis/users.acl from the code
	$(BIN)/python -m poise_common.platform.bus.access > infra/redis/users.acl

up: ## start the whole stack with Docker
	$(COMPOSE) up --build -d $(STACK)

down: ## stop the stack, keep its data
	$(COMPOSE) down

backup: ## save the book of record into backups/, with its checksum
	$(COMPOSE) run --rm backup save

restore: ## put a back-up in the book's place: FILE=backups/poise-….dump (FORCE=1: over a book that holds packages)
	$(if $(FILE),,$(error FILE=backups/poise-….dump says which))
	$(COMPOSE) run --rm backup check $(notdir $(FILE)) $(if $(FORCE),--force)
	$(COMPOSE) stop $(WRITERS)
	$(COMPOSE) run --rm migrate
	$(COMPOSE) run --rm backup restore $(notdir $(FILE)) $(if $(FORCE),--force)
	$(COMPOSE) run --rm migrate
	@# What is on the bus belongs to the book that was; services publish their state anew from the one that is.
	$(COMPOSE) rm --stop --force redis
	$(COMPOSE) run --rm --no-deps --entrypoint find redis /data -mindepth 1 -delete
	$(COMPOSE) up -d $(STACK)

upgrade: ## build and start what was pulled: the book is saved first, and nothing that is held is forgotten
	$(COMPOSE) build
	$(COMPOSE) run --rm first-start
	$(COMPOSE) run --rm backup save
	$(COMPOSE) stop $(WRITERS)
	@# Users of Redis are read at its start; what is on the bus stays.
	$(COMPOSE) rm --stop --force redis
	$(COMPOSE) run --rm migrate
	$(COMPOSE) up -d $(STACK)

compose-test: setup ## run the real compose file whole: trade, kill, scale, back up, restore; takes it down
	POISE_COMPOSE_TEST=required $(BIN)/pytest -s -p no:randomly tests/compose

clean: ## remove what setup and tests made
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .poise
