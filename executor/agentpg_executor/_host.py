"""What the parts of an executor share: its calls, its tools, its leases, its slots, its counters."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from agentpg._backoff import backoff
from agentpg.errors import AgentPGError

from ._bounded import bounded
from ._hooking import Hooking
from ._leases import Leases
from ._pools import OutputSettings, Pools
from ._publisher import Publisher
from ._secrets import Secrets, Vault
from ._slots import Slots
from ._stats import ExecutorStats
from ._wake import Wake
from .events import Event, EventHandler
from .hooks import Hooks
from .model import ModelCaller
from .tools import ToolRegistry
from .tools.threads import ThreadPool

T = TypeVar("T")

LONGEST_DELAY = 3.0
SHORTEST_PATIENCE = 2.0


class Host:
    """State of one executor. Rules live in the database, loops in the modules beside this one."""

    def __init__(
        self,
        *,
        pools: Pools,
        caller: ModelCaller | None,
        tools: ToolRegistry,
        max_runs: int,
        max_tools: int,
        max_batches: int,
        only_runs: set[UUID] | None,
        on_event: EventHandler | None,
        hooks: Hooks,
        secrets: Secrets | None,
        log: logging.Logger,
    ) -> None:
        self._pools = pools
        self.calls = pools.calls
        self.pulse = pools.pulse
        self.caller = caller
        self.tools = tools
        self.only_runs = only_runs
        self.log = log
        self.stats = ExecutorStats()
        self.leases = Leases()
        self.publisher = Publisher(self)
        self.hooking = Hooking(hooks, log, self.stats)
        self.vault = Vault(secrets, log)
        self.runs_wake = Wake()
        self.tools_wake = Wake()
        self.batches_wake = Wake()
        self.runs_more = False
        self.tools_more = False
        self.run_slots = Slots(max_runs if caller is not None else 0, self._run_slot_freed)
        self.tool_slots = Slots(max_tools, self._tool_slot_freed)
        self.batch_slots = Slots(max_batches if caller is not None else 0, self.batches_wake.set)
        # Twice the places for bodies, so that abandoned ones do not starve the others.
        self.threads = ThreadPool(2 * max_tools + 8)
        self.instance_id = UUID(int=0)
        self.settings = OutputSettings()
        self.lease_ttl = timedelta(seconds=20)
        self.draining = False
        self._database_ahead = timedelta()
        self._troubled_at = -math.inf
        self.stopped = asyncio.Event()
        self._on_event = on_event
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def patience(self) -> float:
        """Seconds after which a silent database call is given up: the leases it is about lapse by then."""
        return max(self.lease_ttl.total_seconds(), SHORTEST_PATIENCE)

    def note_lease(self, expires_at: datetime) -> None:
        """A fresh lease tells the database's time, and so how far our own clock is off."""
        self._database_ahead = expires_at - self.lease_ttl - datetime.now(UTC)

    def seconds_until(self, moment: datetime) -> float:
        """Until a moment of the database's clock, and a little beyond it."""
        return (moment - self._database_ahead - datetime.now(UTC)).total_seconds() + 0.02

    @property
    def run_ids(self) -> list[UUID] | None:
        return None if self.only_runs is None else list(self.only_runs)

    @property
    def busy(self) -> bool:
        return self.run_slots.used + self.tool_slots.used > 0

    @property
    def tasks(self) -> set[asyncio.Task[Any]]:
        return set(self._tasks)

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        """Runs `work` beside everything else; a drain waits for it."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def emit(self, event: Event) -> None:
        if self._on_event is None:
            return
        try:
            self._on_event(event)
        except Exception:
            self.stats.event_errors += 1
            self.log.exception("on_event failed for %s", type(event).__name__)

    async def insist(self, what: str, call: Callable[[], Awaitable[T]], patience: float | None = None) -> T:
        """Repeats a repeatable call until the database answers, or the executor has stopped.

        What the database refuses is raised: `LeaseLost`, `RunCancelled` and the like.
        """
        attempt = 0
        while True:
            try:
                return await bounded(call, patience or self.patience)
            except AgentPGError as error:
                if not error.retryable or self.stopped.is_set():
                    raise
                self.stats.database_retries += 1
                level = logging.WARNING if attempt == 0 else logging.DEBUG
                self.log.log(level, "%s: the database is not available, will try again: %s", what, error)
                await self.before_retry(attempt)
                attempt += 1

    async def before_retry(self, attempt: int, longest: float = LONGEST_DELAY) -> None:
        """Backs off, then has dead connections replaced, so that the next try meets a live one."""
        self._troubled_at = asyncio.get_running_loop().time()
        await self.pause(backoff(attempt, first=0.05, ceiling=longest))
        await self._pools.refresh()

    def had_trouble(self, seconds: float) -> bool:
        """Whether a call to the database failed within the last `seconds`, for want of the database."""
        return asyncio.get_running_loop().time() - self._troubled_at < seconds

    async def read_settings(self) -> None:
        """Takes over what `configure()` may have changed."""
        self.settings = await self._pools.read_settings()

    async def pause(self, seconds: float) -> None:
        """Sleeps, or returns at once when the executor stops."""
        try:
            async with asyncio.timeout(seconds):
                await self.stopped.wait()
        except TimeoutError:
            return

    def _run_slot_freed(self) -> None:
        if self.runs_more:
            self.runs_wake.set()

    def _tool_slot_freed(self) -> None:
        if self.tools_more:
            self.tools_wake.set()
