"""A barrier a test holds in its hand: a response waits at it until the test opens it."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType


class Gate:
    """Put into a turn with `held(turn, gate)`. Works from any thread.

    `wait_reached` returns once a response stands at the gate; `open` lets it and all later ones through.
    """

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._opened = False
        self._reached = 0
        self._waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._watchers: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None], int]] = []

    @property
    def reached(self) -> int:
        """How many responses have come to the gate so far."""
        return self._reached

    def open(self) -> None:
        """Let every waiting response go on, and never stop one again."""
        with self._lock:
            self._opened = True
            waiters, self._waiters = self._waiters, []
        for loop, future in waiters:
            loop.call_soon_threadsafe(_finish, future)

    async def pass_through(self) -> None:
        """Called by the server: announce arrival, then wait until the gate is open."""
        loop = asyncio.get_running_loop()
        with self._lock:
            self._reached += 1
            self._lock.notify_all()
            ready = [entry for entry in self._watchers if entry[2] <= self._reached]
            self._watchers = [entry for entry in self._watchers if entry[2] > self._reached]
            future: asyncio.Future[None] = loop.create_future()
            opened = self._opened
            if not opened:
                self._waiters.append((loop, future))
        for watching_loop, watcher, _ in ready:
            watching_loop.call_soon_threadsafe(_finish, watcher)
        if not opened:
            await future

    async def wait_reached(self, count: int = 1, within: float = 30.0) -> None:
        """Return once `count` responses have come to the gate; `TimeoutError` after `within` seconds."""
        loop = asyncio.get_running_loop()
        with self._lock:
            if self._reached >= count:
                return
            future: asyncio.Future[None] = loop.create_future()
            self._watchers.append((loop, future, count))
        await asyncio.wait_for(future, within)

    def wait_reached_sync(self, count: int = 1, within: float = 30.0) -> None:
        """`wait_reached` for tests without an event loop."""
        with self._lock:
            if not self._lock.wait_for(lambda: self._reached >= count, within):
                raise TimeoutError(f"{self._reached} of {count} responses came to the gate within {within} s")

    def __enter__(self) -> Gate:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open()


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
