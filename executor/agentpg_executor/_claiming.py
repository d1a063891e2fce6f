"""Asks for work: when something wakes it, when a slot frees and more may be waiting, or on the poll."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from agentpg._backoff import jittered
from agentpg.claims import RunClaim, ToolClaim
from agentpg.errors import AgentPGError, InstanceFenced, InstanceNotFound

from ._bounded import bounded
from ._host import Host
from ._instance import Instance
from ._run_work import RunWork
from ._slots import Slots
from ._tool_work import ToolWork
from ._wake import Wake

C = TypeVar("C", RunClaim, ToolClaim)

# A notification can be swallowed while another transaction is notifying; under load a second look is cheap.
SECOND_LOOK = 0.15
BREATH = 0.02


class Claiming(Generic[C]):
    """The loop for one kind of work. It claims for free slots only, a poll interval apart when idle."""

    def __init__(
        self,
        host: Host,
        instance: Instance,
        *,
        kind: str,
        slots: Slots,
        wake: Wake,
        claim: Callable[[int], Awaitable[list[C]]],
        start: Callable[[C], None],
        give_back: Callable[[list[C]], Awaitable[Any]],
        note_more: Callable[[bool], None],
    ) -> None:
        self._host = host
        self._instance = instance
        self._kind = kind
        self._slots = slots
        self._wake = wake
        self._claim: Callable[[int], Awaitable[list[C]]] = claim
        self._start: Callable[[C], None] = start
        self._give_back: Callable[[list[C]], Awaitable[Any]] = give_back
        self._note_more = note_more
        self._outages = 0
        self._looked_in_vain = False

    async def run(self) -> None:
        """Until the executor drains."""
        host = self._host
        while not host.draining:
            await self._wake.wait(jittered(self._instance.poll_seconds))
            if host.draining:
                return
            free = self._slots.free
            if free < 1:
                # Whoever frees a slot wakes us.
                self._note_more(True)
                continue
            try:
                await self._claim_for(free)
                self._outages = 0
            except InstanceNotFound as error:
                await self._instance.register_again(error)
                self._wake.set()
            except InstanceFenced as error:
                self._instance.fence(error)
                return
            except AgentPGError as error:
                await self._recover(error)
            except Exception as error:
                host.stats.unexpected_errors += 1
                host.log.exception("claiming %s failed", self._kind)
                await self._recover(error)

    async def _claim_for(self, free: int) -> None:
        host = self._host
        was_busy = host.busy
        host.stats.claim_queries += 1
        claims = await bounded(lambda: self._claim(free), host.patience)
        if host.draining and claims:
            host.stats.released += len(claims)
            await self._give_back(claims)
            return
        self._note_more(len(claims) >= free)
        if claims:
            host.note_lease(claims[0].lease_expires_at)
        for claim in claims:
            # Others may have taken slots meanwhile (a run that went on); the claim is ours all the same.
            self._slots.take_beyond()
            self._start(claim)
        in_vain_again = self._looked_in_vain and not claims
        self._looked_in_vain = not claims
        if in_vain_again:
            # A burst of hints about work that others took is answered by one more look, not by one each. Not
            # after the first look: that is often ours, at a slot that was freed, and the next hint is news.
            await host.pause(BREATH)
        elif claims and (was_busy or len(claims) > 1):
            self._wake.set_in(SECOND_LOOK)

    async def _recover(self, error: Exception) -> None:
        host = self._host
        log = host.log.warning if self._outages == 0 else host.log.debug
        log("cannot claim %s, will try again: %s", self._kind, error)
        await host.before_retry(self._outages)
        self._outages += 1
        self._wake.set()


def claiming_runs(host: Host, instance: Instance, work: RunWork) -> Claiming[RunClaim]:
    """The loop that claims model calls."""

    def note(more: bool) -> None:
        host.runs_more = more

    return Claiming[RunClaim](
        host,
        instance,
        kind="runs",
        slots=host.run_slots,
        wake=host.runs_wake,
        claim=lambda count: host.calls.claim_runs(host.instance_id, max_count=count, run_ids=host.run_ids),
        start=work.start,
        give_back=lambda claims: host.calls.release_runs(host.instance_id, [c.iteration_id for c in claims]),
        note_more=note,
    )


def claiming_tools(host: Host, instance: Instance, work: ToolWork) -> Claiming[ToolClaim]:
    """The loop that claims executions of our tools, of runs that others or nobody carries."""

    def note(more: bool) -> None:
        host.tools_more = more

    return Claiming[ToolClaim](
        host,
        instance,
        kind="tools",
        slots=host.tool_slots,
        wake=host.tools_wake,
        claim=lambda count: host.calls.claim_tool_executions(
            host.instance_id, max_count=count, run_ids=host.run_ids
        ),
        start=work.start,
        give_back=lambda claims: host.calls.release_tools(
            host.instance_id, [c.tool_execution_id for c in claims]
        ),
        note_more=note,
    )
