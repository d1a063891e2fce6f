"""What a registry answers, and what it refuses."""

from __future__ import annotations

from types import ModuleType

import pytest
from agentpg_executor.tools import ToolDefinitionError, ToolRegistry, tool


@tool
def first(x: int) -> int:
    """One."""
    return x


@tool(max_attempts=3)
def second(y: str) -> str:
    """Two."""
    return y


def plain(z: float) -> float:
    """Three."""
    return z


def test_tools_are_found_by_name_in_order_of_registration():
    registry = ToolRegistry([second, first, plain])
    assert registry.all_tool_names() == ["second", "first", "plain"]
    assert registry.get_tool("first") is first
    assert registry.get_tool("nothing") is None
    assert "plain" in registry
    assert len(registry) == 3


def test_definitions_have_the_shape_that_register_tools_takes():
    one, two = ToolRegistry([first, second]).definitions()
    assert one == {"name": "first", "description": "One.", "input_schema": first.input_schema}
    assert two["max_attempts"] == 3


def test_a_second_tool_of_one_name_is_refused_and_the_same_one_again_is_not():
    registry = ToolRegistry([first])
    assert registry.register(first) is first
    with pytest.raises(ToolDefinitionError, match="already registered"):
        registry.register(tool(name="first")(lambda: None))
    assert registry.get_tool("first") is first


def test_a_module_gives_all_its_tools():
    module = ModuleType("shop.tools")
    module.a, module.alias, module.b, module.other = first, first, second, plain  # type: ignore[attr-defined]
    registry = ToolRegistry([module])
    assert registry.all_tool_names() == ["first", "second"]


def test_a_module_without_tools_is_refused():
    with pytest.raises(ToolDefinitionError, match=r"shop\.empty has no tools"):
        ToolRegistry([ModuleType("shop.empty")])
