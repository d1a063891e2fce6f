"""Inputs checked against a raw JSON Schema."""

from __future__ import annotations

from typing import Any

import pytest
from agentpg_executor.tools._json_schema import find_problems

OBJECT = {"type": "object"}


@pytest.mark.parametrize(
    ("schema", "fits", "misfits"),
    [
        ({"type": "integer"}, [1, 2.0], [1.5, True, "1", None]),
        ({"type": ["string", "null"]}, ["a", None], [1]),
        ({"enum": ["a", 1]}, ["a", 1], ["b", True]),
        ({"const": {"k": 1}}, [{"k": 1}], [{}]),
        ({"anyOf": [{"type": "string"}, {"minimum": 3}]}, ["a", 3], [2]),
        ({"oneOf": [{"minimum": 3}, {"multipleOf": 2}]}, [3, 2], [4, 1]),
        ({"allOf": [{"minimum": 3}, {"maximum": 4}]}, [3], [5]),
        ({"not": {"type": "string"}}, [1], ["a"]),
        ({"exclusiveMinimum": 1, "exclusiveMaximum": 3}, [2], [1, 3]),
        ({"minLength": 2, "maxLength": 3, "pattern": "^a"}, ["ab"], ["a", "abcd", "bb"]),
        ({"items": {"type": "integer"}, "minItems": 1, "uniqueItems": True}, [[1, 2]], [[], ["a"], [1, 1]]),
        ({"prefixItems": [{"type": "string"}], "items": False}, [["a"]], [[1], ["a", "b"]]),
        ({**OBJECT, "required": ["a"]}, [{"a": 1}], [{}]),
        ({"properties": {"a": OBJECT}, "additionalProperties": False}, [{"a": {}}], [{"b": 1}, {"a": 1}]),
        ({**OBJECT, "patternProperties": {"^x": {"type": "string"}}}, [{"x1": "s", "y": 1}], [{"x1": 1}]),
        ({"$ref": "#/$defs/n", "$defs": {"n": {"type": "number"}}}, [1.5], ["a"]),
        ({"format": "email", "unknown": 1, "pattern": "("}, ["a"], []),
    ],
)  # fmt: skip
def test_a_value_fits_or_its_place_is_named(schema: dict[str, Any], fits: list[Any], misfits: list[Any]):
    assert [find_problems(value, schema) for value in fits] == [[] for _ in fits]
    assert all(find_problems(value, schema) for value in misfits)


def test_the_path_is_named():
    schema = {"properties": {"a": {"items": {"required": ["b"]}}}}
    assert find_problems({"a": [{"b": 1}, {}]}, schema) == ["- a.1.b: is required"]


def test_a_schema_that_refers_to_itself_ends():
    schema: dict[str, Any] = {"$ref": "#"}
    assert find_problems({}, schema) == []
