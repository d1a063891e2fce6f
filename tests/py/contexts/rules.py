"""What a worker does, and what users do meanwhile."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from psycopg.types.json import Jsonb

from .answers import SIZES, Json, answer, is_summary, kinds, sizes, summaries, summary
from .machine import Base, Held, configs, picks

FAILURES: dict[str, Json] = {
    "overloaded": {"type": "overloaded_error", "status": 529},
    "torn": {"type": "connection_error"},
    "refused": {"type": "invalid_request_error", "status": 400, "message": "messages: no"},
    "too long": {
        "type": "invalid_request_error",
        "status": 400,
        "message": "prompt is too long: 210000 tokens > 200000 maximum",
    },
}
prompts = st.sampled_from(("Hello.", "Hello.", "Please. " + "la " * 1300))
outputs = st.sampled_from(("Fine.", "Fine.", "so " * 400, "and " * 3000))
Move = tuple[str, str, int, str]
moves = st.lists(st.tuples(kinds, summaries, sizes, outputs), min_size=2, max_size=8)
options: st.SearchStrategy[Json] = st.sampled_from(
    (
        *({}, {}, {}, {"auto_compaction": False}, {"compaction": {"strategy": "prune"}}),
        *({"append_instructions": "Be brief."}, {"model": "claude-sonnet-4-5"}, {"tools": []}),
    )
)


class WorkerRules(Base):
    @precondition(lambda self: self.claimable)
    @rule(count=st.integers(1, 3))
    def claim_runs(self, count: int) -> None:
        self.step("claim_runs", works=True)
        self.took(self.engine.rows("claim_runs", instance_id=self.worker, max_count=count))

    @precondition(lambda self: self.held)
    @rule(n=picks, kind=kinds, short=summaries, size=sizes)
    def record_response(self, n: int, kind: str, short: str, size: int) -> None:
        self.answer(self.pick(self.held, n), kind, short, size)

    def answer(self, held: Held, kind: str, short: str, size: int) -> None:
        if held.compaction_id is not None:
            self.step("summarized" if is_summary(short) else "not summarized", works=True)
            self.settle(held, "record_response", response=summary(short, held.request, self.numbers))
        else:
            self.step(kind, works=True)
            self.settle(held, "record_response", response=answer(kind, held.request, size, self.numbers))

    @precondition(lambda self: self.held and self.calm)
    @rule(n=picks, how=st.sampled_from(tuple(FAILURES)))
    def record_failure(self, n: int, how: str) -> None:
        self.step(f"{how} failure")
        self.settle(self.pick(self.held, n), "record_failure", error=FAILURES[how])

    @precondition(lambda self: self.held and self.calm)
    @rule()
    def leases_are_lost(self) -> None:
        """The worker works on, but was not heard of: what it did is somebody else's by now."""
        self.step("leases lost", 3600)
        self.engine.rows("register_instance", name="worker", exclusive=True)
        (row,) = self.engine.rows("register_instance", name="worker", max_concurrent_runs=100)
        self.worker = row["instance_id"]
        tools = [{"name": "look", "input_schema": {"type": "object"}}]
        self.engine.rows("register_tools", instance_id=self.worker, tools=Jsonb(tools))
        self.engine.rows("run_maintenance")

    @precondition(lambda self: self.held and self.calm)
    @rule()
    def time_passes(self) -> None:
        self.step("time passes", 120)
        self.engine.rows("heartbeat", instance_id=self.worker)

    @precondition(lambda self: self.runs("r.state = 'pending_tools'"))
    @rule(count=st.integers(1, 3))
    def claim_tools(self, count: int) -> None:
        self.step("claim_tool_executions", works=True)
        self.calls += self.engine.rows("claim_tool_executions", instance_id=self.worker, max_count=count)

    @precondition(lambda self: self.calls)
    @rule(n=picks, output=outputs, is_error=st.booleans(), claim_next=st.booleans())
    def complete_tool(self, n: int, output: str, is_error: bool, claim_next: bool) -> None:
        self.step("complete_tool", works=True)
        self.complete(n, output, is_error, claim_next)

    @precondition(lambda self: self.held or self.calls or self.claimable)
    @rule(moves=moves)
    def work(self, moves: list[Move]) -> None:
        """Several moves at once, of whatever is there to do."""
        for kind, short, size, output in moves:
            if not (self.held or self.calls) and self.claimable:
                self.step("claim_runs", works=True)
                self.took(self.engine.rows("claim_runs", instance_id=self.worker, max_count=1))
            if self.calls and (not self.held or size == min(SIZES)):
                self.step("complete_tool", works=True)
                self.complete(0, output)
            elif self.held:
                self.answer(self.held[-1], kind, short, size)
            self.all_is_as_it_must_be()

    def complete(self, n: int, output: str, is_error: bool = False, claim_next: bool = False) -> None:
        call = self.pick(self.calls, n)
        self.calls.remove(call)
        ids = {name: call[name] for name in ("tool_execution_id", "lease_token")}
        rows = self.ask(
            "complete_tool", **ids, output=Jsonb(output), is_error=is_error, claim_next=claim_next
        )
        self.took(rows or [])


