"""The public SQL functions against a model of them, by chance and by thousands of steps."""

from __future__ import annotations

import os
from collections import Counter

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from model_based.ending import Machine
from model_based.engine import Engine, Row
from model_based.limits import SETTINGS
from psycopg.types.json import Jsonb

DEEP = os.environ.get("AGENTPG_MODEL", "") == "deep"
PROFILE = settings(
    derandomize=not DEEP,
    database=None,
    deadline=None,
    max_examples=int(os.environ.get("AGENTPG_MODEL_EXAMPLES", "3000" if DEEP else "140")),
    stateful_step_count=80 if DEEP else 50,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate] if os.environ.get("AGENTPG_MODEL_FIRST") else list(Phase),
    print_blob=DEEP,
    report_multiple_bugs=False,
)
# Else the examples proved little.
REACHED = (
    *("claim_runs", "claim_tool_executions", "complete_tool", "handed the next request", "late repeat"),
    *("cancelled while streaming", "cancelled while pending_tools", "seen awaiting_input", "seen failed"),
    *(
        "removed_instances",
        "overdue_runs",
        "rescued_runs",
        "rescued_tools",
        "another leads",
        "key again",
        "wrong token",
        "continue_run",
        "regenerated in its place",
        "regenerated on a fork",
        "interrupted",
        "refused while busy",
        "new messages alone",
    ),
)


def engine_on(conn: psycopg.Connection[Row]) -> Engine:
    engine = Engine(conn)
    engine.rows("configure", changes=Jsonb(SETTINGS))
    return engine


@pytest.mark.timeout(36_000 if DEEP else 600)
def test_the_engine_does_what_the_model_says(conn: psycopg.Connection[Row]):
    tally: Counter[str] = Counter()
    engine = engine_on(conn)
    try:
        run_state_machine_as_test(lambda: Machine(engine, tally), settings=PROFILE)
        missed = [what for what in REACHED if not tally[what]]
        assert not missed, f"the examples never reached {missed}"
    finally:
        print(f"\n{sum(count for _, count in tally.items())} steps", dict(tally.most_common()))
