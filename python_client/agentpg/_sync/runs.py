# Generated from agentpg/_async/runs.py by python_client/async_to_sync.py: do not edit.
# fmt: off
# ruff: noqa: I001, RUF100

"""Runs: create, read, list, cancel, continue, regenerate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from agentpg._arguments import (
    Id,
    Options,
    Prompt,
    callbacks_of,
    optional_uuid_of,
    options_parameter,
    options_with_output,
    prompt_parameters,
    uuid_of,
)
from agentpg._sync.base import Methods
from agentpg._sync.calls import AnyConnection
from agentpg._json import jsonb
from agentpg._results import response_of, run_of
from agentpg.enums import RunMode, RunState
from agentpg.events import ToolFinished, ToolStarted
from agentpg.features import OutputSchema
from agentpg.options import ToolCallback
from agentpg.types import Response, Run


class RunMethods(Methods):
    """Every method takes `conn` to join the caller's own transaction."""

    def run(
        self,
        session_id: Id,
        agent_id: Id,
        prompt: Prompt,
        *,
        options: Options | None = None,
        output_schema: OutputSchema | None = None,
        variables: Mapping[str, object] | None = None,
        idempotency_key: str | None = None,
        priority: int = 0,
        scheduled_at: datetime | None = None,
        conn: AnyConnection | None = None,
    ) -> UUID:
        """Start a run through the Message Batches API (half the price, no hurry) and return its id.

        Executors gather such runs into provider batches; a model call takes minutes, at worst a day.

        `prompt` is text or a list of content blocks, `variables` reach every tool of the run, `priority`
        goes from -10 to 10, higher first. The same `idempotency_key` gives the same run, however often it
        is called. With `conn` the run starts when the caller's transaction commits, or never. With
        `output_schema` its answer is JSON that fits it: `response.parse(Model)`.
        """
        return self._create_run(
            RunMode.BATCH,
            session_id,
            agent_id,
            prompt,
            options_with_output(options, output_schema),
            variables,
            idempotency_key,
            priority,
            scheduled_at,
            conn,
        )

    def run_fast(
        self,
        session_id: Id,
        agent_id: Id,
        prompt: Prompt,
        *,
        options: Options | None = None,
        output_schema: OutputSchema | None = None,
        variables: Mapping[str, object] | None = None,
        idempotency_key: str | None = None,
        priority: int = 0,
        scheduled_at: datetime | None = None,
        conn: AnyConnection | None = None,
    ) -> UUID:
        """Start a run through the streaming API and return its id; everything else is as in `run`."""
        return self._create_run(
            RunMode.STREAMING,
            session_id,
            agent_id,
            prompt,
            options_with_output(options, output_schema),
            variables,
            idempotency_key,
            priority,
            scheduled_at,
            conn,
        )

    def _create_run(
        self,
        mode: RunMode,
        session_id: Id,
        agent_id: Id,
        prompt: Prompt,
        options: Options | None,
        variables: Mapping[str, object] | None,
        idempotency_key: str | None,
        priority: int,
        scheduled_at: datetime | None,
        conn: AnyConnection | None,
    ) -> UUID:
        callbacks = callbacks_of(options, conn)
        run_id: UUID = self._calls.value(
            """
            select agentpg.create_run(
              session_id => %(session_id)s::uuid,
              agent_id => %(agent_id)s::uuid,
              prompt => %(prompt)s::text,
              mode => %(mode)s::agentpg.run_mode,
              options => %(options)s,
              content => %(content)s,
              variables => %(variables)s,
              idempotency_key => %(idempotency_key)s::text,
              priority => %(priority)s::int,
              scheduled_at => %(scheduled_at)s::timestamptz
            )
            """,
            {
                "session_id": uuid_of(session_id, "session_id"),
                "agent_id": uuid_of(agent_id, "agent_id"),
                **prompt_parameters(prompt),
                "mode": mode.value,
                "options": options_parameter(options),
                "variables": jsonb({} if variables is None else variables),
                "idempotency_key": idempotency_key,
                "priority": priority,
                "scheduled_at": scheduled_at,
            },
            conn=conn,
            # Without a key a second try might start a second run.
            repeatable=idempotency_key is not None,
        )
        if callbacks is not None:
            self._call_back(run_id, callbacks.on_tool_start, callbacks.on_tool_complete)
        return run_id

    def _call_back(
        self,
        run_id: UUID,
        on_tool_start: ToolCallback[ToolStarted] | None,
        on_tool_complete: ToolCallback[ToolFinished] | None,
    ) -> None:
        raise NotImplementedError

    def get_run(self, run_id: Id, *, conn: AnyConnection | None = None) -> Run:
        """Everything known about a run; `RunNotFound` if there is none with this id."""
        row = self._calls.row(
            "select * from agentpg.get_run(run_id => %(run_id)s::uuid)",
            {"run_id": uuid_of(run_id, "run_id")},
            conn=conn,
            repeatable=True,
        )
        return run_of(row)

    def list_runs(
        self,
        *,
        session_id: Id | None = None,
        agent_id: Id | None = None,
        state: RunState | None = None,
        max_count: int = 50,
        before: Id | None = None,
        conn: AnyConnection | None = None,
    ) -> list[Run]:
        """Runs, newest first; `before` is the last id already seen."""
        rows = self._calls.rows(
            """
            select * from agentpg.list_runs(
              session_id => %(session_id)s::uuid,
              agent_id => %(agent_id)s::uuid,
              state => %(state)s::agentpg.run_state,
              max_count => %(max_count)s::int,
              before => %(before)s::uuid
            )
            """,
            {
                "session_id": optional_uuid_of(session_id, "session_id"),
                "agent_id": optional_uuid_of(agent_id, "agent_id"),
                "state": None if state is None else RunState(state).value,
                "max_count": max_count,
                "before": optional_uuid_of(before, "before"),
            },
            conn=conn,
            repeatable=True,
        )
        return [run_of(row) for row in rows]

    def get_response(self, run_id: Id, *, conn: AnyConnection | None = None) -> Response:
        """What a run has answered so far; `finished` says whether that is all of it."""
        row = self._calls.row(
            "select * from agentpg.get_response(run_id => %(run_id)s::uuid)",
            {"run_id": uuid_of(run_id, "run_id")},
            conn=conn,
            repeatable=True,
        )
        return response_of(row)

    def cancel_run(
        self,
        run_id: Id,
        *,
        reason: str | None = None,
        conn: AnyConnection | None = None,
    ) -> bool:
        """Cancel a run and all runs below it; False if it had ended already, which is no error."""
        cancelled: bool = self._calls.value(
            "select agentpg.cancel_run(run_id => %(run_id)s::uuid, reason => %(reason)s::text)",
            {"run_id": uuid_of(run_id, "run_id"), "reason": reason},
            conn=conn,
        )
        return cancelled

    def continue_run(
        self,
        run_id: Id,
        prompt: Prompt | None = None,
        *,
        options: Options | None = None,
        conn: AnyConnection | None = None,
    ) -> UUID:
        """Send a run that waits for input on, and return its id; `RunNotAwaitingInput` for any other.

        Without `prompt` it goes on by itself; where the API cannot, the user says the setting
        `continue_prompt`. Limits count anew; `options` may hold others (`max_iterations`,
        `max_continuations`, `deadline`).
        """
        said = prompt_parameters(prompt) if prompt is not None else {"prompt": None, "content": None}
        continued: UUID = self._calls.value(
            """
            select agentpg.continue_run(
              run_id => %(run_id)s::uuid,
              prompt => %(prompt)s::text,
              content => %(content)s,
              options => %(options)s
            )
            """,
            {"run_id": uuid_of(run_id, "run_id"), **said, "options": options_parameter(options)},
            conn=conn,
        )
        return continued

    def regenerate_run(
        self,
        run_id: Id,
        *,
        options: Options | None = None,
        conn: AnyConnection | None = None,
    ) -> UUID:
        """Run an ended run again and return the id of the new run; `options` go over those it had.

        The last turn of a session is superseded: its messages stay, but no request shows them any more. An
        earlier one is regenerated on a fork of the session, which `get_run(new_id).session_id` names.
        """
        regenerated: UUID = self._calls.value(
            "select agentpg.regenerate_run(run_id => %(run_id)s::uuid, options => %(options)s)",
            {"run_id": uuid_of(run_id, "run_id"), "options": options_parameter(options)},
            conn=conn,
        )
        return regenerated
