# Generated from agentpg/_async/waiting.py by python_client/async_to_sync.py: do not edit.
# fmt: off
# ruff: noqa: I001, RUF100

"""Waiting for runs to finish."""

# A timeout is an argument here, because the synchronous twin has no other way to set one.
# ruff: noqa: ASYNC109

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from agentpg._arguments import Id, Options, Prompt, output_schema_in, refuse_connection, uuid_of
from agentpg._sync.listener import Listener
from agentpg._sync.runs import RunMethods
from agentpg._sync.waits import Waits
from agentpg._results import raise_for_outcome
from agentpg.config import ClientConfig
from agentpg.constants import (
    CHANNEL_RUN_FINALIZED,
    CHANNEL_RUN_STATE,
    DEFAULT_WAIT_POLL_MAX,
    DEFAULT_WAIT_POLL_MIN,
)
from agentpg.errors import AgentPGError, RunWaitTimeout
from agentpg.features import OutputSchema
from agentpg.types import Response


class WaitMethods(RunMethods):
    """Waits cost no connection: one listener and one poll serve all waits of a client."""

    def __init__(self) -> None:
        super().__init__()
        self._waits: Waits | None = None
        self._listener: Listener | None = None

    def wait_for_run(
        self,
        run_id: Id,
        *,
        timeout: float | None = None,
        raise_on_failure: bool = True,
    ) -> Response:
        """Wait until a run has finished, and return what it answered.

        Raises `RunFailed` or `RunCancelled` if that is how it ended (unless `raise_on_failure` is False),
        and `RunWaitTimeout` after `timeout` seconds; the run goes on in that case. A run that stopped at
        its token limit returns with `stop_reason` `max_tokens`, waiting for input. Outages of the
        database are waited out.
        """
        return self._wait(uuid_of(run_id, "run_id"), timeout, raise_on_failure, created_here=False)

    def run_sync(
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
        timeout: float | None = None,
        raise_on_failure: bool = True,
        conn: object = None,
    ) -> Response:
        """`run`, then `wait_for_run`: minutes to hours, as each of its model calls is part of a batch.

        With `output_schema` (a JSON Schema or a pydantic model) `response.parsed` is the typed answer.
        Refuses `conn`: the run would stay invisible and the wait hang.
        """
        refuse_connection(conn, "run_sync", "run")
        run_id = self.run(
            session_id,
            agent_id,
            prompt,
            options=options,
            output_schema=output_schema,
            variables=variables,
            idempotency_key=idempotency_key,
            priority=priority,
            scheduled_at=scheduled_at,
        )
        response = self._wait(run_id, timeout, raise_on_failure, created_here=idempotency_key is None)
        return replace(response, output_schema=output_schema or output_schema_in(options))

    def run_fast_sync(
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
        timeout: float | None = None,
        raise_on_failure: bool = True,
        conn: object = None,
    ) -> Response:
        """`run_fast`, then `wait_for_run`. Refuses `conn`: the run would stay invisible and the wait hang.

        With `output_schema` (a JSON Schema or a pydantic model) `response.parsed` is the typed answer:

            class Invoice(BaseModel):
                number: str
                total: float

            invoice = client.run_fast_sync(session_id, agent.id, letter, output_schema=Invoice).parsed
        """
        refuse_connection(conn, "run_fast_sync", "run_fast")
        run_id = self.run_fast(
            session_id,
            agent_id,
            prompt,
            options=options,
            output_schema=output_schema,
            variables=variables,
            idempotency_key=idempotency_key,
            priority=priority,
            scheduled_at=scheduled_at,
        )
        response = self._wait(run_id, timeout, raise_on_failure, created_here=idempotency_key is None)
        return replace(response, output_schema=output_schema or output_schema_in(options))

    def _wait(
        self,
        run_id: UUID,
        timeout: float | None,
        raise_on_failure: bool,
        *,
        created_here: bool,
    ) -> Response:
        waits = self._waits
        if waits is None:
            raise self._not_open()
        deadline = None if timeout is None else time.monotonic() + timeout
        wait = waits.add(run_id)
        try:
            # A run created a moment ago is there and has not finished; any other may have ended long since.
            response = None if created_here else self.get_response(run_id)
            while response is None or not response.finished:
                remaining = None if deadline is None else max(0.0, deadline - time.monotonic())
                if not wait.woken(remaining):
                    raise RunWaitTimeout(
                        f"run {run_id} had not finished after {timeout} s",
                        hint="the run goes on: wait again, or ask why_waiting(run_id)",
                        details={"run_id": str(run_id)},
                    )
                wait.again()
                try:
                    response = self.get_response(run_id)
                except AgentPGError as error:
                    if not error.retryable:
                        raise
        finally:
            waits.remove(wait)
        if raise_on_failure:
            raise_for_outcome(response)
        return response

    def _start_waiting(self, config: ClientConfig) -> None:
        """Make waits possible; nothing is connected and nothing runs before the first one."""
        waits = self._waits = Waits(
            self._find_finished,
            first_delay=DEFAULT_WAIT_POLL_MIN.total_seconds(),
            longest_delay=DEFAULT_WAIT_POLL_MAX.total_seconds(),
        )
        dsn = config.effective_listen_dsn
        if dsn is not None:
            listener = self._listener = Listener(
                dsn,
                channels=(CHANNEL_RUN_FINALIZED, CHANNEL_RUN_STATE),
                on_notify=waits.hear,
                on_listening=waits.check_now,
                connection_parameters=config.connection_parameters,
            )
            waits.on_first_wait = listener.start

    def _stop_waiting(self) -> None:
        """End all waits with `ClientStopping`."""
        listener, self._listener = self._listener, None
        waits, self._waits = self._waits, None
        if waits is not None:
            waits.stop()
        if listener is not None:
            listener.stop()

    def _find_finished(self, run_ids: list[UUID]) -> list[UUID]:
        rows = self._calls.rows(
            "select run_id from agentpg.finished_runs(run_ids => %(run_ids)s::uuid[])",
            {"run_ids": run_ids},
            repeatable=True,
        )
        return [row["run_id"] for row in rows]
