# Generated from agentpg/_async/configuration.py by python_client/async_to_sync.py: do not edit.
# fmt: off
# ruff: noqa: I001, RUF100

"""The settings of the installation, and its table of models and prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agentpg._sync.base import Methods
from agentpg._sync.calls import AnyConnection
from agentpg._json import jsonb


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
        models: Sequence[Mapping[str, object]],
        *,
        conn: AnyConnection | None = None,
    ) -> int:
        """Add or replace models and their prices; returns how many."""
        count: int = self._calls.value(
            "select agentpg.upsert_models(models => %(models)s)",
            {"models": jsonb(list(models))},
            conn=conn,
        )
        return count
