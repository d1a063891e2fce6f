"""Runs the asynchronous part of a command, so that a signal unwinds it like any other end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ._signals import Terminated

T = TypeVar("T")


def run_async(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """`asyncio.run` that unwinds at SIGTERM too, by raising `Terminated`. Ctrl-C raises KeyboardInterrupt."""
    before = signal.getsignal(signal.SIGTERM)
    terminated = False

    async def guarded() -> T:
        task = asyncio.current_task()
        assert task is not None

        def on_signal() -> None:
            nonlocal terminated
            terminated = True
            task.cancel()

        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, on_signal)
        return await main()

    try:
        return asyncio.run(guarded())
    except asyncio.CancelledError:
        if terminated:
            raise Terminated from None
        raise
    finally:
        # The loop has put the default back, which would end the process without unwinding.
        signal.signal(signal.SIGTERM, before)
