"""What the engine promises about runs, tool calls, leases and transcripts, as plain Python.

Ids, lease tokens and random delays are the database's to choose; the machine passes them in. Everything else
is worked out here and must come out the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from unittest.mock import ANY
from uuid import UUID

from .limits import CONTACT, LEASE, SPREAD, TERMINAL, TOOL_ATTEMPTS, TOOL_DEADLINE

Block = dict[str, Any]


@dataclass(eq=False)
class Instance:
    id: UUID
    name: str
    tools: set[str]
    heard: datetime
    registered: datetime
    refusal: str | None = None  # what its claims and heartbeats are refused with

    def in_contact(self, now: datetime) -> bool:
        return self.refusal is None and self.heard >= now - CONTACT

    def leave(self, refusal: str) -> None:
        self.tools, self.refusal = set(), refusal


@dataclass(eq=False)
class Queue:
    parked: bool = False
    resumed: datetime | None = None
    paused_until: datetime | None = None

    def open(self, now: datetime) -> bool:
        return not self.parked and (self.paused_until is None or self.paused_until <= now)

    def spread(self, now: datetime) -> bool:
        return self.paused_until is not None and self.paused_until <= now < self.paused_until + SPREAD


@dataclass(eq=False)
class Session:
    id: UUID
    tenant: str | None
    runs: list[Run] = field(default_factory=list)
    transcript: list[tuple[str, list[Block]]] = field(default_factory=list)
    inherited: int = 0  # how much of the transcript stands in the sessions it was forked from
    hidden: set[int] = field(default_factory=set)  # places of superseded turns

    @property
    def active(self) -> Run | None:
        return next((run for run in self.runs if run.state not in TERMINAL and not run.blocked), None)

    @property
    def shown(self) -> list[tuple[str, list[Block]]]:
        """What the model is shown."""
        return [said for place, said in enumerate(self.transcript) if place not in self.hidden]

    def queued(self) -> Run | None:
        return next((run for run in self.runs if run.blocked), None)

    def say(self, role: str, content: list[Block]) -> None:
        self.transcript.append((role, content))


@dataclass(eq=False)
class Lease:
    """A token as somebody was given it; `thing` holds it as long as its own token is the same."""

    thing: Run | Call
    id: UUID
    token: UUID
    holder: Instance

    @property
    def live(self) -> bool:
        return self.thing.lease is self


@dataclass(eq=False)
class Run:
    session: Session
    prompt: list[Block]
    model: str
    tools: list[str]
    priority: int
    available: datetime
    deadline: datetime | None
    max_iterations: int
    max_continuations: int
    id: UUID = field(init=False)
    state: str = "pending"
    blocked: bool = False
    attempt: int = 0
    rescues: int = 0
    iteration: int = 1
    continuations: int = 0
    stop: str | None = None
    error: str | None = None
    lease: Lease | None = None
    expires: datetime | None = None
    first: int | None = None  # the place of its prompt, once it had its turn
    last_stop: str | None = None  # of its last answer
    iteration_limit: int | None = None  # since it was continued
    superseded: bool = False
    abandoned: set[UUID] = field(default_factory=set)
    calls: list[Call] = field(default_factory=list)

    @property
    def open_calls(self) -> list[Call]:
        return [call for call in self.calls if call.state in ("pending", "running")]


@dataclass(eq=False)
class Call:
    run: Run
    use_id: str
    name: str
    available: datetime
    deadline: datetime
    max_attempts: int
    iteration: int
    state: str = "pending"
    attempt: int = 0
    snoozes: int = 0
    is_error: bool = False
    lease: Lease | None = None
    expires: datetime | None = None


def result(use_id: str, content: Any, is_error: bool) -> Block:
    block: Block = {"type": "tool_result", "tool_use_id": use_id}
    if content is ANY or content not in ("", []):
        block["content"] = content
    elif is_error:  # the API takes no error without content
        block["content"] = "The tool failed without a message."
    return block | ({"is_error": True} if is_error else {})


class World:
    """All there is, and the transitions of it."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.instances: list[Instance] = []
        self.sessions: list[Session] = []
        self.queues: dict[str, Queue] = {}
        self.keys: dict[tuple[str, str], tuple[Run, Any]] = {}
        self.leader: Instance | None = None
        self.leads_until: datetime | None = None
        self.rescue_after: datetime | None = None
        self.unoffered: dict[str, datetime] = {}

    @property
    def runs(self) -> list[Run]:
        return [run for session in self.sessions for run in session.runs]

    @property
    def calls(self) -> list[Call]:
        return [call for run in self.runs for call in run.calls]

    def create(self, run: Run) -> None:
        active = run.session.active
        if active is not None and active.state == "awaiting_input":
            self.end(active, "completed", active.stop)
        run.blocked = run.session.active is not None
        run.available = max(run.available, self.now)
        run.session.runs.append(run)
        self.queues.setdefault(run.model, Queue())
        if not run.blocked:
            self.begin(run)

    def begin(self, run: Run) -> None:
        run.first = len(run.session.transcript)
        run.session.say("user", run.prompt)

    def claimable(self, run: Run) -> bool:
        due = run.state == "pending" and not run.blocked and run.available <= self.now
        return due and self.queues[run.model].open(self.now)

    def hold(self, thing: Run | Call, lease: Lease) -> None:
        thing.state = "streaming" if isinstance(thing, Run) else "running"
        thing.attempt += 1
        thing.lease, thing.expires = lease, self.now + LEASE

    def free(self, thing: Run | Call, at: datetime, spent: int = 0) -> None:
        """Waits to be claimed again; `spent` -1 gives the attempt back."""
        thing.state, thing.available = "pending", at
        thing.attempt += spent
        thing.lease = thing.expires = None

    def end(self, run: Run, state: str, stop: str | None = None, error: str | None = None) -> None:
        for call in run.open_calls:
            self.settle(call, "skipped", ANY, True)
        if run.lease is not None and error in ("cancelled", "deadline_exceeded"):
            run.abandoned.add(run.lease.token)
        was_active, run.blocked = not run.blocked, False
        run.state, run.stop, run.error = state, stop, error
        run.lease = run.expires = None
        following = run.session.queued() if was_active else None
        if following is not None:
            following.blocked = False
            following.available = max(following.available, self.now)
            self.begin(following)

    def await_input(self, run: Run, stop: str) -> None:
        run.state, run.stop = "awaiting_input", stop
        run.lease = run.expires = None
        if run.session.queued() is not None:
            self.end(run, "completed", stop)

    def next_iteration(self, run: Run, continuation: bool = False) -> None:
        if run.iteration >= (run.iteration_limit or run.max_iterations):
            return self.await_input(run, "max_iterations")
        if continuation and run.continuations >= run.max_continuations:
            return self.await_input(run, "pause_turn")
        run.iteration += 1
        run.continuations += continuation
        run.attempt = run.rescues = 0
        self.free(run, self.now)
        return None

    def answer(self, run: Run, reply: dict[str, Any], claim_tools: bool) -> list[Call]:
        """Records a reply that has a stop reason; returns the calls that its worker now runs."""
        stop, content = reply["stop_reason"], reply["content"]
        run.last_stop = stop
        assert run.lease is not None
        offered: set[str] = run.lease.holder.tools if claim_tools else set()
        kept = bool(content) and stop != "refusal"
        uses = [block for block in content if kept and block["type"] == "tool_use"]
        if kept:
            run.session.say("assistant", content)
        if uses and stop == "tool_use":
            run.lease = run.expires = None
            now, asked = self.now, run.iteration
            calls = [
                Call(
                    run, u["id"], u["name"], now, now + TOOL_DEADLINE, TOOL_ATTEMPTS.get(u["name"], 2), asked
                )
                for u in uses
            ]
            run.calls += calls
            for call in calls:
                if call.name not in run.tools:
                    self.settle(call, "failed", ANY, True)
            if not run.open_calls:
                self.next_iteration(run)
                return []
            run.state = "pending_tools"
            return [call for call in run.open_calls if call.name in offered]
        for use in uses:
            run.session.say("user", [result(use["id"], ANY, True)])
        if stop in ("end_turn", "stop_sequence", "refusal", "tool_use"):
            self.end(run, "completed", stop)
        elif stop in ("pause_turn", "compaction") and kept:
            self.next_iteration(run, continuation=True)
        else:
            self.await_input(run, stop)
        return []

    def settle(self, call: Call, state: str, content: Any, is_error: bool) -> None:
        call.state, call.is_error, call.lease, call.expires = state, is_error, None, None
        call.run.session.say("user", [result(call.use_id, content, is_error)])

    def finish(self, call: Call, state: str, content: Any, is_error: bool) -> bool:
        """Ends a call; true when that sent its run on to a next model call."""
        self.settle(call, state, content, is_error)
        if call.run.open_calls:
            return False
        self.next_iteration(call.run)
        return call.run.state == "pending"

    def give_up_or_retry(self, call: Call, content: Any = ANY) -> None:
        if call.attempt < call.max_attempts:
            self.free(call, self.now)
        else:
            self.finish(call, "failed", content, True)
