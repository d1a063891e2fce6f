"""What notifications mean to an executor. Hints: each sets a wake-up or an abort, none runs a query."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from ._host import Host
from ._instance import Instance
from ._json import is_object

CHANNELS = ("agentpg_run_created", "agentpg_run_state", "agentpg_tool_pending")


class Hints:
    def __init__(self, host: Host, instance: Instance) -> None:
        self._host = host
        self._instance = instance
        self._below: set[UUID] = set()

    def heard(self, channel: str, payload: str) -> None:
        host = self._host
        host.stats.notifications += 1
        said = _parse(payload)
        if channel == "agentpg_run_created":
            if said.get("run_mode") in (None, "streaming") and self._is_ours(said):
                host.runs_wake.set()
        elif channel == "agentpg_run_state":
            state = said.get("state")
            if state == "pending" and self._is_ours(said):
                host.runs_wake.set()
            elif state in ("cancelled", "failed"):
                run_id = _uuid(said.get("run_id"))
                if run_id is not None:
                    self._instance.abort_run(run_id, str(state))
        elif channel == "agentpg_tool_pending":
            name = said.get("tool_name")
            if (name is None or name in host.tools) and self._is_ours(said):
                host.tools_wake.set()

    def listening(self) -> None:
        """The listener is there, the first time or again: whatever it missed is looked for."""
        self._host.stats.listens += 1
        self._host.runs_wake.set()
        self._host.tools_wake.set()

    def _is_ours(self, said: dict[str, Any]) -> bool:
        only = self._host.only_runs
        if only is None:
            return True
        if "run_id" in said and said["run_id"] is None:
            # One hint for many runs.
            return True
        run_id, parent_run_id = _uuid(said.get("run_id")), _uuid(said.get("parent_run_id"))
        if run_id is not None and (parent_run_id in only or parent_run_id in self._below):
            # The run of a delegate. One that was missed here is found by the poll.
            self._below.add(run_id)
        return run_id in only or run_id in self._below


def _parse(payload: str) -> dict[str, Any]:
    try:
        said = json.loads(payload)
    except ValueError:
        return {}
    return said if is_object(said) else {}


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
