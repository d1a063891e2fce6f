"""This process in the eyes of the database: registration, heartbeat, maintenance."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from agentpg import __version__
from agentpg._backoff import jittered
from agentpg.claims import LostLease
from agentpg.errors import AgentPGError, InstanceFenced, InstanceNotFound

from ._bounded import bounded
from ._host import Host

# An idle executor asks for runs and for tools: together at most once a second.
SHORTEST_POLL = 2.0
SHORTEST_BATCH_POLL = 0.1
SHORTEST_PATIENCE = 1.0
# The pool of another executor may take this long to connect again.
SHORTEST_TRUCE = 3.0
# Once a minute with default settings.
SETTINGS_EVERY = 13


class Instance:
    """Registers, keeps the leases alive, and aborts what the database says is no longer ours."""

    def __init__(
        self,
        host: Host,
        *,
        name: str | None,
        max_runs: int,
        max_tools: int,
        max_batches: int,
        poll_interval: float | None,
        exclusive: bool,
        stop: Callable[[], None],
    ) -> None:
        self._host = host
        self._name = name
        self._max_runs = max_runs
        self._max_tools = max_tools
        self._max_batches = max_batches
        self._own_poll = poll_interval
        self._exclusive = exclusive
        self._poll = timedelta(seconds=5)
        self._heartbeat = timedelta(seconds=5)
        self._registering = asyncio.Lock()
        self.is_listening: Callable[[], bool] = lambda: False
        self._stop = stop
        self.fenced: InstanceFenced | None = None

    @property
    def poll_seconds(self) -> float:
        """Seconds between backstop polls of one kind of work: shorter while nobody can wake us."""
        listening = self.is_listening()
        seconds = self._own_poll
        if seconds is None:
            seconds = self._poll.total_seconds() if listening else max(self._poll.total_seconds() / 5, 0.5)
        return max(seconds, SHORTEST_POLL) if listening else seconds

    @property
    def batch_poll_seconds(self) -> float:
        """Seconds between two looks for batches to work on: nobody announces those."""
        seconds = self._poll.total_seconds() if self._own_poll is None else self._own_poll
        return max(seconds, SHORTEST_BATCH_POLL)

    async def register(self, forgotten_id: UUID | None = None) -> None:
        """Makes this process and its tools known."""
        host = self._host
        registered = await host.insist(
            "register_instance",
            lambda: host.pulse.register_instance(
                name=self._name,
                hostname=socket.gethostname(),
                pid=os.getpid(),
                version=__version__,
                max_concurrent_runs=self._max_runs,
                max_concurrent_tools=self._max_tools,
                max_concurrent_batches=self._max_batches,
                exclusive=self._exclusive,
                forgotten_id=forgotten_id,
            ),
        )
        host.instance_id = registered.instance_id
        self._heartbeat = registered.heartbeat_interval
        host.lease_ttl = registered.lease_ttl
        self._poll = registered.poll_interval
        host.stats.registrations += 1
        await self.register_tools()

    async def register_tools(self) -> None:
        host = self._host
        definitions = host.tools.definitions()
        # Without room for any it defines them, for the requests, and offers none.
        offering = host.instance_id if self._max_tools > 0 else None
        if definitions:
            await host.insist("register_tools", lambda: host.pulse.register_tools(offering, definitions))

    async def register_again(self, unknown: InstanceNotFound) -> None:
        """After the database forgot us: a new incarnation. What is held stays held, by its lease tokens."""
        async with self._registering:
            forgotten = self._host.instance_id
            # The call may have been under way since before we registered again.
            if unknown.instance_id not in (None, forgotten):
                return
            self._host.log.warning("the database no longer knows instance %s; registering again", forgotten)
            try:
                await self.register(forgotten)
            except InstanceFenced as error:
                self.fence(error)

    def fence(self, error: InstanceFenced) -> None:
        """A newer process of our name took over: this one must stop."""
        if self.fenced is None:
            self._host.log.error("this executor was replaced, and stops: %s", error)
            self.fenced = error
            # What it held went to its successor with its name.
            for lease in self._host.leases:
                if lease.abort("lease_lost"):
                    self._host.stats.leases_lost += 1
            self._stop()

    async def beat(self) -> None:
        """Heartbeats until cancelled."""
        host, failures = self._host, 0
        while True:
            seconds = self._heartbeat.total_seconds()
            await asyncio.sleep(seconds * 0.9 if failures == 0 else 0.0)
            try:
                await self._beat_once()
                failures = 0
            except InstanceNotFound as error:
                await self.register_again(error)
            except InstanceFenced as error:
                self.fence(error)
                return
            except AgentPGError as error:
                log = host.log.warning if failures == 0 else host.log.debug
                log("heartbeat failed, will try again: %s", error)
                await host.before_retry(failures, seconds / 2)
                failures += 1
            except Exception:
                host.stats.unexpected_errors += 1
                host.log.exception("heartbeat failed, will try again")
                await host.before_retry(failures, seconds / 2)
                failures += 1

    async def _beat_once(self) -> None:
        host = self._host
        answer = await bounded(
            lambda: host.pulse.heartbeat(
                host.instance_id,
                runs=host.leases.runs,
                tools=host.leases.tools,
                batches=host.leases.batches,
            ),
            # So short that a second one, on another connection, still comes before the lease lapses.
            max(host.lease_ttl.total_seconds() / 6, SHORTEST_PATIENCE),
        )
        host.stats.heartbeats += 1
        self._heartbeat = answer.heartbeat_interval
        host.lease_ttl = answer.lease_ttl
        self._poll = answer.poll_interval
        for lost in answer.lost:
            self._abort(lost)

    def _abort(self, lost: LostLease) -> None:
        host = self._host
        lease = host.leases.find(lost.lease_token)
        # Not held any more, or being recorded at this moment: the answer to that counts, not this one.
        if lease is not None and lease.abort(lost.reason):
            if lost.reason == "cancelled":
                host.stats.cancelled += 1
            else:
                host.stats.leases_lost += 1

    def abort_run(self, run_id: UUID, reason: str) -> None:
        """A notification said that the run has ended: its work here is not wanted any more."""
        for lease in self._host.leases.of_run(run_id):
            if lease.abort(reason):
                self._host.stats.cancelled += 1

    async def maintain(self) -> None:
        """Does what is due for everybody (lapsed leases, deadlines), until cancelled.

        Everybody asks about once a heartbeat, so that work is rescued a heartbeat after its lease lapsed;
        the database lets one of them do it. While the database was away leases lapsed that are only about to
        be renewed: so nobody asks for a while after that, or each call under way would be paid for twice.
        """
        host = self._host
        for turn in itertools.count(1):
            seconds = self._heartbeat.total_seconds()
            await asyncio.sleep(jittered(0.9 * seconds))
            if host.had_trouble(max(2 * seconds, SHORTEST_TRUCE)):
                continue
            try:
                done = await bounded(lambda: host.pulse.run_maintenance(host.instance_id), host.patience)
                if turn % SETTINGS_EVERY == 0:
                    await bounded(host.read_settings, host.patience)
            except AgentPGError as error:
                host.log.debug("maintenance failed, will try again: %s", error)
                await host.before_retry(0)
                continue
            found = {key: count for key, count in done.items() if count and key not in ("leader", "term")}
            if found:
                host.log.info("maintenance: %s", found)
