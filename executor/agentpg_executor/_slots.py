"""A fixed number of places for work."""

from __future__ import annotations

from collections.abc import Callable


class Slots:
    """Places that are taken for work before it is asked for; `on_free` is called for each that is freed."""

    def __init__(self, capacity: int, on_free: Callable[[], None]) -> None:
        self._capacity = capacity
        self._used = 0
        self._on_free = on_free

    @property
    def used(self) -> int:
        return self._used

    @property
    def free(self) -> int:
        """Below 0 while more work is ours than there are places."""
        return self._capacity - self._used

    def take(self) -> bool:
        """Takes a free place; False if there is none."""
        if self.free < 1:
            return False
        self._used += 1
        return True

    def take_beyond(self) -> None:
        """Takes a place even if none is free, for work that is ours already."""
        self._used += 1

    def release(self) -> None:
        self._used -= 1
        self._on_free()
