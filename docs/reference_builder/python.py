"""docs/reference/python.md: the Python surface, from signatures and docstrings."""

from __future__ import annotations

import dataclasses
import inspect
import re
import typing
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import agentpg
from agentpg import batches, constants, errors, migrate, trees, types
from agentpg_executor import embedded, events, executor, testing, tools
from agentpg_executor.testing import _settings

from .table import table

HEAD = """\
# Python reference

<!-- Made by docs/build_reference.py from signatures and docstrings: edit those instead. -->

`import agentpg` is the client and needs psycopg alone. `import agentpg_executor` is the executor with its
tools (extra `executor`), the fake Claude (extra `testing`) and the embedded Postgres (extra `demo`).
"""

CLIENT = """\
`agentpg.Client` is below; `agentpg.AsyncClient` has the same methods as coroutines, and `async with`. Every
method is one SQL call. Where there is a parameter `conn`, your own psycopg connection goes in, and the call
joins its transaction.
"""

ERRORS = """\
All in `agentpg.errors`, all derived from `AgentPGError`. `code` is the SQLSTATE, `hint` says what to do,
`details` and the properties `run_id`, `session_id`, … give the ids involved, `retryable` says whether the
same call may succeed later.
"""

TURNS = """\
Turns for `FakeClaude.script`, all in `agentpg_executor.testing`. A string is a text, a dict a content
block.
"""

_NO_TURNS = ("signed_thinking", "validate_request")


def render() -> str:
    parts = [
        HEAD,
        "## Client\n",
        CLIENT,
        *_class("agentpg.Client", agentpg.Client, constructor=True),
        *_fields("agentpg.RunOptions", agentpg.RunOptions),
        *_fields("agentpg.NewRun", agentpg.NewRun),
        *_fields("agentpg.ClientConfig", agentpg.ClientConfig),
        "## What the client returns\n",
        *_all_fields(types, "agentpg"),
        *_all_fields(batches, "agentpg"),
        *_all_fields(trees, "agentpg"),
        *_fields("agentpg.CreatedRun", agentpg.CreatedRun),
        "## Events of a run\n",
        *_all_fields(agentpg.events, "agentpg.events"),
        "## Enums\n",
        *_enums(),
        "## Errors\n",
        ERRORS,
        _errors(),
        "## Constants\n",
        _constants(),
        "## Executor\n",
        *_class("agentpg_executor.Executor", executor.Executor, constructor=True),
        "## Events of an executor\n",
        *_all_fields(events, "agentpg_executor.events"),
        "## Tools\n",
        *_function("agentpg_executor.tool", tools.tool),
        *_class("agentpg_executor.Tool", tools.Tool, constructor=True),
        *_fields("agentpg_executor.ToolContext", tools.ToolContext),
        *_class("agentpg_executor.ToolContext", tools.ToolContext, constructor=False),
        *_class("agentpg_executor.tools.CancelSignal", tools.CancelSignal, constructor=True),
        *(
            line
            for each in (tools.ToolError, tools.ToolCancel, tools.ToolDiscard, tools.ToolSnooze)
            for line in _class(f"agentpg_executor.{each.__name__}", each, constructor=True)
        ),
        *_fields("agentpg_executor.tools.ToolResult", tools.ToolResult),
        "## Fake Claude\n",
        *_class("agentpg_executor.testing.FakeClaude", testing.FakeClaude, constructor=False),
        *_fields("agentpg_executor.testing.FakeClaude(…)", _settings.Settings),
        *_class("agentpg_executor.testing.Journal", testing.Journal, constructor=False),
        *_fields("agentpg_executor.testing.Entry", testing.Entry),
        *_function("agentpg_executor.testing.validate_request", testing.validate_request),
        *_fields("agentpg_executor.testing.Problem", testing.Problem),
        *_function("agentpg_executor.testing.signed_thinking", testing.signed_thinking),
        "### Turns\n",
        TURNS,
        *(line for name in _turns() for line in _function(name, getattr(testing, name), level=4)),
        "## Migrations\n",
        *(
            line
            for each in (migrate.migrate, migrate.revert, migrate.status, migrate.script)
            for line in _function(f"agentpg.migrate.{each.__name__}", each)
        ),
        "## Embedded Postgres\n",
        *_class("agentpg_executor.EmbeddedPostgres", embedded.EmbeddedPostgres, constructor=True),
    ]  # fmt: skip
    return "\n".join(parts).rstrip() + "\n"


def _turns() -> list[str]:
    functions = [name for name in testing.__all__ if inspect.isfunction(getattr(testing, name))]
    return [name for name in functions if name not in _NO_TURNS]


def _class(title: str, kind: type, *, constructor: bool) -> Iterator[str]:
    if not dataclasses.is_dataclass(kind):
        yield f"### {title}\n"
        yield _text(kind)
        if constructor and (begin := kind.__dict__.get("__init__")) is not None:
            yield f"```python\n{_signature(kind.__name__, begin)}\n```\n"
    for name, member in _members(kind):
        if isinstance(member, property):
            assert member.fget is not None
            returns = inspect.signature(member.fget).return_annotation
            yield f"#### {kind.__name__}.{name}\n\n`{name}: {returns}`\n"
            yield _text(member)
        else:
            yield from _function(f"{kind.__name__}.{name}", member, level=4)


def _members(kind: type) -> Iterator[tuple[str, Any]]:
    """Public methods and properties in the order of definition, those of the base classes first."""
    seen: set[str] = set()
    for base in reversed(kind.__mro__):
        if not base.__module__.startswith("agentpg"):
            continue
        for name in vars(base):
            member = inspect.getattr_static(kind, name)
            if isinstance(member, classmethod | staticmethod):
                member = member.__func__
            if not name.startswith("_") and name not in seen and _is_method(member):
                seen.add(name)
                yield name, member


