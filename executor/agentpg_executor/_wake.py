"""Coalesced wake-ups: however many hints come, the sleeper looks once."""

from __future__ import annotations

import asyncio

MAX_TIMERS = 64
MAX_DELAY = 3600.0


class Wake:
    """`set` in the loop, `set_in` for later; `wait` returns True for a hint, False for a timeout."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._timers: set[asyncio.TimerHandle] = set()

    def set(self) -> None:
        self._event.set()

    def set_in(self, seconds: float) -> None:
        """Sets it after a delay. Too many or too late ones are left to the backstop poll."""
        if seconds <= 0:
            self._event.set()
            return
        if len(self._timers) >= MAX_TIMERS or seconds > MAX_DELAY:
            return
        loop = asyncio.get_running_loop()

        def fire() -> None:
            self._timers.discard(handle)
            self._event.set()

        handle = loop.call_later(seconds, fire)
        self._timers.add(handle)

    async def wait(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True

    def close(self) -> None:
        for handle in self._timers:
            handle.cancel()
        self._timers.clear()
