"""The HTTP server: carries out replies on real sockets, and stops listening when told to."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from typing import Any

from aiohttp import web

from ._gate import Gate
from ._reply import Pause, Reply, Signal
from ._routes import Routes
from ._settings import Settings
from ._sse import PING
from ._state import State

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Server:
    """One listening address. All methods run in the server's event loop."""

    def __init__(self, state: State, routes: Routes) -> None:
        self._state = state
        self._settings: Settings = state.settings
        self._routes = routes
        self._web = web.Server(
            self._handle, request_factory=self._request, handler_cancellation=True, access_log=None
        )
        self._socket: socket.socket | None = None
        self._listening: asyncio.Task[asyncio.Server] | None = None
        self.address: tuple[str, int] = ("", 0)

    async def start(self) -> None:
        """Listen; from now on `address` is known."""
        self.accept(self._settings.port)
        assert self._listening is not None
        await self._listening

    async def stop(self) -> None:
        """Close the address and every connection."""
        self.refuse()
        await self._web.shutdown(0.1)

    def refuse(self) -> None:
        """Stop listening and reset every connection: clients see "connection refused"."""
        if self._socket is None or self._listening is None:
            return
        if self._listening.done():
            self._listening.result().close()
        self._listening.cancel()
        self._socket.close()
        self._socket = self._listening = None
        for connection in list(self._web.connections):
            if connection.transport is not None:
                _reset(connection.transport)

    def accept(self, port: int | None = None) -> None:
        """Listen (again, at the same address): connections queue from here on."""
        if self._socket is not None:
            return
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self._settings.host, self.address[1] if port is None else port))
        listener.listen(1024)
        self._socket = listener
        self.address = listener.getsockname()[:2]
        self._listening = asyncio.get_running_loop().create_task(self._serve(listener))

    async def _serve(self, listener: socket.socket) -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(self._web, sock=listener, backlog=1024)

    def _request(
        self, message: Any, payload: Any, protocol: Any, writer: Any, task: asyncio.Task[None]
    ) -> web.BaseRequest:
        batch = message.path.partition("?")[0].rstrip("/") == "/v1/messages/batches"
        limit = self._settings.max_batch_bytes if batch else self._settings.max_body_bytes
        return web.BaseRequest(
            message, payload, protocol, writer, task, asyncio.get_running_loop(), client_max_size=limit
        )

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        # The target as it was sent, without the cost of parsing it.
        message = request._message  # pyright: ignore[reportPrivateUsage]
        try:
            raw = await request.read()
        except web.HTTPRequestEntityTooLarge:
            reply = self._routes.too_large(request.method, message.path, request.headers)
        else:
            reply = self._routes.handle(request.method, message.path, request.headers, raw)
        outcome = "client_left"
        try:
            for wait in reply.waits:
                await self._wait(wait, None)
            if reply.drop is not None:
                _end(request, reply.drop)
                outcome = reply.drop.value
                return web.Response()
            if reply.begin is not None:
                reply.begin()
            if reply.entry is not None:
                reply.entry.first_byte = time.monotonic()
            if reply.steps is None:
                whole = web.Response(status=reply.status, headers=reply.headers, body=reply.body)
                await whole.prepare(request)
                await whole.write_eof()
                outcome = "complete"
                return whole
            response, outcome = await self._stream(request, reply)
            return response
        finally:
            if reply.entry is not None:
                self._state.journal.finish(reply.entry, outcome)

    async def _stream(self, request: web.BaseRequest, reply: Reply) -> tuple[web.StreamResponse, str]:
        response = web.StreamResponse(status=reply.status, headers=reply.headers)
        await response.prepare(request)
        for step in reply.steps or ():
            if isinstance(step, bytes):
                await response.write(step)
            elif isinstance(step, Signal):
                _end(request, step)
                return response, step.value
            else:
                await self._wait(step, response)
        await response.write_eof()
        return response, "complete"

    async def _wait(self, step: Pause | Gate, response: web.StreamResponse | None) -> None:
        if isinstance(step, Gate):
            await step.pass_through()
        elif step.seconds is None:
            await asyncio.Event().wait()
        else:
            left = step.seconds
            interval = self._settings.ping_interval
            while step.pings and response is not None and left > interval:
                await asyncio.sleep(interval)
                await response.write(PING)
                left -= interval
            await asyncio.sleep(left)


def _reset(transport: asyncio.BaseTransport) -> None:
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    if isinstance(transport, asyncio.Transport):
        transport.abort()


def _end(request: web.BaseRequest, signal: Signal) -> None:
    """End the connection under a request."""
    transport = request.transport
    if transport is None:
        return
    if signal is Signal.RESET:
        _reset(transport)
    else:
        transport.close()
