"""Calls hooks so that none of them can break a run."""

from __future__ import annotations

import asyncio
import copy
import inspect
import logging
from collections.abc import Callable
from typing import Any

from agentpg.claims import RunClaim, ToolClaim

from ._json import is_array, is_object
from ._stats import ExecutorStats
from .hooks import Hooks, ModelCall, ModelOutcome, ToolCall, ToolOutcome
from .tools.invocation import ToolEnd


class Hooking:
    """The hooks of one executor."""

    def __init__(self, hooks: Hooks, log: logging.Logger, stats: ExecutorStats) -> None:
        self._hooks = hooks
        self._log = log
        self._stats = stats

    async def request_for(self, claim: RunClaim) -> dict[str, Any]:
        """The request to send: the claim's own, unless before_model_call gives another one."""
        hook = self._hooks.before_model_call
        if hook is None:
            return claim.request
        given = await self._call(hook, _model_call(claim))
        return given if self._is_sound("before_model_call", given, is_object(given)) else claim.request

    @property
    def watches_model_calls(self) -> bool:
        return self._hooks.after_model_call is not None

    async def model_call_ended(self, claim: RunClaim, message: Any, error: Any, duration: float) -> None:
        """For after_model_call; carried beside the run."""
        if self._hooks.after_model_call is not None:
            outcome = ModelOutcome(copy.deepcopy(message), copy.deepcopy(error), duration)
            await self._call(self._hooks.after_model_call, _model_call(claim), outcome)

    async def input_for(self, claim: ToolClaim) -> dict[str, Any]:
        """The input for the tool's body."""
        hook = self._hooks.before_tool_call
        if hook is None:
            return claim.input
        given = await self._call(hook, _tool_call(claim))
        return given if self._is_sound("before_tool_call", given, is_object(given)) else claim.input

    async def ended(self, claim: ToolClaim, end: ToolEnd, duration: float) -> ToolEnd:
        """The end to record: after_tool_call may say another output of a complete one."""
        hook = self._hooks.after_tool_call
        if hook is None:
            return end
        outcome = ToolOutcome(end.kind, copy.deepcopy(end.output), end.is_error, end.error, duration)
        given = await self._call(hook, _tool_call(claim), outcome)
        sound = isinstance(given, str) or (is_array(given) and all(is_object(block) for block in given))
        if end.kind != "complete" or not self._is_sound("after_tool_call", given, sound):
            return end
        return ToolEnd(end.kind, output=given, is_error=end.is_error)

    def _is_sound(self, name: str, given: object, sound: bool) -> bool:
        if given is not None and not sound:
            self._stats.hook_errors += 1
            self._log.error("%s returned %s, which is ignored", name, type(given).__name__)
        return given is not None and sound

    async def _call(self, hook: Callable[..., Any], *arguments: object) -> Any:
        """What the hook returns; None if it raises or takes too long."""
        try:
            async with asyncio.timeout(self._hooks.timeout):
                if inspect.iscoroutinefunction(hook):
                    return await hook(*arguments)
                given = await asyncio.to_thread(hook, *arguments)
                return await given if inspect.isawaitable(given) else given
        except TimeoutError:
            self._stats.hook_errors += 1
            self._log.error("the hook %r took longer than %g s", hook, self._hooks.timeout)
        except BaseException as error:
            # SystemExit too: it would stop the whole event loop.
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
                raise
            self._stats.hook_errors += 1
            self._log.exception("the hook %r failed", hook)
        return None


def _model_call(claim: RunClaim) -> ModelCall:
    return ModelCall(
        claim.run_id, claim.session_id, claim.iteration_id, claim.attempt, copy.deepcopy(claim.request)
    )


def _tool_call(claim: ToolClaim) -> ToolCall:
    return ToolCall(
        claim.run_id, claim.session_id, claim.tool_execution_id, claim.tool_use_id, claim.tool_name,
        copy.deepcopy(claim.input), claim.attempt,
    )  # fmt: skip
