"""The `Tool` object, and the `tool` decorator that makes one from a typed function."""

from __future__ import annotations

import functools
import inspect
import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Generic, ParamSpec, TypeVar, cast, overload

from .._json import is_object
from ._json_schema import find_problems
from ._schema import MAX_ERRORS_SHOWN, InputModel, InvalidInput, read_docstring
from ._signature import Signature, read_signature
from .approval import ApprovalOption, Rule
from .context import ToolContext
from .outcome import ToolDefinitionError
from .threads import ThreadPool

P = ParamSpec("P")
R = TypeVar("R")

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_POLICY = ("max_attempts", "timeout_seconds", "retry_jitter")
_OURS = frozenset({"name", "description", "input_schema", *_POLICY, "approval"})


class Tool(Generic[P, R]):
    """A function that Claude may call, with its name, description and JSON Schema.

    Calling it calls the function itself: `add(1, 2)`. `timeout` is in seconds, None for the executor's
    default.

    `approval` says which calls wait for a person: True for all, False for none, a function of the input (it
    names the arguments it looks at), or a SQL function, `"schema.function"`; None leaves what was registered.

    Further keyword arguments (`strict`, `cache_control`, `defer_loading` ...) go into the tool's
    definition as the Messages API takes them.
    """

    name: str
    description: str
    input_schema: dict[str, Any]
    timeout: float | None

    def __init__(
        self,
        func: Callable[P, R],
        *,
        name: str | None = None,
        description: str | None = None,
        timeout: float | timedelta | None = None,
        max_attempts: int | None = None,
        retry_jitter: float | None = None,
        approval: ApprovalOption = None,
        local_names: Mapping[str, Any] | None = None,
        input_schema: Mapping[str, Any] | None = None,
        **api_options: Any,
    ) -> None:
        if not callable(func):
            raise ToolDefinitionError(f"a tool is made from a function, not from {type(func).__name__}")
        self.func = func
        self.name = _checked_name(name if name is not None else getattr(func, "__name__", ""))
        summary, parameter_docs = read_docstring(func)
        self.description = description if description is not None else summary
        self.timeout = _seconds(self.name, timeout)
        self.max_attempts = _checked_attempts(self.name, max_attempts)
        self.retry_jitter = _checked_jitter(self.name, retry_jitter)
        self.api_options = _checked_options(self.name, api_options)
        self.approval = approval
        self.is_async = _is_async(func)
        self._signature: Signature | None = None
        self._model: InputModel | None = None
        if input_schema is None:
            self._signature = read_signature(func, local_names)
            self._model = InputModel(
                self.name, self._signature, parameter_docs, strict=bool(api_options.get("strict"))
            )
            self.input_schema = self._model.schema
        else:
            self._raw_context = _raw_context(func)
            self.input_schema = _checked_schema(self.name, input_schema)
        self._approval_rule = self._rule() if callable(approval) else None
        functools.update_wrapper(self, func, updated=())

    @classmethod
    def from_schema(
        cls,
        name: str,
        description: str,
        input_schema: Mapping[str, Any],
        func: Callable[..., Any],
        *,
        timeout: float | timedelta | None = None,
        max_attempts: int | None = None,
        retry_jitter: float | None = None,
        approval: ApprovalOption = None,
        **api_options: Any,
    ) -> Tool[..., Any]:
        """A tool with a raw JSON Schema. `func` gets the checked input as one dict, and a `ToolContext` too
        if one of its parameters is annotated with that type."""
        return Tool[..., Any](
            func, name=name, description=description, input_schema=input_schema, timeout=timeout,
            max_attempts=max_attempts, retry_jitter=retry_jitter, approval=approval, **api_options,
        )  # fmt: skip

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.func(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<Tool {self.name}>"

    def definition(self) -> dict[str, Any]:
        """One element of what `agentpg.register_tools` takes."""
        made: dict[str, Any] = {
            "name": self.name,
            "description": self.description,
            "input_schema": self.input_schema,
        }
        policy = zip(_POLICY, (self.max_attempts, self.timeout, self.retry_jitter), strict=True)
        made |= {key: value for key, value in policy if value is not None}
        if isinstance(self.approval, bool):
            made["approval"] = self.approval
        elif isinstance(self.approval, str):
            made["approval"] = {"when": self.approval}
        return made | self.api_options

    def _rule(self) -> Rule:
        known = None
        if self._signature is not None:
            known = frozenset(parameter.name for parameter in self._signature.parameters)
        return Rule(self.name, cast("Any", self.approval), known)

    @property
    def has_approval_rule(self) -> bool:
        """Whether a Python function decides which calls wait for a person."""
        return self._approval_rule is not None

    async def asks_approval(
        self, data: Any, context: ToolContext, threads: ThreadPool, seconds: float
    ) -> str | None:
        """Why the Python rule wants a person to be asked about this input; None if the call may go.

        An input that the body would not get anyway asks nobody. Raises `NoThreadFree`.
        """
        if self._approval_rule is None:
            return None
        arguments: dict[str, Any] = {}
        try:
            if self._model is None or self._signature is None:
                self.bind(data, context)
            else:
                positional, arguments = self._model.arguments(data)
                names = [parameter.name for parameter in self._signature.parameters if parameter.positional]
                arguments |= dict(zip(names, positional, strict=True))
        except InvalidInput:
            return None
        call = self._approval_rule.bound(data, arguments, context)
        return await self._approval_rule.reason(call, threads, seconds)

    def bind(self, data: Any, context: ToolContext) -> Callable[[], Any]:
        """The body, ready to be called with the checked input. Raises `InvalidInput`."""
        func: Callable[..., Any] = self.func
        if self._model is None or self._signature is None:
            problems = find_problems(data, self.input_schema)
            if problems:
                more = len(problems) - MAX_ERRORS_SHOWN
                lines = problems[:MAX_ERRORS_SHOWN] + ([f"- and {more} more"] if more > 0 else [])
                raise InvalidInput("\n".join(lines))
            given = {} if self._raw_context is None else {self._raw_context: context}
            return functools.partial(func, data, **given)
        signature = self._signature
        positional, named = self._model.arguments(data)
        if signature.context is None:
            return functools.partial(func, *positional, **named)
        if not signature.context_positional:
            named[signature.context] = context
            return functools.partial(func, *positional, **named)
        positional.insert(signature.order.index(signature.context), context)
        return functools.partial(func, *positional, **named)


@overload
def tool(func: Callable[P, R], /) -> Tool[P, R]: ...
@overload
def tool(
    *,
    name: str | None = None,
    description: str | None = None,
    timeout: float | timedelta | None = None,
    max_attempts: int | None = None,
    retry_jitter: float | None = None,
    approval: ApprovalOption = None,
    **api_options: Any,
) -> Callable[[Callable[P, R]], Tool[P, R]]: ...
def tool(func: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Makes a tool from a typed function, sync or async.

    The JSON Schema comes from the signature, `Annotated[..., Field(...)]` and the docstring; a parameter
    annotated `ToolContext` is filled in by the executor. Errors in the definition raise
    `ToolDefinitionError` here.

        @tool(timeout=20)
        async def get_weather(city: str, days: int = 1) -> dict[str, float]:
            '''Look up the forecast.

            Args:
                city: name of the city
            '''
    """
    # Local names let a tool defined inside a function use types that are defined there too.
    frame = inspect.currentframe()
    caller = frame.f_back.f_locals if frame is not None and frame.f_back is not None else None
    if func is not None:
        return Tool(func, local_names=caller)

    def decorate(decorated: Callable[..., Any]) -> Tool[..., Any]:
        return Tool(decorated, local_names=caller, **options)

    return decorate


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ToolDefinitionError(
            f"invalid tool name {name!r}: use 1 to 64 letters, digits, '_' or '-' (give one with name=...)"
        )
    return name


def _seconds(name: str, timeout: float | timedelta | None) -> float | None:
    if timeout is None:
        return None
    seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else float(timeout)
    if not 0 < seconds < float("inf"):
        raise ToolDefinitionError(
            f"tool {name!r}: timeout must be a positive number of seconds, not {timeout}"
        )
    return seconds


def _checked_attempts(name: str, attempts: int | None) -> int | None:
    if attempts is not None and (isinstance(attempts, bool) or attempts < 1):
        raise ToolDefinitionError(f"tool {name!r}: max_attempts must be at least 1, not {attempts}")
    return attempts


def _checked_jitter(name: str, jitter: float | None) -> float | None:
    if jitter is not None and not 0 <= jitter <= 1:
        raise ToolDefinitionError(f"tool {name!r}: retry_jitter is a share between 0 and 1, not {jitter}")
    return jitter


def _checked_options(name: str, options: dict[str, Any]) -> dict[str, Any]:
    taken = sorted(_OURS & options.keys())
    if taken:
        raise ToolDefinitionError(f"tool {name!r}: {', '.join(taken)} cannot be given as an API option")
    try:
        copy: dict[str, Any] = json.loads(json.dumps(options, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ToolDefinitionError(f"tool {name!r}: its options are not JSON: {error}") from None
    return copy


def _checked_schema(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    try:
        copy: Any = json.loads(json.dumps(dict(schema), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ToolDefinitionError(f"tool {name!r}: its input_schema is not JSON: {error}") from None
    if not is_object(copy) or copy.get("type") != "object":
        raise ToolDefinitionError(f'tool {name!r}: its input_schema must be an object with "type": "object"')
    return copy


def _raw_context(func: Callable[..., Any]) -> str | None:
    try:
        signature = read_signature(func)
    except ToolDefinitionError:
        return None
    if signature.context is not None and signature.context_positional:
        raise ToolDefinitionError(
            "the ToolContext parameter of a raw-schema tool must not be positional-only"
        )
    return signature.context


def _is_async(func: Callable[..., Any]) -> bool:
    target: Any = func
    while isinstance(target, functools.partial):
        target = target.func
    # A callable object counts by its __call__.
    return inspect.iscoroutinefunction(target) or inspect.iscoroutinefunction(
        cast("Any", type(target)).__call__
    )
