"""One connection that listens, comes back by itself and says when it has, so that nothing missed stays so."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import AsyncConnection, sql

from agentpg._async.calls import AnyAsyncConnection
from agentpg._backoff import backoff
from agentpg._concurrency import AsyncSignal, AsyncWorker

_log = logging.getLogger("agentpg")

# How long the connection is read before the stop flag is looked at.
_SLICE = 0.5

# A dead peer that sends no reset is noticed within about a minute.
_KEEPALIVES: dict[str, Any] = {
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}


class AsyncListener:
    """Listens to `channels` on a connection of its own, from `start` until `stop`.

    `on_notify(channel, payload)` is called for each notification, `on_listening()` whenever listening has
    begun, the first time and after each reconnection: whoever needs completeness looks into the database
    then. Neither may block.
    """

    def __init__(
        self,
        dsn: str,
        *,
        channels: Sequence[str],
        on_notify: Callable[[str, str], None],
        on_listening: Callable[[], None],
        connection_parameters: dict[str, Any],
        first_delay: float = 0.1,
        longest_delay: float = 30.0,
    ) -> None:
        self._dsn = dsn
        self._channels = channels
        self._on_notify = on_notify
        self._on_listening = on_listening
        self._parameters = {**connection_parameters, **_KEEPALIVES}
        self._first_delay = first_delay
        self._longest_delay = longest_delay
        self._stopping = AsyncSignal()
        self._worker = AsyncWorker(self._run, "agentpg-listener")
        self._attempt = 0
        self.is_listening = False

    def start(self) -> None:
        """Begin in the background; connecting and its failures happen there."""
        self._worker.start()

    async def stop(self) -> None:
        """End the background work and close the connection."""
        self._stopping.set()
        await self._worker.stop()

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                _log.warning("not listening for notifications, will try again: %s", error)
            if self._stopping.is_set():
                return
            delay = backoff(self._attempt, first=self._first_delay, ceiling=self._longest_delay)
            self._attempt += 1
            await self._stopping.wait(delay)

    async def _listen(self) -> None:
        conn: AnyAsyncConnection
        async with await AsyncConnection[Any].connect(self._dsn, **self._parameters) as conn:
            for channel in self._channels:
                await conn.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
            try:
                self.is_listening = True
                self._attempt = 0
                self._on_listening()
                while not self._stopping.is_set():
                    async for notification in conn.notifies(timeout=_SLICE):
                        self._on_notify(notification.channel, notification.payload)
            finally:
                self.is_listening = False
