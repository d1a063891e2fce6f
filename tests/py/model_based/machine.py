"""What the rules share: the engine, the model beside it, every lease ever given, what was done with it."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from agentpg._rows import build
from agentpg.claims import RunClaim
from agentpg_executor._held_messages import HeldMessages
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant
from psycopg.types.json import Jsonb

from .checks import check_request, compare
from .engine import Engine, Row
from .failures import settle_failure
from .limits import TERMINAL
from .maintenance_model import give_back, tick
from .model import Call, Instance, Lease, Run, Session, World

T = TypeVar("T")
DISTURBING = (
    *("time_passes", "crash", "register_instance", "deregister_instance", "cancel_run", "release_runs"),
    *("release_tools", "record_failure", "fail_tool", "snooze_tool", "run_maintenance", "heartbeat"),
)
picks = st.integers(0, 999)
DEFINITIONS: list[dict[str, Any]] = [
    {"name": "lookup", "input_schema": {"type": "object"}},
    {"name": "write", "input_schema": {"type": "object"}, "max_attempts": 3, "retry_jitter": 0.5},
    {"name": "orphan", "input_schema": {"type": "object"}},
    {"name": "secret", "input_schema": {"type": "object"}},
]
OFFERS = (("lookup", "write"), ("lookup", "secret"), ())
MAX_RUNS, MAX_UNFINISHED = 16, 4
ENOUGH_HELD = 2
STEP = timedelta(milliseconds=20)


class Switches:
    """Which rules an example goes without. Hypothesis' own choice leaves most without a way to go on."""

    def __init__(self, off: frozenset[str]) -> None:
        self._off = off

    def is_enabled(self, name: str) -> bool:
        return name not in self._off


switches = st.frozensets(st.sampled_from(DISTURBING), max_size=4).map(Switches)


class Agent:
    def __init__(
        self, id: UUID, model: str, tools: list[str], max_iterations: int, max_continuations: int
    ) -> None:
        self.id, self.model, self.tools = id, model, tools
        self.max_iterations, self.max_continuations = max_iterations, max_continuations


