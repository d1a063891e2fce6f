"""Checks a tool's input against a raw JSON Schema, before its body runs.

Knows the keywords that tool schemas use; a keyword it does not know is left to the tool.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

from .._json import is_array, is_object

MAX_DEPTH = 64

_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "integer": lambda v: (
        not isinstance(v, bool) and (isinstance(v, int) or (isinstance(v, float) and v.is_integer()))
    ),
}


def find_problems(value: Any, schema: dict[str, Any]) -> list[str]:
    """One line for each place where `value` does not fit; empty if it fits."""
    return list(_check(value, schema, schema, "", 0))


def _check(value: Any, schema: Any, root: dict[str, Any], path: str, depth: int) -> Iterator[str]:
    if schema is True or schema == {} or depth > MAX_DEPTH:
        return
    if schema is False:
        yield _at(path, "is not allowed")
        return
    if not is_object(schema):
        return
    reference = schema.get("$ref")
    if isinstance(reference, str):
        yield from _check(value, _resolve(reference, root), root, path, depth + 1)
    wanted = schema.get("type")
    names = [wanted] if isinstance(wanted, str) else wanted
    if is_array(names) and names and not any(_TYPES.get(n, lambda _: True)(value) for n in names):
        yield _at(path, f"must be {' or '.join(map(str, names))}")
        return
    yield from _check_choices(value, schema, root, path, depth)
    if is_object(value):
        yield from _check_object(value, schema, root, path, depth)
    elif is_array(value):
        yield from _check_array(value, schema, root, path, depth)
    elif isinstance(value, str):
        yield from _check_string(value, schema, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _check_number(value, schema, path)


def _check_choices(
    value: Any, schema: dict[str, Any], root: dict[str, Any], path: str, depth: int
) -> Iterator[str]:
    if "const" in schema and not _same(value, schema["const"]):
        yield _at(path, f"must be {schema['const']!r}")
    if is_array(schema.get("enum")) and not any(_same(value, item) for item in schema["enum"]):
        yield _at(path, "must be one of " + ", ".join(repr(item) for item in schema["enum"][:20]))
    for part in schema.get("allOf") or ():
        yield from _check(value, part, root, path, depth + 1)
    for keyword in ("anyOf", "oneOf"):
        parts = schema.get(keyword)
        if not parts:
            continue
        fits = sum(next(_check(value, part, root, path, depth + 1), None) is None for part in parts)
        if fits == 0:
            yield _at(path, f"fits none of the {len(parts)} allowed forms")
        elif keyword == "oneOf" and fits > 1:
            yield _at(path, f"fits {fits} of the allowed forms, and may fit only one")
    if "not" in schema and next(_check(value, schema["not"], root, path, depth + 1), None) is None:
        yield _at(path, "has a form that is not allowed")


def _check_object(
    value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any], path: str, depth: int
) -> Iterator[str]:
    properties: dict[str, Any] = schema.get("properties") or {}
    patterns: dict[str, Any] = schema.get("patternProperties") or {}
    for name in schema.get("required") or ():
        if name not in value:
            yield _at(f"{path}.{name}", "is required")
    for name, item in value.items():
        inner = f"{path}.{name}"
        if name in properties:
            yield from _check(item, properties[name], root, inner, depth + 1)
        matching = [part for pattern, part in patterns.items() if _matches(pattern, name)]
        for part in matching:
            yield from _check(item, part, root, inner, depth + 1)
        if name not in properties and not matching and "additionalProperties" in schema:
            yield from _check(item, schema["additionalProperties"], root, inner, depth + 1)
    yield from _check_size(len(value), schema, "minProperties", "maxProperties", "properties", path)


def _check_array(
    value: list[Any], schema: dict[str, Any], root: dict[str, Any], path: str, depth: int
) -> Iterator[str]:
    leading: list[Any] = schema.get("prefixItems") or []
    for index, item in enumerate(value):
        part = leading[index] if index < len(leading) else schema.get("items", True)
        yield from _check(item, part, root, f"{path}.{index}", depth + 1)
    yield from _check_size(len(value), schema, "minItems", "maxItems", "items", path)
    if schema.get("uniqueItems") and any(_same(a, b) for i, a in enumerate(value) for b in value[:i]):
        yield _at(path, "must not repeat an item")


def _check_string(value: str, schema: dict[str, Any], path: str) -> Iterator[str]:
    yield from _check_size(len(value), schema, "minLength", "maxLength", "characters", path)
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and not _matches(pattern, value):
        yield _at(path, f"must match {pattern}")


def _check_number(value: float, schema: dict[str, Any], path: str) -> Iterator[str]:
    if "minimum" in schema and value < schema["minimum"]:
        yield _at(path, f"must be at least {schema['minimum']}")
    if "maximum" in schema and value > schema["maximum"]:
        yield _at(path, f"must be at most {schema['maximum']}")
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        yield _at(path, f"must be above {schema['exclusiveMinimum']}")
    if "exclusiveMaximum" in schema and value >= schema["exclusiveMaximum"]:
        yield _at(path, f"must be below {schema['exclusiveMaximum']}")
    step = schema.get("multipleOf")
    if step and not math.isclose(value / step, round(value / step), rel_tol=0, abs_tol=1e-9):
        yield _at(path, f"must be a multiple of {step}")


def _check_size(
    size: int, schema: dict[str, Any], low: str, high: str, unit: str, path: str
) -> Iterator[str]:
    if low in schema and size < schema[low]:
        yield _at(path, f"must have at least {schema[low]} {unit}")
    if high in schema and size > schema[high]:
        yield _at(path, f"must have at most {schema[high]} {unit}")


def _resolve(reference: str, root: dict[str, Any]) -> Any:
    """The local schema that `#/...` points at; anything else is not checked."""
    if not reference.startswith("#"):
        return True
    node: Any = root
    for part in reference[1:].lstrip("/").split("/") if reference != "#" else []:
        name = part.replace("~1", "/").replace("~0", "~")
        if not is_object(node) or name not in node:
            return True
        node = node[name]
    return node


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return True


def _same(a: Any, b: Any) -> bool:
    return bool(a == b) and isinstance(a, bool) == isinstance(b, bool)


def _at(path: str, problem: str) -> str:
    return f"- {path.lstrip('.') or 'input'}: {problem}"
