# make run    set everything up, load the bundled sources, serve them on 127.0.0.1:8000
# make test   set everything up, check style and types, run the tests
# make bench  run the benchmarks; each prints its figures

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
BIN = $(VENV)/bin

.PHONY: run test bench clean

run: $(VENV)/.installed
	$(BIN)/hub load
	$(BIN)/hub serve --port $(PORT)

test: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

bench: $(VENV)/.installed-test
	for script in tests/benchmarks/bench_*.py; do echo "== $$script"; PYTHONPATH=. $(BIN)/python $$script || exit 1; done

$(VENV)/.installed: setup.cfg pyproject.toml .ci/setup
	PYTHON=$(PYTHON) sh .ci/setup $(VENV) .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	PYTHON=$(PYTHON) sh .ci/setup $(VENV) '.[test]'
	touch $@

clean:
	rm -rf $(VENV) .comunica build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
