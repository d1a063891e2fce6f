"""`agentpg chat AGENT`: a conversation, one session, line by line."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import threading
from collections.abc import Coroutine, Generator
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from ._database import checked_url, connected_client, database_url
from ._failure import CliError
from ._ids import agent, session_id
from ._parser import Commands, command
from ._screen import Screen
from ._secret import add_secret, secrets_of
from ._tools import HELP
from ._typed import typed_line
from ._words import count, dollars
from .exit_codes import ExitCode
from .run import failure_of, local_tools

if TYPE_CHECKING:
    from agentpg import Agent, Response

    from ._ask import Asking

T = TypeVar("T")

_HELP = """\
/new    begin a new session
/tools  the agent's tools
/cost   tokens and cost of this conversation
/help   this list
/exit   leave (Ctrl-D too); Ctrl-C stops an answer"""


def add(commands: Commands) -> None:
    parser = command(commands, "chat", run, "a conversation with an agent")
    parser.add_argument("agent", metavar="AGENT", help="its name, or the beginning of its id")
    parser.add_argument("--session", metavar="ID", help="go on with this session (default: a new one)")
    parser.add_argument(
        "--on-busy",
        metavar="POLICY",
        choices=("enqueue", "reject", "interrupt"),
        help="what a line does while an answer is under way: enqueue (default), reject or interrupt",
    )
    parser.add_argument("--tools", metavar="MODULE", action="append", default=[], help=HELP)
    add_secret(parser)
    parser.add_argument("--fleet", action="store_true", help="leave the runs to the fleet, key or no key")


def run(arguments: argparse.Namespace, screen: Screen) -> int:
    url = checked_url(database_url(arguments))
    with connected_client(arguments) as client:
        asked = agent(client, arguments.agent)
        session = session_id(client, arguments.session) if arguments.session else None
        policy = arguments.on_busy or (client.get_session(session).on_busy.value if session else "enqueue")
    tools = local_tools(arguments.tools, fleet=arguments.fleet)
    from ._ask import asking

    secrets = secrets_of(arguments.secret)
    with _loop_in_thread() as loop:
        stack = contextlib.AsyncExitStack()
        here = _wait(loop, stack.enter_async_context(asking(url, screen, tools=tools, secrets=secrets)))
        try:
            return Chat(screen, here, asked, loop, session, policy).talk()
        finally:
            _wait(loop, stack.aclose())


class Chat:
    """The conversation. Lines are read in the main thread, runs are watched in the loop's."""

    def __init__(
        self,
        screen: Screen,
        here: Asking,
        asked: Agent,
        loop: asyncio.AbstractEventLoop,
        session: UUID | None,
        policy: str,
    ) -> None:
        self._screen = screen
        self._here = here
        self._agent = asked
        self._loop = loop
        self._session = session
        self._policy = policy
        self._typed: str | None = None
        self._tokens = 0
        self._cost: Decimal | None = Decimal(0)

    def talk(self) -> int:
        """Until /exit or the end of the input."""
        if self._screen.can_ask:
            self._screen.hint(f"{self._agent.name} ({self._agent.model}). /help lists the commands.")
        while (line := self._read()) is not None:
            text = line.strip()
            if text in ("/exit", "/quit"):
                break
            if text.startswith("/"):
                self._command(text)
            elif text:
                self._answer(line.rstrip("\r\n"))
        if self._session is not None:
            self._screen.hint(f"go on: agentpg chat {self._agent.name} --session {self._session}")
        return ExitCode.DONE

    def _read(self) -> str | None:
        if self._typed is not None:
            typed, self._typed = self._typed, None
            return typed
        if not sys.stdin.isatty():
            return sys.stdin.readline() or None
        with contextlib.suppress(ImportError):
            import_module("readline")  # gives input() a history and editing
        try:
            return input("\n> ")
        except EOFError:
            self._screen.note()
            return None

    def _command(self, text: str) -> None:
        if text == "/new":
            self._session = None
            self._screen.hint("a new session begins with the next line")
        elif text == "/tools":
            self._screen.data("\n".join(self._agent.tools) or "this agent has no tools")
        elif text == "/cost":
            self._screen.data(f"{count(self._tokens, 'token')}, {dollars(self._cost)}")
        elif text == "/help":
            self._screen.data(_HELP)
        else:
            self._screen.note(f"there is no command {text}; /help lists them")

    def _answer(self, prompt: str) -> None:
        from agentpg.errors import SessionBusy

        try:
            run_id = _wait(self._loop, self._start(prompt))
        except SessionBusy as busy:
            # By somebody else: a run of this chat has ended, or was interrupted.
            self._screen.error(
                "the session is busy", busy.message, "wait, or agentpg chat --on-busy interrupt"
            )
            return
        try:
            response = self._watch(run_id)
        except CliError as parked:
            self._screen.error(parked.what, parked.why, parked.next)
            return
        except KeyboardInterrupt:
            _wait(self._loop, self._here.client.cancel_run(run_id, reason="stopped in the chat"))
            self._screen.hint("stopped")
            return
        self._here.view.answer(response)
        self._count(response)
        if self._typed is not None and response.state == "cancelled":
            self._screen.hint("interrupted")
            return
        error = failure_of(response, self._agent)
        if error is not None:
            self._screen.error(error.what, error.why, error.next)

    def _watch(self, run_id: UUID) -> Response:
        """Until the answer is there; a line typed meanwhile does what the policy says."""
        finish = self._here.finish(run_id)
        if self._policy == "enqueue" or not sys.stdin.isatty():
            return _wait(self._loop, finish)
        future = asyncio.run_coroutine_threadsafe(finish, self._loop)
        try:
            while not future.done():
                typed = typed_line(0.1)
                if typed is None or future.done():
                    self._typed = self._typed or typed
                elif self._policy == "reject":
                    self._screen.note("busy: an answer is under way; Ctrl-C stops it")
                else:
                    self._typed = typed
                    _wait(self._loop, self._here.client.cancel_run(run_id, reason="interrupted"))
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise

    async def _start(self, prompt: str) -> UUID:
        if self._session is None:
            self._session = await self._here.client.new_session(on_busy=self._policy)
        return await self._here.start(
            self._session, self._agent.id, prompt, options={"on_busy": self._policy}
        )

    def _count(self, response: Response) -> None:
        self._tokens += response.usage.total_input + response.usage.output_tokens
        if self._cost is not None:
            self._cost = None if response.cost_usd is None else self._cost + response.cost_usd


@contextlib.contextmanager
def _loop_in_thread() -> Generator[asyncio.AbstractEventLoop]:
    """Reading a line blocks, and heartbeats must go on meanwhile."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="agentpg chat", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def _wait(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    future = asyncio.run_coroutine_threadsafe(work, loop)
    try:
        return future.result()
    except KeyboardInterrupt:
        future.cancel()
        raise
