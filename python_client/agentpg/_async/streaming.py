"""Following runs as they happen."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from uuid import UUID

from agentpg._arguments import Id, uuid_of
from agentpg._async.calls import Row
from agentpg._async.listener import AsyncListener
from agentpg._async.waiting import AsyncWaitMethods
from agentpg._async.wakes import AsyncWakes
from agentpg._backoff import backoff
from agentpg._concurrency import AsyncCallback, AsyncSignal, AsyncWorker
from agentpg._event_rows import Watch, end_of, event_of, is_end_of, watch_of
from agentpg.config import ClientConfig
from agentpg.constants import CHANNEL_RUN_EVENT
from agentpg.errors import AgentPGError
from agentpg.events import Event, RunEnded, ToolFinished, ToolStarted
from agentpg.options import ToolCallback

_log = logging.getLogger("agentpg")

_PAGE = 1000
_FIRST_POLL = 0.25
_LONGEST_POLL = 1.0
# A watch lasts for 30 seconds.
_RENEW_SECONDS = 15.0


class AsyncStreamMethods(AsyncWaitMethods):
    """Streams cost no connection besides the one that all streams of a client listen with."""

    def __init__(self) -> None:
        super().__init__()
        self._wakes: AsyncWakes | None = None
        self._wakes_listener: AsyncListener | None = None
        self._callbacks: list[AsyncWorker] = []

    async def stream(self, run_id: Id, *, after: int = 0, tree: bool = True) -> AsyncIterator[Event]:
        """Yield what happens to a run and to the delegates below and above it, as it happens.

        It begins after the event whose `seq` is `after`, with the first by default, and ends when all is read
        and the run at the top of the tree has ended or waits for input. With `tree=False` it tells of this
        run alone. Wherever the run is worked on, however often this process loses the database: every event
        comes once, in order. Leaving the stream cancels nothing.

        Deltas that are forgotten by now (10 minutes after the message they belong to was stored, by default)
        do not come any more; `ModelCallFinished` and `RunEnded` have their text. A run without events
        (option `events`) yields its `RunEnded` or `RunWaiting` alone.
        """
        wanted = uuid_of(run_id, "run_id")
        wakes = self._wakes
        if wakes is None:
            raise self._not_open()
        watch: Watch | None = None
        wake: AsyncSignal | None = None
        renew_at, attempt, delay = 0.0, 0, _FIRST_POLL
        try:
            while True:
                try:
                    if watch is None or time.monotonic() >= renew_at:
                        watch = await self._watch_run(wanted)
                        renew_at = time.monotonic() + _RENEW_SECONDS
                        wake = wake or wakes.add(watch.root_run_id)
                    if not watch.events:
                        yield await self._end_of(watch.root_run_id if tree else wanted, watch, after)
                        return
                    assert wake is not None
                    wake.clear()
                    rows = await self._read_events(wanted, after, tree)
                    attempt = 0
                except AgentPGError as error:
                    if not error.retryable or self._open_calls is None:
                        raise
                    _log.warning("cannot follow run %s, will try again: %s", wanted, error)
                    await wakes.pause(backoff(attempt, first=0.1, ceiling=2.0))
                    attempt, renew_at = attempt + 1, 0.0
                    continue
                stopped = None
                for row in rows:
                    event = event_of(row)
                    after = event.seq
                    yield event
                    stopped = event if is_end_of(event, watch.root_run_id if tree else wanted) else stopped
                if isinstance(stopped, RunEnded) and len(rows) < _PAGE:
                    return
                if rows:
                    delay = _FIRST_POLL
                    # It may wait for input, or have been continued since.
                    renew_at = 0.0 if stopped is not None else renew_at
                elif watch.is_finished(tree):
                    return
                elif not await wake.wait(delay):
                    delay = min(delay * 1.5, _LONGEST_POLL)
        finally:
            if watch is not None and wake is not None:
                wakes.remove(watch.root_run_id, wake)

    async def _watch_run(self, run_id: UUID) -> Watch:
        row = await self._calls.row(
            "select * from agentpg.watch_run(run_id => %(run_id)s::uuid)", {"run_id": run_id}, repeatable=True
        )
        return watch_of(row)

    async def _read_events(self, run_id: UUID, after: int, tree: bool) -> list[Row]:
        return await self._calls.rows(
            """
            select * from agentpg.read_events(
              run_id => %(run_id)s::uuid,
              after => %(after)s::bigint,
              max_count => %(max_count)s::int,
              tree => %(tree)s
            )
            """,
            {"run_id": run_id, "after": after, "max_count": _PAGE, "tree": tree},
            repeatable=True,
        )

    async def _end_of(self, run_id: UUID, watch: Watch, after: int) -> Event:
        """The end of a run without a stream."""
        await self._wait(run_id, None, False, created_here=False)
        return end_of(await self.get_run(run_id), root_run_id=watch.root_run_id, seq=after)

    def _call_back(
        self,
        run_id: UUID,
        on_tool_start: ToolCallback[ToolStarted] | None,
        on_tool_complete: ToolCallback[ToolFinished] | None,
    ) -> None:
        """Begin to call back for the tool calls of a run and of its delegates, in the background."""
        start = None if on_tool_start is None else AsyncCallback(on_tool_start)
        complete = None if on_tool_complete is None else AsyncCallback(on_tool_complete)

        async def follow() -> None:
            try:
                async for event in self.stream(run_id):
                    try:
                        if isinstance(event, ToolStarted) and start is not None:
                            await start(event)
                        elif isinstance(event, ToolFinished) and complete is not None:
                            await complete(event)
                    except Exception:
                        _log.exception("a callback for a tool call of run %s failed", run_id)
            except AgentPGError as error:
                _log.info("run %s: no more callbacks: %s", run_id, error)

        self._callbacks = [worker for worker in self._callbacks if not worker.is_done]
        worker = AsyncWorker(follow, "agentpg-callbacks")
        self._callbacks.append(worker)
        worker.start()

    def _start_streaming(self, config: ClientConfig) -> None:
        """Make streams possible; nothing is connected before the first one."""
        wakes = self._wakes = AsyncWakes()
        dsn = config.effective_listen_dsn
        if dsn is not None:
            listener = self._wakes_listener = AsyncListener(
                dsn,
                channels=(CHANNEL_RUN_EVENT,),
                on_notify=wakes.hear,
                on_listening=wakes.wake_all,
                connection_parameters=config.connection_parameters,
            )
            wakes.on_first = listener.start

    async def _stop_streaming(self) -> None:
        """End all streams."""
        wakes, self._wakes = self._wakes, None
        listener, self._wakes_listener = self._wakes_listener, None
        callbacks, self._callbacks = self._callbacks, []
        if wakes is not None:
            wakes.stop()
        for worker in callbacks:
            await worker.stop()
        if listener is not None:
            await listener.stop()
