"""Asking an agent: through an executor in this process where there can be one, else through the fleet."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from agentpg import AsyncClient, Response

from ._claude import check_key
from ._parked import raise_if_parked
from ._run_view import RunView
from ._screen import Screen

if TYPE_CHECKING:
    from ..executor import Executor

_QUIET_SECONDS = 2.0
_LAST_EVENTS_SECONDS = 2.0
# What holds a run up for long; the rest ends soon enough.
_WORTH_SAYING = (
    "no_executor", "tool_not_offered", "queue_paused", "earlier_run", "scheduled", "retry", "tool_delayed",
    "tool_approval", "gathering", "no_batch_executor", "batch_gathered", "batch_sending", "batch_unknown",
    "batch", "batch_results",
)  # fmt: skip


@dataclass(slots=True)
class Asking:
    """A client, a view, and an executor that serves the runs asked for here and no others."""

    client: AsyncClient
    executor: Executor | None
    view: RunView
    screen: Screen

    async def start(
        self, session_id: UUID, agent_id: UUID, prompt: str, *, batch: bool = False, **options: Any
    ) -> UUID:
        """Creates the run and returns its id."""
        create = self.client.run if batch else self.client.run_fast
        run_id = await create(session_id, agent_id, prompt, **options)
        self.view.follow(run_id)
        if self.executor is not None:
            self.executor.serve(run_id)
        return run_id

    async def finish(self, run_id: UUID, *, within: float | None = None) -> Response:
        """Waits for the run, showing it; what holds it up is said after a while."""
        waiting = asyncio.create_task(
            self.client.wait_for_run(run_id, timeout=within, raise_on_failure=False)
        )
        following = asyncio.create_task(self._follow(run_id))
        beside = [
            asyncio.create_task(self.view.drawing()),
            asyncio.create_task(self._say_why(run_id)),
            following,
        ]
        parked = asyncio.create_task(raise_if_parked(self.client, run_id, self.view.failed))
        try:
            await asyncio.wait([waiting, parked], return_when=asyncio.FIRST_COMPLETED)
            response = await (waiting if waiting.done() else parked)
            # The last events come about when the answer does.
            await asyncio.wait([following], timeout=_LAST_EVENTS_SECONDS)
            return response
        finally:
            for task in (waiting, parked, *beside):
                task.cancel()
            await asyncio.gather(waiting, parked, *beside, return_exceptions=True)
            self.view.end()

    async def _follow(self, run_id: UUID) -> None:
        async for event in self.client.stream(run_id):
            self.view.on_event(event)

    async def _say_why(self, run_id: UUID) -> None:
        last = ""
        while True:
            heard = self.view.heard
            await asyncio.sleep(_QUIET_SECONDS)
            if self.view.heard != heard:
                continue
            waiting = await self.client.why_waiting(run_id)
            if waiting.reason in _WORTH_SAYING and waiting.detail and waiting.detail != last:
                last = waiting.detail
                self.screen.hint(f"waiting: {last}")


@contextlib.asynccontextmanager
async def asking(
    url: str,
    screen: Screen,
    *,
    tools: Sequence[Any] | None,
    secrets: Mapping[str, str] | None = None,
    quiet: bool = False,
) -> AsyncGenerator[Asking]:
    """Ready to ask. `tools` are those of the executor in this process; None means that there is none."""
    view = RunView(screen, quiet=quiet)
    async with contextlib.AsyncExitStack() as stack:
        executor = None
        if tools is not None:
            await check_key()
            from ..executor import Executor

            log = logging.getLogger("agentpg.cli")
            log.setLevel(logging.CRITICAL)
            executor = await stack.enter_async_context(
                Executor(
                    url,
                    name="cli",
                    tools=tools,
                    only_runs=[],
                    secrets=secrets,
                    grace_period=1.0,
                    logger=log,
                )
            )
        client = await stack.enter_async_context(AsyncClient(url, name="agentpg cli"))
        yield Asking(client, executor, view, screen)


def run_options(model: str | None, system: str | None, **others: Any) -> Mapping[str, Any] | None:
    """Options of the run: what takes the place of the agent's own, and others that are not None."""
    given = {"model": model, "override_instructions": system, **others}
    return {name: value for name, value in given.items() if value is not None} or None
