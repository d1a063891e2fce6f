"""Rules about turns that are taken up again: runs are continued and regenerated."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from .limits import TERMINAL
from .machine import Base, picks
from .model import Run
from .turns_model import fork_before, go_on, is_last, supersede

MAX_SESSIONS = 6


class TurnRules(Base):
    @property
    def waiting(self) -> list[Run]:
        return [run for run in self.world.runs if run.state == "awaiting_input"]

    @precondition(lambda self: self.waiting)
    @rule(n=picks, said=st.sampled_from((None, None, "Go on.")))
    def continue_run(self, n: int, said: str | None) -> None:
        run = self.pick(self.waiting, n)
        self.tick("continue_run", works=True)
        named = {"run_id": run.id, "prompt": said}
        if run.deadline is not None and run.deadline <= self.world.now:
            with self.engine.nothing_changes():
                assert self.engine.refusal("continue_run", **named) == "AP111"
            return
        assert self.engine.value("continue_run", **named) == run.id
        go_on(self.world, run, said)
        with self.engine.nothing_changes():
            assert self.engine.refusal("continue_run", **named) == "AP223"

    @property
    def regenerable(self) -> list[Run]:
        return [
            run
            for run in self.world.runs
            if run.first is not None and run.state in (*TERMINAL, "awaiting_input")
        ]

    @precondition(lambda self: self.may_create and len(self.unfinished) < 2 and self.regenerable)
    @rule(n=picks)
    def regenerate_run(self, n: int) -> None:
        run = self.pick(self.regenerable, n)
        self.tick("regenerate_run", works=True)
        if run.superseded:
            with self.engine.nothing_changes():
                assert self.engine.refusal("regenerate_run", run_id=run.id) == "AP222"
            return
        if len(self.world.sessions) == MAX_SESSIONS and not is_last(run):
            return
        id = self.engine.value("regenerate_run", run_id=run.id)
        if run.state == "awaiting_input":
            self.world.end(run, "completed", run.stop)
        if is_last(run):
            self.tally["regenerated in its place"] += 1
            supersede(run)
            session = run.session
        else:
            self.tally["regenerated on a fork"] += 1
            (row,) = self.engine.rows("get_run", run_id=id)
            session = fork_before(run, row["session_id"])
            self.world.sessions.append(session)
        deadline = run.deadline if run.deadline and run.deadline > self.world.now else None
        again = Run(
            *(session, run.prompt, run.model, run.tools, run.priority, self.world.now, deadline),
            *(run.max_iterations, run.max_continuations),
        )
        again.id = id
        self.world.create(again)

    @precondition(lambda self: self.unfinished)
    @rule(n=picks)
    def regenerate_what_has_not_ended(self, n: int) -> None:
        run = self.pick(self.unfinished, n)
        if run.state != "awaiting_input":
            with self.engine.nothing_changes():
                assert self.engine.refusal("regenerate_run", run_id=run.id) == "AP220"
