"""Callers who each have a connection, and wait for one call before they make the next."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from typing import Any

import psycopg


async def call_when_told(
    dsn: str, statement: bytes, parameters: list[Any], *, count: int, callers: int
) -> None:
    """Says `ready` when all are connected, waits for a line, and makes `count` calls in all."""
    todo = iter(range(count))

    async def caller(conn: psycopg.AsyncConnection[Any]) -> None:
        for _ in todo:
            await conn.execute(statement, parameters, prepare=True)

    async with AsyncExitStack() as stack:
        conns = [
            await stack.enter_async_context(await psycopg.AsyncConnection.connect(dsn, autocommit=True))
            for _ in range(callers)
        ]
        print("ready", flush=True)
        sys.stdin.readline()
        await asyncio.gather(*(caller(conn) for conn in conns))
