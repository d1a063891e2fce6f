"""Where the tool bodies of all workers stand until the test lets them go on; it counts them."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from dataclasses import dataclass
from typing import Self

from .polling import HANGING


@dataclass(frozen=True)
class Body:
    """One execution of a tool body."""

    tool_use_id: str
    n: int
    attempt: int
    pid: int


class Barrier:
    """Open: bodies pass at once. `close` makes those that come later wait for `open`."""

    def __init__(self) -> None:
        self.bodies: list[Body] = []
        self.cancelled: list[Body] = []
        self.answers: deque[str] = deque()
        """What the next bodies are told instead of "done": "raise" or "snooze"."""
        self._open = asyncio.Event()
        self._open.set()
        self._came = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.address = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def close(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    @property
    def repeated(self) -> int:
        """How many bodies ran for a call that had been begun before."""
        return len(self.bodies) - len(Counter(body.tool_use_id for body in self.bodies))

    async def wait_for(self, count: int, within: float = HANGING) -> None:
        """Until so many bodies have begun."""
        async with asyncio.timeout(within), self._came:
            await self._came.wait_for(lambda: len(self.bodies) >= count)

    async def wait_cancelled(self, count: int = 1, within: float = HANGING) -> None:
        """Until so many bodies have seen that they are not wanted any more."""
        async with asyncio.timeout(within), self._came:
            await self._came.wait_for(lambda: len(self.cancelled) >= count)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._meet(reader, writer)
        self._tasks.discard(task)
        writer.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name, n, attempt, pid = (await reader.readline()).decode().split()
        body = Body(name, int(n), int(attempt), int(pid))
        async with self._came:
            self.bodies.append(body)
            self._came.notify_all()
        opened = asyncio.create_task(self._open.wait())
        said = asyncio.create_task(reader.readline())
        await asyncio.wait({opened, said}, return_when=asyncio.FIRST_COMPLETED)
        opened.cancel()
        if said.done():
            if said.result() == b"cancelled\n":
                async with self._came:
                    self.cancelled.append(body)
                    self._came.notify_all()
            return
        said.cancel()
        answer = self.answers.popleft() if self.answers else "done"
        writer.write(f"{answer}\n".encode())
        await writer.drain()
