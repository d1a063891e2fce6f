"""The executor: asks the database for work, calls Claude, runs tools, and owns no rule."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from types import ModuleType
from typing import Any, Self
from uuid import UUID

from agentpg._async.listener import AsyncListener
from anthropic import AsyncAnthropic

from ._connection import configure, open_caller
from ._draining import drain, draining_on_signals, say_goodbye
from ._hints import CHANNELS, Hints
from ._host import Host
from ._instance import Instance
from ._loop_watch import watch_loop
from ._loops import loops_of
from ._pools import Pools
from ._secrets import Secrets
from ._stats import ExecutorStats
from .errors import ExecutorAlreadyStarted, ExecutorConfigError
from .events import EventHandler
from .hooks import Hooks
from .tools import ToolRegistry
from .tools.registry import AnyTool

FIRST_LISTEN_SECONDS = 5.0


class Executor:
    """One process, many runs: claims what it has room for, until it is stopped.

    Standalone: `await Executor(dsn, tools=[...]).run()`. Embedded: `async with Executor(...):`. Without a
    `dsn` it takes DATABASE_URL, without a key ANTHROPIC_API_KEY (or whatever else the SDK finds). With
    `pooled=True` (PgBouncer in transaction mode) it listens on `listen_dsn`, or polls if there is none.
    `only_runs` restricts it to these runs and those of their delegates; `tools_only=True` makes no model
    calls and needs no key. With `exclusive=True` it is the only one of its `name`: an older one is fenced
    off and stops. `max_concurrent_batches` is how many batches of the fleet it works on at once: 2, or none
    if it is restricted to some runs or makes no model calls. `secrets` (by name, or a function of it) take
    the place of `{"$secret": "name"}` in requests. Times are in seconds.
    """

    def __init__(
        self,
        dsn: str | None = None,
        *,
        tools: Iterable[AnyTool | Callable[..., Any] | ModuleType] = (),
        name: str | None = None,
        exclusive: bool = False,
        max_concurrent_runs: int = 10,
        max_concurrent_tools: int = 50,
        max_concurrent_batches: int | None = None,
        poll_interval: float | None = None,
        grace_period: float = 30.0,
        anthropic_client: AsyncAnthropic | None = None,
        api_key: str | None = None,
        base_url: str | None = None,
        listen_dsn: str | None = None,
        pooled: bool = False,
        only_runs: Iterable[UUID] | None = None,
        tools_only: bool = False,
        on_event: EventHandler | None = None,
        hooks: Hooks | None = None,
        secrets: Secrets | None = None,
        logger: logging.Logger | None = None,
    ) -> None:
        if (
            min(max_concurrent_runs, max_concurrent_tools, max_concurrent_batches or 0) < 0
            or max_concurrent_runs == max_concurrent_tools == (max_concurrent_batches or 0) == 0
        ):
            raise ExecutorConfigError("max_concurrent_runs, _tools and _batches: 0 or more, not all 0")
        if exclusive and name is None:
            raise ExecutorConfigError("exclusive=True needs a name, of which there shall be one executor")
        if grace_period < 0 or (poll_interval is not None and poll_interval <= 0):
            raise ExecutorConfigError("grace_period must not be below 0 s, poll_interval must be above 0 s")
        if anthropic_client is not None and (api_key is not None or base_url is not None):
            raise ExecutorConfigError("give anthropic_client, or api_key and base_url, not both")
        self._config = configure(dsn, listen_dsn=listen_dsn, pooled=pooled, name=name)
        self._registry = ToolRegistry(tools)
        self._name = name
        self._exclusive = exclusive
        self._max_runs = 0 if tools_only else max_concurrent_runs
        self._max_tools = max_concurrent_tools
        if max_concurrent_batches is None:
            max_concurrent_batches = 2 if only_runs is None and max_concurrent_runs > 0 else 0
        self._max_batches = 0 if tools_only else max_concurrent_batches
        self._poll_interval = poll_interval
        self._grace = grace_period
        self._given_client = anthropic_client
        self._api_key = api_key
        self._base_url = base_url
        self._only_runs = None if only_runs is None else set(only_runs)
        self._on_event = on_event
        self._hooks = hooks or Hooks()
        self._secrets = secrets
        self._log = logger or logging.getLogger("agentpg.executor")
        self._started = False
        self._open: contextlib.AsyncExitStack | None = None
        self._host: Host | None = None
        self._instance: Instance | None = None
        self._claimers: list[asyncio.Task[None]] = []
        self._stop_requested = asyncio.Event()
        self._hurry = asyncio.Event()
        self._stop_lock = asyncio.Lock()

    @property
    def instance_id(self) -> UUID | None:
        """Under which the database knows this process; None before the start."""
        return None if self._host is None else self._host.instance_id

    @property
    def stats(self) -> ExecutorStats:
        """A copy of the counters."""
        host = self._host
        if host is None:
            return ExecutorStats()
        return replace(
            host.stats,
            active_runs=host.run_slots.used,
            active_tools=host.tool_slots.used,
            active_batches=host.batch_slots.used,
            abandoned_threads=host.threads.abandoned,
        )

    def register_tool(self, item: AnyTool | Callable[..., Any]) -> AnyTool:
        """Adds a tool. After the start it is made known to the database at once, in the background."""
        made = self._registry.register(item)
        if self._host is not None and self._instance is not None and not self._host.draining:
            self._host.spawn(self._instance.register_tools(), "register tools")
            self._host.tools_wake.set()
        return made

    def get_tool(self, name: str) -> AnyTool | None:
        """The tool of that name, or None."""
        return self._registry.get_tool(name)

    def all_tool_names(self) -> list[str]:
        """The names of all tools, in order of registration."""
        return self._registry.all_tool_names()

    def serve(self, run_id: UUID) -> None:
        """Adds a run to those it is restricted to (`only_runs`)."""
        if self._only_runs is None:
            return
        self._only_runs.add(run_id)
        if self._host is not None:
            self._host.runs_wake.set()

    async def start(self) -> None:
        """Registers and begins to work. Raises if the database, its schema or the key will not do."""
        if self._started:
            raise ExecutorAlreadyStarted("this executor was started before", hint="make a new Executor")
        self._started = True
        async with contextlib.AsyncExitStack() as opened:
            caller = None
            if self._max_runs + self._max_batches > 0:
                caller = await open_caller(opened, self._given_client, self._api_key, self._base_url)
            pools = await Pools.open(self._config)
            opened.push_async_callback(pools.close)
            host = Host(
                pools=pools,
                caller=caller,
                tools=self._registry,
                max_runs=self._max_runs,
                max_tools=self._max_tools,
                max_batches=self._max_batches,
                only_runs=self._only_runs,
                on_event=self._on_event,
                hooks=self._hooks,
                secrets=self._secrets,
                log=self._log,
            )
            opened.callback(host.threads.close)
            opened.callback(host.stopped.set)
            await host.insist("reading the settings", host.read_settings)
            instance = Instance(
                host,
                name=self._name,
                max_runs=self._max_runs,
                max_tools=self._max_tools,
                max_batches=self._max_batches,
                poll_interval=self._poll_interval,
                exclusive=self._exclusive,
                stop=self._stop_requested.set,
            )
            await instance.register()
            opened.push_async_callback(say_goodbye, host)
            self._host, self._instance = host, instance
            self._background(opened, instance.beat(), "agentpg heartbeat")
            self._background(opened, watch_loop(host.log), "agentpg loop watch")
            self._background(opened, instance.maintain(), "agentpg maintenance")
            self._background(opened, host.publisher.run(), "agentpg events")
            await self._listen(opened, host, instance)
            self._start_claiming(host, instance)
            self._open = opened.pop_all()
        self._log.info(
            "executor %s started: %d runs, %d tools, %d batches at once; tools: %s",
            host.instance_id, self._max_runs, self._max_tools, self._max_batches,
            ", ".join(self.all_tool_names()) or "none",
        )  # fmt: skip

    async def stop(self, grace: float | None = None) -> None:
        """Claims nothing more, lets work finish within `grace` seconds, gives the rest back unharmed."""
        self._stop_requested.set()
        async with self._stop_lock:
            opened, self._open = self._open, None
            if opened is None or self._host is None:
                return
            async with opened:
                await drain(self._host, self._claimers, self._grace if grace is None else grace, self._hurry)
        stats = self.stats
        counts = stats.model_calls, stats.tool_calls, stats.writes_refused
        self._log.info("executor stopped: %d model calls, %d tool calls, %d late writes refused", *counts)

    async def run(self) -> signal.Signals | None:
        """Starts, works until SIGTERM, SIGINT or `stop()`, and drains.

        A second signal stops at once, and is returned; after a drain that took its time, None.
        """
        with draining_on_signals(self._stop_requested, self._hurry, self._log) as signalled:
            await self.start()
            assert self._instance is not None
            try:
                await self._stop_requested.wait()
            finally:
                await self.stop()
        if self._instance.fenced is not None:
            raise self._instance.fenced
        return signalled.second

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _background(
        self, opened: contextlib.AsyncExitStack, work: Coroutine[Any, Any, None], name: str
    ) -> None:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._log_crash)

        async def end() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        opened.push_async_callback(end)

    def _log_crash(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.critical("%s died; stopping", task.get_name(), exc_info=error)
            self._stop_requested.set()

    async def _listen(self, opened: contextlib.AsyncExitStack, host: Host, instance: Instance) -> None:
        dsn = self._config.effective_listen_dsn
        if dsn is None:
            host.runs_wake.set()
            host.tools_wake.set()
            self._log.info("not listening for notifications: polling")
            return
        hints = Hints(host, instance)
        first = asyncio.Event()

        def on_listening() -> None:
            hints.listening()
            first.set()

        listener = AsyncListener(
            dsn,
            channels=CHANNELS,
            on_notify=hints.heard,
            on_listening=on_listening,
            connection_parameters=self._config.connection_parameters,
        )
        instance.is_listening = lambda: listener.is_listening
        listener.start()
        opened.push_async_callback(listener.stop)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_LISTEN_SECONDS):
                await first.wait()
        # Without a listener the catch-up is the first poll, which is now.
        host.runs_wake.set()
        host.tools_wake.set()

    def _start_claiming(self, host: Host, instance: Instance) -> None:
        loops = loops_of(host, instance, self._max_runs, self._max_tools, self._max_batches)
        for name, loop in loops:
            task = asyncio.create_task(loop, name=name)
            task.add_done_callback(self._log_crash)
            self._claimers.append(task)
