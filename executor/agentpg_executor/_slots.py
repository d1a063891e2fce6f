"""A fixed number of places for work."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable


class Slots:
    """`free` places can be taken at once; `acquire` waits for one, first come first served."""

    def __init__(self, capacity: int, on_free: Callable[[], None]) -> None:
        self._capacity = capacity
        self._used = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._on_free = on_free

    @property
    def capacity(self) -> int:
        return self._capacity

    @property
    def used(self) -> int:
        return self._used

    @property
    def free(self) -> int:
        """Places nobody holds or waits for."""
        return 0 if self._waiting else self._capacity - self._used

    def take(self) -> bool:
        """Takes a free place; False if there is none."""
        if self.free < 1:
            return False
        self._used += 1
        return True

    def take_beyond(self) -> None:
        """Takes a place even if none is free, for work that is ours already."""
        self._used += 1

    async def acquire(self) -> None:
        if self.take():
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # The place was handed over just before the cancellation arrived.
                self.release()
            else:
                self._waiting.remove(turn)
            raise

    def release(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                # The place goes on to who waited longest; `used` stays.
                turn.set_result(None)
                return
        self._used -= 1
        self._on_free()
