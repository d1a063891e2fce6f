"""A listener on all channels, and a stage whose calls commit at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fixtures.actors import Stage, stage_on
from fixtures.databases import Database

CHANNELS = (
    "agentpg_run_created",
    "agentpg_run_state",
    "agentpg_run_finalized",
    "agentpg_tool_pending",
    "agentpg_tools_complete",
)
_MARK = "end_of_what_was_said"


class Listener:
    """What was notified since the last look, in the order of the commits."""

    def __init__(self, database: Database) -> None:
        self._conn = database.connect()
        for channel in (*CHANNELS, _MARK):
            self._conn.execute(f"listen {channel}".encode())
        self._sender = database.connect()

    def heard(self, *channels: str) -> list[tuple[str, dict[str, Any]]]:
        """(channel without its prefix, payload): of these channels, or of all."""
        found: list[tuple[str, dict[str, Any]]] = []
        self._sender.execute("select pg_notify(%s, '')", (_MARK,))
        for notify in self._conn.notifies(timeout=60):
            if notify.channel == _MARK:
                return found
            name = notify.channel.removeprefix("agentpg_")
            if not channels or name in channels:
                found.append((name, json.loads(notify.payload)))
        raise AssertionError("the mark did not come")

    def close(self) -> None:
        self._conn.close()
        self._sender.close()


@pytest.fixture
def stage(database: Database) -> Iterator[Stage]:
    with stage_on(database) as stage:
        stage.ask("select given_instance('{lookup}')")
        stage.ask("select given_agent(tools => '{lookup}')")
        yield stage


@pytest.fixture
def listener(database: Database, stage: Stage) -> Iterator[Listener]:
    listener = Listener(database)
    yield listener
    listener.close()
