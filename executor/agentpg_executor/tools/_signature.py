"""Splits a function's parameters into what the model fills in and what the executor injects."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

from .context import ToolContext
from .outcome import ToolDefinitionError


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter that the model fills in. `default` is `inspect.Parameter.empty` if it is required."""

    name: str
    annotation: Any
    default: Any
    positional: bool


@dataclass(frozen=True, slots=True)
class Signature:
    parameters: tuple[Parameter, ...]
    context: str | None
    context_positional: bool
    order: tuple[str, ...]


def read_signature(func: Callable[..., Any], local_names: Mapping[str, Any] | None = None) -> Signature:
    """Reads `func`. Raises `ToolDefinitionError` for what a tool call, a JSON object, cannot express."""
    label = getattr(func, "__qualname__", repr(func))
    try:
        signature = inspect.signature(func)
    except (TypeError, ValueError) as error:
        raise ToolDefinitionError(f"{label} has no readable signature: {error}") from None
    hints = _hints(func, label, local_names)

    parameters: list[Parameter] = []
    context: str | None = None
    context_positional = False
    for index, parameter in enumerate(signature.parameters.values()):
        if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            raise ToolDefinitionError(
                f"{label} takes {parameter}; a tool's inputs must be named one by one "
                f"(for free-form input give a raw JSON Schema with Tool.from_schema)"
            )
        if index == 0 and parameter.name in ("self", "cls") and parameter.name not in hints:
            raise ToolDefinitionError(
                f"{label} looks like a method; make the tool from the bound one: tool(x.{_last(label)})"
            )
        annotation = hints.get(parameter.name, Any)
        positional = parameter.kind is inspect.Parameter.POSITIONAL_ONLY
        if is_context(annotation):
            if context is not None:
                raise ToolDefinitionError(
                    f"{label} has two ToolContext parameters: {context}, {parameter.name}"
                )
            context, context_positional = parameter.name, positional
            continue
        parameters.append(Parameter(parameter.name, annotation, parameter.default, positional))
    return Signature(tuple(parameters), context, context_positional, tuple(signature.parameters))


def _last(label: str) -> str:
    return label.rpartition(".")[2]


def _hints(func: Callable[..., Any], label: str, local_names: Mapping[str, Any] | None) -> dict[str, Any]:
    target: Any = func
    while isinstance(target, functools.partial):
        target = target.func
    if not (inspect.isfunction(target) or inspect.ismethod(target) or inspect.isbuiltin(target)):
        target = cast("Any", type(target)).__call__
    try:
        return get_type_hints(target, localns=dict(local_names or {}), include_extras=True)
    except NameError as error:
        raise ToolDefinitionError(
            f"{label}: the annotation {error.name!r} cannot be resolved; import it at module level "
            f"(not under TYPE_CHECKING), since the tool's schema is made from it"
        ) from None
    except TypeError as error:
        raise ToolDefinitionError(f"{label}: bad annotation: {error}") from None


def is_context(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, ToolContext):
        return True
    origin = get_origin(annotation)
    if origin is Annotated:
        return is_context(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return any(is_context(argument) for argument in get_args(annotation))
    return False
