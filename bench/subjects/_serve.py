"""How a peer's script serves the cases: the bench's conversation, on uvloop where the peer has it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any

from bench.subject import Subject

Cases = Mapping[str, Callable[[Subject], Coroutine[Any, Any, None]]]


def result_of(subject: Subject) -> str:
    """What a model and a tool that do nothing return."""
    return "r" * int(subject.parameters.get("result_bytes", 200))


async def started(subject: Subject) -> None:
    """Everything is in place; returns when the clock runs. The event loop goes on meanwhile."""
    await asyncio.to_thread(subject.start)


def serve(cases: Cases) -> None:
    """Puts the case to the product and leaves at once: what is unfinished goes with the database."""
    subject = Subject.from_arguments()
    factory = None
    with suppress(ImportError):
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(cases[subject.case](subject))
        os._exit(0)
