# Patrol: `make run` sets up and does the main job, `make test` sets up and tests.
# Needs Python 3.11 or newer and make; uv is used when it is there.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
UV := $(shell command -v uv 2>/dev/null)
export UV_PYTHON_DOWNLOADS := never

.PHONY: run test check firmware fuzz hil format bench docs lock clean help

help: ## Show the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

run: $(STAMP) ## Plan tonight's patrol on the embedded map, drive it, report it
	$(BIN)/patrol demo --out out

test: $(STAMP) ## Run the tests
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

check: $(STAMP) ## ruff, mypy strict, import layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo

firmware: ## Build the reference firmware into build/firmware, as far as compilers are there
	$(MAKE) -s -C firmware_bridge/firmware BUILD=$(CURDIR)/build/firmware posix
	@if command -v avr-gcc >/dev/null; \
	  then $(MAKE) -s -C firmware_bridge/firmware BUILD=$(CURDIR)/build/firmware avr; \
	  else echo "no avr-gcc: left out the ATmega328P (apt install gcc-avr avr-libc)"; fi

hil: $(STAMP) ## Check every robot that is there: simulated, firmware, emulated chip; ROBOT=port adds yours
	@fail=0; \
	peers="sim"; \
	command -v cc >/dev/null && peers="$$peers firmware" || echo "no cc: left out the firmware"; \
	command -v avr-gcc >/dev/null && [ -f /usr/include/simavr/sim_avr.h ] && peers="$$peers simavr" \
	  || echo "no avr-gcc or libsimavr-dev: left out the emulated ATmega328P"; \
	for peer in $$peers $(ROBOT); do \
	  echo "== $$peer"; \
	  $(BIN)/patrol hil $$peer --report build/hil/$$(basename $$peer) $(HIL) || fail=4; \
	done; exit $$fail

fuzz: ## Tell the firmware's core 500,000 random stories, under sanitizers
	$(MAKE) -s -C firmware_bridge/firmware BUILD=$(CURDIR)/build/firmware fuzz
	build/firmware/fuzz_checked 500000 $$(date +%s)
	build/firmware/damage 5000000 $$(date +%s)

format: $(STAMP) ## Lay the code out
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP) ## Measure, and renew the figures of the documentation
	$(BIN)/python -m benchmarks.all

docs: $(STAMP) ## Build the documentation into docs/_build/html, offline
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html

lock: ## Renew requirements.lock (maintainers; needs uv)
	uv pip compile -q --no-header --no-annotate --universal --python-version 3.11 \
	  --generate-hashes --extra test --extra docs --extra research setup.cfg -o requirements.lock

clean: ## Remove what was built, not what was planned (out/ stays)
	rm -rf $(VENV) build dist docs/_build *.egg-info

$(STAMP): requirements.lock setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is too old: Patrol needs Python 3.11 or newer; name another by make PYTHON=..."; exit 2; }
ifdef UV
	$(UV) venv -q --allow-existing --python $(PYTHON) $(VENV)
	$(UV) pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(UV) pip install -q --python $(BIN)/python --no-deps -e .
else
	$(PYTHON) -m venv $(VENV) || { echo "no venv: on Debian, apt install python3-venv"; exit 2; }
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
endif
	@touch $@
