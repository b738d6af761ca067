# `make` alone lists the targets. Everything lands in ignored folders of this repo.
PYTHON ?= python3
BIN := .venv/bin
WATTLEAD := $(BIN)/wattlead
REAL_DATA ?= ../shared/data
DEMO_ACCOUNTS ?= 1000
DEMO_DAYS ?= 730

# No tool of the stack may call out (an intranet must see no outgoing call).
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export GX_ANALYTICS_ENABLED := false
export DAGSTER_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := 1
export WATTLEAD_REAL_DATA := $(abspath $(REAL_DATA))

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
# A package index beside the usual one makes pip repeat a harmless warning per package.
PIP_NOISE := { grep -v "is ignored: it is neither a file nor a directory" || true; }
.DEFAULT_GOAL := help
.PHONY: help setup spark-setup demo test test-fast lint format test-dbt test-python london dagster dictionary docs walk lock bench bench-county realism bench-identity bench-simulator bench-allocation public-benchmarks clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: .venv/.ready ## the virtual environment in .venv, from the lock file

.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Wattlead needs Python 3.11 or newer, this is %s; name another one: make PYTHON=python3.12 …" % sys.version.split()[0])'
	@echo "Setting up .venv (about 1 GB, once; 2–4 minutes)"
	@$(PYTHON) -m venv .venv
	@# The lock is complete, so nothing is resolved again: --no-deps.
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock 2>&1 | $(PIP_NOISE)
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . 2>&1 | $(PIP_NOISE)
	@$(BIN)/pip check --disable-pip-version-check
	@touch $@

spark-setup: .venv-spark/.ready ## the same with Spark, in .venv-spark (Java 17 is needed too); `make test` compares the engines

.venv-spark/.ready: requirements-spark.lock pyproject.toml
	@echo "Setting up .venv-spark (about 1.6 GB, once; 3–5 minutes)"
	@$(PYTHON) -m venv .venv-spark
	@.venv-spark/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-spark.lock 2>&1 | $(PIP_NOISE)
	@.venv-spark/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . 2>&1 | $(PIP_NOISE)
	@.venv-spark/bin/pip check --disable-pip-version-check
	@touch $@

demo: .venv/.ready demo/landing ## a simulated branch through the whole main job; results in demo/published
	$(WATTLEAD) run --workspace demo
	$(WATTLEAD) summary --workspace demo

demo/landing: | .venv/.ready
	@# Moved into place when whole: half of it, left by an interruption, would pass for the branch.
	@rm -rf demo/making demo/truth
	$(WATTLEAD) simulate --accounts $(DEMO_ACCOUNTS) --days $(DEMO_DAYS) --seed 1 --dirt 1 --out demo/making/landing
	@mv demo/making/truth demo/making/landing demo/ && rm -rf demo/making

london: .venv/.ready ## the same job on the real London meters in $(REAL_DATA); results in london/published
	@rm -rf london/making
	test -d london/landing || { $(WATTLEAD) import london --from $(REAL_DATA)/london_lcl --out london/making/landing && mv london/making/landing london/; }
	@rm -rf london/making
	$(WATTLEAD) run --workspace london
	$(WATTLEAD) summary --workspace london

test: lint spark-setup test-dbt test-python ## everything CI runs

test-fast: .venv/.ready ## the quick tests only
	$(BIN)/pytest -m "not slow and not real"

lint: .venv/.ready ## ruff, sqlfluff, dbt-score, and the dictionary and diagrams are those of the models
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar models macros
	$(BIN)/dbt --quiet parse --profiles-dir . --target-path state/lint
	$(BIN)/dbt-score lint --manifest state/lint/manifest.json
	$(BIN)/python -m orchestration.dictionary --check
	$(BIN)/python -m orchestration.erd --check

format: .venv/.ready ## rewrite what the linters can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --processes 2 models macros

