"""A worker and a client over one database: what the rules of the next modules are made of."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant
from model_based.engine import Refused, Row
from model_based.machine import Switches
from psycopg.types.json import Jsonb

from .answers import Json
from .checks import Memory, check_request
from .scratch import Scratch

T = TypeVar("T")
picks = st.integers(0, 999)
CONFIG = {
    "max_context_tokens": 4000,
    "trigger": 0.5,
    "target_tokens": 1500,
    "keep_last": 2,
    "protected_tokens": 300,
    "summarizer_max_tokens": 100,
    "summarizer_input_tokens": 3000,
}
configs: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {},
    optional={
        "strategy": st.sampled_from(("summarization", "prune")),
        "keep_last": st.sampled_from((0, 1, 6)),
        "protected_tokens": st.sampled_from((0, 1200)),
        "summarizer_input_tokens": st.just(400),
        "summarizer_model": st.sampled_from(("claude-opus-5-5", "claude-sonnet-4-5")),
    },
)
MODELS = {
    "bound": "claude-opus-5-5",
    "bound otherwise": "claude-opus-5-5",
    "free": "claude-sonnet-4-5",
    "other": "claude-sonnet-5-5",
}
MAX_MESSAGES = 150


@dataclass(eq=False)
class Held:
    """A model call that the worker was handed."""

    run_id: UUID
    iteration_id: UUID
    lease_token: UUID
    request: Json
    compaction_id: UUID | None


class Base(RuleBasedStateMachine):
    """Agents of models that bind thinking and of others, which share sessions and have a delegate."""

    def __init__(self, engine: Scratch, tally: Counter[str]) -> None:
        super().__init__()
        chooser = getattr(self, "_rules_strategy", None)
        if hasattr(chooser, "enabled_rules_strategy"):
            chooser.enabled_rules_strategy = st.just(Switches(frozenset()))  # Hypothesis' own leaves out most
        self.engine, self.tally = engine, tally
        engine.reset()
        self.numbers = itertools.count(1)
        self.memory = Memory(engine)
        self.held: list[Held] = []
        self.calls: list[Row] = []
        self.sound = False
        self.patience = 2
        tally["examples"] += 1

    @initialize(config=configs)
    def define(self, config: Json) -> None:
        self.engine.rows("configure", changes=Jsonb({"compaction": CONFIG | config, "tool_max_attempts": 2}))
        tools = [{"name": "look", "input_schema": {"type": "object"}}]
        (row,) = self.engine.rows("register_instance", name="worker", max_concurrent_runs=100)
        self.worker: UUID = row["instance_id"]
        self.engine.rows("register_tools", instance_id=self.worker, tools=Jsonb(tools))
        helper = self._agent("helper", "claude-sonnet-5-5", [])
        self.agents = [self._agent(name, model, [helper]) for name, model in MODELS.items()]
        self.sessions: list[UUID] = [self.engine.value("create_session") for _ in range(2)]
        self.sound = True

    def _agent(self, name: str, model: str, delegates: list[UUID]) -> UUID:
        config = {"max_iterations": 5} if name == "free" else {}
        (row,) = self.engine.rows(
            "create_agent",
            name=name,
            model=model,
            system_prompt=f"You are {name}.",
            tools=["look"],
            agent_ids=delegates,
            config=config,
        )
        return row["id"]

    # What the rules share.

    def step(self, what: str, seconds: float = 0.02, works: bool = False) -> None:
        self.sound = False
        self.patience = min(3, self.patience + 1) if works else max(0, self.patience - 1)
        self.tally[what] += 1
        self.engine.advance(timedelta(seconds=seconds))

    def pick(self, items: Sequence[T], n: int) -> T:
        return items[n % len(items)]

    def ask(self, function: str, **named: Any) -> list[Row] | None:
        """The rows of a function, or None where the engine says no, for which it must have its reasons."""
        try:
            return self.engine.rows(function, **named)
        except Refused as refused:
            self.tally[f"{function} {refused.code}"] += 1
            return None

    def runs(self, where: str = "r.finalized_at is null") -> list[Row]:
        return self.engine.look(
            "select r.id, r.session_id, r.state::text, r.blocked from agentpg.runs r"
            f" join agentpg.run_inputs i on i.run_id = r.id where {where} order by i.created_at, r.id"
        )

    @property
    def calm(self) -> bool:
        """Whether enough was said for another disturbance, or there is nothing to do."""
        return self.patience > 0 or not (self.held or self.calls or self.claimable or self.may_create)

    @property
    def may_create(self) -> bool:
        return self.size_of_all() < MAX_MESSAGES and len(self.runs()) < 4

    @property
    def claimable(self) -> bool:
        return bool(self.runs("r.state = 'pending' and not r.blocked and r.available_at <= agentpg.now()"))

    def all_sessions(self) -> list[UUID]:
        """Those of delegates and of summaries too."""
        return [
            row["id"]
            for row in self.engine.look("select s.id from agentpg.sessions s order by s.created_at, s.id")
        ]

    def size_of_all(self) -> int:
        (row,) = self.engine.look("select count(*) from agentpg.messages")
        return row["count"]

    def took(self, rows: list[Row]) -> None:
        """Requests that were handed out."""
        for row in rows:
            check_request(row["request"])
            self.tally["summaries asked for" if row["compaction_id"] else "requests"] += 1
            names = ("run_id", "iteration_id", "lease_token", "request", "compaction_id")
            self.held.append(Held(**{name: row[name] for name in names}))

    def settle(self, held: Held, function: str, **named: Any) -> bool:
        """Tells what a call came to; false when the lease was lost."""
        self.held.remove(held)
        rows = self.ask(function, iteration_id=held.iteration_id, lease_token=held.lease_token, **named)
        if rows is not None and function == "record_response":
            self.calls += rows
        return rows is not None

    def live_requests(self) -> dict[UUID, Json]:
        return {held.iteration_id: held.request for held in self.held}

    @invariant()
    def all_is_as_it_must_be(self) -> None:
        self.memory.check(self.live_requests())
        self.sound = True
