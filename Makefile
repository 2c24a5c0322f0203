.DEFAULT_GOAL := help
VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= python3
T ?= tests
JOBS ?= auto
K ?=
ARGS ?=

##@ Two commands
demo: setup ## Set up and run the main job: three gateways on loopback (ARGS=--json)
	@$(BIN)/mra demo $(ARGS)
test: setup ## Set up and run every test, PostgreSQL included; T=path K=pattern narrow it, JOBS=0 in one process
	@$(BIN)/python -m pytest $(T) $(if $(K),-k '$(K)') -n $(JOBS) --dist loadfile $(ARGS)

##@ Development
setup: $(VENV)/.ready ## Build .venv from the locked, hashed requirements
$(VENV)/.ready: requirements-dev.txt pyproject.toml
	@$(PYTHON) tools/check_python.py >&2
	@$(PYTHON) -m venv $(VENV)
	@echo "installing locked packages into $(VENV) (once) ..." >&2
	@# --no-deps: the lock is whole; what an extra asks for again would be looked up unpinned.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip check --disable-pip-version-check >&2
	@touch $@
lint: setup ## Format, rules, types, layers, bare TODOs
	$(BIN)/ruff format --check . && $(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	@! grep -rnE 'TODO($$|[^(])|TODO\([^#]' gateway tests tools --include='*.py' --exclude-dir=pb
fix: setup ## Format and mend what can be mended
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .
check: lint generated test ## Exactly what CI runs
test-faults: setup ## Kill and spoil at 200 points of each kind; writes tests/faults/results.json
	@FAULT_POINTS=200 FAULT_RESULTS=tests/faults/results.json $(BIN)/python -m pytest tests/faults -n $(JOBS) $(ARGS)
bench: setup ## Measure each path beside its floor (ARGS="--json --row P5 --size N --repeat N")
	@$(BIN)/python -m benchmarks $(ARGS)

##@ Generated files
partners: setup ## Write the reference profiles from partners/china_mra_network.csv
	$(BIN)/python tools/build_partners.py
proto: setup ## Write gateway/pb from protos/, and copy the schemas into the package
	$(BIN)/python tools/genproto.py
	$(BIN)/python tools/copy_schemas.py
vectors: setup ## Write the vectors of canonical form, digests and roots
	$(BIN)/python tools/build_vectors.py
drawing: setup ## Draw docs/architecture.md from the code
	$(BIN)/python tools/draw_architecture.py
openapi: setup ## Write schemas/openapi and the page of the HTTP lookup
	$(BIN)/python tools/write_openapi.py
errors: setup ## Write docs/errors.md from the catalogue
	$(BIN)/python tools/write_error_pages.py
generated: setup ## Fail if anything committed is stale
	$(BIN)/python tools/build_vectors.py --check
	$(BIN)/python tools/build_partners.py --check
	$(BIN)/python tools/genproto.py --check
	$(BIN)/python tools/copy_schemas.py --check
	$(BIN)/python tools/draw_architecture.py --check
	$(BIN)/python tools/write_error_pages.py --check
	$(BIN)/python tools/write_openapi.py --check
clauses: setup ## List each clause of the protocol with its code and tests (ARGS=--mutate)
	$(BIN)/python tools/check_clauses.py $(ARGS)
lock: ## Write the requirements files again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --group dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean: ## Remove what make made
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

help: ## Show the targets
	@awk 'BEGIN {FS = ":.*##"} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z0-9-]+:.*##/ {printf "  %-12s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo test test-faults setup lint fix check bench partners proto vectors generated clauses lock clean help drawing errors openapi
