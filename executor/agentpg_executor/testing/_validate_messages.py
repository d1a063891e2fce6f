"""The API's checks of the system prompt and the messages, block by block."""

from __future__ import annotations

import re
from typing import Any

from .._json import is_array, is_object
from ._errors import invalid
from ._pairing import MergedTurn, check_ending, check_pairs, merge_turns
from ._prefix import blocks_of
from ._validate_cache import check_cache_control

_ID = re.compile(r"[a-zA-Z0-9_-]+")
_MAX_MESSAGES = 100_000
_KEYS: dict[str, frozenset[str]] = {
    "text": frozenset({"type", "text", "cache_control", "citations"}),
    "image": frozenset({"type", "source", "cache_control", "transformations"}),
    "document": frozenset({"type", "source", "title", "context", "citations", "cache_control"}),
    "search_result": frozenset({"type", "source", "title", "content", "citations", "cache_control"}),
    "tool_use": frozenset({"type", "id", "name", "input", "caller", "toolset_name", "cache_control"}),
    "server_tool_use": frozenset({"type", "id", "name", "input", "caller", "cache_control"}),
    "tool_result": frozenset({"type", "tool_use_id", "content", "is_error", "toolset_name", "cache_control"}),
    "thinking": frozenset({"type", "thinking", "signature"}),
    "redacted_thinking": frozenset({"type", "data"}),
    "compaction": frozenset(
        {"type", "content", "encrypted_content", "signature", "tool_changes", "cache_control"}
    ),
}
_REQUIRED: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "image": ("source",),
    "document": ("source",),
    "search_result": ("source", "title", "content"),
    "tool_use": ("id", "name", "input"),
    "server_tool_use": ("id", "name", "input"),
    "tool_result": ("tool_use_id",),
    "thinking": ("thinking", "signature"),
    "redacted_thinking": ("data",),
}
_SERVER_RESULTS = frozenset(
    f"{name}_tool_result"
    for name in (
        "web_search",
        "web_fetch",
        "code_execution",
        "bash_code_execution",
        "text_editor_code_execution",
        "tool_search",
        "mcp",
        "advisor",
    )
)
_USER = frozenset({"text", "image", "document", "search_result", "tool_result", "container_upload"})
KNOWN_BLOCKS = _SERVER_RESULTS | {
    "text",
    "thinking",
    "redacted_thinking",
    "tool_use",
    "server_tool_use",
    "container_upload",
    "document",
    "mcp_tool_use",
    "mcp_tool_listing",
    "compaction",
    "fallback",
}
_SYSTEM = frozenset({"text", "tool_addition", "tool_removal"})
_ROLES = {"user": _USER, "assistant": KNOWN_BLOCKS, "system": _SYSTEM}
_IN_RESULT = frozenset({"text", "image", "search_result", "document", "tool_reference", "browser_state"})


def check_system(system: Any) -> None:
    """A string, or text blocks with text in them."""
    if isinstance(system, str):
        return
    if not is_array(system):
        raise invalid("system: Input should be a valid string or list")
    for index, block in enumerate(system):
        if not is_object(block) or block.get("type") != "text":
            raise invalid(f"system.{index}.type: Input should be 'text'")
        _check_block(block, "text", f"system.{index}")
        _check_text(block, "system")


def check_messages(
    messages: Any,
    *,
    prefill: bool,
    current: bool,
    summaries: bool,
    own_types: set[str],
    continues: bool = True,
) -> list[MergedTurn]:
    """Roles, blocks, the pairing of tool calls and results, and how the conversation ends.

    `summaries` says that the request may hold `compaction` blocks, `continues` that an answer is to follow.
    """
    if not is_array(messages):
        raise invalid("messages: Input should be a valid list")
    if not messages:
        raise invalid("messages: at least one message is required")
    if len(messages) > _MAX_MESSAGES:
        raise invalid(f"messages: List should have at most {_MAX_MESSAGES} items")
    allowed = _ROLES if summaries else _ROLES | {"assistant": KNOWN_BLOCKS - {"compaction"}}
    for index, message in enumerate(messages):
        _check_message(message, index, index == len(messages) - 1, current, allowed, own_types)
    if messages[0]["role"] == "assistant" and not _is_summary(messages[0]):
        raise invalid('messages: first message must use the "user" role')
    turns = merge_turns(messages)
    if continues:
        check_pairs(turns)
        check_ending(turns, prefill=prefill)
    return turns


def _is_summary(message: dict[str, Any]) -> bool:
    blocks = blocks_of(message)
    return bool(blocks) and blocks[0].get("type") == "compaction" and blocks[0].get("content") is not None


