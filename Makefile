# Without make, README.md shows the same commands to type.
PYTHON ?= python3
VENV ?= .venv
OUT ?= out
PYTEST_ARGS ?=
# Every test stands alone, so that they can run on all cores.
WORKERS ?= auto

ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif

.PHONY: help demo test bench clean

help:
	@echo "make demo   the sample plans with and without the internal mammary nodes, as a report"
	@echo "make test   style, types, floors and tests"
	@echo "make bench  speed on this machine"
	@echo "make clean  removes what the others made"

demo: $(VENV)/.package
	@mkdir -p $(OUT)
	$(BIN)/dosimetry imni --without sample_plans/left_fb_tangents --with sample_plans/left_fb_tangents_imn \
		--report $(OUT)/imni_report.html --ct sample_plans/ct/left_fb
	@echo "The report is in $(OUT)/imni_report.html"

test: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@if test -d dosimetry/kernels; then set -ex; $(BIN)/mypy; $(BIN)/lint-imports; else \
		echo "dosimetry/kernels is no link in this clone: types and floors are not checked"; fi
	$(BIN)/python -m pytest -n $(WORKERS) $(PYTEST_ARGS)

bench: $(VENV)/.dev
	@set -e; for script in benchmarks/bench_*.py; do echo "$$script"; $(BIN)/python "$$script"; done

# The stamps are younger than pyproject.toml while the environment fits it.
$(VENV)/.package: pyproject.toml
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { \
		echo "Python 3.11 or newer is needed, '$(PYTHON)' is not one: make PYTHON=/path/to/python3.11 ..." >&2; \
		exit 1; }
	@test -d $(BIN) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.package
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@

clean:
	rm -rf $(VENV) $(OUT) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
