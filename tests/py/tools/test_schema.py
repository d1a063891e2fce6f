"""The JSON Schema of a tool, from its signature and docstring."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from agentpg_executor.tools import Tool, ToolContext, ToolDefinitionError, tool
from pydantic import BaseModel, Field


class Place(BaseModel):
    """Where it is."""

    city: str
    floor: int = 0


def test_types_defaults_and_constraints_reach_the_schema():
    @tool
    def book(
        place: Place,
        nights: Annotated[int, Field(ge=1, description="how many")],
        room: Literal["single", "double"] = "single",
        tags: list[str] = Field(default_factory=list, max_length=3),  # noqa: B008
    ) -> str:
        """Book a room."""
        return "ok"

    schema = book.input_schema
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["place", "nights"]
    assert schema["properties"]["place"] == {"$ref": "#/$defs/Place"}
    assert schema["$defs"]["Place"]["properties"]["floor"] == {"default": 0, "type": "integer"}
    assert schema["properties"]["nights"] == {"description": "how many", "minimum": 1, "type": "integer"}
    assert schema["properties"]["room"]["default"] == "single"
    assert schema["properties"]["room"]["enum"] == ["single", "double"]
    assert schema["properties"]["tags"]["maxItems"] == 3
    assert "title" not in schema


GOOGLE = """Look up the forecast.

    Slow for far places.

    Args:
        city: name of the city
        days: how far ahead

    Returns:
        degrees
    """
NUMPY = """Look up the forecast.

    Slow for far places.

    Parameters
    ----------
    city : str
        name of the city
    days : int
        how far ahead
    """
REST = """Look up the forecast.

    Slow for far places.

    :param city: name of the city
    :param days: how far ahead
    :returns: degrees
    """


@pytest.mark.parametrize("doc", [GOOGLE, NUMPY, REST], ids=["google", "numpy", "rest"])
def test_every_docstring_style_describes_the_tool_and_its_parameters(doc: str):
    def forecast(city: str, days: int = 1) -> str:
        return city

    forecast.__doc__ = doc
    made = tool(forecast)
    assert made.description == "Look up the forecast.\n\nSlow for far places."
    assert made.input_schema["properties"]["city"]["description"] == "name of the city"
    assert made.input_schema["properties"]["days"]["description"] == "how far ahead"


def test_a_description_in_field_wins_over_the_docstring():
    @tool
    def f(city: Annotated[str, Field(description="from Field")]) -> str:
        """Do.

        Args:
            city: from the docstring
        """
        return city

    assert f.input_schema["properties"]["city"]["description"] == "from Field"


def test_the_context_parameter_is_hidden_whatever_its_name():
    @tool
    def f(a: int, anything: ToolContext | None, b: int = 2) -> int:
        return a + b

    assert list(f.input_schema["properties"]) == ["a", "b"]


def test_parameter_names_that_pydantic_reserves_work():
    @tool
    def f(schema: str, model_config: int, _private: bool, json: dict[str, Any], copy: UUID) -> str:
        return schema

    assert list(f.input_schema["properties"]) == ["schema", "model_config", "_private", "json", "copy"]


def test_a_local_type_can_be_used_by_a_tool_defined_beside_it():
    class Local(BaseModel):
        x: int

    @tool
    def f(value: Local) -> int:
        return value.x

    assert f.input_schema["$defs"]["Local"]["properties"]["x"] == {"type": "integer"}


def test_a_strict_tool_closes_every_object():
    @tool(strict=True)
    def f(place: Place) -> str:
        return place.city

    assert f.input_schema["$defs"]["Place"]["additionalProperties"] is False
    assert f.definition()["strict"] is True


def test_options_reach_the_definition():
    @tool(
        name="look-up", description="Finds.", timeout=20, max_attempts=4, retry_jitter=0.5,
        cache_control={"type": "ephemeral"},
    )  # fmt: skip
    def f(x: int) -> int:
        return x

    assert f.definition() == {
        "name": "look-up",
        "description": "Finds.",
        "input_schema": f.input_schema,
        "max_attempts": 4,
        "timeout_seconds": 20.0,
        "retry_jitter": 0.5,
        "cache_control": {"type": "ephemeral"},
    }


async def test_the_original_stays_callable():
    @tool
    def add(a: int, b: int = 1) -> int:
        """Add."""
        return a + b

    @tool(name="later")
    async def double(a: int) -> int:
        return a * 2

    assert add(1) == 2
    assert await double(4) == 8
    assert add.__name__ == "add"
    assert add.__doc__ == "Add."


class Service:
    def __init__(self) -> None:
        self.calls = 0

    def ping(self, host: str) -> str:
        self.calls += 1
        return host


def test_a_bound_method_becomes_a_tool():
    service = Service()
    made = tool(service.ping)
    assert list(made.input_schema["properties"]) == ["host"]
    assert made("a") == "a"
    assert service.calls == 1


def _variadic(*args: int) -> int:
    return len(args)


def _open_ended(**kwargs: int) -> int:
    return len(kwargs)


@pytest.mark.parametrize("func", [_variadic, _open_ended, Service.ping], ids=["args", "kwargs", "method"])
def test_what_a_json_object_cannot_express_is_refused_when_defined(func: Any):
    with pytest.raises(ToolDefinitionError):
        tool(func)


def test_an_annotation_without_a_schema_is_refused_when_defined():
    class Opaque:
        pass

    with pytest.raises(ToolDefinitionError, match="no JSON Schema"):

        @tool
        def f(x: Opaque) -> None: ...


def test_an_unresolvable_annotation_is_refused_by_name():
    def f(x: NotImported) -> None: ...  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(ToolDefinitionError, match="NotImported"):
        tool(f)


@pytest.mark.parametrize("name", ["", "with space", "x" * 65, "dot.ted", "ü"])
def test_invalid_names_are_refused(name: str):
    with pytest.raises(ToolDefinitionError, match="invalid tool name"):
        tool(name=name)(lambda: None)


@pytest.mark.parametrize(
    "options",
    [{"timeout": 0}, {"timeout": -1}, {"timeout": float("inf")}, {"max_attempts": 0}, {"retry_jitter": 1.5},
     {"cache_control": object()}],
)  # fmt: skip
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]):
    with pytest.raises(ToolDefinitionError):
        tool(name="t", **options)(lambda: None)


@pytest.mark.parametrize("schema", [{}, {"type": "array"}, {"type": "object", "x": object()}])
def test_a_raw_schema_that_is_no_object_is_refused(schema: dict[str, Any]):
    with pytest.raises(ToolDefinitionError):
        Tool.from_schema("raw", "Raw.", schema, lambda data: data)


def test_a_raw_schema_is_kept_as_it_is():
    schema = {
        "type": "object",
        "properties": {"a": {"anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}]}},
        "$defs": {"A": {"type": "string", "format": "email"}},
    }
    assert Tool.from_schema("raw", "Raw.", schema, lambda data: data).definition()["input_schema"] == schema
