"""What the groups of methods share: the way to the database of an open client."""

from __future__ import annotations

from agentpg._async.calls import AsyncCalls
from agentpg.errors import AgentPGError, ClientNotStarted, ClientStopping


class AsyncMethods:
    """Holds the calls of a client while it is open."""

    def __init__(self) -> None:
        self._open_calls: AsyncCalls | None = None
        self._closed = False

    @property
    def _calls(self) -> AsyncCalls:
        if self._open_calls is None:
            raise self._not_open()
        return self._open_calls

    def _not_open(self) -> AgentPGError:
        if self._closed:
            return ClientStopping("the client is closed", hint="make a new client, or call open() again")
        return ClientNotStarted(
            "the client is not open",
            hint="use it as a context manager (`with` or `async with`), or call open() first",
        )
