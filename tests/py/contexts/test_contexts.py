"""Any sequence of turns, compactions and what undoes them: each request is one that the API takes."""

from __future__ import annotations

import os
from collections import Counter

import psycopg
import pytest
from contexts.ending import Machine
from contexts.scratch import Scratch
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from model_based.engine import Row

DEEP = os.environ.get("AGENTPG_MODEL", "") == "deep"
PROFILE = settings(
    derandomize=not DEEP,
    database=None,
    deadline=None,
    max_examples=int(os.environ.get("AGENTPG_MODEL_EXAMPLES", "2000" if DEEP else "12")),
    stateful_step_count=60,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate] if os.environ.get("AGENTPG_MODEL_FIRST") else list(Phase),
    print_blob=DEEP,
    report_multiple_bugs=False,
)
# Else the examples proved little.
REACHED = (
    "summaries asked for",
    "summarized",
    "not summarized",
    "restored",
    "continue_run",
    "delegates",
)


@pytest.mark.timeout(36_000 if DEEP else 300)
def test_every_context_is_valid_and_comes_back(conn: psycopg.Connection[Row]):
    tally: Counter[str] = Counter()
    engine = Scratch(conn)
    try:
        run_state_machine_as_test(lambda: Machine(engine, tally), settings=PROFILE)
        missed = [what for what in REACHED if not tally[what]]
        assert not missed, f"the examples never reached {missed}"
    finally:
        print(f"\n{sum(tally.values())} steps", dict(tally.most_common()))
