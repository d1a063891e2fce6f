"""A proxy that reads the Postgres protocol, and stops an executor at the very call that a test names."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from .polling import HANGING
from .proxy import Link, Proxy

Moment = Literal["before", "after"]
_FUNCTION = re.compile(rb"agentpg\.(\w+)\s*\(")
_UNTIL_SYNC = b"PBDECH"


@dataclass(eq=False)
class Trap:
    """The next call of `function` stops before it reaches the server, or once it has committed there.

    With `rows`, only a call that returned some. `release` lets it go on its way.
    """

    function: str
    moment: Moment
    rows: bool = False
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait_reached(self, within: float = HANGING) -> None:
        try:
            await asyncio.wait_for(self.reached.wait(), within)
        except TimeoutError:
            raise AssertionError(f"no call came to {self.moment} {self.function} in {within} s") from None

    def release(self) -> None:
        self.released.set()


@dataclass(eq=False)
class _Side:
    """One direction of a conversation: bytes not yet a message, messages not yet passed on."""

    raw: bytearray = field(default_factory=bytearray)
    group: bytearray = field(default_factory=bytearray)


class PostgresLink(Link):
    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        super().__init__(near, far)
        self.out, self.back = _Side(), _Side()
        self.greeted = False
        self.statements: dict[bytes, bytes] = {}
        self.said = b""
        self.asked: deque[str] = deque()


class PostgresProxy(Proxy):
    """`trap` stops one call; `calls` counts the calls of each function that were let through."""

    def __init__(self, target: object) -> None:
        super().__init__(target)  # type: ignore[arg-type]
        self._traps: list[Trap] = []
        self.calls: list[str] = []

    def trap(self, function: str, moment: Moment, *, rows: bool = False) -> Trap:
        made = Trap(function, moment, rows)
        self._traps.append(made)
        return made

    def link(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> PostgresLink:
        return PostgresLink(near, far)

    def split(self, link: Link, data: bytes, *, outwards: bool) -> Iterator[bytes]:
        assert isinstance(link, PostgresLink)
        side = link.out if outwards else link.back
        side.raw += data
        while (message := self._message(link, side.raw, outwards=outwards)) is not None:
            side.group += message
            if outwards:
                self._listen(link, message)
                whole = message[:1] not in _UNTIL_SYNC or not link.greeted
            else:
                whole = not link.asked or message[:1] == b"Z"
            if whole:
                piece = bytes(side.group)
                side.group.clear()
                yield piece

    async def before(self, link: Link, piece: bytes, *, outwards: bool) -> None:
        assert isinstance(link, PostgresLink)
        if not outwards:
            if not link.asked:
                return
            function, moment = link.asked.popleft(), "after"
        elif piece[:1] in b"PBDECHSQ" and link.greeted:
            function, moment = link.said.decode(), "before"
            link.said = b""
            link.asked.append(function)
            if function:
                self.calls.append(function)
        else:
            return
        for trap in self._traps:
            if (trap.function, trap.moment) == (function, moment) and (not trap.rows or _has_row(piece)):
                self._traps.remove(trap)
                trap.reached.set()
                await trap.released.wait()
                return

    def _message(self, link: PostgresLink, raw: bytearray, *, outwards: bool) -> bytes | None:
        """Takes one whole message off the front. The first from a client has no type."""
        head = 0 if outwards and not link.greeted else 1
        if len(raw) < head + 4:
            return None
        length = head + int.from_bytes(raw[head : head + 4], "big")
        if len(raw) < length:
            return None
        message = bytes(raw[:length])
        del raw[:length]
        return message

    def _listen(self, link: PostgresLink, message: bytes) -> None:
        """Remembers which function of ours the messages up to the next sync call."""
        if not link.greeted:
            link.greeted = True
            return
        kind, body = message[:1], message[5:]
        if kind == b"P":
            name, query, _ = body.split(b"\0", 2)
            link.statements[name] = query
        elif kind == b"B":
            _, name, _ = body.split(b"\0", 2)
            link.said = _function(link.statements.get(name, b""))
        elif kind == b"Q":
            link.said = _function(body)


def _function(query: bytes) -> bytes:
    found = _FUNCTION.search(query)
    return found[1] if found else b""


def _has_row(piece: bytes) -> bool:
    at = 0
    while at + 5 <= len(piece):
        if piece[at : at + 1] == b"D":
            return True
        at += 1 + int.from_bytes(piece[at + 1 : at + 5], "big")
    return False
