# `make verify` and `make test` make the environment if it is missing or out of date, then run.
# `make PYTHON=python3.12 verify` chooses the interpreter (3.11 or newer).

VENV := .venv
BIN := $(VENV)/bin

.PHONY: verify test environment check write figures docs lint clean help

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

help:
	@echo "make verify       every claim, after making the environment $(VENV) if need be (the default)"
	@echo "make test         all tests, the library's in float32 too"
	@echo "make environment  $(VENV) alone; PYTHON=python3.12 chooses the interpreter, here as elsewhere"
	@echo "make check        fails if generated pages or tables are stale"
	@echo "make write        writes generated pages and tables"
	@echo "make figures      docs/gallery.md and its pictures"
	@echo "make docs         the teaching companion: site/index.html"
	@echo "make lint         style, types, who imports whom"
	@echo "make clean        removes $(VENV), site/ and caches"

clean:
	rm -rf $(VENV) site build/compiled .pytest_cache .ruff_cache .import_linter_cache
