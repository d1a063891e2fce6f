"""Rules about tool calls: claimed, completed, failed, put off, released."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import ANY

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from .late import LateCalls
from .limits import SNOOZES
from .machine import picks
from .maintenance_model import give_back
from .model import Call, Lease

# The output of a tool, and the content of its result.
OUTPUTS: list[tuple[Any, Any]] = [
    ("done", "done"),
    ("", ""),
    ({"a": 1}, '{"a": 1}'),
    ([{"type": "text", "text": "block"}], [{"type": "text", "text": "block"}]),
]


class ToolRules(LateCalls):
    def _due(self, tools: set[str]) -> list[Call]:
        return [
            call
            for call in self.world.calls
            if call.state == "pending" and call.available <= self.world.now and call.name in tools
        ]

    @rule(n=picks, count=st.sampled_from((1, 1, 2, 10)), only=st.booleans())
    @precondition(lambda self: any(self._due(each.tools) for each in self.working))
    def claim_tool_executions(self, n: int, count: int, only: bool) -> None:
        self.tick("claim_tool_executions", works=True)
        instance = self.pick(self.working, n)
        runs = [self.pick(self.world.runs, n)] if only else self.world.runs
        due = [call for call in self._due(instance.tools) if call.run in runs]
        rows = self.engine.rows(
            "claim_tool_executions",
            instance_id=instance.id,
            max_count=count,
            run_ids=[run.id for run in runs] if only else None,
        )
        ids = {row["tool_use_id"] for row in rows}
        assert len(ids) == len(rows) == min(count, len(due))
        assert ids <= {call.use_id for call in due}
        for call in due:
            for other in due:
                if call.use_id in ids and other.use_id not in ids and call.name == other.name:
                    assert call.available <= other.available
        for row in rows:
            self.took_call(row, instance)

    @property
    def may_work(self) -> bool:
        return bool(self.live(Call)) or any(self._due(each.tools) for each in self.working)

    def _lease(self, n: int) -> tuple[Lease, Call]:
        if not self.live(Call):
            instance = self.pick([each for each in self.working if self._due(each.tools)], n)
            for row in self.engine.rows("claim_tool_executions", instance_id=instance.id):
                self.took_call(row, instance)
        lease = self.pick(self.live(Call), n)
        assert isinstance(lease.thing, Call)
        return lease, lease.thing

    @rule(
        n=picks,
        output=st.sampled_from(OUTPUTS),
        error=st.booleans(),
        claim_next=st.booleans(),
        again=st.booleans(),
    )
    @precondition(lambda self: self.may_work)
    def complete_tool(
        self, n: int, output: tuple[Any, Any], error: bool, claim_next: bool, again: bool
    ) -> None:
        self.tick("complete_tool", works=True)
        lease, call = self._lease(n)
        rows = self.settle(
            *("complete_tool", lease, again),
            **{"output": self.json(output[0]), "is_error": error, "claim_next": claim_next},
            known=self.known(call.run, n),
        )
        sent = self.world.finish(call, "completed", output[1], error)
        self.went_on(rows, call, lease.holder, sent, claim_next)
        if rows and again:
            with self.engine.nothing_changes():
                self.call_late(call.run, 0)

    @rule(
        n=picks,
        outcome=st.sampled_from(("retry", "timeout", "cancel", "discard")),
        claim_next=st.booleans(),
        again=st.booleans(),
    )
    @precondition(lambda self: self.may_work)
    def fail_tool(self, n: int, outcome: str, claim_next: bool, again: bool) -> None:
        self.tick(f"fail_tool: {outcome}", works=True)
        lease, call = self._lease(n)
        rows = self.settle(
            *("fail_tool", lease, again),
            **{"error": "broken", "outcome": outcome, "claim_next": claim_next},
            known=self.known(call.run, n),
        )
        if outcome in ("retry", "timeout") and call.attempt < call.max_attempts and self._tried_again(call):
            assert rows == []
            return
        sent = self.world.finish(call, "failed", "broken", True)
        self.went_on(rows, call, lease.holder, sent, claim_next)

    def _tried_again(self, call: Call) -> bool:
        """The delay is a matter of chance within bounds; past the deadline there is no next time."""
        now = self.world.now
        shortest = longest = now
        if call.name == "write":
            shortest = now + timedelta(seconds=max(1.0, call.attempt**4 * 0.5))
            longest = now + timedelta(seconds=max(1.0, call.attempt**4 * 1.5))
        (row,) = self.engine.table(
            f"select state, available_at from agentpg.tool_calls where tool_use_id = '{call.use_id}'"
        )
        if row["state"] == "failed":
            assert longest > call.deadline
            return False
        assert shortest <= row["available_at"] <= min(longest, call.deadline)
        self.world.free(call, row["available_at"])
        return True

    @rule(n=picks, delay=st.sampled_from((0, 5, 5, 660)), again=st.booleans())
    @precondition(lambda self: self.may_work)
    def snooze_tool(self, n: int, delay: int, again: bool) -> None:
        self.tick("snooze_tool", works=True)
        lease, call = self._lease(n)
        step = timedelta(seconds=delay)
        (row,) = self.settle("snooze_tool", lease, again, delay=step, error=None)
        at = self.world.now + step
        if call.snoozes >= SNOOZES or at > call.deadline:
            self.tally["snoozed too often or too long"] += 1
            assert row["snooze_tool"] is None
            self.world.finish(call, "failed", ANY, True)
            return
        assert row["snooze_tool"] == at
        call.snoozes += 1
        self.world.free(call, at, spent=-1)

    @rule(n=picks, everything=st.booleans())
    @precondition(lambda self: self.calm and self.live(Call))
    def release_tools(self, n: int, everything: bool) -> None:
        self.tick("release_tools")
        lease, call = self._lease(n)
        ids = None if everything else [lease.id]
        wanted = give_back(self.world, lease.holder, self.world.calls if everything else [call])
        assert (
            self.engine.value("release_tools", instance_id=lease.holder.id, tool_execution_ids=ids) == wanted
        )