def _check_message(
    message: Any,
    index: int,
    last: bool,
    current: bool,
    roles: dict[str, frozenset[str]],
    own_types: set[str],
) -> None:
    place = f"messages.{index}"
    if not is_object(message):
        raise invalid(f"{place}: Input should be a valid dictionary")
    role = message.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise invalid(f"{place}.role: Input should be 'user', 'assistant' or 'system'")
    if "content" not in message:
        raise invalid(f"{place}.content: Field required")
    for key in message:
        if key not in ("role", "content") and role != "system":
            raise invalid(f"{place}.{key}: Extra inputs are not permitted")
    content = message["content"]
    if not content and not (last and role == "assistant"):
        raise invalid(
            f"{place}: all messages must have non-empty content except for the optional final "
            "assistant message"
        )
    if isinstance(content, str):
        if not content.strip() and content:
            raise invalid("messages: text content blocks must contain non-whitespace text")
        return
    if not is_array(content):
        raise invalid(f"{place}.content: Input should be a valid string or list")
    allowed = roles[role]
    for position, block in enumerate(content):
        where = f"{place}.content.{position}"
        if not is_object(block):
            raise invalid(f"{where}: Input should be a valid dictionary")
        kind = block.get("type")
        if not isinstance(kind, str):
            raise invalid(f"{where}.type: Field required")
        if kind not in allowed:
            _refuse_type(kind, role, place, where, allowed, own_types)
        if kind == "document" and role == "assistant" and current:
            raise invalid(f"{where}: `document` blocks are not permitted in `assistant` messages")
        _check_block(block, kind, where)
        if kind == "text":
            if role == "user" and current and block.get("citations"):
                raise invalid(f"{where}.text.citations: Extra inputs are not permitted")
            _check_text(block, "messages")


def _refuse_type(
    kind: str, role: str, place: str, where: str, allowed: frozenset[str], own_types: set[str]
) -> None:
    if kind == "tool_use":
        raise invalid(f"{place}: `tool_use` blocks can only be in `assistant` messages")
    if kind == "tool_result":
        raise invalid(f"{place}: `tool_result` blocks can only be in `user` messages")
    if kind in own_types:
        return
    expected = ", ".join(f"'{name}'" for name in sorted(allowed))
    raise invalid(
        f"{where}: Input tag '{kind}' found using 'type' does not match any of the expected tags: {expected}"
    )


def _check_block(block: dict[str, Any], kind: str, where: str) -> None:
    if not isinstance(block.get("tool_use_id", ""), str):
        raise invalid(f"{where}.{kind}.tool_use_id: Input should be a valid string")
    check_cache_control(block, f"{where}.{kind}.")
    keys = _KEYS.get(kind)
    if keys is None:
        return
    for key in block:
        if key not in keys:
            raise invalid(f"{where}.{kind}.{key}: Extra inputs are not permitted")
    for key in _REQUIRED.get(kind, ()):
        if key not in block:
            raise invalid(f"{where}.{kind}.{key}: Field required")
    if kind in ("tool_use", "server_tool_use"):
        if not isinstance(block["id"], str) or not _ID.fullmatch(block["id"]):
            raise invalid(f"{where}.{kind}.id: String should match pattern '^[a-zA-Z0-9_-]+$'")
        if not is_object(block["input"]):
            raise invalid(f"{where}.{kind}.input: Input should be a valid dictionary")
        if not isinstance(block["name"], str) or not block["name"]:
            raise invalid(f"{where}.{kind}.name: String should have at least 1 character")
    elif kind == "tool_result":
        _check_result(block, where)
    elif kind == "compaction" and block.get("content") is not None:
        if not isinstance(block["content"], str):
            raise invalid(f"{where}.compaction.content: Input should be a valid string")
        if not block["content"]:
            raise invalid(f"{where}.compaction.content: String should have at least 1 character")


def _check_text(block: dict[str, Any], place: str) -> None:
    if not isinstance(block["text"], str):
        raise invalid(f"{place}: Input should be a valid string")
    if not block["text"]:
        raise invalid(f"{place}: text content blocks must be non-empty")
    if not block["text"].strip():
        raise invalid(f"{place}: text content blocks must contain non-whitespace text")


def _check_result(block: dict[str, Any], where: str) -> None:
    content = block.get("content")
    if content is None or isinstance(content, str):
        return
    if not is_array(content):
        raise invalid(f"{where}.tool_result.content: Input should be a valid string or list")
    for position, inner in enumerate(content):
        kind = inner.get("type") if is_object(inner) else None
        if not isinstance(kind, str) or kind not in _IN_RESULT:
            raise invalid(
                f"{where}.tool_result.content.{position}: Input tag '{kind}' found using 'type' does "
                "not match any "
                f"of the expected tags"
            )
        _check_block(inner, kind, f"{where}.tool_result.content.{position}")
        if kind == "text":
            _check_text(inner, "messages")
