"""A response as a plan, so that the routes decide and the server only carries out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ._gate import Gate
from ._journal import Entry
from ._tokens import dumps


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait in mid response; None waits until the client leaves. `pings` keep the connection alive."""

    seconds: float | None
    pings: bool = False


class Signal(Enum):
    """How a connection ends before the response does: by a TCP reset, or by closing it."""

    RESET = "reset"
    CLOSE = "closed"


Step = bytes | Pause | Gate | Signal


@dataclass(slots=True)
class Reply:
    """Status, headers and either a whole body or the steps of a streamed one.

    `waits` come before the headers. `drop` ends the connection instead of answering. `begin` is called when
    the headers go out.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    steps: Iterable[Step] | None = None
    waits: list[Pause | Gate] = field(default_factory=list["Pause | Gate"])
    drop: Signal | None = None
    begin: Callable[[], None] | None = None
    entry: Entry | None = None


def json_reply(data: Any, status: int = 200) -> Reply:
    """A JSON body."""
    return Reply(status, {"content-type": "application/json"}, dumps(data).encode())
