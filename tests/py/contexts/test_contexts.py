"""Any sequence of turns, compactions and what undoes them: each request is one that the API takes."""

from __future__ import annotations

from collections import Counter

import psycopg
import pytest
from contexts.ending import Machine
from contexts.scratch import Scratch
from hypothesis.stateful import run_state_machine_as_test
from model_based.engine import Row
from model_based.examples import profile, time_limit

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
        run_state_machine_as_test(lambda: Machine(engine, tally), settings=PROFILE)
        missed = [what for what in REACHED if not tally[what]]
        assert not missed, f"the examples never reached {missed}"
    finally:
        print(f"\n{sum(tally.values())} steps", dict(tally.most_common()))
