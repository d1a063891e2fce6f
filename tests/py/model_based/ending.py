"""The end of an example: with the causes mended and one healthy worker, everything comes to its end."""

from __future__ import annotations

from datetime import timedelta

from .checks import compare
from .limits import TERMINAL
from .maintenance_model import heard, maintain
from .model import Call, Run
from .replies import reply
from .rules_runs import RunRules
from .rules_tools import ToolRules
from .rules_turns import TurnRules
from .rules_workers import WorkerRules

ROUNDS = 30
SETTLED = (*TERMINAL, "awaiting_input")


class Machine(RunRules, TurnRules, ToolRules, WorkerRules):
    """All rules together."""

    def teardown(self) -> None:
        if self.sound:  # else the example has failed already
            self.everything_ends()
            self.nothing_is_lost_or_doubled()

    def everything_ends(self) -> None:
        self.tick("end")
        assert self.engine.value("resume_parked") == self.resumed(None)
        healthy = self.register(0)
        for round in range(ROUNDS):
            if all(run.state in SETTLED for run in self.world.runs):
                self.tally["rounds to the end"] += round
                return
            self.tick("round", timedelta(seconds=25 if round < 8 else 1200))
            for _ in range(3):  # of which the first may begin a truce
                self.tick("round", timedelta(seconds=6))
                self.engine.rows("heartbeat", instance_id=healthy.id)
                heard(self.world, healthy)
            self.engine.value("run_maintenance")
            maintain(self.world)
            for row in self.engine.rows("claim_runs", instance_id=healthy.id, max_count=100):
                self.took_run(row, healthy)
            for row in self.engine.rows("claim_tool_executions", instance_id=healthy.id, max_count=100):
                self.took_call(row, healthy)
            for lease in self.live(Call):
                if lease.holder is healthy and isinstance(lease.thing, Call):
                    rows = self.settle("complete_tool", lease, False, output=self.json("ok"), claim_next=True)
                    sent = self.world.finish(lease.thing, "completed", "ok", False)
                    self.went_on(rows, lease.thing, healthy, sent, True)
            for lease in self.live(Run):
                if lease.holder is healthy:
                    self.answered(lease, reply("text", [], self.numbers), True)
            compare(self.world, self.engine)
        raise AssertionError([(run.id, run.state) for run in self.world.runs if run.state not in SETTLED])

    def nothing_is_lost_or_doubled(self) -> None:
        """From the database alone: each prompt once a run, in the order of the runs; none is missing."""
        for session in self.world.sessions:
            prompts = [
                block["text"]
                for row in self.engine.rows("session_messages", session_id=session.id, superseded=True)
                for block in row["content"]
                if row["session_id"] == session.id and row["role"] == "user"
                if block.get("text", "").startswith("Prompt ")
            ]
            runs = sorted(
                self.engine.rows("list_runs", session_id=session.id, max_count=100),
                key=lambda each: each["turn"],
            )
            assert len(runs) == len(session.runs)
            assert [run["prompt"] for run in runs if run["prompt"] in prompts] == prompts
            for run in runs:
                assert run["prompt"] in prompts or run["state"] in ("cancelled", "failed")
