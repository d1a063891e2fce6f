# make demo   see an agent run, on a machine with nothing installed but Python 3.11 or newer
# make test   install what the tests need, then lint and run everything
# make lint   style, types and generated code, in the same virtual environment
# make soak   ten minutes of mixed load under random faults (SOAK_SECONDS=60 for less, SOAK_SEED to repeat one)
# make bench  the benchmark suite, beside other products, on a Postgres of its own: an hour (BENCH="--quick" and more, see bench/)
# make batches   5,000 runs of three turns in batches under random faults (BATCH_RUNS, BATCH_SEED)

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test lint soak batches bench

help:
	@sed -n '/^# make/s/^# //p' Makefile

demo:
	@.ci/venv demo
	@.venv/bin/agentpg demo

test:
	@.ci/packages
	@.ci/venv test
	@$(MAKE) --no-print-directory lint
	@.ci/tests

lint:
	@.ci/venv test
	@.ci/lint

soak:
	@.ci/venv test
	@SOAK_SECONDS="$${SOAK_SECONDS:-600}" .venv/bin/python -m pytest tests/py/soak -s -p no:cacheprovider
	@TREE_COUNT="$${TREE_COUNT:-40}" .venv/bin/python -m pytest tests/py/survival/test_trees.py -s -p no:cacheprovider

batches:
	@.ci/venv test
	@BATCH_RUNS="$${BATCH_RUNS:-5000}" .venv/bin/python -m pytest tests/py/batches/test_random_faults.py -s -p no:cacheprovider

bench:
	@.ci/venv demo
	@.venv/bin/python -m bench $(BENCH)
