"""The end of an example: everything comes to its end, and every session takes another turn."""

from __future__ import annotations

from datetime import timedelta

from .rules import UserRules

ROUNDS = 40


class Machine(UserRules):
    """All rules together."""

    def teardown(self) -> None:
        if not self.sound:  # the example has failed already
            return
        self.everything_ends()
        for session in self.sessions:
            for agent in self.agents[:2]:
                self.step("last turns")
                self.engine.rows("create_run", session_id=session, agent_id=agent, prompt="The last one.")
        self.everything_ends()

    def everything_ends(self) -> None:
        for round in range(ROUNDS):
            left = self.runs("r.finalized_at is null and r.state <> 'awaiting_input'")
            if not left:
                self.memory.check_invariants()
                return
            self.step("round", 600 if round > 5 else 30)
            (row,) = self.engine.rows("register_instance", name="healthy", max_concurrent_runs=100)
            self.worker = row["instance_id"]
            self.engine.rows("run_maintenance")
            self.took(self.engine.rows("claim_runs", instance_id=self.worker, max_count=100))
            while self.calls:
                self.complete(0, "Fine.")
            while self.held:
                self.answer(self.held[0], "thought text", "good", 700)
            self.all_is_as_it_must_be()
            self.engine.advance(timedelta(seconds=1))
        raise AssertionError(f"{len(left)} runs never end: {left}")
