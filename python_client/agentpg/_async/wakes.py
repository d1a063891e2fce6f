"""Everybody who follows an event stream, woken when it has grown."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from uuid import UUID

from agentpg._concurrency import AsyncSignal
from agentpg.errors import ClientStopping

_log = logging.getLogger("agentpg")


class AsyncWakes:
    """The followers of one client, by the root of the tree they follow."""

    def __init__(self) -> None:
        self._signals: dict[UUID, list[AsyncSignal]] = {}
        # Taken for a moment and never across an await: threads share this object in the synchronous client.
        self._lock = threading.Lock()
        self._stopping = AsyncSignal()
        self._started = False
        self.on_first: Callable[[], None] | None = None

    def add(self, root_run_id: UUID) -> AsyncSignal:
        """A signal that is set whenever the stream may have grown; always followed by `remove`."""
        signal = AsyncSignal()
        with self._lock:
            if self._stopping.is_set():
                raise ClientStopping("the client is closing; it follows no more streams")
            self._signals.setdefault(root_run_id, []).append(signal)
            if not self._started:
                self._started = True
                if self.on_first is not None:
                    self.on_first()
        return signal

    def remove(self, root_run_id: UUID, signal: AsyncSignal) -> None:
        with self._lock:
            signals = self._signals[root_run_id]
            signals.remove(signal)
            if not signals:
                del self._signals[root_run_id]

    def hear(self, channel: str, payload: str) -> None:
        """Wake who follows the stream that a notification is about."""
        try:
            root_run_id = UUID(json.loads(payload)["root_run_id"])
        except (ValueError, KeyError, TypeError, AttributeError):
            _log.debug("notification on %s not understood: %r", channel, payload)
            return
        with self._lock:
            signals = list(self._signals.get(root_run_id, ()))
        for signal in signals:
            signal.set()

    def wake_all(self) -> None:
        """Look at once: notifications may have been missed."""
        with self._lock:
            signals = [signal for signals in self._signals.values() for signal in signals]
        for signal in signals:
            signal.set()

    async def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end of the client."""
        await self._stopping.wait(seconds)

    def stop(self) -> None:
        """End all waits; the followers find the client closed."""
        self._stopping.set()
        self.wake_all()
