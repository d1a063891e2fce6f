"""A TCP proxy that can stall, swallow, cut and refuse: the network between an executor and what it needs."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Self

Address = Path | tuple[str, int]
_RESET = struct.pack("ii", 1, 0)


class Link:
    """One connection through the proxy."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self.near = near
        self.far = far
        self.swallowed = False
        self.waiting = bytearray()
        """What came from the near side and has not been passed on."""

    def reset(self) -> None:
        """Both ends see a reset, and what was on its way is gone."""
        self.swallowed = True
        for writer in (self.near, self.far):
            with contextlib.suppress(OSError, AttributeError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()


class Proxy:
    """Passes bytes from a port of 127.0.0.1 to `target`, a Unix socket or an address."""

    def __init__(self, target: Address) -> None:
        self._target = target
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._swallowing = False
        self._refusing = False
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.links: set[Link] = set()
        self.accepted = 0
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def stall(self) -> None:
        """Nothing moves, in any connection, until `heal`; then everything arrives."""
        self._flowing.clear()

    def black_hole(self) -> None:
        """What the connections of now and those made until `heal` send is swallowed, for ever."""
        self._swallowing = True
        for link in self.links:
            link.swallowed = True

    def cut(self) -> None:
        """Resets every connection; new ones work."""
        for link in self.links:
            link.reset()
        self.links.clear()

    def refuse(self) -> None:
        """Resets every connection, and new ones at once, until `heal`."""
        self._refusing = True
        self.cut()

    def heal(self) -> None:
        self._flowing.set()
        self._swallowing = self._refusing = False

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        try:
            if self._refusing:
                raise ConnectionRefusedError
            if isinstance(self._target, Path):
                far_reader, far_writer = await asyncio.open_unix_connection(str(self._target))
            else:
                far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        link = self.link(writer, far_writer)
        link.swallowed = self._swallowing
        self.links.add(link)
        self._spawn(link, reader, far_writer, outwards=True)
        self._spawn(link, far_reader, writer, outwards=False)

    def _spawn(
        self, link: Link, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, outwards: bool
    ) -> None:
        task = asyncio.create_task(self._pump(link, source, sink, outwards=outwards))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pump(
        self, link: Link, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, outwards: bool
    ) -> None:
        arrived: asyncio.Queue[bytes] = asyncio.Queue()
        reading = asyncio.create_task(self._read(link, source, arrived, outwards=outwards))
        try:
            while data := await arrived.get():
                for piece in self.split(link, data, outwards=outwards):
                    await self.before(link, piece, outwards=outwards)
                    await self._flowing.wait()
                    if link.swallowed:
                        continue
                    sink.write(piece)
                    await sink.drain()
                if outwards:
                    del link.waiting[: len(data)]
        except OSError:
            pass
        finally:
            reading.cancel()
            # A black hole does not even say that somebody has left.
            if not link.swallowed:
                sink.close()
                self.links.discard(link)

    async def _read(
        self, link: Link, source: asyncio.StreamReader, arrived: asyncio.Queue[bytes], *, outwards: bool
    ) -> None:
        """Takes what comes also while nothing is passed on; ends with no bytes."""
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                if outwards:
                    link.waiting += data
                arrived.put_nowait(data)
        arrived.put_nowait(b"")

    def link(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> Link:
        return Link(near, far)

    def split(self, link: Link, data: bytes, *, outwards: bool) -> Iterable[bytes]:
        """The pieces in which data are passed on."""
        del link, outwards
        return (data,)

    async def before(self, link: Link, piece: bytes, *, outwards: bool) -> None:
        """Called before a piece is passed on; may take its time."""
