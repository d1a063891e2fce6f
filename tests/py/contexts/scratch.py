"""The engine within one transaction, which is never committed: each example begins with an empty database."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import psycopg
from model_based.engine import Engine, Refused, Row

_FIRST = datetime.fromisoformat("2026-12-01T12:00+00:00")


class Scratch(Engine):
    def __init__(self, conn: psycopg.Connection[Row]) -> None:
        super().__init__(conn)
        self._seen: dict[str, list[Row]] = {}

    def look(self, statement: str) -> list[Row]:
        """The rows of a query, which is asked once while nothing changes."""
        if statement not in self._seen:
            self._seen[statement] = self.table(statement)
        return self._seen[statement]

    def reset(self) -> datetime:
        self._seen.clear()
        self.conn.execute("rollback")
        self.conn.execute("begin")
        self.conn.execute("select setseed(0.5), agentpg_test.freeze(%s)", [_FIRST])
        return _FIRST

    def advance(self, step: timedelta) -> None:
        self._seen.clear()
        super().advance(step)

    def rows(self, function: str, **named: Any) -> list[Row]:
        self._seen.clear()
        self.conn.execute("savepoint call")
        try:
            return super().rows(function, **named)
        except Refused:
            self.conn.execute("rollback to savepoint call")
            raise
