# Generated from agentpg/_async/configuration.py by python_client/async_to_sync.py: do not edit.
# fmt: off
# ruff: noqa: I001, RUF100

"""The installation: its settings, its table of models and prices, its workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agentpg._sync.base import Methods
from agentpg._sync.calls import AnyConnection
from agentpg._json import jsonb
from agentpg._rows import build
from agentpg.types import Instance


class ConfigurationMethods(Methods):
    """Every method takes `conn` to join the caller's own transaction."""

    def settings(self, *, conn: AnyConnection | None = None) -> dict[str, Any]:
        """All settings by name."""
        return self._calls.row("select * from agentpg.settings", conn=conn, repeatable=True)

    def configure(
        self,
        changes: Mapping[str, object],
        *,
        conn: AnyConnection | None = None,
    ) -> dict[str, Any]:
        """Change the named settings for the whole installation, and return all of them."""
        return self._calls.row(
            "select * from agentpg.configure(changes => %(changes)s)",
            {"changes": jsonb(changes)},
            conn=conn,
        )

    def upsert_models(
        self,
        models: Sequence[Mapping[str, object]] | Mapping[str, object],
        *,
        conn: AnyConnection | None = None,
    ) -> int:
        """Add or change models and their prices; returns how many entries were given.

        `models` is a list of models, or what `export_models` returns. What is not given of a model stays.
        """
        given = models if isinstance(models, Mapping) else list(models)
        count: int = self._calls.value(
            "select agentpg.upsert_models(models => %(models)s)", {"models": jsonb(given)}, conn=conn
        )
        return count

    def export_models(
        self, model: str | None = None, *, conn: AnyConnection | None = None
    ) -> dict[str, Any]:
        """What is known of models and prices, or of one model, in the form that `upsert_models` takes."""
        document: dict[str, Any] = self._calls.value(
            "select agentpg.export_models(model => %(model)s::text)",
            {"model": model},
            conn=conn,
            repeatable=True,
        )
        return document

    def list_instances(self, *, conn: AnyConnection | None = None) -> list[Instance]:
        """The registered workers by name; one that fell silent disappears after `instance_ttl`."""
        rows = self._calls.rows("select * from agentpg.list_instances()", conn=conn, repeatable=True)
        return [build(Instance, row) for row in rows]
