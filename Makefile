# Everything runs in .venv, made by bootstrap.py. Choose a Python with: make PYTHON=/path/to/python3.12 chat
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null \
	&& echo $$python && break; done; true)
BIN := .venv/bin
MODEL ?= patient/lethe-patient-q8_0.gguf
QWEN := patient/lethe-patient-qwen-q8_0.gguf

.PHONY: chat test check audit test-training patient patient-qwen bench bench-guard bench-surgeon bench-unlearning bench-tofu bench-solve bench-whitebox bench-erasure bench-fuzz clean setup setup-test setup-train python

chat: setup  ## set everything up and open the chat
	@$(BIN)/python -m tui.main

test: setup-test  ## set everything up and run the tests
	@$(BIN)/python -m pytest -q

check: setup-test  ## style, known mistakes, types, layering
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m bandit --quiet --configfile pyproject.toml --recursive agents memory prompts tools tui patient bench
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports

audit: setup-test  ## known holes in the installed packages; needs the network
	@$(BIN)/python -m bench.audit

test-training: setup-train  ## test the trainer: installs torch
	@$(BIN)/python -m pytest -q tests/patient/test_training.py

patient: setup-train  ## train the shipped patient again (torch on a CPU, under half an hour), export and score it
	@$(BIN)/python -m patient train --out build/patient
	@$(BIN)/python -m patient export --checkpoint build/patient --out $(MODEL)
	@$(BIN)/python -m patient score --checkpoint build/patient > build/patient/scores.json
	@mv build/patient/scores.json patient/scores.json

patient-qwen: setup-train  ## train the second patient, of another architecture, export and score it
	@$(BIN)/python -m patient train --architecture qwen3 --share 0.6 --out build/patient-qwen
	@$(BIN)/python -m patient export --checkpoint build/patient-qwen --out $(QWEN)
	@$(BIN)/python -m patient score $(QWEN) --checkpoint build/patient-qwen > build/patient-qwen/scores.json
	@mv build/patient-qwen/scores.json patient/scores-qwen.json

bench: setup-test  ## measure forgetting on MODEL; BENCH takes more options
	@$(BIN)/python -m bench.first_light --model $(MODEL) $(BENCH)

bench-guard: setup-test  ## attack the guard, compare methods, time screening; writes docs/ (three quarters of an hour)
	@$(BIN)/python -m bench.leaks --half reported --docs docs
	@$(BIN)/python -m bench.methods --half reported --docs docs
	@$(BIN)/python -m bench.screening --docs docs $(if $(DATA),--data $(DATA))

bench-surgeon: setup-test  ## the edit at 1, 10, 25 and 50 people: told, kept, attacked, undone (resumable in build/surgeon.json); writes docs/
	@$(BIN)/python -m bench.surgeon --model $(MODEL) --half reported --json build/surgeon.json --docs docs $(BENCH)

bench-unlearning: setup-train  ## ways to unlearn side by side (hours, resumable in build/unlearning); writes docs/
	@$(BIN)/python -m bench.unlearning --model $(MODEL) --single --out build/unlearning --docs docs $(BENCH)

bench-tofu: setup-train  ## TOFU as published, files in DATA: train patients (hours, resumable), forget by every method, score; writes docs/
	@$(BIN)/python -m bench.tofu run --data $(or $(DATA),$(error give the published files: make bench-tofu DATA=DIR)) --out build/tofu --docs docs $(BENCH)

bench-solve: setup-test  ## what the solve costs by requests and by shape (up to an hour, resumable); writes docs/
	@mkdir -p build
	@$(BIN)/python -m bench.solve_cost --json build/solve-cost.json --docs docs $(BENCH)

bench-erasure: setup-test  ## is it really gone: canary secrets, kills at random moments, a long session (half an hour); writes docs/
	@$(BIN)/python -m bench.erasure --docs docs $(BENCH)

bench-whitebox: setup-test  ## look inside after forgetting: lens, probe, ablation, diff, precisions; writes docs/ (minutes)
	@$(BIN)/python -m bench.whitebox --model $(MODEL) --half reported --docs docs $(BENCH)

bench-fuzz: setup-test  ## 100,000 inputs at random against every door (half an hour); writes docs/
	@mkdir -p build
	@$(BIN)/python -m bench.fuzz --inputs 100000 --json build/fuzz.json --docs docs $(BENCH)

clean:  ## remove what the set-up and the tools made, user data excepted
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info

setup: python
	@$(PYTHON) bootstrap.py chat

setup-test: python
	@$(PYTHON) bootstrap.py test

setup-train: python
	@$(PYTHON) bootstrap.py train

# No fit Python: let any Python 3 say which one is there, else say so here.
python:
ifeq ($(strip $(PYTHON)),)
	@if command -v python3 >/dev/null 2>&1 && python3 -c '' 2>/dev/null; then python3 bootstrap.py; \
	else echo 'lethe: no Python found: Lethe needs Python 3.11, 3.12 or 3.13' >&2; exit 2; fi
endif
