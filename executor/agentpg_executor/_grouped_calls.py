"""Settles finished work: several calls in one statement when they come faster than the database answers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from agentpg._async.calls import AnyAsyncPool
from agentpg.claims import KnownContext, ModelAnswer, RunClaim, ToolClaim, ToolOutput
from agentpg.errors import AgentPGError
from agentpg.executor_calls import ExecutorCalls

LARGEST_GROUP = 64
# What takes longer than this waits for a lock, or for a far database: others need not wait for it.
SLOW_SECONDS = 0.05

Call = TypeVar("Call")
Answer = TypeVar("Answer")


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Call, Answer]):
    call: Call
    # None: it was not settled together with others and goes alone.
    answer: asyncio.Future[tuple[Answer] | None]
    left_out: bool = False


class Lane(Generic[Call, Answer]):
    """Calls of one kind: one that comes alone goes alone, at once; while one is under way, others gather.

    What gathered is settled `together`, which returns the answers by index. Those that are missing twice, or
    all of them when it fails, go alone and have their own answers or errors: nobody's call harms another's.
    """

    def __init__(
        self,
        together: Callable[[Sequence[Call]], Awaitable[Mapping[int, Answer]]],
        *,
        largest_group: int = LARGEST_GROUP,
    ) -> None:
        self._together = together
        self._largest = largest_group
        self._waiting: deque[_Waiting[Call, Answer]] = deque()
        # When each statement under way was sent.
        self._under_way: dict[object, float] = {}
        self._look_again: asyncio.TimerHandle | None = None
        self._carriers: set[asyncio.Task[None]] = set()

    async def settle(self, call: Call, alone: Callable[[], Awaitable[Answer]]) -> Answer:
        """What comes of one call, together with others or `alone`."""
        loop = asyncio.get_running_loop()
        waiting: _Waiting[Call, Answer] = _Waiting(call, loop.create_future())
        self._waiting.append(waiting)
        # In the next turn of the loop: what one group has set free comes back at the same time.
        loop.call_soon(self._carry_on)
        found = await waiting.answer
        if found is not None:
            return found[0]
        sent = self._begin()
        try:
            return await alone()
        finally:
            self._end(sent)

    def _is_busy(self) -> bool:
        slow_before = asyncio.get_running_loop().time() - SLOW_SECONDS
        return any(since > slow_before for since in self._under_way.values())

    def _begin(self) -> object:
        sent = object()
        self._under_way[sent] = asyncio.get_running_loop().time()
        return sent

    def _end(self, sent: object) -> None:
        del self._under_way[sent]
        self._carry_on()

    def _carry_on(self) -> None:
        """Sends those that wait, unless something is under way that gets on; then looks again later."""
        if not self._waiting:
            return
        loop = asyncio.get_running_loop()
        if self._is_busy():
            self._look_again = self._look_again or loop.call_later(SLOW_SECONDS, self._look)
            return
        count = min(len(self._waiting), self._largest)
        group = [self._waiting.popleft() for _ in range(count)]
        if count == 1:
            _send_alone(group)
            return
        sent = self._begin()
        carrier = loop.create_task(self._carry(group), name="agentpg settling")

        def carried(carrier: asyncio.Task[None]) -> None:
            self._carriers.discard(carrier)
            # Whoever is to blame for an error learns it by going alone.
            _send_alone(group)
            self._end(sent)

        self._carriers.add(carrier)
        carrier.add_done_callback(carried)

    def _look(self) -> None:
        self._look_again = None
        self._carry_on()

    async def _carry(self, group: list[_Waiting[Call, Answer]]) -> None:
        with suppress(AgentPGError):
            wanted = [waiting for waiting in group if not waiting.answer.done()]
            answers = await self._together([waiting.call for waiting in wanted])
            group.clear()
            for index, waiting in enumerate(wanted):
                if waiting.answer.done():
                    continue
                if index in answers:
                    waiting.answer.set_result((answers[index],))
                elif waiting.left_out:
                    group.append(waiting)
                else:
                    # It may have been in another's way, or somebody held a lock who is done in a moment.
                    waiting.left_out = True
                    self._waiting.append(waiting)


def _send_alone(group: Iterable[_Waiting[Any, Any]]) -> None:
    for waiting in group:
        if not waiting.answer.done():
            waiting.answer.set_result(None)


class GroupedCalls(ExecutorCalls):
    """Puts `record_response` and `complete_tool` of several runs into one statement under load."""

    def __init__(self, pool: AnyAsyncPool) -> None:
        super().__init__(pool)
        self._answers = Lane[ModelAnswer, list[ToolClaim]](self.record_responses)
        self._outputs = Lane[ToolOutput, RunClaim | None](self.complete_tools)

    async def record_response(
        self,
        iteration_id: UUID,
        lease_token: UUID,
        response: Mapping[str, object],
        *,
        claim_tools: bool = True,
        request_id: str | None = None,
        max_tools: int | None = None,
        said: Sequence[Mapping[str, object]] = (),
    ) -> list[ToolClaim]:
        single = super().record_response

        async def alone() -> list[ToolClaim]:
            return await single(
                iteration_id,
                lease_token,
                response,
                claim_tools=claim_tools,
                request_id=request_id,
                max_tools=max_tools,
                said=said,
            )

        wanted = max_tools if claim_tools else 0
        answer = ModelAnswer(iteration_id, lease_token, response, request_id, wanted, said)
        return await self._answers.settle(answer, alone)

    async def complete_tool(
        self,
        tool_execution_id: UUID,
        lease_token: UUID,
        output: object,
        *,
        is_error: bool = False,
        claim_next: bool = False,
        known: KnownContext | None = None,
    ) -> RunClaim | None:
        single = super().complete_tool

        async def alone() -> RunClaim | None:
            return await single(
                tool_execution_id, lease_token, output, is_error=is_error, claim_next=claim_next, known=known
            )

        if not claim_next or _is_large(output):
            return await alone()
        finished = ToolOutput(tool_execution_id, lease_token, output, is_error, known)
        return await self._outputs.settle(finished, alone)


def _is_large(output: object) -> bool:
    """Whether the database would leave it to `complete_tool` anyway: sent twice, it would only cost time."""
    return isinstance(output, list) or (isinstance(output, str) and len(output) >= 8000)
