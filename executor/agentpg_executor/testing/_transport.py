"""The fake without a socket: a transport for the SDK's own HTTP client."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator

import httpx2

from ._gate import Gate
from ._reply import Pause, Reply, Signal
from ._routes import Routes
from ._state import State


class FakeTransport(httpx2.AsyncBaseTransport):
    """`AsyncAnthropic(http_client=httpx2.AsyncClient(transport=fake.transport()))`.

    Everything but time-outs is as over the socket: a client's read time-out never strikes here.
    """

    def __init__(self, state: State, routes: Routes) -> None:
        self._state = state
        self._routes = routes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        raw = await request.aread()
        reply = self._routes.handle(request.method, request.url.raw_path.decode(), request.headers, raw)
        for wait in reply.waits:
            await _wait(wait)
        if reply.drop is not None:
            self._finish(reply, reply.drop.value)
            raise httpx2.RemoteProtocolError(
                "Server disconnected without sending a response.", request=request
            )
        if reply.begin is not None:
            reply.begin()
        if reply.entry is not None:
            reply.entry.first_byte = time.monotonic()
        if reply.steps is None:
            self._finish(reply, "complete")
            return httpx2.Response(reply.status, headers=reply.headers, content=reply.body)
        return httpx2.Response(reply.status, headers=reply.headers, stream=_Body(self, reply))

    async def body(self, reply: Reply) -> AsyncGenerator[bytes]:
        """The steps of a streamed reply."""
        outcome = "client_left"
        try:
            for step in reply.steps or ():
                if isinstance(step, bytes):
                    yield step
                elif isinstance(step, Signal):
                    outcome = step.value
                    raise httpx2.ReadError("The connection was lost.")
                else:
                    await _wait(step)
            outcome = "complete"
        finally:
            self._finish(reply, outcome)

    def _finish(self, reply: Reply, outcome: str) -> None:
        if reply.entry is not None:
            self._state.journal.finish(reply.entry, outcome)


class _Body(httpx2.AsyncByteStream):
    def __init__(self, transport: FakeTransport, reply: Reply) -> None:
        self._chunks = transport.body(reply)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            yield chunk

    async def aclose(self) -> None:
        await self._chunks.aclose()


async def _wait(step: Pause | Gate) -> None:
    if isinstance(step, Gate):
        await step.pass_through()
    elif step.seconds is None:
        await asyncio.Event().wait()
    else:
        await asyncio.sleep(step.seconds)