test-dbt: .venv/.ready ## the job on a small dirty branch, with every dbt data test, then the dbt unit tests
	rm -rf state/test-branch
	$(WATTLEAD) simulate --accounts 80 --days 430 --seed 7 --dirt 1 --out state/test-branch/landing
	$(WATTLEAD) run --workspace state/test-branch
	WATTLEAD_STATE=state/test-branch/state DBT_TARGET_PATH=state/test-branch/state/dbt DBT_LOG_PATH=state/test-branch/state/logs $(BIN)/dbt --quiet test --profiles-dir . --select test_type:unit

# By file: of a folder and a file in it, pytest keeps the folder and its order.
TESTS := $(wildcard tests/test_*.py tests/*/test_*.py tests/*/*/test_*.py)
LONGEST_TESTS := $(addprefix tests/,spark/test_parity.py orchestration/test_day_by_day.py orchestration/test_job.py models/test_billing.py real/test_london.py)

test-python: .venv/.ready ## pytest, the real-data runs included
	@# A worker a core, a file a worker; the longest files first, so that none is left alone at the end.
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --durations 25 $(LONGEST_TESTS) $(filter-out $(LONGEST_TESTS),$(TESTS))

dagster: .venv/.ready ## the Dagster web server and daemon on the demo workspace
	$(WATTLEAD) dagster --workspace demo

dictionary: .venv/.ready ## rewrite the data dictionaries and docs/erd from the models
	$(BIN)/python -m orchestration.dictionary
	$(BIN)/python -m orchestration.erd

docs: .venv/.ready ## dbt's documentation site of the demo workspace: state/docs/static_index.html, one file without a server
	WATTLEAD_STATE=demo/state $(BIN)/dbt --quiet docs generate --static --profiles-dir . --target-path state/docs

walk: .venv/.ready ## docs/walk-through.md anew, from the demo workspace
	$(BIN)/python -m orchestration.walk --workspace demo --out docs/walk-through.md

lock: ## new lock files, with hashes and without registry hosts (needs uv)
	uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --generate-hashes --custom-compile-command "make lock" --extra dev pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --generate-hashes --custom-compile-command "make lock" --extra dev --extra spark pyproject.toml -c requirements.lock -o requirements-spark.lock

bench: .venv/.ready ## speed and memory against the raw scan and pandas (after make london)
	$(BIN)/python -m bench --workspace london

bench-county: .venv/.ready ## full build, one more day, size and memory of 4,000, 40,000 and 400,000 accounts beside DuckDB, Polars, Spark
	$(BIN)/python -m bench.county --accounts 4000 40000 400000

realism: .venv/.ready ## the simulated households beside London's, planted rates beside published ones: docs/realism.md
	rm -rf state/realism
	$(WATTLEAD) simulate --accounts 5000 --days 730 --seed 1 --dirt 1 --out state/realism/landing
	$(BIN)/python -m bench.realism --simulated state/realism/landing --truth state/realism/truth --london $(REAL_DATA)/london_lcl --out docs/realism.md

bench-identity: .venv/.ready ## time, memory, precision and recall of customer resolution at 4,000, 40,000 and 400,000 accounts
	$(BIN)/python -m bench.identity --accounts 4000 40000 400000

bench-simulator: .venv/.ready ## time and peak memory of simulating 4,000, 40,000 and 400,000 accounts for a year
	$(BIN)/python -m bench.simulator --accounts 4000 40000 400000

bench-allocation: .venv/.ready ## time, memory, value and its bound of the offer allocation at 4,000, 40,000 and 400,000 accounts
	$(BIN)/python -m bench.allocation --accounts 4000 40000 400000
	$(BIN)/python -m bench.allocation --accounts 400000 --open

public-benchmarks: .venv/.ready ## the harness on public data in $(REAL_DATA), beside published figures: docs/public-benchmarks.md
	$(BIN)/python -m bench.public --data $(REAL_DATA) --out docs/public-benchmarks.md

clean: ## remove what the project made (not the virtual environment)
	rm -rf demo london state published landing
