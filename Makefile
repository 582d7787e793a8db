# `make verify` and `make test` make the environment if it is missing or out of date, then run.
# `make PYTHON=python3.12 verify` chooses the interpreter (3.11 or newer).

VENV := .venv
BIN := $(VENV)/bin

.PHONY: verify test environment check write figures docs lint clean

verify: environment
	$(BIN)/python -m verify

# Twice: in float64, and in JAX's default float32, so that faults of either stay visible.
test: environment
	$(BIN)/python -m pytest -q -n auto --dist worksteal
	JAX_ENABLE_X64=0 $(BIN)/python -m pytest -q -n auto --dist worksteal -m "not once" -p no:cacheprovider tests/float32 tests/jaxat jaxat

check: environment
	$(BIN)/python -m verify --check
	$(BIN)/python benchmarks/report.py --check

write: environment
	$(BIN)/python -m verify --write
	$(BIN)/python benchmarks/report.py --write

figures: environment
	$(BIN)/python -m figures --gallery

# The teaching companion in site/, to be opened from the file system: site/index.html.
docs: environment
	$(BIN)/python -m docs.companion.build --out site

lint: environment
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright --level error
	$(BIN)/lint-imports

environment:
	@PYTHON="$(PYTHON)" VENV="$(VENV)" sh tools/environment.sh

clean:
	rm -rf $(VENV) site build/compiled .pytest_cache .ruff_cache .import_linter_cache
