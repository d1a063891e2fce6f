"""Sessions and their messages."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from agentpg._arguments import Id, optional_uuid_of, uuid_of
from agentpg._async.base import AsyncMethods
from agentpg._async.calls import AnyAsyncConnection
from agentpg._json import jsonb, jsonb_or_none
from agentpg._rows import build
from agentpg.enums import OnBusy
from agentpg.types import Message, Session


class AsyncSessionMethods(AsyncMethods):
    """Every method takes `conn` to join the caller's own transaction."""

    async def new_session(
        self,
        *,
        parent_session_id: Id | None = None,
        metadata: Mapping[str, object] | None = None,
        on_busy: OnBusy | str = OnBusy.ENQUEUE,
        compaction: Mapping[str, object] | None = None,
        conn: AnyAsyncConnection | None = None,
    ) -> UUID:
        """Create a session and return its id; fields of your own (`tenant_id`, …) go into `metadata`.

        `on_busy` says what a new run does while another one is active: `enqueue` waits behind it, `reject` is
        refused with `SessionBusy`, `interrupt` cancels it and those that wait. `compaction` is what differs
        from the compaction settings of the agents for this session.
        """
        session_id: UUID = await self._calls.value(
            """
            select agentpg.create_session(
              parent_session_id => %(parent_session_id)s::uuid,
              metadata => %(metadata)s,
              on_busy => %(on_busy)s::text,
              compaction => %(compaction)s
            )
            """,
            {
                "parent_session_id": optional_uuid_of(parent_session_id, "parent_session_id"),
                "metadata": jsonb({} if metadata is None else metadata),
                "on_busy": str(on_busy),
                "compaction": jsonb_or_none(compaction),
            },
            conn=conn,
        )
        return session_id

    async def get_session(self, session_id: Id, *, conn: AnyAsyncConnection | None = None) -> Session:
        """The session with this id; `SessionNotFound` if there is none."""
        row = await self._calls.row(
            "select * from agentpg.get_session(session_id => %(session_id)s::uuid)",
            {"session_id": uuid_of(session_id, "session_id")},
            conn=conn,
            repeatable=True,
        )
        return build(Session, row)

    async def update_session(
        self,
        session_id: Id,
        *,
        metadata: Mapping[str, object] | None = None,
        on_busy: OnBusy | str | None = None,
        compaction: Mapping[str, object] | None = None,
        conn: AnyAsyncConnection | None = None,
    ) -> Session:
        """Change what is given and nothing else; `metadata` is replaced as a whole, its tenant stays."""
        changes: dict[str, object] = {}
        if metadata is not None:
            changes["metadata"] = metadata
        if on_busy is not None:
            changes["on_busy"] = str(on_busy)
        if compaction is not None:
            changes["compaction"] = compaction
        row = await self._calls.row(
            "select * from agentpg.update_session(session_id => %(session_id)s, changes => %(changes)s)",
            {"session_id": uuid_of(session_id, "session_id"), "changes": jsonb(changes)},
            conn=conn,
            repeatable=True,
        )
        return build(Session, row)

    async def fork_session(
        self,
        session_id: Id,
        *,
        at_seq: int | None = None,
        metadata: Mapping[str, object] | None = None,
        conn: AnyAsyncConnection | None = None,
    ) -> UUID:
        """Create a session that begins with the messages of this one up to `at_seq`; returns its id.

        Nothing is copied, and what either of them says later is its own. `at_seq` ends a turn, or
        `InvalidForkPoint` names the nearest place that does; None is the last one, before the turn that is
        under way. `metadata` replaces that of the origin, the tenant stays.
        """
        fork_id: UUID = await self._calls.value(
            """
            select agentpg.fork_session(
              session_id => %(session_id)s::uuid,
              at_seq => %(at_seq)s::bigint,
              metadata => %(metadata)s
            )
            """,
            {
                "session_id": uuid_of(session_id, "session_id"),
                "at_seq": at_seq,
                "metadata": jsonb_or_none(metadata),
            },
            conn=conn,
        )
        return fork_id

    async def delete_session(
        self, session_id: Id, *, dry_run: bool = False, conn: AnyAsyncConnection | None = None
    ) -> dict[str, int]:
        """Delete a session and those below it with all that is theirs; returns how many rows of each kind.

        With `dry_run` it is only counted. `SessionActive` while a run has not ended (one that waits for
        input goes with it), `SessionHasForks` while a fork shows its messages, `DelegateSession` for that
        of a delegate, `SessionNotFound` when it is gone already. What its runs used stays as sums.
        """
        counts: dict[str, int] = await self._calls.value(
            "select agentpg.delete_session(session_id => %(session_id)s::uuid, dry_run => %(dry_run)s)",
            {"session_id": uuid_of(session_id, "session_id"), "dry_run": dry_run},
            conn=conn,
        )
        return counts

    async def list_sessions(
        self,
        *,
        metadata: Mapping[str, object] | None = None,
        max_count: int = 100,
        before: Id | None = None,
        conn: AnyAsyncConnection | None = None,
    ) -> list[Session]:
        """Sessions whose metadata contains `metadata`, newest first; `before` is the last id already seen."""
        rows = await self._calls.rows(
            """
            select * from agentpg.list_sessions(
              metadata => %(metadata)s,
              max_count => %(max_count)s::int,
              before => %(before)s::uuid
            )
            """,
            {
                "metadata": jsonb_or_none(metadata),
                "max_count": max_count,
                "before": optional_uuid_of(before, "before"),
            },
            conn=conn,
            repeatable=True,
        )
        return [build(Session, row) for row in rows]

    async def session_messages(
        self,
        session_id: Id,
        *,
        after_seq: int = 0,
        max_count: int = 1000,
        superseded: bool = False,
        conn: AnyAsyncConnection | None = None,
    ) -> list[Message]:
        """Messages in their order, those after place `after_seq`; in a fork the inherited ones too.

        The messages of regenerated turns are left out unless `superseded` is true.
        """
        rows = await self._calls.rows(
            """
            select * from agentpg.session_messages(
              session_id => %(session_id)s::uuid,
              after_seq => %(after_seq)s::bigint,
              max_count => %(max_count)s::int,
              superseded => %(superseded)s::boolean
            )
            """,
            {
                "session_id": uuid_of(session_id, "session_id"),
                "after_seq": after_seq,
                "max_count": max_count,
                "superseded": superseded,
            },
            conn=conn,
            repeatable=True,
        )
        return [build(Message, row) for row in rows]
