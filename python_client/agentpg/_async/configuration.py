"""The installation: its settings, its table of models and prices, its workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agentpg._async.base import AsyncMethods
from agentpg._async.calls import AnyAsyncConnection
from agentpg._json import jsonb
from agentpg._rows import build
from agentpg.types import Instance


class AsyncConfigurationMethods(AsyncMethods):
    """Every method takes `conn` to join the caller's own transaction."""

    async def settings(self, *, conn: AnyAsyncConnection | None = None) -> dict[str, Any]:
        """All settings by name."""
        return await self._calls.row("select * from agentpg.settings", conn=conn, repeatable=True)

    async def configure(
        self,
        changes: Mapping[str, object],
        *,
        conn: AnyAsyncConnection | None = None,
    ) -> dict[str, Any]:
        """Change the named settings for the whole installation, and return all of them."""
        return await self._calls.row(
            "select * from agentpg.configure(changes => %(changes)s)",
            {"changes": jsonb(changes)},
            conn=conn,
        )

    async def upsert_models(
        self,
        models: Sequence[Mapping[str, object]],
        *,
        conn: AnyAsyncConnection | None = None,
    ) -> int:
        """Add or replace models and their prices; returns how many."""
        count: int = await self._calls.value(
            "select agentpg.upsert_models(models => %(models)s)",
            {"models": jsonb(list(models))},
            conn=conn,
        )
        return count

    async def list_instances(self, *, conn: AnyAsyncConnection | None = None) -> list[Instance]:
        """The registered workers by name; one that fell silent disappears after `instance_ttl`."""
        rows = await self._calls.rows("select * from agentpg.list_instances()", conn=conn, repeatable=True)
        return [build(Instance, row) for row in rows]
