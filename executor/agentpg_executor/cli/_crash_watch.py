"""Who runs a tool of a run at this moment, asked of the database again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

LOOK_SECONDS = 0.03
_QUERY = """
    select i.name, i.pid, c.name as tool, c.input, c.attempt
    from agentpg.tool_calls c
    join agentpg.instances i on i.id = c.claimed_by_instance_id
    where c.run_id = %s and c.state = 'running'
    order by c.message_seq, c.block_index
"""


@dataclass(frozen=True, slots=True)
class AtWork:
    """A tool call and the worker that holds its lease."""

    name: str
    pid: int
    tool: str
    input: dict[str, Any]
    attempt: int


async def watch(url: str, run_id: UUID, wanted: Callable[[AtWork], bool]) -> AtWork:
    """Looks until a tool call of the run is under way as `wanted`."""
    async with await AsyncConnection[AtWork].connect(
        url, autocommit=True, row_factory=class_row(AtWork), fallback_application_name="agentpg demo"
    ) as connection:
        while True:
            rows = await (await connection.execute(_QUERY, (run_id,))).fetchall()
            for row in rows:
                if wanted(row):
                    return row
            await asyncio.sleep(LOOK_SECONDS)
