"""Each mistake in the engine is found within the profile of CI. Collected if AGENTPG_MODEL=mutations."""

from __future__ import annotations

import time
from collections import Counter

import psycopg
import pytest
from hypothesis.stateful import run_state_machine_as_test
from model_based.ending import Machine
from model_based.engine import Row
from model_based.mutations import MUTATIONS, Mutation
from model_based.test_model import PROFILE, engine_on


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: each.name)
def test_the_model_notices(mutation: Mutation, conn: psycopg.Connection[Row]):
    tally: Counter[str] = Counter()
    engine = engine_on(conn)
    mutation.apply(conn)
    began = time.monotonic()
    with pytest.raises(Exception) as found:  # noqa: PT011 - what it is depends on the mistake
        run_state_machine_as_test(lambda: Machine(engine, tally), settings=PROFILE)
    said = str(found.value).strip().splitlines()[:1]
    print(f"{time.monotonic() - began:.0f} s, example {tally['begun']}: {found.type.__name__} {said}")
