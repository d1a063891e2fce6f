"""Sessions and runs as documents, to keep them or to move them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from agentpg._arguments import Id, uuid_of
from agentpg._async.base import AsyncMethods
from agentpg._async.calls import AnyAsyncConnection
from agentpg._json import jsonb, jsonb_or_none


class AsyncDocumentMethods(AsyncMethods):
    """Every method takes `conn` to join the caller's own transaction."""

    async def export_session(
        self, session_id: Id, *, conn: AnyAsyncConnection | None = None
    ) -> dict[str, Any]:
        """A session as one JSON document for `import_session`, here or elsewhere.

        In it are the sessions below it, messages (what a fork inherited too), images in full, summaries,
        runs with their model calls and tool calls, and the definitions of their agents. Not in it are
        variables and idempotency keys of runs, tokens and keys in requests, events and budgets.
        """
        document: dict[str, Any] = await self._calls.value(
            "select agentpg.export_session(session_id => %(session_id)s::uuid)",
            {"session_id": uuid_of(session_id, "session_id")},
            conn=conn,
            repeatable=True,
        )
        return document

    async def export_run(self, run_id: Id, *, conn: AnyAsyncConnection | None = None) -> dict[str, Any]:
        """A run as a document of the same kind: its session up to the end of its turn, and no other run."""
        document: dict[str, Any] = await self._calls.value(
            "select agentpg.export_run(run_id => %(run_id)s::uuid)",
            {"run_id": uuid_of(run_id, "run_id")},
            conn=conn,
            repeatable=True,
        )
        return document

    async def import_session(
        self,
        document: Mapping[str, object],
        *,
        keep_ids: bool = False,
        metadata: Mapping[str, object] | None = None,
        conn: AnyAsyncConnection | None = None,
    ) -> UUID:
        """Make a session of a document, all or nothing, and return its id.

        It gets new ids, or with `keep_ids` its own, if they are free (`ImportConflict`). `metadata` replaces
        that of the session, and with it the tenant. Agents are those here of the same name and metadata, else
        new ones. Runs that had not ended are cancelled. `InvalidDocument` names the place of what is wrong.
        """
        session_id: UUID = await self._calls.value(
            """
            select agentpg.import_session(
              document => %(document)s, keep_ids => %(keep_ids)s, metadata => %(metadata)s
            )
            """,
            {"document": jsonb(document), "keep_ids": keep_ids, "metadata": jsonb_or_none(metadata)},
            conn=conn,
        )
        return session_id
