# Generated from agentpg/_async/compaction.py by python_client/async_to_sync.py: do not edit.
# fmt: off
# ruff: noqa: I001, RUF100

"""Long conversations: how long a context is, and how it is made shorter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, LiteralString

from agentpg._arguments import Id, optional_uuid_of, uuid_of
from agentpg._sync.base import Methods
from agentpg._sync.calls import AnyConnection
from agentpg._json import jsonb, jsonb_or_none
from agentpg._rows import build
from agentpg.compaction import Compaction, CompactionPlan, ContextToCount, SessionStats, Strategy
from agentpg.types import Message

_PAGE = 1000


class CompactionMethods(Methods):
    """Every method takes `conn` to join the caller's own transaction."""

    def compact(self, session_id: Id, *, conn: AnyConnection | None = None) -> Compaction | None:
        """Make the context of a session shorter, by the settings that hold for it; None if nothing would.

        Returns at once. State `applied` is done; `ready` comes into force when the active turn ends;
        `summarizing` waits for a run to have the summary written: `wait_for_run(compaction.run_id)`. One that
        is under way already is returned as it is.
        """
        return self.compact_with_config(session_id, None, conn=conn)

    def compact_with_config(
        self,
        session_id: Id,
        config: Mapping[str, object] | None,
        *,
        conn: AnyConnection | None = None,
    ) -> Compaction | None:
        """As `compact`, with what differs from the settings for this call.

        Keys: those of `agentpg.compaction_defaults()`. `InvalidCompaction` names the rule that they break.
        """
        return self._begin(
            "select * from agentpg.compact(session_id => %(session_id)s::uuid, config => %(config)s)",
            session_id,
            config,
            conn,
        )

    def compact_if_needed(
        self,
        session_id: Id,
        *,
        config: Mapping[str, object] | None = None,
        conn: AnyConnection | None = None,
    ) -> Compaction | None:
        """As `compact`, but None while the context is not above the trigger."""
        return self._begin(
            "select * from agentpg.compact_if_needed("
            "session_id => %(session_id)s::uuid, config => %(config)s)",
            session_id,
            config,
            conn,
        )

    def _begin(
        self,
        statement: LiteralString,
        session_id: Id,
        config: Mapping[str, object] | None,
        conn: AnyConnection | None,
    ) -> Compaction | None:
        row = self._calls.row(
            statement,
            {"session_id": uuid_of(session_id, "session_id"), "config": jsonb_or_none(config)},
            conn=conn,
            repeatable=True,
        )
        return None if row["id"] is None else build(Compaction, row)

    def needs_compaction(self, session_id: Id, *, conn: AnyConnection | None = None) -> bool:
        """Whether the context is above the trigger for the model that spoke in the session last."""
        needed: bool = self._calls.value(
            "select agentpg.needs_compaction(session_id => %(session_id)s::uuid)",
            {"session_id": uuid_of(session_id, "session_id")},
            conn=conn,
            repeatable=True,
        )
        return needed

    def get_compaction_stats(
        self,
        session_id: Id,
        *,
        config: Mapping[str, object] | None = None,
        conn: AnyConnection | None = None,
    ) -> SessionStats:
        """How long the context is, and what a compaction would save. Reads the whole context once."""
        row = self._calls.row(
            "select * from agentpg.session_stats(session_id => %(session_id)s::uuid, config => %(config)s)",
            {"session_id": uuid_of(session_id, "session_id"), "config": jsonb_or_none(config)},
            conn=conn,
            repeatable=True,
        )
        return build(SessionStats, row)

    def context_to_count(
        self, session_id: Id, *, conn: AnyConnection | None = None
    ) -> ContextToCount | None:
        """The body that has the API's counting endpoint count the context; None while there is nothing.

        Hand what it says to `record_context_count`:

            asked = client.context_to_count(session_id)
            counted = anthropic.messages.count_tokens(**asked.request)
            client.record_context_count(asked, counted.input_tokens)
        """
        row = self._calls.row(
            "select * from agentpg.context_to_count(session_id => %(session_id)s::uuid)",
            {"session_id": uuid_of(session_id, "session_id")},
            conn=conn,
            repeatable=True,
        )
        return (
            None
            if row["request"] is None
            else build(ContextToCount, row, session_id=uuid_of(session_id, "session_id"))
        )

    def record_context_count(
        self, asked: ContextToCount, tokens: int, *, conn: AnyConnection | None = None
    ) -> bool:
        """From here on the context has so many tokens; False, and nothing changes, if it has moved since."""
        taken: bool = self._calls.value(
            """
            select agentpg.record_context_count(
              session_id => %(session_id)s, seq => %(seq)s,
              compaction_id => %(compaction_id)s, tokens => %(tokens)s
            )
            """,
            {
                "session_id": asked.session_id,
                "seq": asked.seq,
                "compaction_id": asked.compaction_id,
                "tokens": tokens,
            },
            conn=conn,
            repeatable=True,
        )
        return taken

    def plan_compaction(
        self,
        session_id: Id,
        *,
        config: Mapping[str, object] | None = None,
        conn: AnyConnection | None = None,
    ) -> dict[str, Any] | None:
        """What `compact` would do now, for `apply_compaction`, changed or not; None if nothing."""
        plan: dict[str, Any] | None = self._calls.value(
            "select agentpg.plan_compaction(session_id => %(session_id)s::uuid, config => %(config)s)",
            {"session_id": uuid_of(session_id, "session_id"), "config": jsonb_or_none(config)},
            conn=conn,
            repeatable=True,
        )
        return plan

    def apply_compaction(
        self,
        session_id: Id,
        plan: CompactionPlan,
        *,
        config: Mapping[str, object] | None = None,
        conn: AnyConnection | None = None,
    ) -> Compaction:
        """Carry out a plan: `{"cut_seq": n, "placeholder_seqs": [...], "summary": "..."}`, each optional.

        Without a summary a model writes it. `InvalidCompactionPlan` when it would split a turn, touch an
        active one or change nothing; `CompactionConflict` when the session was compacted meanwhile.
        """
        row = self._calls.row(
            """
            select * from agentpg.apply_compaction(
              session_id => %(session_id)s::uuid, plan => %(plan)s, config => %(config)s
            )
            """,
            {
                "session_id": uuid_of(session_id, "session_id"),
                "plan": jsonb(plan),
                "config": jsonb_or_none(config),
            },
            conn=conn,
        )
        return build(Compaction, row)

    def compact_by(
        self, session_id: Id, strategy: Strategy, *, conn: AnyConnection | None = None
    ) -> Compaction | None:
        """Compact by a function of yours.

        It gets the plan that the settings make and the messages that are shown now, and returns a plan, or
        None to leave all as it is. The plan is checked before it is applied.
        """
        session = self._calls.row(
            "select * from agentpg.get_session(session_id => %(session_id)s::uuid)",
            {"session_id": uuid_of(session_id, "session_id")},
            conn=conn,
            repeatable=True,
        )
        given = self.plan_compaction(session_id, conn=conn)
        plan = strategy(given, self._shown(session, conn))
        if plan is None:
            return None
        # Whatever was planned was planned for this: another compaction since is a conflict.
        base = session["compaction_id"]
        return self.apply_compaction(
            session_id, {"base_id": None if base is None else str(base), **plan}, conn=conn
        )

    def _shown(self, session: Mapping[str, Any], conn: AnyConnection | None) -> list[Message]:
        after = 0
        if session["compaction_id"] is not None:
            after = self._calls.value(
                "select c.cut_seq from agentpg.list_compactions(session_id => %(session_id)s::uuid) c"
                " where c.id = %(compaction_id)s",
                {"session_id": session["id"], "compaction_id": session["compaction_id"]},
                conn=conn,
                repeatable=True,
            )
        messages: list[Message] = []
        while True:
            rows = self._calls.rows(
                """
                select * from agentpg.session_messages(
                  session_id => %(session_id)s, after_seq => %(after)s::bigint, max_count => %(count)s
                )
                """,
                {"session_id": session["id"], "after": after or 0, "count": _PAGE},
                conn=conn,
                repeatable=True,
            )
            messages += [build(Message, row) for row in rows]
            if len(rows) < _PAGE:
                return messages
            after = rows[-1]["seq"]

    def restore_compaction(
        self, session_id: Id, *, conn: AnyConnection | None = None
    ) -> Compaction:
        """Undo the compaction in force and return it.

        `NothingToRestore` if there is none, `SessionBusy` while a turn is active.
        """
        row = self._calls.row(
            "select * from agentpg.restore_compaction(session_id => %(session_id)s::uuid)",
            {"session_id": uuid_of(session_id, "session_id")},
            conn=conn,
        )
        return build(Compaction, row)

    def list_compactions(
        self,
        session_id: Id,
        *,
        max_count: int = 100,
        before: Id | None = None,
        conn: AnyConnection | None = None,
    ) -> list[Compaction]:
        """The compactions of a session, newest first; `before` is the last id already seen."""
        rows = self._calls.rows(
            """
            select * from agentpg.list_compactions(
              session_id => %(session_id)s::uuid, max_count => %(max_count)s::int, before => %(before)s::uuid
            )
            """,
            {
                "session_id": uuid_of(session_id, "session_id"),
                "max_count": max_count,
                "before": optional_uuid_of(before, "before"),
            },
            conn=conn,
            repeatable=True,
        )
        return [build(Compaction, row) for row in rows]
