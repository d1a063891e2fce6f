"""Looking into a run: its tool calls, model calls, history, and what it waits for."""

from __future__ import annotations

from agentpg._arguments import Id, uuid_of
from agentpg._async.base import AsyncMethods
from agentpg._async.calls import AnyAsyncConnection
from agentpg._results import iteration_of, tool_call_of
from agentpg._rows import build
from agentpg.trees import RunTreeNode
from agentpg.types import Iteration, TimelineEntry, ToolCall, Waiting


class AsyncInspectionMethods(AsyncMethods):
    """Every method takes `conn` to join the caller's own transaction."""

    async def get_run_tool_calls(
        self, run_id: Id, *, conn: AnyAsyncConnection | None = None
    ) -> list[ToolCall]:
        """All tool calls of a run in their order."""
        rows = await self._calls.rows(
            "select * from agentpg.run_tool_calls(run_id => %(run_id)s::uuid)",
            {"run_id": uuid_of(run_id, "run_id")},
            conn=conn,
            repeatable=True,
        )
        return [tool_call_of(row) for row in rows]

    async def get_iteration_tool_calls(
        self, iteration_id: Id, *, conn: AnyAsyncConnection | None = None
    ) -> list[ToolCall]:
        """The tool calls one model call asked for."""
        rows = await self._calls.rows(
            "select * from agentpg.iteration_tool_calls(iteration_id => %(iteration_id)s::uuid)",
            {"iteration_id": uuid_of(iteration_id, "iteration_id")},
            conn=conn,
            repeatable=True,
        )
        return [tool_call_of(row) for row in rows]

    async def run_iterations(self, run_id: Id, *, conn: AnyAsyncConnection | None = None) -> list[Iteration]:
        """The model calls of a run that have ended, in their order."""
        rows = await self._calls.rows(
            "select * from agentpg.run_iterations(run_id => %(run_id)s::uuid)",
            {"run_id": uuid_of(run_id, "run_id")},
            conn=conn,
            repeatable=True,
        )
        return [iteration_of(row) for row in rows]

    async def run_tree(self, run_id: Id, *, conn: AnyAsyncConnection | None = None) -> list[RunTreeNode]:
        """A run, the runs of its delegates and theirs, in the order in which they were called."""
        rows = await self._calls.rows(
            "select * from agentpg.run_tree(run_id => %(run_id)s::uuid)",
            {"run_id": uuid_of(run_id, "run_id")},
            conn=conn,
            repeatable=True,
        )
        return [build(RunTreeNode, row) for row in rows]

    async def run_timeline(
        self, run_id: Id, *, conn: AnyAsyncConnection | None = None
    ) -> list[TimelineEntry]:
        """What happened to a run, in order, with the time since its creation."""
        rows = await self._calls.rows(
            "select * from agentpg.run_timeline(run_id => %(run_id)s::uuid)",
            {"run_id": uuid_of(run_id, "run_id")},
            conn=conn,
            repeatable=True,
        )
        return [build(TimelineEntry, row) for row in rows]

    async def why_waiting(self, run_id: Id, *, conn: AnyAsyncConnection | None = None) -> Waiting:
        """What a run is waiting for; its `reason` is `finished` when nothing is awaited any more."""
        row = await self._calls.row(
            "select * from agentpg.why_waiting(run_id => %(run_id)s::uuid)",
            {"run_id": uuid_of(run_id, "run_id")},
            conn=conn,
            repeatable=True,
        )
        return build(Waiting, row)
