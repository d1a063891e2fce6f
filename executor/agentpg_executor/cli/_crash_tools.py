"""The tool of the demo's second act, as the workers load it: `agentpg worker --tools` this module."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from ..tools import ToolContext, tool

BOOK = "demo_book_hotel"
PACE = "AGENTPG_DEMO_PACE"
_SECONDS, _LEAST_SECONDS = 1.5, 0.8


@tool(name=BOOK, max_attempts=5)
async def book_hotel(context: ToolContext, city: str) -> dict[str, Any]:
    """Book a room for Friday night.

    Args:
        city: name of the city
    """
    await asyncio.sleep(max(_SECONDS * float(os.environ.get(PACE, "1")), _LEAST_SECONDS))
    # The id of the call is the same in every attempt: what a real booking would send as its idempotency key.
    number = context.tool_use_id[-6:].upper()
    return {"hotel": f"Gion Inn, {city}", "booking": number, "pid": os.getpid(), "attempt": context.attempt}
