"""Any sequence of turns, compactions and what undoes them: each request is one that the API takes."""

from __future__ import annotations

from collections import Counter

import psycopg
import pytest
from contexts.ending import Machine
from contexts.scratch import Scratch
from hypothesis.stateful import run_state_machine_as_test
from model_based.engine import Row
from model_based.examples import example_sets, profile, time_limit

PROFILE = profile(usual=12, deep=2000, steps=60)
# Else the examples proved little.
REACHED = (
    "summaries asked for",
    "summarized",
    "not summarized",
    "restored",
    "continue_run",
    "delegates",
)


@pytest.mark.timeout(time_limit(300))
def test_every_context_is_valid_and_comes_back(conn: psycopg.Connection[Row]):
    tally: Counter[str] = Counter()
    engine = Scratch(conn)
    try:
        for seeded, examples in example_sets(PROFILE, tally, REACHED):
            run_state_machine_as_test(seeded(lambda: Machine(engine, tally)), settings=examples)
    finally:
        print(f"\n{sum(tally.values())} steps", dict(tally.most_common()))
