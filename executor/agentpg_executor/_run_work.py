"""One run in one slot: model call, tools, model call, until the database has nothing more to hand out."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from agentpg.claims import RunClaim, ToolClaim
from agentpg.errors import AgentPGError, InvalidInput, LeaseLost, NotFound, RunCancelled

from . import events
from ._bounded import bounded
from ._held_messages import HeldMessages
from ._host import Host
from ._json import is_array, is_object
from ._leases import Lease
from ._secrets import hide
from ._tool_work import ToolWork
from .model import CallProgress, Failure, ModelCallFailed, ModelReply


class RunWork:
    """Carries claimed runs. No connection is held while the model speaks or a tool runs."""

    def __init__(self, host: Host, tool_work: ToolWork) -> None:
        self._host = host
        self._tool_work = tool_work

    def start(self, claim: RunClaim) -> None:
        """Begins with a claim in a slot that was taken for it; the slot is freed at the end."""
        self._host.spawn(self._carry(self._hold(claim)), f"run {claim.run_id}")

    async def _carry(self, first: Lease[RunClaim]) -> None:
        lease: Lease[RunClaim] | None = first
        try:
            while lease is not None:
                following = await self._iterate(lease)
                lease = None if following is None else self._hold(following)
        finally:
            self._host.run_slots.release()

    def _hold(self, claim: RunClaim) -> Lease[RunClaim]:
        self._host.stats.runs_claimed += 1
        return self._host.leases.hold_run(claim)

    async def _iterate(self, lease: Lease[RunClaim]) -> RunClaim | None:
        """One model call and the tools it wants. Returns the next call, if it was handed to us."""
        host = self._host
        tools: list[Lease[ToolClaim]] = []
        progress = CallProgress()
        try:
            lease.carried_by_this_task()
            reply = await self._call(lease, progress)
            if reply is None:
                return None
            claims = await self._record(lease.claim, reply)
            # Held before anything else is awaited: no heartbeat may miss them.
            tools = [host.leases.hold_tool(claim) for claim in claims]
        except asyncio.CancelledError:
            if not lease.absorb_cancellation():
                raise
            host.log.info("run %s: model call aborted (%s)", lease.claim.run_id, lease.abort_reason)
            # What was given back goes on elsewhere; under anything else the run may have ended.
            if lease.abort_reason != "released":
                await self._abandon(lease.claim, progress)
        except (LeaseLost, RunCancelled, NotFound) as error:
            self._lost(lease.claim, error)
        except Exception:
            host.stats.unexpected_errors += 1
            host.log.exception("run %s: its model call could not be settled", lease.claim.run_id)
        finally:
            host.leases.drop(lease)
        if not tools:
            return None
        host.stats.tools_claimed += len(tools)
        held = HeldMessages.of(lease.claim)
        if len(tools) == 1:
            return await self._tool_work.carry_within_run(tools[0], held)
        following = await asyncio.gather(*(self._tool_work.carry_within_run(tool, held) for tool in tools))
        return next((claim for claim in following if claim is not None), None)

    async def _call(self, lease: Lease[RunClaim], progress: CallProgress) -> ModelReply | None:
        host, claim = self._host, lease.claim
        if host.caller is None:
            raise RuntimeError("an executor for tools only holds a run")
        started = time.monotonic()
        host.stats.model_calls += 1
        host.emit(events.ModelCallStarted(claim.run_id, claim.iteration_id, claim.attempt))

        def on_delta(kind: str, piece: str) -> None:
            if claim.compaction_id is not None:
                return
            made = events.TextDelta if kind == "text" else events.ThinkingDelta
            host.emit(made(claim.run_id, piece))
            host.publisher.say(claim, kind, piece)

        secrets: list[str] = []
        try:
            # Last: hooks see the names of secrets, not the secrets.
            request, secrets = await host.vault.fill(await host.hooking.request_for(claim))
            reply = await host.caller.call(request, on_delta, progress)
        except ModelCallFailed as error:
            lease.settling = True
            await self._fail(claim, hide(error.with_usage(), secrets), time.monotonic() - started)
            return None
        lease.settling = True
        if reply.unrecognised:
            host.log.warning(
                "run %s: the API sent %d events of a kind this version does not know, such as %.200r",
                claim.run_id,
                len(reply.unrecognised),
                reply.unrecognised[0],
            )
        stop_reason: str | None = reply.message.get("stop_reason")
        usage: dict[str, Any] = reply.message.get("usage") or {}
        duration = time.monotonic() - started
        host.emit(events.ModelCallFinished(claim.run_id, claim.iteration_id, stop_reason, usage, duration))
        self._tell_hooks(claim, reply.message, None, duration)
        return reply

    def _tell_hooks(self, claim: RunClaim, message: Any, error: Any, duration: float) -> None:
        if self._host.hooking.watches_model_calls:
            told = self._host.hooking.model_call_ended(claim, message, error, duration)
            self._host.spawn(told, f"after_model_call of run {claim.run_id}")

    async def _record(self, claim: RunClaim, reply: ModelReply) -> list[ToolClaim]:
        """Never gives up on a paid answer while the lease may still be ours.

        Returns the tool calls that are ours now, each with a tool slot.
        """
        host = self._host
        wanted = self._calls_for_us(reply)
        # Taken beforehand: the loop that claims tools must not give the same places away.
        taken = sum(host.tool_slots.take() for _ in range(wanted))
        claims: list[ToolClaim] = []
        try:
            said = await host.publisher.rest_of(claim)
            claims = await host.insist(
                "record_response",
                lambda: host.calls.record_response(
                    claim.iteration_id,
                    claim.lease_token,
                    reply.message,
                    claim_tools=not host.draining and taken > 0,
                    request_id=reply.request_id,
                    max_tools=taken,
                    said=said,
                ),
            )
        except (LeaseLost, RunCancelled, NotFound) as error:
            if not isinstance(error, NotFound):
                await self._abandon(claim, CallProgress(reply.request_id, reply.message.get("usage") or {}))
            raise
        except AgentPGError as error:
            # The database will not have this answer; asking again would cost money for the same refusal.
            kind = "invalid_response" if isinstance(error, InvalidInput) else "executor_error"
            host.log.error("run %s: its answer was refused: %s", claim.run_id, error)
            refused: dict[str, Any] = {"type": kind, "message": error.message, "should_retry": False}
            if reply.request_id is not None:
                refused["request_id"] = reply.request_id
            await self._fail(claim, Failure(refused), 0.0)
            return []
        finally:
            for _ in range(taken - len(claims)):
                host.tool_slots.release()
        if len(claims) < wanted:
            # Left to whoever has room; that may be us, and soon.
            host.tools_wake.set()
        return claims

    def _calls_for_us(self, reply: ModelReply) -> int:
        """How many calls of our tools the answer has; it may not be a message at all."""
        content = reply.message.get("content")
        if self._host.draining or reply.message.get("stop_reason") != "tool_use" or not is_array(content):
            return 0
        calls = [block for block in content if is_object(block) and block.get("type") == "tool_use"]
        return sum(str(call.get("name")) in self._host.tools for call in calls)

    async def _fail(self, claim: RunClaim, failure: Failure, duration: float) -> None:
        host = self._host
        host.stats.model_failures += 1
        host.emit(events.ModelCallFailed(claim.run_id, claim.iteration_id, failure.error, duration))
        self._tell_hooks(claim, None, failure.error, duration)
        outcome = await host.insist(
            "record_failure",
            lambda: host.calls.record_failure(
                claim.iteration_id, claim.lease_token, failure.error, retry_after=failure.retry_after
            ),
        )
        host.log.warning(
            "run %s: model call failed, attempt %d: %s: %s",
            claim.run_id,
            outcome.attempt,
            failure.error.get("type"),
            failure.error.get("message"),
        )
        if outcome.retry_at is not None:
            host.runs_wake.set_in(host.seconds_until(outcome.retry_at))

    async def _abandon(self, claim: RunClaim, progress: CallProgress) -> None:
        """What a call had cost when its run ended under it is told once; it is for the books only.

        The database knows whether that is so: of a call that somebody else took over it records nothing.
        """
        host = self._host
        if not progress.usage:
            return
        try:
            await bounded(
                lambda: host.calls.record_abandoned(
                    claim.iteration_id, claim.lease_token, progress.usage, request_id=progress.request_id
                ),
                host.patience,
            )
        except AgentPGError as error:
            host.log.info("run %s: the usage of its aborted call is not recorded: %s", claim.run_id, error)

    def _lost(self, claim: RunClaim, error: AgentPGError) -> None:
        if isinstance(error, RunCancelled):
            self._host.stats.cancelled += 1
        else:
            self._host.stats.leases_lost += 1
            self._host.stats.writes_refused += 1
        self._host.log.info("run %s: dropped: %s", claim.run_id, error.message)
