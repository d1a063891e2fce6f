"""Rules about runs: they are made, claimed, answered, fail, are released and cancelled."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from .failures import ERRORS
from .machine import Agent, Base, picks
from .maintenance_model import give_back
from .model import Lease, Run, Session
from .replies import kinds, offered_names, reply, tool_names
from .turns_model import interrupt

options = st.fixed_dictionaries(
    {},
    optional={
        "max_iterations": st.integers(1, 3),
        "max_continuations": st.integers(0, 1),
        "tools": st.just(["lookup"]),
        "deadline": st.sampled_from((15, 90, 3000)),
    },
)


class RunRules(Base):
    @property
    def busy(self) -> list[Run]:
        return [run for run in self.unfinished if run.state != "pending" or run.iteration > 1]

    @property
    def may_claim(self) -> bool:
        """Also in vain, now and then: what is not due, parked or paused must stay where it is."""
        if self.calm and any(run.state == "pending" and not run.blocked for run in self.world.runs):
            return bool(self.working)
        return bool(self.working) and any(map(self.world.claimable, self.world.runs))

    @precondition(lambda self: self.may_create)
    @rule(
        n=picks,
        agent=st.integers(0, 1),
        priority=st.integers(-1, 1),
        later=st.sampled_from((0, 0, 0, 0, 0, 30, 1000)),
        key=st.sampled_from((None, None, "a", "b")),
        options=st.one_of(st.just({}), options),
        busy=st.sampled_from((None, None, None, None, "interrupt", "reject")),
    )
    def create_run(
        self,
        n: int,
        agent: int,
        priority: int,
        later: int,
        key: str | None,
        options: dict[str, Any],
        busy: str | None,
    ) -> None:
        self.tick("create_run", works=True)
        session, maker = self.pick(self.world.sessions, n), self.agents[agent]
        prompt = f"Prompt {next(self.numbers)}."
        now = self.world.now
        deadline = now + timedelta(seconds=options["deadline"]) if "deadline" in options else None
        if deadline:
            options = options | {"deadline": deadline.isoformat()}
        if busy:
            options = options | {"on_busy": busy}
        named = {
            **{"session_id": session.id, "agent_id": maker.id, "prompt": prompt, "options": options},
            **{"priority": priority, "idempotency_key": key},
            "scheduled_at": now + timedelta(seconds=later) if later else None,
        }
        if key and (session.tenant or "", key) in self.world.keys:
            return self._repeat_key(named, session)
        active = session.active
        if busy == "reject" and active is not None and active.state != "awaiting_input":
            self.tally["refused while busy"] += 1
            with self.engine.nothing_changes():
                assert self.engine.refusal("create_run", **named) == "AP224"
            return None
        run = self._run(session, maker, named, deadline)
        run.id = self.engine.value("create_run", **named)
        if busy == "interrupt":
            self.tally["interrupted"] += active is not None
            interrupt(self.world, session)
        self.world.create(run)
        if key:
            self.world.keys[session.tenant or "", key] = (run, named)
        return None

    def _run(self, session: Session, agent: Agent, named: dict[str, Any], deadline: datetime | None) -> Run:
        options = named["options"]
        return Run(
            *(session, [{"type": "text", "text": named["prompt"]}], agent.model),
            [name for name in agent.tools if name in options.get("tools", agent.tools)],
            *(named["priority"], named["scheduled_at"] or self.world.now, deadline),
            options.get("max_iterations", agent.max_iterations),
            options.get("max_continuations", agent.max_continuations),
        )

    def _repeat_key(self, named: dict[str, Any], session: Session) -> None:
        """A known key: another request is refused, the same one is the same run, in whichever session."""
        self.tally["key again"] += 1
        run, first = self.world.keys[session.tenant or "", named["idempotency_key"]]
        with self.engine.nothing_changes():
            assert self.engine.refusal("create_run", **named) == "AP011"
        again = first | {"session_id": session.id, "priority": named["priority"]}
        assert self.engine.value("create_run", **again) == run.id

    @rule(n=picks, count=st.sampled_from((1, 1, 2, 10)), only=st.sampled_from((None, None, None, 3)))
    @precondition(lambda self: self.may_claim)
    def claim_runs(self, n: int, count: int, only: int | None) -> None:
        self.tick("claim_runs", works=True)
        world, instance = self.world, self.pick(self.working, n)
        asked = world.runs if only is None else [self.pick(world.runs, n + i) for i in range(only)]
        due = [run for run in dict.fromkeys(asked) if world.claimable(run)]
        exact = only is not None or not any(world.queues[run.model].spread(world.now) for run in due)
        rows = self.engine.rows(
            "claim_runs",
            instance_id=instance.id,
            max_count=count,
            run_ids=None if only is None else [run.id for run in asked],
        )
        ids = [row["run_id"] for row in rows]
        wanted = min(count, len(due))
        assert len(set(ids)) == len(ids) == wanted if exact else len(ids) <= wanted
        claimed = [run for id in ids for run in due if run.id == id]
        assert len(claimed) == len(ids), "claimed what is not due"
        self._check_order(claimed, [run for run in due if run not in claimed])
        for row in rows:
            self.took_run(row, instance)

    @property
    def may_answer(self) -> bool:
        due = bool(self.working) and any(map(self.world.claimable, self.world.runs))
        return due or bool(self.live(Run))

    def _held(self, n: int) -> list[Lease]:
        """One lease on a run; when there is none, a worker claims."""
        if not self.live(Run):
            instance = self.pick(self.working, n)
            for row in self.engine.rows("claim_runs", instance_id=instance.id):
                self.took_run(row, instance)
        return [self.pick(self.live(Run), n)] if self.live(Run) else []

    def _check_order(self, claimed: list[Run], left: list[Run]) -> None:
        """The most urgent first; of one queue nobody is passed over by a later one of the same priority."""
        assert [run.priority for run in claimed] == sorted((run.priority for run in claimed), reverse=True)
        for run in claimed:
            for other in left:
                if other.model == run.model:
                    assert (-run.priority, run.available) <= (-other.priority, other.available)

    @rule(n=picks, kind=kinds, names=tool_names, claim_tools=st.booleans(), again=st.booleans())
    @precondition(lambda self: self.may_answer)
    def record_response(self, n: int, kind: str, names: list[str], claim_tools: bool, again: bool) -> None:
        """By whoever holds the lease, also a worker that was taken for dead."""
        self.tick(f"answer: {kind}", works=True)
        for lease in self._held(n):
            self.answered(lease, reply(kind, names, self.numbers), claim_tools, again)

    @rule(n=picks, names=offered_names, keep=st.booleans())
    @precondition(lambda self: self.may_answer)
    def the_model_calls_tools(self, n: int, names: list[str], keep: bool) -> None:
        """The most fruitful answer once more, so that it comes often enough."""
        self.tick("answer: offered tools", works=True)
        for lease in self._held(n):
            self.answered(lease, reply("tools", names, self.numbers), not keep)

    @rule(n=picks, error=st.sampled_from(ERRORS), wait=st.sampled_from((None, 0, 40)), again=st.booleans())
    @precondition(lambda self: self.patience > 0 and self.may_answer)
    def record_failure(self, n: int, error: tuple[str, Any], wait: int | None, again: bool) -> None:
        course, details = error
        self.tick(f"failure: {course}")
        for lease in self._held(n):
            self._fails(lease, course, details, wait, again)

    def _fails(
        self, lease: Lease, course: str, details: dict[str, Any], wait: int | None, again: bool
    ) -> None:
        run = lease.thing
        assert isinstance(run, Run)
        attempt = run.attempt
        delay = None if wait is None else timedelta(seconds=wait)
        (row,) = self.settle("record_failure", lease, again, error=details, retry_after=delay)
        retry_at = self.attempt_failed(run, course, details.get("type", "unknown_error"), delay)
        assert row == {
            "state": run.state if run.state == "failed" else "pending",
            "attempt": attempt,
            "retry_at": retry_at,
        }

    @rule(n=picks)
    @precondition(lambda self: self.calm and (self.busy or self.patience > 3) and self.unfinished)
    def cancel_run(self, n: int) -> None:
        run = self.pick(self.busy or self.unfinished, n)
        self.tick(f"cancelled while {'queued' if run.blocked else run.state}")
        assert self.engine.value("cancel_run", run_id=run.id) is True
        self.world.end(run, "cancelled", run.stop, "cancelled")
        with self.engine.nothing_changes():
            assert self.engine.value("cancel_run", run_id=run.id) is False

    @rule(n=picks)
    @precondition(lambda self: self.calm and any(run.abandoned for run in self.world.runs))
    def record_abandoned(self, n: int) -> None:
        """What an aborted stream cost is counted once and only under its lease; its answer is too late."""
        self.tick("record_abandoned")
        leases = [each for each in self.leases if isinstance(each.thing, Run)]
        aborted = [
            each for each in leases if isinstance(each.thing, Run) and each.token in each.thing.abandoned
        ]
        lease = self.pick(aborted if n % 4 else leases, n)
        run = lease.thing
        assert isinstance(run, Run)
        usage = {"input_tokens": 7, "output_tokens": 3}
        assert self.engine.value("record_abandoned", **self.ids(lease), usage=usage) is (
            lease.token in run.abandoned
        )
        with self.engine.nothing_changes():
            self.engine.value("record_abandoned", **self.ids(lease), usage=usage)
            self.engine.value("record_abandoned", **self.ids(lease, UUID(int=n)), usage=usage)
            if lease in aborted:
                late = reply("text", [], self.numbers)
                code = self.engine.refusal("record_response", **self.ids(lease), response=late)
                assert code == self.stale_code(lease)

    @rule(n=picks, everything=st.booleans())
    @precondition(lambda self: self.calm and self.live(Run))
    def release_runs(self, n: int, everything: bool) -> None:
        self.tick("release_runs")
        lease = self.pick(self.live(Run), n)
        run, id = lease.thing, lease.holder.id
        assert isinstance(run, Run)
        ids = None if everything else [lease.id]
        wanted = give_back(self.world, lease.holder, self.world.runs if everything else [run])
        assert self.engine.value("release_runs", instance_id=id, iteration_ids=ids) == wanted
