"""Any sequence of turns and compactions, and what retention, deletions and copies do between them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import psycopg
import pytest
from contexts.checks import check_request
from contexts.ending import Machine
from contexts.machine import picks
from contexts.scratch import Scratch
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test
from model_based.engine import Row
from model_based.examples import example_sets, profile, time_limit
from psycopg.types.json import Jsonb

PROFILE = profile(usual=20, deep=500, steps=60)
# Else the examples proved little.
REACHED = ("archives gone", "runs gone", "copied idle", "copied at work", "deleted")
SHOWN = "select c.seq, c.role::text, c.content from agentpg._context_messages('{}') c order by c.seq"


class Keeping(Machine):
    """What is old goes, sessions are deleted, and copies of them begin where they do."""

    @rule(kind=st.sampled_from(("archives", "runs")))
    def what_is_old_goes(self, kind: str) -> None:
        self.step("retention", 60)
        self.engine.rows("set_retention", kind=kind, max_age=timedelta(0))
        gone = sum(row["count"] for row in self.engine.rows("apply_retention", max_count=10))
        self.engine.rows("set_retention", kind=kind, max_age=None)
        self.tally[f"{kind} gone"] += gone

    @precondition(lambda self: self.size_of_all() < 100)
    @rule(n=picks)
    def a_copy_goes_on(self, n: int) -> None:
        session = self.pick(self.sessions, n)
        active = bool(self.runs(f"r.finalized_at is null and r.session_id = '{session}'"))
        self.step("copied at work" if active else "copied idle")
        document = self.engine.value("export_session", session_id=session)
        copy = self.engine.value("import_session", document=Jsonb(document))
        if not active:
            assert self.engine.table(SHOWN.format(copy)) == self.engine.table(SHOWN.format(session))
        self.memory.check_invariants()
        run = self.engine.value("create_run", session_id=copy, agent_id=self.agents[2], prompt="Go on.")
        (row,) = self.engine.table(
            f"select agentpg._build_request(r) as request from agentpg.runs r where r.id = '{run}'"
        )
        check_request(row["request"])
        self.engine.rows("cancel_run", run_id=run)
        self.engine.rows("delete_session", session_id=copy)
        self.memory.check_invariants()

    @precondition(lambda self: self.calm)
    @rule(n=picks)
    def a_session_is_deleted(self, n: int) -> None:
        session = self.pick(self.sessions, n)
        self.step("deletion")
        if self.ask("delete_session", session_id=session) is not None:
            self.tally["deleted"] += 1
            self.sessions.remove(session)
            if len(self.sessions) < 2:
                self.sessions.append(self.engine.value("create_session"))
            self.memory.check_invariants()


@pytest.mark.timeout(time_limit(300))
def test_every_request_stays_valid(conn: psycopg.Connection[Row]) -> None:
    tally: Counter[str] = Counter()
    engine = Scratch(conn)
    try:
        for seeded, examples in example_sets(PROFILE, tally, REACHED):
            run_state_machine_as_test(seeded(lambda: Keeping(engine, tally)), settings=examples)
    finally:
        print(f"\n{sum(tally.values())} steps", dict(tally.most_common()))
