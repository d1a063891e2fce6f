"""The executor's side of the schema, one method for each SQL function.

Every method is one statement, in a transaction of its own. All of them raise `agentpg.errors.AgentPGError`;
`LeaseLost` and `InstanceFenced` mean that the work now belongs to somebody else. Repeating a
call whose answer was lost is harmless, with the same arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from agentpg._async.calls import AnyAsyncPool, AsyncCalls
from agentpg._executor_batches import BatchCalls
from agentpg._executor_runs import RunCalls
from agentpg._executor_tools import FailOutcome, ToolCalls
from agentpg._json import jsonb
from agentpg._rows import build
from agentpg.claims import (
    BatchClaim,
    BatchTask,
    HeartbeatAnswer,
    LostLease,
    PublishOutcome,
    RegisteredInstance,
    RunClaim,
    ToolClaim,
)

__all__ = ["ExecutorCalls", "FailOutcome"]


class ExecutorCalls(RunCalls, ToolCalls, BatchCalls):
    """Typed calls over an async pool, which the caller opens and closes."""

    def __init__(self, pool: AnyAsyncPool, *, timeout: float | None = None) -> None:
        super().__init__(AsyncCalls(pool, timeout=timeout))

    async def register_instance(
        self,
        *,
        name: str | None = None,
        hostname: str | None = None,
        pid: int | None = None,
        version: str | None = None,
        max_concurrent_runs: int = 10,
        max_concurrent_tools: int = 50,
        metadata: Mapping[str, object] | None = None,
        exclusive: bool = False,
        forgotten_id: UUID | None = None,
        max_concurrent_batches: int = 0,
    ) -> RegisteredInstance:
        """Make this process known; its id is part of every claim.

        `exclusive` fences others of its name, unless the database had forgotten this process (`forgotten_id`)
        and a newer one took over meanwhile: then this one is refused. With `max_concurrent_batches` above 0
        it says that it gathers, polls and ingests batches.
        """
        row = await self._calls.row(
            """
            select * from agentpg.register_instance(
              name => %(name)s::text,
              hostname => %(hostname)s::text,
              pid => %(pid)s::int,
              version => %(version)s::text,
              max_concurrent_runs => %(max_concurrent_runs)s::int,
              max_concurrent_tools => %(max_concurrent_tools)s::int,
              metadata => %(metadata)s,
              exclusive => %(exclusive)s,
              forgotten_id => %(forgotten_id)s::uuid,
              max_concurrent_batches => %(max_concurrent_batches)s::int
            )
            """,
            {
                "name": name,
                "hostname": hostname,
                "pid": pid,
                "version": version,
                "max_concurrent_runs": max_concurrent_runs,
                "max_concurrent_tools": max_concurrent_tools,
                "metadata": jsonb(dict(metadata or {})),
                "exclusive": exclusive,
                "forgotten_id": forgotten_id,
                "max_concurrent_batches": max_concurrent_batches,
            },
        )
        return build(RegisteredInstance, row)

    async def register_tools(self, instance_id: UUID | None, tools: Sequence[Mapping[str, object]]) -> int:
        """Define tools (`name`, `description`, `input_schema`, …) and, given an instance, offer them."""
        count: int = await self._calls.value(
            "select agentpg.register_tools(instance_id => %(instance_id)s::uuid, tools => %(tools)s)",
            {"instance_id": instance_id, "tools": jsonb([dict(tool) for tool in tools])},
        )
        return count

    async def heartbeat(
        self,
        instance_id: UUID,
        *,
        runs: Iterable[RunClaim] = (),
        tools: Iterable[ToolClaim] = (),
        batches: Iterable[BatchClaim | BatchTask] = (),
    ) -> HeartbeatAnswer:
        """Extend the leases of what this process holds, and learn which of it is lost."""
        held: list[dict[str, UUID]] = [{"run_id": run.run_id, "lease_token": run.lease_token} for run in runs]
        held += [
            {"tool_execution_id": tool.tool_execution_id, "lease_token": tool.lease_token} for tool in tools
        ]
        held += [{"batch_id": batch.batch_id, "lease_token": batch.lease_token} for batch in batches]
        answer: dict[str, Any] = await self._calls.value(
            "select agentpg.heartbeat(instance_id => %(instance_id)s::uuid, held => %(held)s)",
            {"instance_id": instance_id, "held": jsonb(held)},
        )
        return HeartbeatAnswer(
            lost=tuple(build(LostLease, lost) for lost in answer["lost"]),
            poll_interval=timedelta(milliseconds=answer["poll_interval_ms"]),
            heartbeat_interval=timedelta(milliseconds=answer["heartbeat_interval_ms"]),
            lease_ttl=timedelta(milliseconds=answer["lease_ttl_ms"]),
        )

    async def publish_events(self, events: Sequence[Mapping[str, object]]) -> PublishOutcome:
        """Tell watchers what held model calls and tools say meanwhile; waits for no lock."""
        outcome: dict[str, Any] = await self._calls.value(
            "select agentpg.publish_events(events => %(events)s)",
            {"events": jsonb([dict(event) for event in events])},
        )
        return PublishOutcome(outcome["published"], outcome["stale"], tuple(outcome["busy"]))

    async def deregister_instance(self, instance_id: UUID) -> None:
        """Say goodbye; whatever is still held goes back unharmed."""
        await self._calls.value(
            "select agentpg.deregister_instance(instance_id => %(instance_id)s::uuid)",
            {"instance_id": instance_id},
        )

    async def run_maintenance(self, instance_id: UUID | None = None) -> dict[str, Any]:
        """Do whatever is due in the background: leases, deadlines, timers; returns what was done."""
        done: dict[str, Any] = await self._calls.value(
            "select agentpg.run_maintenance(instance_id => %(instance_id)s::uuid)",
            {"instance_id": instance_id},
        )
        return done
