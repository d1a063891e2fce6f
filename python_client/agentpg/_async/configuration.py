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
        models: Sequence[Mapping[str, object]] | Mapping[str, object],
        *,
        conn: AnyAsyncConnection | None = None,
    ) -> int:
        """Add or change models and their prices; returns how many entries were given.

        `models` is a list of models, or what `export_models` returns. What is not given of a model stays.
        """
        given = models if isinstance(models, Mapping) else list(models)
        count: int = await self._calls.value(
            "select agentpg.upsert_models(models => %(models)s)", {"models": jsonb(given)}, conn=conn
        )
        return count

    async def export_models(
        self, model: str | None = None, *, conn: AnyAsyncConnection | None = None
    ) -> dict[str, Any]:
        """What is known of models and prices, or of one model, in the form that `upsert_models` takes."""
        document: dict[str, Any] = await self._calls.value(
            "select agentpg.export_models(model => %(model)s::text)",
            {"model": model},
            conn=conn,
            repeatable=True,
        )
        return document

    async def list_instances(self, *, conn: AnyAsyncConnection | None = None) -> list[Instance]:
        """The registered workers by name; one that fell silent disappears after `instance_ttl`."""
        rows = await self._calls.rows("select * from agentpg.list_instances()", conn=conn, repeatable=True)
        return [build(Instance, row) for row in rows]
