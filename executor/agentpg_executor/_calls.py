"""The SQL calls of an executor, with one that no other client makes."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from agentpg._json import jsonb
from agentpg.executor_calls import ExecutorCalls


class Calls(ExecutorCalls):
    async def record_abandoned(
        self,
        iteration_id: UUID,
        lease_token: UUID,
        usage: Mapping[str, object],
        *,
        request_id: str | None = None,
    ) -> bool:
        """Say what a model call had used when its run was cancelled under it; counted once."""
        counted: bool = await self._calls.value(
            """
            select agentpg.record_abandoned(
              iteration_id => %(iteration_id)s::uuid,
              lease_token => %(lease_token)s::uuid,
              usage => %(usage)s,
              request_id => %(request_id)s::text
            )
            """,
            {
                "iteration_id": iteration_id,
                "lease_token": lease_token,
                "usage": jsonb(dict(usage)),
                "request_id": request_id,
            },
        )
        return counted
