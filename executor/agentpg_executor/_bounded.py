"""A database call that ends even if the network has gone silent under it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from agentpg.errors import StorageError

T = TypeVar("T")

# psycopg answers a first cancellation by asking the server to stop, which a silent network cannot do either.
SECOND_CANCEL_AFTER = 1.0


async def bounded(call: Callable[[], Awaitable[T]], seconds: float) -> T:
    """What `call` returns or raises; a retryable `StorageError` if it has not ended after `seconds`.

    The call may have taken effect all the same, so it must be one that can be repeated.
    """

    async def carry() -> T:
        return await call()

    task = asyncio.create_task(carry())
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        _give_up(task)
        raise
    if done:
        return task.result()
    _give_up(task)
    raise StorageError(
        f"the database did not answer within {seconds:g} s",
        hint="look for a network that drops packets, or for locks that are held too long",
        retryable=True,
    )


def _give_up(task: asyncio.Task[T]) -> None:
    task.add_done_callback(_forget)
    task.cancel()
    asyncio.get_running_loop().call_later(SECOND_CANCEL_AFTER, _cancel_again, task)


def _cancel_again(task: asyncio.Task[T]) -> None:
    if not task.done():
        task.cancel()


def _forget(task: asyncio.Task[T]) -> None:
    if not task.cancelled():
        task.exception()
