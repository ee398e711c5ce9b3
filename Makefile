# `make demo` and `make test` work on a fresh machine with git, make and Python >= 3.11.
PYTHON ?= python3
BIN := .venv/bin
SHELL := /bin/sh
WORKERS ?= 2
INSTALLED = $(BIN)/python -m pip list --format=freeze --exclude-editable --exclude pip --exclude setuptools

# Hundreds of processes start; what is compiled once need not be compiled again in each.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test quick check bench proofs chaos fuzz audit lock servers clean help

help:
	@echo "make demo     install, then watch a simulated plant live (Ctrl-C ends it)"
	@echo "make test     every test; those that need a missing program are skipped by name"
	@echo "make quick    the tests that need no server and take no seconds"
	@echo "make check    style (ruff) and types (mypy strict)"
	@echo "make bench    measured figures, as ratios"
	@echo "make proofs   tests of tens of seconds each: every page in dark mode, documents run block by block"
	@echo "make chaos    200 faults on the real chain, into either store; every reading counted"
	@echo "make fuzz     an hour of random input to every parser, and fresh examples of every property"
	@echo "make audit    known faults of what is installed (asks the network)"
	@echo "make servers  install the programs that the tests use (Debian, as root)"

demo: .venv/demo
	@$(BIN)/cleanline demo

test: .venv/test
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not chaos and not proof"

quick: .venv/test
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -p no:schemathesis --hypothesis-profile quick \
	  --ignore tests/browser --ignore tests/e2e --ignore tests/fuzz --ignore tests/dashboards/test_openapi.py \
	  -m "not server and not slow and not chaos and not proof"

check: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/test
	$(BIN)/python -m benchmarks

proofs: .venv/test
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m proof

chaos: .venv/test
	$(BIN)/pytest -m chaos
	$(BIN)/python -m tests.chaos

fuzz: .venv/test
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[fuzz]'
	$(BIN)/python -m tests.fuzz
	$(BIN)/pytest -n $(WORKERS) -m hypothesis --hypothesis-profile search

# Asks the network which of the installed versions have known faults; not part of CI.
# Strict: a package that the index says nothing about fails the audit, instead of counting as sound.
audit: .venv/test
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[audit]'
	$(INSTALLED) > .venv/installed.txt
	$(BIN)/pip-audit --strict --no-deps --disable-pip -r .venv/installed.txt

# The versions that the tests ran with: pip install -c constraints.txt '.[collector,web]'
lock: .venv/test
	$(INSTALLED) > constraints.txt

servers:
	@sh config/deploy/install-test-servers.sh

# A virtual environment needs ensurepip, which Debian ships apart.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Cleanline needs Python 3.11 or newer; $(PYTHON) is older. Type: make PYTHON=python3.12 demo"; exit 2; }
	@if ! $(PYTHON) -c 'import ensurepip' 2>/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing python3-venv"; \
	    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends python3-venv; \
	  else \
	    echo "Python's ensurepip is missing. Type: sudo apt-get install python3-venv"; exit 2; \
	  fi; \
	fi
	@$(PYTHON) -m venv .venv

# What is installed is remembered by a marker, so that a second call is quick.
.venv/demo: pyproject.toml | .venv/bin/python
	@echo "installing Cleanline into .venv (a minute or two the first time)"
	@begun=$$(date +%s); \
	  $(BIN)/python -m pip install -q --no-compile --disable-pip-version-check -e '.[demo]' && \
	  echo "installed in $$(($$(date +%s) - begun)) s"
	@touch $@

.venv/test: pyproject.toml | .venv/bin/python
	@echo "installing Cleanline and its test tools into .venv (a few minutes the first time)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[test,check]'
	@touch $@ .venv/demo

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache build dist demo
