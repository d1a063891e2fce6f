"""When each run began and how many have ended, told by the worker from any thread."""

from __future__ import annotations

import asyncio
import threading
import time


class Progress:
    def __init__(self) -> None:
        self.begun_at: dict[int, float] = {}
        self._ended = 0
        self._lock = threading.Lock()
        self._target: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reached = asyncio.Event()

    def begin(self, run: int) -> None:
        self.begun_at.setdefault(run, time.time())

    def end(self) -> None:
        with self._lock:
            self._ended += 1
            reached = self._ended == self._target
        if reached and self._loop is not None:
            self._loop.call_soon_threadsafe(self._reached.set)

    async def reaches(self, count: int) -> None:
        """Returns when so many runs have ended."""
        with self._lock:
            self._target, self._loop = count, asyncio.get_running_loop()
            reached = self._ended >= count
        if not reached:
            await self._reached.wait()
