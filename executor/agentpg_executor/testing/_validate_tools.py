"""The API's checks of tool definitions and of the tool choice."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from .._json import is_array, is_object
from ._errors import invalid
from ._models import Model
from ._schema import check_schema
from ._validate_blocks import tag_of
from ._validate_cache import check_cache_control

MCP_BETAS = ("mcp-client-2025-11-20", "mcp-client-2026-09-15", "mcp-client-2025-04-04")
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_CUSTOM_KEYS = frozenset(
    {
        "type",
        "name",
        "description",
        "input_schema",
        "cache_control",
        "strict",
        "defer_loading",
        "allowed_callers",
        "eager_input_streaming",
        "input_examples",
    }
)
_SERVER_TYPES = re.compile(
    r"(web_search|web_fetch|code_execution|bash|text_editor|computer|memory|advisor"
    r"|tool_search_tool(_regex|_bm25)?|computer_toolset|browser_toolset)_\d{8}|mcp_toolset|tool_search_tool_(regex|bm25)"
)
_CHOICE_KEYS = {
    "auto": ("type", "disable_parallel_tool_use"),
    "any": ("type", "disable_parallel_tool_use"),
    "tool": ("type", "name", "disable_parallel_tool_use"),
    "none": ("type",),
}
_OF_BETAS = {"advisor_": ("advisor-tool-2026-03-01",), "mcp_toolset": MCP_BETAS}


def is_known_type(kind: Any) -> bool:
    """Whether tools of this type exist today."""
    return kind in (None, "custom") or (isinstance(kind, str) and _SERVER_TYPES.fullmatch(kind) is not None)


def check_tools(params: dict[str, Any], model: Model, betas: Collection[str]) -> None:
    """The tool definitions and the tool choice."""
    tools: Any = params.get("tools")
    if tools is None:
        tools = list[Any]()
    if not is_array(tools):
        raise invalid("tools: Input should be a valid list")
    names: set[str] = set()
    for index, tool in enumerate(tools):
        if not is_object(tool):
            raise invalid(f"tools.{index}: Input should be a valid dictionary")
        check_cache_control(tool, f"tools.{index}.")
        kind = tool.get("type")
        if kind is None or kind == "custom":
            _check_custom(tool, index)
        elif not isinstance(kind, str) or not _is_served(kind, betas):
            raise invalid(
                f"tools.{index}: Input tag '{kind}' found using 'type' does not match any of the "
                "expected tags"
            )
        name = tool.get("name")
        if isinstance(name, str):
            if name in names:
                raise invalid("tools: Tool names must be unique.")
            names.add(name)
    _check_servers(params.get("mcp_servers"))
    _check_choice(params.get("tool_choice"), tools, names, model)


def _is_served(kind: str, betas: Collection[str]) -> bool:
    """Whether a type is one of the API's own tools, and open to this request."""
    if not _SERVER_TYPES.fullmatch(kind):
        return False
    wanted = next((names for start, names in _OF_BETAS.items() if kind.startswith(start)), None)
    return wanted is None or any(name in betas for name in wanted)


def _check_servers(servers: Any) -> None:
    for index, server in enumerate(servers if is_array(servers) else ()):
        place = f"mcp_servers.{index}"
        if not is_object(server):
            raise invalid(f"{place}: Input should be a valid dictionary")
        for key in ("name", "url", "authorization_token"):
            if key == "authorization_token" and server.get(key) is None:
                continue
            if not isinstance(server.get(key), str):
                raise invalid(f"{place}.{key}: Input should be a valid string")


def _check_custom(tool: dict[str, Any], index: int) -> None:
    place = f"tools.{index}.custom"
    for key in tool:
        if key not in _CUSTOM_KEYS:
            raise invalid(f"{place}.{key}: Extra inputs are not permitted")
    name = tool.get("name")
    if name is None:
        raise invalid(f"{place}.name: Field required")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise invalid(f"{place}.name: String should match pattern '^[a-zA-Z0-9_-]{{1,64}}$'")
    schema = tool.get("input_schema")
    if schema is None:
        raise invalid(f"{place}.input_schema: Field required")
    if not is_object(schema):
        raise invalid(f"{place}.input_schema: Input should be a valid dictionary")
    if "type" not in schema:
        raise invalid(f"{place}.input_schema.type: Field required")
    if schema["type"] != "object":
        raise invalid(f"{place}.input_schema.type: Input should be 'object'")
    if tool.get("strict") is True:
        check_schema(schema, f"{place}.input_schema")
    description = tool.get("description")
    if description is not None and not isinstance(description, str):
        raise invalid(f"{place}.description: Input should be a valid string")


def _check_choice(choice: Any, tools: list[Any], names: set[str], model: Model) -> None:
    if choice is None:
        return
    kind = tag_of(choice)
    if kind is None or kind not in _CHOICE_KEYS:
        raise invalid(
            f"tool_choice: Input tag '{kind}' found using 'type' does not match any of the expected tags: "
            "'auto', 'any', 'tool', 'none'"
        )
    for key in choice:
        if key not in _CHOICE_KEYS[kind]:
            raise invalid(f"tool_choice.{kind}.{key}: Extra inputs are not permitted")
    if type(choice.get("disable_parallel_tool_use", False)) is not bool:
        raise invalid(f"tool_choice.{kind}.disable_parallel_tool_use: Input should be a valid boolean")
    if kind == "tool" and not isinstance(choice.get("name"), str):
        raise invalid("tool_choice.tool.name: Field required")
    if not tools and kind != "none":
        raise invalid("tool_choice: tool_choice may only be specified while providing tools.")
    if kind in ("any", "tool") and not model.forced_tool_choice:
        raise invalid(f"tool_choice: forcing tool use with type '{kind}' is not supported for this model.")
    if kind == "tool" and choice.get("name") not in names:
        raise invalid(f"Tool '{choice.get('name')}' not found in provided tools")
