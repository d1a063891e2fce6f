"""The tools named on the command line: `package.module`, or `package.module:name`."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ._failure import CliError, one_line, usage
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from ..tools import Tool

HELP = "a module with @tool functions, or MODULE:NAME for one of them (repeatable)"


def load_tools(names: Sequence[str]) -> list[ModuleType | Tool[..., Any]]:
    """Imports what was named, also from the folder the command was started in."""
    here = str(Path.cwd())
    if names and here not in sys.path:
        sys.path.insert(0, here)
    from ..tools import ToolDefinitionError, ToolRegistry

    loaded = [_load(name) for name in names]
    try:
        ToolRegistry(loaded)
    except ToolDefinitionError as error:
        raise usage(
            "these tools cannot be offered", why=one_line(str(error)), next="correct it, and try again"
        ) from error
    return loaded


def _load(name: str) -> ModuleType | Tool[..., Any]:
    from ..tools import Tool

    module_name, _, attribute = name.partition(":")
    if module_name.endswith(".py") or "/" in module_name:
        dotted = ".".join(Path(module_name).with_suffix("").parts)
        raise usage(
            f"--tools {name} is a file",
            why="tools are named as Python imports them",
            next=f"--tools {dotted}",
        )
    module = _import(module_name)
    if not attribute:
        return module
    found = getattr(module, attribute, None)
    if found is None:
        raise usage(
            f"module {module_name} has no {attribute!r}",
            why="it has "
            + (", ".join(k for k, v in vars(module).items() if isinstance(v, Tool)) or "no tools"),
            next=f"--tools {module_name} offers all of them",
        )
    return found if isinstance(found, Tool) else Tool(found)  # pyright: ignore[reportUnknownVariableType]


def _import(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name == error.name or name.startswith(f"{error.name}.")):
            raise _broken(name, error) from error
        raise usage(
            f"there is no module {name!r}",
            why=f"looked in {Path.cwd()} and where Python's packages are",
            next="start in the folder that holds it, or set PYTHONPATH",
        ) from error
    except Exception as error:
        raise _broken(name, error) from error


def _broken(name: str, error: Exception) -> CliError:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    if isinstance(error, SyntaxError) and error.filename:
        where = f" ({error.filename}:{error.lineno})"
    return CliError(
        ExitCode.USAGE,
        f"module {name!r} cannot be imported",
        why=one_line(f"{type(error).__name__}: {error}{where}"),
        next=f"python -c 'import {name}' shows it in full",
    )
