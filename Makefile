# Frontdesk: `make run` to try it, `make test` for everything, `make help` for the rest.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := schemas backbone services gateway router agent_api
STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(STAMP): requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-build.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_STAMP): requirements-dev.lock $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.PHONY: install
install: $(STAMP) ## Make the virtual environment from the locked file with hashes

.PHONY: run
run: $(STAMP) ## Start everything on this machine with a demo tenant
	@exec $(BIN)/frontdesk up

.PHONY: browser
browser: $(DEV_STAMP) ## Install the Chromium that tests of pages drive, where this is root and there is none
	@$(BIN)/python -m tests.support.browser

.PHONY: promtool
promtool: $(DEV_STAMP) ## Fetch Debian's promtool, by which alerts and dashboards are tried
	@$(BIN)/python -m tests.support.promtool

HELM := .cache/bin/helm
$(HELM):
	@command -v go >/dev/null || { echo "helm is built from its Go module, and there is no go"; exit 1; }
	GOBIN=$(CURDIR)/.cache/bin go install helm.sh/helm/v3/cmd/helm@v3.19.0

.PHONY: helm
helm: $(HELM) ## Build helm from its Go module, about 5 min: the tests of the chart render with it

.PHONY: screens
screens: browser ## Take the pictures of the console and the widget that the README shows
	CONSOLE_SCREENS=$(CURDIR)/docs/screens $(BIN)/python -m pytest -q -k "axe or tabs" tests/browser/test_console.py tests/browser/test_widget.py tests/browser/test_calls.py

.PHONY: test
test: browser promtool format lint types contracts ## Everything that CI runs: static checks, then all tests against real servers
	$(BIN)/python -m pytest -n 2 --dist loadgroup

.PHONY: quick
quick: format lint types contracts ## Static checks, unit and property tests: under 90 s
	$(BIN)/python -m pytest -n 2 tests/unit tests/property tests/architecture

.PHONY: format
format: $(DEV_STAMP) ## Check the formatting
	$(BIN)/ruff format --check .

.PHONY: lint
lint: $(DEV_STAMP) ## Check the style
	$(BIN)/ruff check .

.PHONY: types
types: $(DEV_STAMP) ## Check the types
	$(BIN)/mypy

.PHONY: contracts
contracts: $(DEV_STAMP) ## Check who may import whom
	$(BIN)/lint-imports

.PHONY: lock
lock: ## Resolve the dependencies anew into locks with hashes (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -o requirements-dev.lock
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -c requirements-dev.lock -o requirements.lock
	uv pip compile requirements-build.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -c requirements-dev.lock -o requirements-build.lock

.PHONY: channel
channel: $(DEV_STAMP) ## Make the folder of a new channel and check it: NAME=line
	$(BIN)/python -m backbone.channel.scaffold "$(NAME)"
	@$(BIN)/ruff check --quiet --fix --select I services/$(NAME)
	@$(BIN)/ruff format --quiet services/$(NAME)
	@$(MAKE) --no-print-directory channel-check NAME=$(NAME)

.PHONY: channel-check
channel-check: $(DEV_STAMP) ## Check one channel on its own: contract suite, style, types; NAME=line
	$(BIN)/ruff format --check services/$(NAME)/
	$(BIN)/ruff check services/$(NAME)/
	$(BIN)/mypy services/$(NAME)/
	CHANNEL=$(NAME) $(BIN)/python -m pytest -q --durations=0 tests/contract/test_channels*.py

.PHONY: fuzz
fuzz: $(DEV_STAMP) ## Feed N broken bodies to every channel and keep what was hard: N=50000 SEED=1 CHANNELS="line viber"
	$(BIN)/python -m bench.fuzz $(or $(N),50000) $(if $(SEED),--seed $(SEED)) $(if $(CHANNELS),--channels $(CHANNELS))

.PHONY: chaos
chaos: $(DEV_STAMP) ## Kill everything under load and count what is lost: MESSAGES=100000 CONVERSATIONS=5000 KILLS=50 SEED=1
	$(BIN)/python -m bench.chaos --messages $(or $(MESSAGES),100000) --conversations $(or $(CONVERSATIONS),5000) --kills $(or $(KILLS),50) $(if $(SEED),--seed $(SEED))
	$(BIN)/python -m bench.timers --timers $(or $(TIMERS),100000) --kills $(or $(TIMER_KILLS),20)
	$(BIN)/python -m bench.races --races $(or $(RACES),10000) $(if $(SEED),--seed $(SEED))

.PHONY: calendars
calendars: $(DEV_STAMP) ## Compare deadlines on N calendars with a slow oracle: N=5000
	FRONTDESK_CALENDARS=$(or $(N),5000) $(BIN)/python -m pytest -q --durations=0 tests/property/test_clocks.py

.PHONY: restore
restore: $(DEV_STAMP) ## Rehearse backup and restore to a moment, and print recovery point and time: MESSAGES=3000
	$(BIN)/python -m bench.restore --messages $(or $(MESSAGES),3000)

.PHONY: rolling
rolling: $(DEV_STAMP) ## Rehearse rolling restarts behind a balancer, about 4 min: RESTARTS=20 RATE=200 SOCKETS=300
	$(BIN)/python -m bench.rolling --restarts $(or $(RESTARTS),20) --rate $(or $(RATE),200) --sockets $(or $(SOCKETS),300)

.PHONY: bench
bench: $(DEV_STAMP) ## Measure beside references, about 50 min: ONLY="end_to_end memory" ROUNDS=3 SECONDS=2 shorten it
	$(BIN)/python -m bench.run $(ONLY) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SECONDS),--seconds $(SECONDS))

.PHONY: bench-routing
bench-routing: $(DEV_STAMP) ## Measure routing on seeded days beside rules and a bound: DAYS=6 FIRST=1
	$(BIN)/python -m bench.routing $(if $(DAYS),--days $(DAYS)) $(if $(FIRST),--first $(FIRST))

.PHONY: bench-assistant
bench-assistant: $(DEV_STAMP) ## How well the knowledge base, intents and the assistant answer, beside references, about 5 min: SEED=1
	$(BIN)/python -m bench.assistant --seed $(or $(SEED),1)
	$(BIN)/python -m bench.intents --seed $(or $(SEED),1)
	$(BIN)/python -m bench.dialogues --seed $(or $(SEED),1)

.PHONY: bench-sentiment
bench-sentiment: $(DEV_STAMP) ## How often the tone of short public texts is told right, in six languages, 2 s
	$(BIN)/python -m bench.sentiment

.PHONY: bench-context
bench-context: $(DEV_STAMP) ## Measure the call for a customer's context, and with a source that hangs: CONTACTS=100000 CALLS=300
	$(BIN)/python -m bench.context --contacts $(or $(CONTACTS),100000) --calls $(or $(CALLS),300)

.PHONY: bench-offers
bench-offers: $(DEV_STAMP) ## Measure what channel offers learn beside even order and greed: VISITS=20000 WORLDS=5 FIRST=1
	$(BIN)/python -m bench.offers $(if $(VISITS),--visits $(VISITS)) $(if $(WORLDS),--worlds $(WORLDS)) $(if $(FIRST),--first $(FIRST))