class Base(RuleBasedStateMachine):
    """Registers three workers, two agents and three sessions, and checks the world after each step."""

    def __init__(self, engine: Engine, tally: Counter[str]) -> None:
        super().__init__()
        chooser = getattr(self, "_rules_strategy", None)
        if hasattr(chooser, "enabled_rules_strategy"):
            chooser.enabled_rules_strategy = st.shared(switches, key=("switches", self))
        self.engine, self.tally = engine, tally
        self.patience = 2
        tally["begun"] += 1
        self.world = World(engine.reset())
        self.numbers = itertools.count(1)
        self.leases: list[Lease] = []
        self.memory: dict[Instance, list[Lease]] = {}
        self.recorded: dict[tuple[str, UUID], tuple[dict[str, Any], list[Row]]] = {}
        self.tried: list[Instance] = []
        self.held: dict[Run, HeldMessages] = {}
        self.sound = False
        self.define()

    def define(self) -> None:
        self.register_tools(None, [each["name"] for each in DEFINITIONS])
        for place in range(len(OFFERS)):
            self.register(place)
        every = ["lookup", "write", "orphan"]
        self.agents = [
            Agent(self.agent("first", "claude-sonnet-5-5", every, {}), "claude-sonnet-5-5", every, 100, 10),
            Agent(
                self.agent(
                    "second", "claude-haiku-5-5", ["lookup"], {"max_iterations": 3, "max_continuations": 1}
                ),
                *("claude-haiku-5-5", ["lookup"], 3, 1),
            ),
        ]
        for tenant in (None, None, "acme"):
            id = self.engine.value("create_session", metadata={"tenant_id": tenant} if tenant else {})
            self.world.sessions.append(Session(id, tenant))

    def agent(self, name: str, model: str, tools: list[str], config: dict[str, Any]) -> UUID:
        (row,) = self.engine.rows("create_agent", name=name, model=model, tools=tools, config=config)
        return row["id"]

    def register(self, place: int, exclusive: bool = False) -> Instance:
        name = f"worker {place}"
        if exclusive:
            for old in self.world.instances:
                if old.name == name and old.refusal is None:
                    self.give_back_all(old)
                    old.leave("AP211")
        (row,) = self.engine.rows("register_instance", name=name, exclusive=exclusive)
        instance = Instance(row["instance_id"], name, set(), self.world.now, self.world.now)
        self.world.instances.append(instance)
        self.memory[instance] = []
        self.register_tools(instance, list(OFFERS[place]))
        return instance

    def register_tools(self, instance: Instance | None, names: list[str]) -> None:
        definitions = [each for each in DEFINITIONS if each["name"] in names]
        id = instance.id if instance else None
        assert self.engine.value("register_tools", instance_id=id, tools=self.json(definitions)) == len(names)
        if instance:
            instance.tools = set(names)
            for name in names:
                self.world.unoffered.pop(name, None)

    @staticmethod
    def json(value: Any) -> Any:
        return Jsonb(value)

    def give_back_all(self, instance: Instance) -> tuple[int, int]:
        return give_back(self.world, instance, self.world.runs), give_back(
            self.world, instance, self.world.calls
        )

    # What rules are made of.

    def tick(self, what: str, step: timedelta = STEP, works: bool = False) -> None:
        """Begins a step: time goes on, so that nothing falls together by chance."""
        self.sound = False
        self.patience = min(4, self.patience + 1) if works else max(0, self.patience - 1)
        self.tally[what] += 1
        self.engine.advance(step)
        tick(self.world, step)

    def pick(self, items: list[T], n: int) -> T:
        return items[n % len(items)]

    @property
    def calm(self) -> bool:
        """Whether enough work was done for another disturbance, or there is none to do."""
        return self.patience > 0 or not self.work_to_do

    @property
    def work_to_do(self) -> bool:
        if any(lease.live for lease in self.leases) or self.may_create:
            return True
        return bool(self.working) and any(self.world.claimable(run) for run in self.world.runs)

    @property
    def may_create(self) -> bool:
        room = len(self.world.runs) < MAX_RUNS and len(self.unfinished) < MAX_UNFINISHED
        return room and sum(lease.live for lease in self.leases) < ENOUGH_HELD

    @property
    def unfinished(self) -> list[Run]:
        return [run for run in self.world.runs if run.state not in TERMINAL]

    @property
    def working(self) -> list[Instance]:
        return [instance for instance in self.world.instances if instance.refusal is None]

    def live(self, kind: type[Run] | type[Call]) -> list[Lease]:
        return [lease for lease in self.leases if lease.live and isinstance(lease.thing, kind)]

    @property
    def dead(self) -> list[Lease]:
        return [lease for lease in self.leases if not lease.live]

    def took(self, thing: Run | Call, id: UUID, row: Row, instance: Instance) -> None:
        """The instance was handed this: the model gives it the lease."""
        lease = Lease(thing, id, row["lease_token"], instance)
        self.world.hold(thing, lease)
        assert row["attempt"] == thing.attempt
        assert row["lease_expires_at"] == thing.expires
        self.leases.append(lease)
        self.memory[instance].append(lease)

    def took_run(self, row: Row, instance: Instance) -> Run:
        run = next(each for each in self.world.runs if each.id == row["run_id"])
        self.took(run, row["iteration_id"], row, instance)
        claim = build(RunClaim, row)
        if claim.messages_after is not None:
            self.tally["new messages alone"] += 1
            claim = self.held[run].completing(claim)
        check_request(run, claim.request)
        held = HeldMessages.of(claim)
        assert held is not None
        self.held[run] = held
        return run

    def known(self, run: Run, n: int) -> Any:
        """What the worker says it holds of the run's messages; some say nothing."""
        held = self.held.get(run)
        if held is None or n % 4 == 0:
            return None
        return self.json({"seq": held.known.seq, "checksum": held.known.checksum})

    def took_call(self, row: Row, instance: Instance) -> Call:
        call = next(each for each in self.world.calls if each.use_id == row["tool_use_id"])
        assert (row["run_id"], row["tool_name"]) == (call.run.id, call.name)
        self.took(call, row["tool_execution_id"], row, instance)
        return call

    def settle(self, function: str, lease: Lease, again: bool, **named: Any) -> list[Row]:
        """Calls with a lease; with `again` the answer was lost, and the same call must give the same."""
        rows = self.engine.rows(function, **self.ids(lease), **named)
        self.recorded[function, lease.token] = (named, rows)
        if again:
            with self.engine.nothing_changes():
                assert self.engine.rows(function, **self.ids(lease), **named) == rows
        return rows

    def ids(self, lease: Lease, token: UUID | None = None) -> dict[str, Any]:
        name = "iteration_id" if isinstance(lease.thing, Run) else "tool_execution_id"
        return {name: lease.id, "lease_token": token or lease.token}

    def stale_code(self, lease: Lease) -> str:
        thing = lease.thing
        if isinstance(thing, Run):
            return "AP202" if thing.state == "cancelled" else "AP210"
        return "AP202" if thing.state == "skipped" and thing.run.state == "cancelled" else "AP210"

    def went_on(self, rows: list[Row], call: Call, instance: Instance, sent: bool, claim_next: bool) -> None:
        """After the end of a call: whether its worker was handed the next request is as promised."""
        queue = self.world.queues[call.run.model]
        allowed = sent and claim_next and instance.refusal is None and queue.open(self.world.now)
        assert len(rows) == 1 if allowed and not queue.spread(self.world.now) else len(rows) <= int(allowed)
        for row in rows:
            self.tally["handed the next request"] += 1
            self.took_run(row, instance)

    def attempt_failed(
        self, run: Run, course: str, error: str, wait: timedelta | None = None
    ) -> datetime | None:
        """A model call gave no answer; returns when it is tried again, as the database says."""
        return settle_failure(self.world, self.engine, run, course, error, wait)

    def answered(self, lease: Lease, reply: dict[str, Any], claim_tools: bool, again: bool = False) -> None:
        run = lease.thing
        assert isinstance(run, Run)
        rows = self.settle("record_response", lease, again, response=reply, claim_tools=claim_tools)
        if reply["stop_reason"] is None:
            assert rows == []
            self.attempt_failed(run, "retry", "no_stop_reason")
            self.recorded["record_failure", lease.token] = ({"error": {}}, [])
            return
        mine = self.world.answer(run, reply, claim_tools)
        assert [row["tool_use_id"] for row in rows] == [call.use_id for call in mine]
        for row in rows:
            self.took_call(row, lease.holder)

    @invariant()
    def the_database_is_as_the_model_says(self) -> None:
        compare(self.world, self.engine)
        for run in self.world.runs:
            self.tally[f"seen {run.state}"] += 1
        self.sound = True