def _is_method(member: Any) -> bool:
    return inspect.isfunction(member) or isinstance(member, property)


def _function(title: str, function: Any, *, level: int = 3) -> Iterator[str]:
    name = title.rpartition(".")[2]
    variants = typing.get_overloads(function) or [function]
    yield f"{'#' * level} {title}\n"
    yield "```python\n" + "\n".join(_signature(name, each) for each in variants) + "\n```\n"
    yield _text(function)


def _signature(name: str, function: Any) -> str:
    """The signature as written in the source; one parameter a line where it is long."""
    function = inspect.unwrap(function)
    signature = inspect.signature(function)
    words: list[str] = []
    kinds = inspect.Parameter
    before: Any = None
    for parameter in signature.parameters.values():
        if parameter.name in ("self", "cls"):
            continue
        if before is kinds.POSITIONAL_ONLY and parameter.kind is not kinds.POSITIONAL_ONLY:
            words.append("/")
        if parameter.kind is kinds.KEYWORD_ONLY and before not in (kinds.KEYWORD_ONLY, kinds.VAR_POSITIONAL):
            words.append("*")
        words.append(_parameter(parameter))
        before = parameter.kind
    if before is kinds.POSITIONAL_ONLY:
        words.append("/")
    returns = "" if signature.return_annotation in (inspect.Signature.empty, "None") else (
        f" -> {signature.return_annotation}"
    )  # fmt: skip
    if name[:1].isupper():
        returns = ""
    prefix = "await " if inspect.iscoroutinefunction(function) else ""
    one_line = f"{prefix}{name}({', '.join(words)}){returns}"
    if len(one_line) <= 100:
        return one_line
    return f"{prefix}{name}(\n" + "".join(f"    {word},\n" for word in words) + f"){returns}"


def _parameter(parameter: inspect.Parameter) -> str:
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    text = stars.get(parameter.kind, "") + parameter.name
    if parameter.annotation is not inspect.Parameter.empty:
        text += f": {_double_quoted(str(parameter.annotation))}"
    if parameter.default is not inspect.Parameter.empty:
        text += (" = " if ":" in text else "=") + _literal(parameter.default)
    return text


def _literal(value: Any) -> str:
    """A default as one would write it."""
    if dataclasses.is_dataclass(value):
        return f"{type(value).__name__}()"
    # A plain object's repr has an address in it.
    return "…" if type(value).__repr__ is object.__repr__ else _double_quoted(repr(value))


def _double_quoted(code: str) -> str:
    return code if '"' in code else code.replace("'", '"')


def _all_fields(module: ModuleType, prefix: str) -> Iterator[str]:
    for name, kind in vars(module).items():
        if dataclasses.is_dataclass(kind) and kind.__module__ == module.__name__:
            yield from _fields(f"{prefix}.{name}", kind)


def _fields(title: str, kind: Any) -> Iterator[str]:
    yield f"### {title}\n"
    yield _text(kind)
    lines = [
        f"{field.name}: {_double_quoted(str(field.type))}" + _default_of(field)
        for field in dataclasses.fields(kind)
        if not field.name.startswith("_")
    ]
    lines += [
        f"{name}: {inspect.signature(member.fget).return_annotation}  # property"
        for name, member in _members(kind)
        if isinstance(member, property) and member.fget is not None
    ]
    yield "```python\n" + "\n".join(lines) + "\n```\n"


def _default_of(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        return f" = {_literal(field.default)}"
    return "" if field.default_factory is dataclasses.MISSING else " = …"


def _enums() -> Iterator[str]:
    for kind in (
        agentpg.RunMode,
        agentpg.RunState,
        agentpg.ToolExecutionState,
        agentpg.MessageRole,
        agentpg.BatchStatus,
    ):
        yield f"### agentpg.{kind.__name__}\n"
        yield _text(kind)
        yield ", ".join(f"`{member.name}`" for member in kind) + "\n"


def _errors() -> str:
    classes = [kind for kind in vars(errors).values() if inspect.isclass(kind)]
    found = [kind for kind in classes if issubclass(kind, errors.AgentPGError)]
    return table(
        ["error", "is a", "SQLSTATE", "when"],
        (
            [
                f"`{kind.__name__}`",
                ", ".join(f"`{base.__name__}`" for base in kind.__bases__),
                f"`{kind.sqlstate}`" if kind.sqlstate else "",
                inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0],
            ]
            for kind in found
        ),
    )


def _constants() -> str:
    return table(
        ["agentpg.constants", "value"],
        (
            [f"`{name}`", f"`{value!r}`" if isinstance(value, str | int | float) else f"{value}"]
            for name, value in vars(constants).items()
            if name.isupper()
        ),
    )


def _text(thing: Any) -> str:
    """The docstring, its doctests as code."""
    text = inspect.cleandoc(thing.__doc__ or "")
    if dataclasses.is_dataclass(thing) and text.startswith(f"{getattr(thing, '__name__', '')}("):
        return ""  # the signature that dataclass puts where there is no docstring
    return re.sub(r"((?:^(?:>>>|\.\.\.) ?.*\n?)+)", _code, text, flags=re.MULTILINE).rstrip() + "\n"


def _code(doctest: re.Match[str]) -> str:
    lines = [line[4:] for line in doctest[1].rstrip("\n").split("\n")]
    return "```python\n" + "\n".join(lines) + "\n```\n"
