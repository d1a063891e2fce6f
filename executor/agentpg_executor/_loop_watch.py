"""Notices when something holds the event loop: meanwhile no lease is renewed and no other call goes on."""

from __future__ import annotations

import asyncio
import logging

TICK = 1.0
BLOCKED = 1.0


async def watch_loop(log: logging.Logger) -> None:
    """Until cancelled, warns after whatever held the loop for a second; two seconds are always noticed."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + TICK
        await asyncio.sleep(TICK)
        late = loop.time() - due
        if late > BLOCKED:
            log.warning(
                "the event loop was blocked for at least %.1f s; does an async tool do blocking work? "
                "Make it a plain function: those run in threads",
                late,
            )
