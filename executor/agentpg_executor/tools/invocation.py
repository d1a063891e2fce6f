"""Runs one tool call to its end, whatever the body does."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from .._text import describe_error
from ._render import DEFAULT_OUTPUT_LIMIT, render
from ._schema import InvalidInput
from .context import ToolContext
from .definition import Tool
from .outcome import ToolCancel, ToolDiscard, ToolError, ToolResult, ToolSnooze, find_outcome
from .threads import NoThreadFree, ThreadPool

logger = logging.getLogger("agentpg.tools")

DEFAULT_TIMEOUT = 300.0
UNWIND_SECONDS = 1.0
NO_THREAD_DELAY = timedelta(seconds=5)

EndKind = Literal["complete", "retry", "cancel", "discard", "timeout", "snooze"]


@dataclass(frozen=True, slots=True)
class ToolEnd:
    """How a call ended, in the words of the SQL functions.

    `complete` goes to `complete_tool` with `output` and `is_error`; `snooze` to `snooze_tool` with `delay`;
    the others to `fail_tool` with `error`.
    """

    kind: EndKind
    output: str | list[dict[str, Any]] = ""
    is_error: bool = False
    error: str | None = None
    delay: timedelta | None = None


async def invoke(
    tool: Tool[..., Any],
    data: Any,
    context: ToolContext,
    *,
    threads: ThreadPool,
    default_timeout: float = DEFAULT_TIMEOUT,
    limit: int = DEFAULT_OUTPUT_LIMIT,
) -> ToolEnd:
    """Checks `data`, runs the body and returns its end; never raises what the body raises.

    `default_timeout` (seconds) is used if the tool has none of its own. If the calling task is cancelled,
    the body is told through `context.cancelled` (an async one is cancelled too) and its result is dropped.
    """
    seconds = tool.timeout or default_timeout
    try:
        body = tool.bind(data, context)
    except InvalidInput as error:
        text = f"Invalid input for the tool {tool.name}; nothing was run. Correct these fields:\n{error}"
        return _end_of_value(ToolResult(text, is_error=True), limit)
    except BaseException as error:
        return _end_of_error(error, limit)
    try:
        if tool.is_async:
            return await _run_async(tool, body, context, seconds, limit)
        return await _run_sync(tool, body, context, threads, seconds, limit)
    except asyncio.CancelledError:
        context.cancelled.set()
        raise


async def _run_async(
    tool: Tool[..., Any], body: Callable[[], Any], context: ToolContext, seconds: float, limit: int
) -> ToolEnd:
    task = asyncio.create_task(_guard(body, limit), name=f"tool {tool.name}")
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        context.cancelled.set()
        await _give_up(task, tool)
        raise
    if done:
        return _ended(task)
    context.cancelled.set()
    await _give_up(task, tool)
    return _timed_out(tool, seconds)


async def _run_sync(
    tool: Tool[..., Any],
    body: Callable[[], Any],
    context: ToolContext,
    threads: ThreadPool,
    seconds: float,
    limit: int,
) -> ToolEnd:
    started = asyncio.get_running_loop().time()
    try:
        job, future = threads.submit(lambda: _guard_in_thread(body, limit), tool.name)
    except NoThreadFree as error:
        return ToolEnd("snooze", error=str(error), delay=NO_THREAD_DELAY)
    try:
        done, _ = await asyncio.wait({future}, timeout=seconds)
    except asyncio.CancelledError:
        context.cancelled.set()
        threads.abandon(job)
        raise
    if not done:
        context.cancelled.set()
        threads.abandon(job)
        return _timed_out(tool, seconds)
    end = future.result()
    if isinstance(end, ToolEnd):
        return end
    # A plain function handed back an awaitable: it is awaited here, in what is left of the time.
    left = seconds - (asyncio.get_running_loop().time() - started)
    return await _run_async(tool, lambda: end, context, max(0.0, left), limit)


async def _guard(body: Callable[[], Any], limit: int) -> ToolEnd:
    try:
        value = body()
        if inspect.isawaitable(value):
            value = await value
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        return _end_of_error(error, limit)
    except BaseException as error:
        # SystemExit and KeyboardInterrupt too: from a task they would stop the whole event loop.
        return _end_of_error(error, limit)
    return _end_of_value(value, limit)


def _guard_in_thread(body: Callable[[], Any], limit: int) -> ToolEnd | Awaitable[Any]:
    try:
        value = body()
        if inspect.isawaitable(value):
            return value
    except BaseException as error:
        return _end_of_error(error, limit)
    return _end_of_value(value, limit)


def _ended(task: asyncio.Task[ToolEnd]) -> ToolEnd:
    if task.cancelled():
        return ToolEnd("retry", error="CancelledError: the tool's task was cancelled from outside")
    error = task.exception()
    if error is not None:
        return ToolEnd("retry", error=describe_error(error))
    return task.result()


async def _give_up(task: asyncio.Task[ToolEnd], tool: Tool[..., Any]) -> None:
    task.cancel()
    task.add_done_callback(_drop)
    done, _ = await asyncio.wait({task}, timeout=UNWIND_SECONDS)
    if not done:
        logger.warning("tool %s ignores its cancellation; its late result will be dropped", tool.name)


def _drop(task: asyncio.Task[ToolEnd]) -> None:
    if not task.cancelled():
        task.exception()


def _timed_out(tool: Tool[..., Any], seconds: float) -> ToolEnd:
    return ToolEnd("timeout", error=f"the tool {tool.name} did not finish within {seconds:g} s")


def _end_of_value(value: object, limit: int) -> ToolEnd:
    rendered = render(value, limit)
    return ToolEnd("complete", output=rendered.output, is_error=rendered.is_error)


def _end_of_error(error: BaseException, limit: int) -> ToolEnd:
    outcome = find_outcome(error)
    if isinstance(outcome, ToolError):
        rendered = render(ToolResult(outcome.content, is_error=True), limit)
        return ToolEnd("complete", output=rendered.output, is_error=True)
    if isinstance(outcome, ToolCancel):
        return ToolEnd("cancel", error=_text(outcome.reason))
    if isinstance(outcome, ToolDiscard):
        return ToolEnd("discard", error=_text(outcome.reason))
    if isinstance(outcome, ToolSnooze):
        reason = None if outcome.reason is None else _text(outcome.reason)
        return ToolEnd("snooze", error=reason, delay=outcome.delay)
    if isinstance(error, SystemExit):
        return ToolEnd(
            "retry", error=f"SystemExit: the tool tried to exit the process (code {error.code!r:.100})"
        )
    return ToolEnd("retry", error=describe_error(error))


def _text(reason: object) -> str:
    rendered = render(str(reason), 2000)
    return rendered.output if isinstance(rendered.output, str) else str(reason)
