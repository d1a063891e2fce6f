# Generated from agentpg/_async/inspection.py by python_client/async_to_sync.py: do not edit.
# fmt: off
# ruff: noqa: I001, RUF100

"""Looking into a run: its tool calls, model calls, history, and what it waits for."""

from __future__ import annotations

from agentpg._arguments import Id, uuid_of
from agentpg._sync.base import Methods
from agentpg._sync.calls import AnyConnection
from agentpg._results import iteration_of, tool_call_of
from agentpg._rows import build
from agentpg.trees import RunTreeNode
from agentpg.types import Iteration, TimelineEntry, ToolCall, Waiting


class InspectionMethods(Methods):
    """Every method takes `conn` to join the caller's own transaction."""

    def get_run_tool_calls(
        self, run_id: Id, *, conn: AnyConnection | None = None
    ) -> list[ToolCall]:
        """All tool calls of a run in their order."""
        rows = self._calls.rows(
            "select * from agentpg.run_tool_calls(run_id => %(run_id)s::uuid)",
            {"run_id": uuid_of(run_id, "run_id")},
            conn=conn,
            repeatable=True,
        )
        return [tool_call_of(row) for row in rows]

    def get_iteration_tool_calls(
        self, iteration_id: Id, *, conn: AnyConnection | None = None
    ) -> list[ToolCall]:
        """The tool calls one model call asked for."""
        rows = self._calls.rows(
            "select * from agentpg.iteration_tool_calls(iteration_id => %(iteration_id)s::uuid)",
            {"iteration_id": uuid_of(iteration_id, "iteration_id")},
            conn=conn,
            repeatable=True,
        )
        return [tool_call_of(row) for row in rows]

    def run_iterations(self, run_id: Id, *, conn: AnyConnection | None = None) -> list[Iteration]:
        """The model calls of a run that have ended, in their order."""
        rows = self._calls.rows(
            "select * from agentpg.run_iterations(run_id => %(run_id)s::uuid)",
            {"run_id": uuid_of(run_id, "run_id")},
            conn=conn,
            repeatable=True,
        )
        return [iteration_of(row) for row in rows]

    def run_tree(self, run_id: Id, *, conn: AnyConnection | None = None) -> list[RunTreeNode]:
        """A run, the runs of its delegates and theirs, in the order in which they were called."""
        rows = self._calls.rows(
            "select * from agentpg.run_tree(run_id => %(run_id)s::uuid)",
            {"run_id": uuid_of(run_id, "run_id")},
            conn=conn,
            repeatable=True,
        )
        return [build(RunTreeNode, row) for row in rows]

    def run_timeline(
        self, run_id: Id, *, conn: AnyConnection | None = None
    ) -> list[TimelineEntry]:
        """What happened to a run, in order, with the time since its creation."""
        rows = self._calls.rows(
            "select * from agentpg.run_timeline(run_id => %(run_id)s::uuid)",
            {"run_id": uuid_of(run_id, "run_id")},
            conn=conn,
            repeatable=True,
        )
        return [build(TimelineEntry, row) for row in rows]

    def why_waiting(self, run_id: Id, *, conn: AnyConnection | None = None) -> Waiting:
        """What a run is waiting for; its `reason` is `finished` when nothing is awaited any more."""
        row = self._calls.row(
            "select * from agentpg.why_waiting(run_id => %(run_id)s::uuid)",
            {"run_id": uuid_of(run_id, "run_id")},
            conn=conn,
            repeatable=True,
        )
        return build(Waiting, row)
