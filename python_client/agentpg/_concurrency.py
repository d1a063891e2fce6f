"""The pairs that differ in kind between the asynchronous client and its generated synchronous twin."""

# A timeout is an argument here, because the synchronous twin has no other way to set one.
# ruff: noqa: ASYNC109

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import threading
from collections.abc import Callable, Coroutine
from typing import Any

_log = logging.getLogger("agentpg")


class AsyncSignal:
    """A flag that tasks of one event loop wait for."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        self._event.set()

    def clear(self) -> None:
        self._event.clear()

    def is_set(self) -> bool:
        return self._event.is_set()

    async def wait(self, timeout: float | None = None) -> bool:
        """Wait until the flag is set (True) or `timeout` seconds have passed (False)."""
        try:
            async with asyncio.timeout(timeout):
                return await self._event.wait()
        except TimeoutError:
            return False


class Signal(threading.Event):
    """A flag that threads wait for."""


class AsyncCancelGuard:
    """Raises the cancellation that came while its block ran and that the block swallowed.

    Before Python 3.12 `asyncio.wait_for`, which psycopg waits with, loses a cancellation that arrives
    together with the result. A cancellation from before the block does not count: cleaning up makes calls.
    """

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        self._before = 0 if self._task is None else self._task.cancelling()

    def __exit__(self, exc_type: object, exc: object, traceback: object) -> None:
        if exc_type is None and self._task is not None and self._task.cancelling() > self._before:
            raise asyncio.CancelledError


class CancelGuard(contextlib.nullcontext[None]):
    """Threads are not cancelled."""


class AsyncCallback:
    """A function of the user's, asynchronous or not."""

    def __init__(self, function: Callable[[Any], object]) -> None:
        self._function = function

    async def __call__(self, value: object) -> None:
        result = self._function(value)
        if inspect.isawaitable(result):
            await result


class Callback:
    """A function of the user's."""

    def __init__(self, function: Callable[[Any], object]) -> None:
        self._function = function

    def __call__(self, value: object) -> None:
        self._function(value)


class AsyncWorker:
    """A task that runs in the background from `start` until it returns or is stopped."""

    def __init__(self, target: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        self._target = target
        self._name = name
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._target(), name=self._name)

    @property
    def is_done(self) -> bool:
        return self._task is None or self._task.done()

    async def stop(self) -> None:
        """Cancel the task and see it end."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("background task %s failed", self._name, exc_info=error)


class Worker:
    """A daemon thread that runs in the background from `start` until its target returns."""

    # The target looks at its stop flag at least this often, unless it is stuck in connecting.
    _PATIENCE = 5.0

    def __init__(self, target: Callable[[], None], name: str) -> None:
        self._target = target
        self._name = name
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._target, name=self._name, daemon=True)
        self._thread.start()

    @property
    def is_done(self) -> bool:
        return self._thread is None or not self._thread.is_alive()

    def stop(self) -> None:
        """See the thread end; whoever owns it has told its target to return."""
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join(self._PATIENCE)
