# Everything runs in .venv, made by bootstrap.py. Choose a Python with: make PYTHON=/path/to/python3.12 chat
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null \
	&& echo $$python && break; done; true)
BIN := .venv/bin

.PHONY: chat test check patient bench clean setup setup-test python

chat: setup  ## set everything up and open the chat
	@$(BIN)/python -m tui.main

test: setup-test  ## set everything up and run the tests
	@$(BIN)/python -m pytest -q

check: setup-test  ## style, types, layering
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports

patient: setup-test  ## train the shipped patient again (torch on a CPU, under half an hour)
	@$(BIN)/python -m pip install --quiet --editable '.[train]'
	@$(BIN)/python -m patient train

bench: setup-test  ## measure what the README states
	@$(BIN)/python -m bench.first_light

clean:  ## remove what the set-up and the tools made, user data excepted
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info

setup: python
	@$(PYTHON) bootstrap.py chat

setup-test: python
	@$(PYTHON) bootstrap.py test

# No fit Python: let any Python 3 say which one is there, else say so here.
python:
ifeq ($(strip $(PYTHON)),)
	@if command -v python3 >/dev/null 2>&1 && python3 -c '' 2>/dev/null; then python3 bootstrap.py; \
	else echo 'lethe: no Python found: Lethe needs Python 3.11, 3.12 or 3.13' >&2; exit 2; fi
endif
