# Everything a machine needs besides Python 3.11 (to 3.13) and make is installed here, into .venv, from the hashed lock.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORKERS ?= 2
# From these the schemas of messages are made, when the package is installed.
SCHEMAS := hatch_build.py src/comity/iso20022/definitions.toml

.DEFAULT_GOAL := help
.PHONY: help demo test check bench format lock clean

help:
	@echo "make demo    settle a day of a ten-country union and write its report to out/demo"
	@echo "make test    run every test (about ten minutes on two cores)"
	@echo "make check   lint, types, import contracts"
	@echo "make bench   measure the headline figures"
	@echo "make format  lay out the code"
	@echo "make lock    renew the lock files"
	@echo "make clean   remove what the other targets made"

demo: $(VENV)/.runs
	@$(BIN)/comity demo --out out/demo --force

test: $(VENV)/.develops
	@# Compile the checked kernels once, while the short tests run without compiling; else every worker would.
	@NUMBA_BOUNDSCHECK=1 $(BIN)/comity run examples/two-countries --out $(VENV)/.warm --force >$(VENV)/.warm.txt 2>&1 & \
		NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -q -n $(WORKERS) -m jit_off; status=$$?; wait; exit $$status
	@NUMBA_BOUNDSCHECK=1 $(BIN)/python -m pytest -q -n $(WORKERS)

check: $(VENV)/.develops
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: $(VENV)/.runs
	@$(BIN)/python -m benchmarks.canonical

format: $(VENV)/.develops
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(VENV)/.develops
	@$(PIP) install uv
	@for group in install dev; do \
		file=requirements$$([ $$group = dev ] && echo -dev).lock; \
		$(BIN)/uv pip compile pyproject.toml --extra serve --extra pkcs11 $$([ $$group = dev ] && echo --extra traces) --group $$group --universal --python-version 3.11 --generate-hashes \
			--no-header --no-annotate --quiet --upgrade -o $$file; \
	done

clean:
	@rm -rf $(VENV) src/comity/iso20022/schemas.zip .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist out

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Comity needs Python 3.11, 3.12 or 3.13; none was found on PATH." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# A development environment also runs: it sets both stamps.
$(VENV)/.runs: requirements.lock pyproject.toml $(SCHEMAS) | $(BIN)/python
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.develops: requirements-dev.lock pyproject.toml $(SCHEMAS) | $(BIN)/python
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.runs
