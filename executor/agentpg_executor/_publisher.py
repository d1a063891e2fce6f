"""What the model says and tools tell, on its way to whoever watches: many pieces in few statements."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from agentpg._backoff import backoff
from agentpg.claims import RunClaim, ToolClaim
from agentpg.errors import AgentPGError

from ._bounded import bounded
from ._text import clean_text

if TYPE_CHECKING:
    from ._host import Host

INTERVAL = 0.075
"""Seconds between two statements, while no run has FULL characters waiting."""
FULL = 1024
# At most this often, however fast the models speak.
SHORTEST_INTERVAL = 0.02
MOST_CHARACTERS = 256 * 1024
MOST_STATEMENT = 2 * 1024 * 1024
PATIENCE = 2.0
# What records an answer waits no longer than this for a statement with an earlier piece of it.
LAST_PATIENCE = 0.5


@dataclass(slots=True)
class _Buffer:
    """What waits of one lease, in order: [kind, pieces of text] or [kind, data]."""

    place: dict[str, str]
    pending: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    characters: int = 0
    dropped: int = 0

    def add_text(self, kind: str, text: str) -> None:
        if self.characters + len(text) > MOST_CHARACTERS:
            self.dropped += len(text)
            return
        self.characters += len(text)
        if self.pending and self.pending[-1][0] == kind:
            self.pending[-1][1].append(text)
        else:
            self.pending.append((kind, [text]))

    def add_progress(self, data: dict[str, Any], size: int) -> None:
        if self.characters + size > MOST_CHARACTERS:
            return
        self.characters += size
        self.pending.append(("tool_progress", data))

    def take(self) -> list[dict[str, Any]]:
        """All that waits, as events."""
        events: list[dict[str, Any]] = []
        for kind, content in self.pending:
            # Made fit for Postgres, like the stored message.
            data = content if kind == "tool_progress" else {"text": clean_text("".join(content))[0]}
            events.append({**self.place, "kind": kind, "data": data})
        if self.dropped:
            events.append({**self.place, "kind": "gap", "data": {"dropped": self.dropped}})
        self.pending, self.characters, self.dropped = [], 0, 0
        return events

    def put_back(self, events: list[dict[str, Any]]) -> None:
        """What could not be published goes before what came meanwhile, as far as there is room."""
        later, later_dropped = self.pending, self.dropped
        self.pending, self.characters, self.dropped = [], 0, 0
        for event in events:
            self._again(event["kind"], event["data"])
        for kind, content in later:
            self._again(kind, content if kind == "tool_progress" else {"text": "".join(content)})
        self.dropped += later_dropped

    def _again(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "gap":
            self.dropped += data["dropped"]
        elif kind == "tool_progress":
            self.add_progress(data, len(str(data)))
        else:
            self.add_text(kind, data["text"])


class Publisher:
    """One flusher for the process. Adding to it never waits, and a database that is away harms no run."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._buffers: dict[UUID, _Buffer] = {}
        # The leases of the statement under way, and what is done when it is.
        self._sending: set[UUID] = set()
        self._sent: asyncio.Future[None] | None = None
        self._wake = asyncio.Event()
        self._full = asyncio.Event()

    def say(self, claim: RunClaim, kind: str, piece: str) -> None:
        """A piece of "text" or "thinking" of a held model call."""
        if not claim.events or not piece:
            return
        buffer = self._buffer(claim.lease_token, {"iteration_id": str(claim.iteration_id)})
        buffer.add_text(kind, piece)
        self._kick(buffer)

    def progress(self, claim: ToolClaim, data: dict[str, Any], size: int) -> None:
        """What a held tool call tells of itself."""
        if not claim.events:
            return
        buffer = self._buffer(claim.lease_token, {"tool_execution_id": str(claim.tool_execution_id)})
        buffer.add_progress(data, size)
        self._kick(buffer)

    async def rest_of(self, claim: RunClaim) -> list[dict[str, Any]]:
        """The end of an answer: what of it still waits, for the statement that records it."""
        if claim.lease_token in self._sending and self._sent is not None:
            await asyncio.wait([self._sent], timeout=LAST_PATIENCE)
            if claim.lease_token in self._sending:
                # Behind a hole it would say something else.
                return []
        buffer = self._buffers.pop(claim.lease_token, None)
        if buffer is None:
            return []
        return [{"kind": event["kind"], "data": event["data"]} for event in buffer.take()]

    async def run(self) -> None:
        """Publishes until cancelled."""
        loop = asyncio.get_running_loop()
        last, failures = 0.0, 0
        while True:
            await self._wake.wait()
            wait = last + INTERVAL - loop.time()
            if wait > 0:
                await asyncio.sleep(min(wait, SHORTEST_INTERVAL))
                if wait > SHORTEST_INTERVAL:
                    await self._until_full(wait - SHORTEST_INTERVAL)
            self._wake.clear()
            self._full.clear()
            last = loop.time()
            try:
                if await self.flush():
                    # Somebody holds a stream: its text goes with the next.
                    self._wake.set()
                failures = 0
            except AgentPGError as error:
                self._host.log.debug("events are not published, will try again: %s", error)
                await self._host.pause(backoff(failures, first=0.1, ceiling=2.0))
                failures += 1
                self._wake.set()

    async def flush(self) -> bool:
        """One statement with what waits; True if some of it has to be sent again."""
        taken: list[tuple[_Buffer, UUID, list[dict[str, Any]]]] = []
        size = 0
        for token, buffer in list(self._buffers.items()):
            if size > MOST_STATEMENT:
                self._wake.set()
                break
            size += buffer.characters
            del self._buffers[token]
            taken.append((buffer, token, buffer.take()))
        events = [event for _, _, of_one in taken for event in of_one]
        if not events:
            return False
        self._sending = {token for _, token, _ in taken}
        self._sent = asyncio.get_running_loop().create_future()
        try:
            return await self._send(taken, events)
        finally:
            self._sending = set()
            self._sent.set_result(None)

    async def _send(
        self, taken: list[tuple[_Buffer, UUID, list[dict[str, Any]]]], events: list[dict[str, Any]]
    ) -> bool:
        host = self._host
        try:
            outcome = await bounded(lambda: host.calls.publish_events(events), PATIENCE)
        except AgentPGError as error:
            if not error.retryable:
                host.stats.event_errors += 1
                host.log.warning("%d events were refused: %s", len(events), error)
                return False
            self._put_back(taken)
            raise
        host.stats.events_published += outcome.published
        host.stats.events_stale += outcome.stale
        if outcome.busy:
            busy = {id(events[place]) for place in outcome.busy if place < len(events)}
            self._put_back([(b, t, [one for one in e if id(one) in busy]) for b, t, e in taken])
        return bool(outcome.busy)

    def _put_back(self, taken: list[tuple[_Buffer, UUID, list[dict[str, Any]]]]) -> None:
        for buffer, token, events in taken:
            if events:
                self._buffer(token, buffer.place).put_back(events)

    def _buffer(self, token: UUID, place: dict[str, str]) -> _Buffer:
        buffer = self._buffers.get(token)
        if buffer is None:
            buffer = self._buffers[token] = _Buffer({**place, "lease_token": str(token)})
        return buffer

    def _kick(self, buffer: _Buffer) -> None:
        self._wake.set()
        if buffer.characters >= FULL:
            self._full.set()

    async def _until_full(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._full.wait()
        except TimeoutError:
            return
