# Generated from agentpg/_async/bulk.py by python_client/async_to_sync.py: do not edit.
# fmt: off
# ruff: noqa: I001, RUF100

"""Many runs in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from agentpg._arguments import Id, Options, callbacks_of, options_parameter, uuid_of
from agentpg._sync.base import Methods
from agentpg._sync.calls import AnyConnection
from agentpg._json import jsonb
from agentpg._rows import build
from agentpg.enums import RunMode
from agentpg.errors import InvalidArgument
from agentpg.new_runs import CreatedRun, NewRun


class BulkMethods(Methods):
    """Every method takes `conn` to join the caller's own transaction."""

    def create_runs(
        self,
        agent_id: Id,
        runs: Sequence[NewRun | str],
        *,
        mode: RunMode = RunMode.STREAMING,
        options: Options | None = None,
        variables: Mapping[str, object] | None = None,
        metadata: Mapping[str, object] | None = None,
        priority: int = 0,
        scheduled_at: datetime | None = None,
        conn: AnyConnection | None = None,
    ) -> list[CreatedRun]:
        """Start up to 10,000 runs of one agent in one call, all or none, and return them in order.

        A run is a `NewRun`, or a text that is its prompt. Those that name no session get one each, with the
        `metadata`; they cost a tenth of what `run_fast` does. `options`, `variables`, `priority` and
        `scheduled_at` hold for all. An error names the item at fault (`details["item"]`, from 1).
        """
        if callbacks_of(options, conn) is not None:
            raise InvalidArgument(
                "create_runs takes no callbacks", hint="follow client.stream(run_id)"
            )
        items = [(NewRun(prompt=run) if isinstance(run, str) else run) for run in runs]
        rows = self._calls.rows(
            """
            select * from agentpg.create_runs(
              agent_id => %(agent_id)s::uuid,
              items => %(items)s,
              mode => %(mode)s::agentpg.run_mode,
              options => %(options)s,
              variables => %(variables)s,
              metadata => %(metadata)s,
              priority => %(priority)s::int,
              scheduled_at => %(scheduled_at)s::timestamptz
            )
            """,
            {
                "agent_id": uuid_of(agent_id, "agent_id"),
                "items": jsonb([item.to_json() for item in items]),
                "mode": RunMode(mode).value,
                "options": options_parameter(options),
                "variables": jsonb({} if variables is None else variables),
                "metadata": jsonb({} if metadata is None else metadata),
                "priority": priority,
                "scheduled_at": scheduled_at,
            },
            conn=conn,
            # Without keys a second try might start them twice.
            repeatable=all(item.idempotency_key is not None for item in items),
        )
        return [build(CreatedRun, row) for row in rows]
