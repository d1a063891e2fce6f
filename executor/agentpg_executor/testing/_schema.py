"""The JSON Schemas that the API can hold an answer to: no recursion, no limits, no open objects."""

from __future__ import annotations

from typing import Any

from .._json import is_array, is_object
from ._errors import invalid

Json = dict[str, Any]
_LIMITS = {
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "string": ("minLength", "maxLength"),
    "array": ("maxItems",),
}
_DEFINITIONS = ("$defs", "definitions")


def check_schema(schema: Json, place: str) -> None:
    """Refuse what strict tools and `output_config.format` do not take."""
    _check(schema, place)
    definitions = {
        f"#/{holder}/{name}": each
        for holder in _DEFINITIONS
        if is_object(schema.get(holder))
        for name, each in schema[holder].items()
    }
    for name, each in [*definitions.items(), ("#", schema)]:
        _follow(each, {"#": schema, **definitions}, (name,), place)


def _check(node: Any, place: str) -> None:
    if is_array(node):
        for each in node:
            _check(each, place)
        return
    if not is_object(node):
        return
    kinds = node.get("type")
    for kind in kinds if is_array(kinds) else [kinds]:
        if kind == "object" and node.get("additionalProperties") is not False:
            raise invalid(
                f"{place}: For 'object' type, 'additionalProperties' must be explicitly set to false"
            )
        for limit in _LIMITS.get(kind, ()) if isinstance(kind, str) else ():
            if limit in node:
                raise invalid(f"{place}: For '{kind}' type, property '{limit}' is not supported")
    for key, inner in node.items():
        if key in ("properties", "patternProperties", *_DEFINITIONS) and is_object(inner):
            for each in inner.values():
                _check(each, place)
        elif key in ("items", "anyOf", "allOf", "oneOf", "prefixItems", "not"):
            _check(inner, place)


def _follow(node: Any, known: dict[str, Any], way: tuple[str, ...], place: str) -> None:
    """Walk along the references of one schema; it must not come back to where it was."""
    if is_array(node):
        for each in node:
            _follow(each, known, way, place)
    elif is_object(node):
        reference = node.get("$ref")
        if isinstance(reference, str):
            if reference in way:
                raise invalid(f"{place}: Circular reference detected in schema definitions: {reference}")
            _follow(known.get(reference), known, (*way, reference), place)
        for key, inner in node.items():
            if key not in ("enum", "const", "default", "examples", *_DEFINITIONS):
                _follow(inner, known, way, place)
