"""When a call of a tool waits for a person: always, as a SQL function says, or as a Python rule says."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from .._text import describe_error
from ._signature import is_context
from .context import ToolContext
from .outcome import ToolDefinitionError
from .threads import ThreadPool

ApprovalRule: TypeAlias = Callable[..., bool] | Callable[..., Awaitable[bool]]
ApprovalOption: TypeAlias = bool | str | ApprovalRule | None
"""True: every call; text: the SQL function that decides (`"schema.function"`); a callable decides itself."""


@dataclass(frozen=True, slots=True)
class _Answer:
    asks: bool
    error: str | None = None


class Rule:
    """A Python function that looks at the input of a call, sync or async, and says whether to ask a person.

    It gets those of the tool's arguments that it names (all of them with `**`), and a `ToolContext` where a
    parameter is annotated so. Only a plain no lets the call go: None, an error or too long a wait is a yes.
    """

    def __init__(self, tool: str, rule: ApprovalRule, known: frozenset[str] | None) -> None:
        self._tool = tool
        self._rule = rule
        self._context: str | None = None
        self._wanted: frozenset[str] | None = frozenset()
        self._raw = known is None
        try:
            parameters = inspect.signature(rule, eval_str=True).parameters.values()
        except (TypeError, ValueError, NameError) as error:
            raise ToolDefinitionError(
                f"tool {tool!r}: its approval has no readable signature: {error}"
            ) from None
        names: set[str] = set()
        for index, parameter in enumerate(parameters):
            if is_context(parameter.annotation):
                self._context = parameter.name
            elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
                self._wanted = None
            elif self._raw:
                if index > 0 and parameter.default is inspect.Parameter.empty:
                    raise ToolDefinitionError(
                        f"tool {tool!r}: its approval gets the input as one dict, no {parameter}"
                    )
            elif parameter.kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL):
                raise ToolDefinitionError(
                    f"tool {tool!r}: its approval gets its arguments by name, so not {parameter}"
                )
            elif known is not None and parameter.name in known:
                names.add(parameter.name)
            elif parameter.default is inspect.Parameter.empty:
                raise ToolDefinitionError(
                    f"tool {tool!r}: its approval takes {parameter.name!r}, which the tool has not"
                )
        if self._wanted is not None:
            self._wanted = frozenset(names)

    def bound(self, data: Any, arguments: Mapping[str, Any], context: ToolContext) -> Callable[[], Any]:
        """The rule, ready to be called: with the checked arguments, for a raw schema with `data` itself."""
        given = {} if self._context is None else {self._context: context}
        if self._raw:
            return functools.partial(self._rule, data, **given)
        picked = {name: arguments[name] for name in arguments if self._wanted is None or name in self._wanted}
        return functools.partial(self._rule, **picked, **given)

    async def reason(self, call: Callable[[], Any], threads: ThreadPool, seconds: float) -> str | None:
        """Why a person is asked, or None. Raises `NoThreadFree`."""
        try:
            async with asyncio.timeout(seconds):
                answer = await self._answer(call, threads)
        except TimeoutError:
            answer = _Answer(True, f"no answer within {seconds:g} s")
        if not answer.asks:
            return None
        rule = f"the rule of {self._tool}"
        return f"{rule} asks for it" if answer.error is None else f"{rule} failed: {answer.error}"

    async def _answer(self, call: Callable[[], Any], threads: ThreadPool) -> _Answer:
        if inspect.iscoroutinefunction(self._rule):
            return await _settled(call())
        job, future = threads.submit(functools.partial(_guarded, call), f"{self._tool} (approval)")
        try:
            answer = await future
        except asyncio.CancelledError:
            threads.abandon(job)
            raise
        return answer if isinstance(answer, _Answer) else await _settled(answer)


def _guarded(call: Callable[[], Any]) -> _Answer | Awaitable[Any]:
    try:
        value = call()
    except BaseException as error:
        return _Answer(True, describe_error(error))
    return value if inspect.isawaitable(value) else _meant(value)


async def _settled(value: Awaitable[Any]) -> _Answer:
    # In a task of its own: SystemExit must not stop the event loop.
    async def wait() -> _Answer:
        try:
            return _meant(await value)
        except BaseException as error:
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
                raise
            return _Answer(True, describe_error(error))

    return await asyncio.create_task(wait())


def _meant(value: object) -> _Answer:
    try:
        return _Answer(True, "it gave None") if value is None else _Answer(bool(value))
    except Exception as error:
        return _Answer(True, describe_error(error))
