"""For conditions of other processes, which nobody announces."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

PAUSE = 0.02
HANGING = 60.0
"""Nothing that goes on takes this long, on however busy a machine."""


async def eventually(
    check: Callable[[], Any],
    what: str,
    within: float = HANGING,
    explain: Callable[[], object] | None = None,
) -> float:
    """Looks until the check holds, and returns the seconds that took; AssertionError after `within`."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while True:
        found = check()
        if isinstance(found, Awaitable):
            found = await found
        passed = loop.time() - begun
        if found:
            return passed
        if passed > within:
            told = "" if explain is None else f"\n{explain()}"
            raise AssertionError(f"not within {within} s: {what}{told}")
        await asyncio.sleep(PAUSE)
