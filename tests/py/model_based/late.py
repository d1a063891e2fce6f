"""Calls under leases that are gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from .checks import same
from .machine import Base
from .model import Lease, Run
from .replies import reply


class LateCalls(Base):
    def call_late(self, run: Run, which: int) -> None:
        """Under the last few dead leases of a run; `which` 0 prefers repeats of what was done with them."""
        for lease in [each for each in self.dead if self._run_of(each) is run][-6:]:
            done = [f for f in self._functions(lease) if (f, lease.token) in self.recorded]
            self._late(lease, [*done, *self._functions(lease)][which % (len(done) + 2)])

    def _run_of(self, lease: Lease) -> Run:
        return lease.thing if isinstance(lease.thing, Run) else lease.thing.run

    def _late(self, lease: Lease, function: str) -> None:
        known = self.recorded.get((function, lease.token))
        if known is None:
            code = self.engine.refusal(function, **self.ids(lease), **self._any_arguments(function))
            same(code, self.stale_code(lease))
            return
        self.tally["late repeat"] += 1
        rows = self.engine.rows(function, **self.ids(lease), **known[0])
        if function in ("complete_tool", "fail_tool", "record_response"):
            tokens = {lease.token for lease in self.leases if lease.live}
            still = [row["lease_token"] for row in known[1] if row["lease_token"] in tokens]
            same([row["lease_token"] for row in rows], still)
        elif known[0] != {"error": {}}:
            same(rows, known[1])

    def _functions(self, lease: Lease) -> tuple[str, ...]:
        return (
            ("record_response", "record_failure")
            if isinstance(lease.thing, Run)
            else ("complete_tool", "fail_tool", "snooze_tool")
        )

    def _any_arguments(self, function: str) -> dict[str, Any]:
        return {
            "record_response": {"response": reply("text", [], self.numbers)},
            "record_failure": {"error": {"status": 500}},
            "complete_tool": {"output": self.json("late"), "claim_next": True},
            "fail_tool": {"error": "late", "claim_next": True},
            "snooze_tool": {"delay": timedelta(seconds=1)},
        }[function]
