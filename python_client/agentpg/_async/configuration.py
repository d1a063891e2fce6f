"""The settings of the installation, and its table of models and prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agentpg._async.base import AsyncMethods
from agentpg._async.calls import AnyAsyncConnection
from agentpg._json import jsonb


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