class UserRules(WorkerRules):
    @precondition(lambda self: self.may_create)
    @rule(n=picks, a=picks, prompt=prompts, options=options)
    def create_run(self, n: int, a: int, prompt: str, options: Json) -> None:
        self.step("create_run", works=True)
        session, agent = self.pick(self.sessions, n), self.pick(self.agents, a)
        self.engine.rows("create_run", session_id=session, agent_id=agent, prompt=prompt, options=options)

    @precondition(lambda self: self.may_create)
    @rule(n=picks, a=picks, prompt=prompts, options=options, moves=moves)
    def turn(self, n: int, a: int, prompt: str, options: Json, moves: list[Move]) -> None:
        """A run, and the first moves of it or of what is before it."""
        self.create_run(n, a, prompt, options)
        self.work(moves)

    @precondition(lambda self: self.runs("r.state = 'awaiting_input'"))
    @rule(n=picks, said=st.sampled_from((None, None, "Go on.")))
    def continue_run(self, n: int, said: str | None) -> None:
        self.step("continue_run", works=True)
        run = self.pick(self.runs("r.state = 'awaiting_input'"), n)
        self.engine.rows("continue_run", run_id=run["id"], prompt=said)

    @precondition(lambda self: self.calm and self.runs())
    @rule(n=picks)
    def cancel_run(self, n: int) -> None:
        run = self.pick(self.runs(), n)
        self.step(f"cancelled while {run['state']}")
        self.engine.rows("cancel_run", run_id=run["id"])

    @precondition(
        lambda self: (
            self.calm
            and self.may_create
            and self.runs("r.state in ('completed', 'failed', 'cancelled', 'awaiting_input')")
        )
    )
    @rule(n=picks, recent=st.booleans())
    def regenerate_run(self, n: int, recent: bool) -> None:
        self.step("regenerate_run")
        ended = self.runs("r.state in ('completed', 'failed', 'cancelled', 'awaiting_input')")
        rows = self.ask("regenerate_run", run_id=(ended[-1] if recent else self.pick(ended, n))["id"])
        for row in rows or []:
            self.learn(self.engine.rows("get_run", run_id=row["regenerate_run"])[0]["session_id"])

    @precondition(lambda self: self.calm and len(self.sessions) < 6 and self.size_of_all())
    @rule(n=picks, at=st.none() | st.integers(0, 40))
    def fork_session(self, n: int, at: int | None) -> None:
        self.step("fork_session")
        session = self.pick(self.targets, n)
        for row in (
            self.ask("fork_session", session_id=session, at_seq=at and self.near_end_of_turn(session, at))
            or []
        ):
            self.learn(row["fork_session"])

    def results(self, session: UUID) -> list[int]:
        """The messages with tool results, latest first."""
        rows = self.engine.rows("session_messages", session_id=session)
        return [row["seq"] for row in reversed(rows) if row["content"][0]["type"] == "tool_result"]

    @property
    def targets(self) -> list[UUID]:
        """Those of users first, and twice: in the others less can happen."""
        return [*self.sessions, *self.sessions, *self.all_sessions()]

    def near_end_of_turn(self, session: UUID, seq: int) -> Any:
        """Every third seq as it is, else the end of the turn that it is in."""
        rows = self.engine.rows("session_messages", session_id=session)
        ends = [a["seq"] for a, b in pairwise([*rows, {"run_id": None}]) if a["run_id"] != b["run_id"]]
        return seq if seq % 3 == 0 or not ends else self.pick(ends, seq)

    def learn(self, session: UUID) -> None:
        if session not in self.sessions:
            self.sessions.append(session)

    @precondition(lambda self: self.calm and self.size_of_all())
    @rule(n=picks, config=st.none() | configs, needed=st.booleans())
    def compact(self, n: int, config: Json | None, needed: bool) -> None:
        self.step("compact")
        session = self.pick(self.targets, n)
        function = "compact_if_needed" if needed else "compact"
        for row in self.ask(function, session_id=session, config=config) or []:
            self.tally[f"compact: {row['state']}"] += 1

    @precondition(lambda self: self.calm and self.size_of_all())
    @rule(
        n=picks,
        text=st.sampled_from((None, "Said by hand.")),
        cut=st.none() | st.integers(0, 40),
        more=st.sampled_from(((), (), (), (0,), (0, 1), (99,))),
    )
    def apply_compaction(self, n: int, text: str | None, cut: int | None, more: tuple[int, ...]) -> None:
        """Plans of one's own, many of them bad: what is refused changes nothing."""
        self.step("apply_compaction")
        session = self.pick(self.targets, n)
        plan: Json = {
            "cut_seq": cut and self.near_end_of_turn(session, cut),
            "placeholder_seqs": [
                seq for each in more for seq in self.results(session)[each : each + 1] or [each]
            ],
            "summary": text,
        }
        for row in self.ask("apply_compaction", session_id=session, plan=plan) or []:
            self.tally[f"applied by hand: {row['state']}"] += 1

    @precondition(lambda self: self.calm and self.size_of_all())
    @rule(n=picks, config=st.none() | configs, back=st.booleans())
    def plan_and_apply(self, n: int, config: Json | None, back: bool) -> None:
        """A plan of the engine's is taken; with placeholders alone, going back gives the same bytes."""
        self.step("plan_and_apply")
        session = self.pick(self.targets, n)
        before = self.shown(session)
        rows = self.ask("plan_compaction", session_id=session, config=config)
        plan = rows[0]["plan_compaction"] if rows else None
        if plan is None:
            return
        (state,) = [
            row["state"] for row in self.ask("apply_compaction", session_id=session, plan=plan) or []
        ] or [None]
        if state is not None:
            self.tally[f"planned: {state}"] += 1
        if state == "applied" and back:
            assert self.shown(session) != before
            self.engine.rows("restore_compaction", session_id=session)
            assert self.shown(session) == before

    def shown(self, session: UUID) -> str:
        row = self.engine.conn.execute(
            "select agentpg._request_messages(%s)::text as said", [session]
        ).fetchone()
        assert row is not None
        return row["said"]

    @precondition(lambda self: self.calm and self.compacted)
    @rule(n=picks)
    def restore_compaction(self, n: int) -> None:
        self.step("restore_compaction")
        if self.ask("restore_compaction", session_id=self.pick(self.compacted, n)):
            self.tally["restored"] += 1

    @property
    def compacted(self) -> list[UUID]:
        rows = self.engine.look(
            "select s.id from agentpg.sessions s where s.compaction_id is not null order by s.id"
        )
        return [row["id"] for row in rows]
