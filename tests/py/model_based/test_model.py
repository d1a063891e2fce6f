"""The public SQL functions against a model of them, by chance and by thousands of steps."""

from __future__ import annotations

from collections import Counter

import psycopg
import pytest
from hypothesis.stateful import run_state_machine_as_test
from model_based.ending import Machine
from model_based.engine import Engine, Row
from model_based.examples import DEEP, example_sets, profile, time_limit
from model_based.limits import SETTINGS
from psycopg.types.json import Jsonb

PROFILE = profile(usual=100, deep=3000, steps=80 if DEEP else 50)
# Else the examples proved little.
REACHED = (
    *("claim_runs", "claim_tool_executions", "complete_tool", "handed the next request", "late repeat"),
    *("cancelled while streaming", "cancelled while pending_tools", "seen awaiting_input", "seen failed"),
    *(
        "removed_instances",
        "overdue_runs",
        "unserved_tools",
        "record_abandoned",
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


@pytest.mark.timeout(time_limit(600))
def test_the_engine_does_what_the_model_says(conn: psycopg.Connection[Row]):
    tally: Counter[str] = Counter()
    engine = engine_on(conn)
    try:
        for seeded, examples in example_sets(PROFILE, tally, REACHED):
            run_state_machine_as_test(seeded(lambda: Machine(engine, tally)), settings=examples)
    finally:
        print(f"\n{sum(count for _, count in tally.items())} steps", dict(tally.most_common()))
