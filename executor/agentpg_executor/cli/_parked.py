"""Runs that wait until a person mends something: the key, the bill or a permission."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, NoReturn
from uuid import UUID

from ._failure import CliError, one_line
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from agentpg import AsyncClient, Waiting

_LOOK_SECONDS = 2.0


async def raise_if_parked(client: AsyncClient, run_id: UUID, failed: asyncio.Event) -> NoReturn:
    """Looks after each failed model call, and now and then; for whoever waits for a run beside this."""
    while True:
        # Not wait_for: before Python 3.12 it forgets a cancellation that comes together with the event.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                await failed.wait()
        failed.clear()
        refuse_parked(await client.why_waiting(run_id))


def refuse_parked(waiting: Waiting) -> None:
    """Raises when only a person can end the wait."""
    if waiting.reason == "parked":
        raise CliError(
            ExitCode.AUTH,
            "Claude refused the key, the bill or the permission, and the run waits",
            why=one_line(waiting.detail or ""),
            next="agentpg runs resume, once the cause is mended",
        )
