"""Rows and JSON objects of the database into the dataclasses of the library.

Columns a newer schema added are ignored. Values out of JSON columns arrive as text and become what the
type of the field says.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from agentpg.errors import StorageError

T = TypeVar("T")

_Plan: TypeAlias = tuple[tuple[str, Callable[[Any], Any] | None, bool], ...]
_plans: dict[Any, _Plan] = {}


def build(cls: type[T], row: Mapping[str, Any], /, **extra: Any) -> T:
    """An instance of the dataclass `cls` from the columns of `row` and the values of `extra`."""
    values: dict[str, Any] = dict(extra)
    for name, convert, required in _plan(cls):
        if name in values:
            continue
        if name in row:
            value = row[name]
            if value is not None:
                values[name] = value if convert is None else convert(value)
            elif required:
                values[name] = None
        elif required:
            raise StorageError(
                f"the database returned no column {name!r} for {cls.__name__}",
                hint="the schema and this library are of different releases; run `agentpg migrate --check`",
            )
    return cls(**values)


def _plan(cls: Any) -> _Plan:
    plan = _plans.get(cls)
    if plan is None:
        plan = _plans[cls] = _make_plan(cls)
    return plan


def _make_plan(cls: Any) -> _Plan:
    hints = get_type_hints(cls)
    return tuple(
        (
            field.name,
            _converter(hints[field.name]),
            field.default is MISSING and field.default_factory is MISSING,
        )
        for field in fields(cls)
    )


def _converter(hint: Any) -> Callable[[Any], Any] | None:
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(argument for argument in get_args(hint) if argument is not type(None))
    if hint is UUID:
        return lambda value: value if isinstance(value, UUID) else UUID(value)
    if hint is datetime:
        return lambda value: datetime.fromisoformat(value) if isinstance(value, str) else value
    if hint is Decimal:
        return lambda value: value if isinstance(value, Decimal) else Decimal(str(value))
    if hint is float:
        return float
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if get_origin(hint) is tuple:
        return tuple
    return None
