"""One tool execution: body, result, and the next model call if this was the last of its turn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import MappingProxyType
from typing import Any

from agentpg.claims import KnownContext, RunClaim, ToolClaim
from agentpg.errors import AgentPGError, LeaseLost, NotFound, RunCancelled

from . import events
from ._held_messages import HeldMessages
from ._host import Host
from ._leases import Lease
from .tools import Tool, ToolContext, ToolEnd, invoke
from .tools.invocation import NO_THREAD_DELAY
from .tools.threads import NoThreadFree

Continue = Callable[[RunClaim], None]


class ToolWork:
    """Carries claimed tool executions."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._continue_run: Continue | None = None

    def continue_runs_with(self, start: Continue) -> None:
        """Says who carries on a run whose last tool ended here; it gets a taken run slot with the claim."""
        self._continue_run = start

    def start(self, claim: ToolClaim) -> None:
        """Begins a claim in a tool slot that was taken for it."""
        self._host.stats.tools_claimed += 1
        lease = self._host.leases.hold_tool(claim)
        self._host.spawn(self._carry_alone(lease), f"tool {claim.tool_name} of run {claim.run_id}")

    async def carry_within_run(self, lease: Lease[ToolClaim], held: HeldMessages | None) -> RunClaim | None:
        """Within a run that we hold a slot for: the last of its tools returns the next model call.

        Needs a task of its own, and a tool slot that was taken for it. `held` are the messages of the call
        that asked for the tools: the database need not send them again.
        """
        host = self._host
        try:
            lease.carried_by_this_task()
            return await self._carry(lease, lambda: not host.draining, held)
        finally:
            host.tool_slots.release()

    async def _carry_alone(self, lease: Lease[ToolClaim]) -> None:
        """Outside of a run slot: the next model call is asked for only if a run slot is free for it."""
        host = self._host
        reserved = False

        def reserve() -> bool:
            nonlocal reserved
            reserved = reserved or (
                not host.draining and self._continue_run is not None and host.run_slots.take()
            )
            return reserved

        following: RunClaim | None = None
        try:
            lease.carried_by_this_task()
            following = await self._carry(lease, reserve)
        finally:
            host.tool_slots.release()
            if following is not None and self._continue_run is not None:
                self._continue_run(following)
            elif reserved:
                host.run_slots.release()

    async def _carry(
        self, lease: Lease[ToolClaim], may_go_on: Callable[[], bool], held: HeldMessages | None = None
    ) -> RunClaim | None:
        host, claim = self._host, lease.claim
        started = time.monotonic()
        try:
            end = await self._execute(lease)
            if end is None:
                lease.settling = True
                return None
            end = await host.hooking.ended(claim, end, time.monotonic() - started)
            lease.settling = True
            self._report(claim, end, time.monotonic() - started)
            following = await self._settle(claim, end, may_go_on(), held)
            return following if held is None or following is None else held.completing(following)
        except asyncio.CancelledError:
            if not lease.absorb_cancellation():
                raise
            host.log.info("tool %s of run %s aborted (%s)", claim.tool_name, claim.run_id, lease.abort_reason)
        except (LeaseLost, RunCancelled, NotFound) as error:
            if isinstance(error, RunCancelled):
                host.stats.cancelled += 1
            else:
                host.stats.leases_lost += 1
                host.stats.writes_refused += 1
            host.log.info(
                "tool %s of run %s: result dropped: %s", claim.tool_name, claim.run_id, error.message
            )
        except Exception:
            host.stats.unexpected_errors += 1
            host.log.exception("tool %s of run %s could not be settled", claim.tool_name, claim.run_id)
        finally:
            host.leases.drop(lease)
        return None

    async def _execute(self, lease: Lease[ToolClaim]) -> ToolEnd | None:
        """The end of the call; None when a person is asked first, and whoever claims it next runs it."""
        host, claim = self._host, lease.claim
        tool = host.tools.get_tool(claim.tool_name)
        context = ToolContext(
            run_id=claim.run_id,
            session_id=claim.session_id,
            tool_use_id=claim.tool_use_id,
            tool_execution_id=claim.tool_execution_id,
            attempt=claim.attempt,
            variables=MappingProxyType(claim.variables),
            instance_id=host.instance_id,
            tell=self._teller(claim),
        )
        if tool is not None and tool.has_approval_rule:
            try:
                if await self._waits_for_a_person(tool, lease, context):
                    return None
            except NoThreadFree as error:
                return ToolEnd("snooze", error=str(error), delay=NO_THREAD_DELAY)
        host.stats.tool_calls += 1
        host.emit(
            events.ToolStarted(
                claim.run_id,
                claim.tool_execution_id,
                claim.tool_use_id,
                claim.tool_name,
                claim.input,
                claim.attempt,
            )
        )
        if tool is None:
            return ToolEnd("discard", error=f"the tool {claim.tool_name} is not available on this executor")
        return await invoke(
            tool,
            await host.hooking.input_for(claim),
            context,
            threads=host.threads,
            default_timeout=host.settings.tool_timeout,
            limit=host.settings.max_tool_output_bytes,
        )

    async def _waits_for_a_person(
        self, tool: Tool[..., Any], lease: Lease[ToolClaim], context: ToolContext
    ) -> bool:
        host, claim = self._host, lease.claim
        seconds = tool.timeout or host.settings.tool_timeout
        reason = await tool.asks_approval(claim.input, context, host.threads, seconds)
        if reason is None:
            return False
        # From here on the lease may end: a heartbeat must not take that for a loss.
        lease.settling = True
        waits = await host.insist(
            "asking for approval",
            lambda: host.calls.request_approval(claim.tool_execution_id, claim.lease_token, reason),
        )
        lease.settling = waits
        if waits:
            host.log.info("tool %s of run %s waits for approval: %s", claim.tool_name, claim.run_id, reason)
        return waits

    def _teller(self, claim: ToolClaim) -> Callable[[dict[str, Any], int], None]:
        """Tools call it from their threads too."""
        loop, publisher = asyncio.get_running_loop(), self._host.publisher

        def tell(data: dict[str, Any], size: int) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(publisher.progress, claim, data, size)

        return tell

    def _report(self, claim: ToolClaim, end: ToolEnd, duration: float) -> None:
        if end.kind != "complete":
            self._host.log.warning(
                "tool %s of run %s, attempt %d: %s: %s",
                claim.tool_name, claim.run_id, claim.attempt, end.kind, end.error,
            )  # fmt: skip
        self._host.emit(
            events.ToolFinished(
                claim.run_id, claim.tool_execution_id, claim.tool_use_id, claim.tool_name,
                end.output, end.is_error, end.error, end.kind, duration,
            )
        )  # fmt: skip

    async def _settle(
        self, claim: ToolClaim, end: ToolEnd, go_on: bool, held: HeldMessages | None
    ) -> RunClaim | None:
        """Tells the database how the call ended. Repeated until it answers."""
        host = self._host
        known = None if held is None else held.known
        try:
            return await host.insist("recording a tool's end", self._settlement(claim, end, go_on, known))
        except (LeaseLost, RunCancelled, NotFound):
            raise
        except AgentPGError as error:
            # The database will not have this result; the model is told so, or the run would wait for ever.
            host.log.error(
                "tool %s of run %s: its result was refused: %s", claim.tool_name, claim.run_id, error
            )
            refused = ToolEnd("discard", error=f"the result of the tool could not be stored: {error.message}")
            return await host.insist("recording a tool's end", self._settlement(claim, refused, go_on, known))

    def _settlement(
        self, claim: ToolClaim, end: ToolEnd, go_on: bool, known: KnownContext | None
    ) -> Callable[[], Awaitable[RunClaim | None]]:
        host = self._host
        call_id, token = claim.tool_execution_id, claim.lease_token

        async def settle() -> RunClaim | None:
            if end.kind == "complete":
                return await host.calls.complete_tool(
                    call_id, token, end.output, is_error=end.is_error, claim_next=go_on, known=known
                )
            if end.kind == "snooze":
                delay = end.delay
                assert delay is not None
                again_at = await host.calls.snooze_tool(call_id, token, delay, error=end.error)
                if again_at is not None:
                    host.tools_wake.set_in(host.seconds_until(again_at))
                return None
            following = await host.calls.fail_tool(
                call_id,
                token,
                end.error or "the tool failed",
                outcome=end.kind,
                claim_next=go_on,
                known=known,
            )
            if following is None and end.kind in ("retry", "timeout"):
                host.tools_wake.set()
            return following

        return settle
