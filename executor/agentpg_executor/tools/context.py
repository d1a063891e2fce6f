"""What a tool body may know about the call it serves."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar, overload
from uuid import UUID, uuid4

from pydantic import TypeAdapter, ValidationError

from .._text import clean_json, clean_text
from .outcome import ToolError

T = TypeVar("T")


class VariableError(ToolError, LookupError):
    """A run variable is missing, or is not of the type asked for. The model gets it as an error result."""


class CancelSignal:
    """Set once the call is no longer wanted: its run was cancelled, its lease was lost, or it took too long.

    Safe from any thread: `is_set()`, truth value, `wait_blocking(timeout)`; in async code `await wait()`.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    def __bool__(self) -> bool:
        return self._is_set

    def is_set(self) -> bool:
        return self._is_set

    def set(self) -> None:
        with self._lock:
            self._is_set = True
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def wait_blocking(self, timeout: float | None = None) -> bool:
        """Blocks the calling thread up to `timeout` seconds; True once set. Not for async code."""
        woken = threading.Event()
        with self._lock:
            if self._is_set:
                return True
            self._callbacks.append(woken.set)
        try:
            return woken.wait(timeout)
        finally:
            self._forget(woken.set)

    async def wait(self) -> None:
        """Returns once set."""
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()

        def wake() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(woken.set)

        with self._lock:
            if self._is_set:
                return
            self._callbacks.append(wake)
        try:
            await woken.wait()
        finally:
            self._forget(wake)

    def _forget(self, callback: Callable[[], None]) -> None:
        with self._lock:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

    def raise_if_set(self) -> None:
        """Raises `ToolError` once set, for bodies that check between steps."""
        if self._is_set:
            raise ToolError("the tool call was cancelled")


def _no_variables() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class ToolContext:
    """Annotate a parameter with this type to receive it; the model does not see that parameter.

    `attempt` counts from 1. `variables` are the run's, as JSON gives them: an integer stays an integer.
    `ToolContext()` with no arguments serves in unit tests of a tool.
    """

    run_id: UUID = field(default_factory=uuid4)
    session_id: UUID = field(default_factory=uuid4)
    tool_use_id: str = "toolu_local"
    tool_execution_id: UUID = field(default_factory=uuid4)
    attempt: int = 1
    variables: Mapping[str, Any] = field(default_factory=_no_variables)
    instance_id: UUID | None = None
    cancelled: CancelSignal = field(default_factory=CancelSignal, compare=False)
    tell: Callable[[dict[str, Any], int], None] | None = field(default=None, compare=False, repr=False)

    def progress(self, message: str = "", **data: object) -> None:
        """Tells whoever watches the run how far this call is: `context.progress("page 3", done=3, total=10)`.

        From async code and from threads alike; returns at once and never fails the call. Up to 4,000
        characters of the message are kept; `data` must be JSON, or its text is taken. Nothing is stored with
        the result, and the model does not see it.
        """
        if self.tell is None:
            return
        told: dict[str, Any] = {"message": clean_text(str(message))[0][:4000]}
        if data:
            text = json.dumps(data, default=str)
            if len(text) <= 16_000:
                told["data"] = clean_json(json.loads(text))[0]
        self.tell(told, len(told["message"]) + len(str(told.get("data", ""))))

    @overload
    def variable(self, name: str) -> Any: ...
    @overload
    def variable(self, name: str, type: type[T]) -> T | None: ...
    def variable(self, name: str, type: Any = Any) -> Any:
        """The variable as `type`, or None if the run has none of that name (or it is null).

        Raises `VariableError` if its value is not of that type; nothing is coerced but what JSON cannot
        say itself (UUIDs, dates, enums, models).
        """
        value = self.variables.get(name)
        return None if value is None else _as(name, value, type)

    def variable_or(self, name: str, default: T) -> T:
        """The variable, or `default` if the run has none. A value of another type is refused."""
        value = self.variables.get(name)
        if value is None:
            return default
        checked: T = value if default is None else _as(name, value, type(default))
        return checked

    @overload
    def require(self, name: str) -> Any: ...
    @overload
    def require(self, name: str, type: type[T]) -> T: ...
    def require(self, name: str, type: Any = Any) -> Any:
        """The variable as `type`. Raises `VariableError` if the run has none, which the model gets to see."""
        value = self.variables.get(name)
        if value is None:
            raise VariableError(f"the run has no variable {name!r}")
        return _as(name, value, type)


def _as(name: str, value: Any, wanted: Any) -> Any:
    if wanted is Any:
        return value
    try:
        # JSON strict mode: "3" is no int and 1 is no bool, but a UUID or a date may come as text.
        return TypeAdapter(wanted).validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        kind = getattr(wanted, "__name__", None) or str(wanted)
        raise VariableError(
            f"variable {name!r} is not {kind}: {error.errors(include_url=False)[0]['msg']}"
        ) from None
