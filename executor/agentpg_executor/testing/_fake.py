"""`FakeClaude`: the server, its scripts and its controls in one object."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from ._batch_routes import Batches
from ._clock import Clock
from ._journal import Journal
from ._routes import Routes
from ._rules import Rule
from ._script import Match, Script, ScriptedTurn
from ._server import Server
from ._settings import Options, Settings
from ._state import State
from ._turns import Turn

if TYPE_CHECKING:
    from ._transport import FakeTransport


class FakeClaude:
    """A server on loopback that speaks the Claude API's wire.

    >>> async with FakeClaude() as fake:
    ...     fake.script([fault(529, retry_after=1), reply(text("Hm."), call("add", a=1, b=2)), text("3")])
    ...     client = AsyncAnthropic(base_url=fake.base_url, api_key=fake.api_key, max_retries=0)

    Without a script it answers by its rules, and without a rule it echoes the prompt. All controls may be
    used from any thread. Token counts are a quarter of the bytes, not Claude's own.
    """

    def __init__(self, **options: Unpack[Options]) -> None:
        self.settings = Settings(**options)
        self._state = State(self.settings)
        self._routes = Routes(self._state)
        self._server: Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    # Where it is

    @property
    def base_url(self) -> str:
        """What goes into the client's `base_url`."""
        return self._state.base_url

    @property
    def api_key(self) -> str:
        return self.settings.api_key

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point an Anthropic SDK of any language here."""
        return {"ANTHROPIC_BASE_URL": self.base_url, "ANTHROPIC_API_KEY": self.api_key}

    @property
    def journal(self) -> Journal:
        """Every request and what became of it."""
        return self._state.journal

    @property
    def clock(self) -> Clock:
        """The fake's time: batches, cache entries and rate limits follow it."""
        return self._state.clock

    @property
    def batches(self) -> Batches:
        """The batches created so far."""
        return self._routes.batches

    @property
    def own_types(self) -> set[str]:
        """Block types that nobody knows yet and the fake takes all the same; it adds what it sends."""
        return self._state.own.block_types

    # What it answers

    def script(
        self,
        turns: Iterable[ScriptedTurn],
        *,
        match: Match | None = None,
        model: str | None = None,
        repeat: bool = False,
        per_conversation: bool = False,
    ) -> Script:
        """Answer requests with these turns.

        `match` (part of the prompt, or a function of the request) and `model` choose the requests; scripts
        with either are asked before those without. In order: each matching request takes the next turn. With
        `per_conversation` the turn depends on how far the conversation is, so one script serves any number
        of conversations at once, and a retry gets the same turn again.
        """
        return self._state.scripts.add(
            Script(turns, match=match, model=model, repeat=repeat, per_conversation=per_conversation)
        )

    def rule(
        self,
        when: str = "",
        *,
        say: str = "",
        calls: Sequence[tuple[str, Mapping[str, Any]]] = (),
        answer: str = "{results}",
    ) -> None:
        """Answer unscripted prompts that match the pattern `when`: see `Rule`."""
        self._state.brain.rules.append(Rule(when, say, calls, answer))

    def load(self, path: str | Path) -> None:
        """Add the scripts and rules of a JSON file."""
        from ._scriptfile import load_file

        scripts, rules = load_file(Path(path))
        for script in scripts:
            self._state.scripts.add(script)
        self._state.brain.rules.extend(rules)

    def clear(self) -> None:
        """Forget scripts, rules, pending faults, batches and the journal."""
        self._routes.clear()

    # What goes wrong

    def fail(self, on: str, turn: Turn, *, times: int = 1, skip: int = 0) -> Callable[[], None]:
        """Let the next `times` requests of a kind go wrong, after `skip` good ones. `times=0`: from now on.

        `on` is a kind of the journal ("messages", "batches.create", "batches.results" ...) or "*". `turn` is
        a fault: `fault(500)`, `reset()`, `lost()`, `hang(seconds=2)`; for streams and for batch results also
        one in the middle, as `cut(after=10)`. Returns a function that takes the fault back.
        """
        return self._routes.fail(on, turn, times=times, skip=skip)

    def refuse_connections(self) -> None:
        """Reset every connection and refuse new ones until `accept_connections`."""
        self._call(self._running().refuse)

    def accept_connections(self) -> None:
        """Listen again at the same address."""
        self._call(self._running().accept)

    # How it runs

    def transport(self) -> FakeTransport:
        """The fake without a socket, for the SDK's `http_client`; it need not be started."""
        from ._transport import FakeTransport

        self._state.base_url = self._state.base_url or "http://fake-claude"
        return FakeTransport(self._state, self._routes)

    async def start(self) -> FakeClaude:
        """Listen, in the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._server = Server(self._state, self._routes)
        await self._server.start()
        host, port = self._server.address
        self._state.base_url = f"http://{host}:{port}"
        return self

    async def stop(self) -> None:
        """Close the address and all connections. The journal stays."""
        if self._server is not None:
            await self._server.stop()
            self._server = None

    async def __aenter__(self) -> FakeClaude:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @classmethod
    @contextlib.contextmanager
    def in_thread(cls, **options: Unpack[Options]) -> Generator[FakeClaude]:
        """A fake with its own event loop in a thread of its own, for tests without one."""
        fake = cls(**options)
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="fake-claude", daemon=True)
        thread.start()
        try:
            asyncio.run_coroutine_threadsafe(fake.start(), loop).result(10)
            yield fake
        finally:
            asyncio.run_coroutine_threadsafe(fake.stop(), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()

    def _running(self) -> Server:
        if self._server is None:
            raise RuntimeError("this FakeClaude is not running")
        return self._server

    def _call(self, function: Callable[[], None]) -> None:
        """Run in the server's loop, and wait for it if that is another thread's."""
        assert self._loop is not None
        try:
            here = asyncio.get_running_loop()
        except RuntimeError:
            here = None
        if here is self._loop:
            function()
            return

        async def run() -> None:
            function()

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)
