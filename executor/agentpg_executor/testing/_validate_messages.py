"""The API's checks of the system prompt and the messages, block by block."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .._json import is_array, is_object
from ._errors import invalid
from ._pairing import MergedTurn, check_ending, check_pairs, merge_turns
from ._prefix import blocks_of
from ._validate_blocks import check_block, check_text, wrong_tag
from ._validate_context import SUMMARY_BETAS

_MAX_MESSAGES = 100_000
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
_TOOL_CHANGES = "mid-conversation-tool-changes-2026-07-01"
_SYSTEM_KEYS = {
    "output_config": "mid-conversation-output-config-2026-07-01",
    "clear_at": "mid-conversation-system-clear-at-2026-08-21",
}
_OF_BETAS = {
    "compaction": SUMMARY_BETAS,
    "tool_addition": (_TOOL_CHANGES,),
    "tool_removal": (_TOOL_CHANGES,),
}


def check_system(system: Any) -> None:
    """A string, or text blocks with text in them."""
    if isinstance(system, str):
        return
    if not is_array(system):
        raise invalid("system: Input should be a valid string or list")
    for index, block in enumerate(system):
        if not is_object(block) or block.get("type") != "text":
            raise invalid(f"system.{index}.type: Input should be 'text'")
        check_block(block, "text", f"system.{index}", set())
        check_text(block, "system")


def check_messages(
    messages: Any,
    *,
    prefill: bool,
    current: bool,
    betas: Collection[str],
    own_types: set[str],
    continues: bool = True,
) -> list[MergedTurn]:
    """Roles, blocks, the pairing of tool calls and results, and how the conversation ends.

    `continues` says that an answer is to follow.
    """
    if not is_array(messages):
        raise invalid("messages: Input should be a valid list")
    if not messages:
        raise invalid("messages: at least one message is required")
    if len(messages) > _MAX_MESSAGES:
        raise invalid(f"messages: List should have at most {_MAX_MESSAGES} items")
    closed = {kind for kind, names in _OF_BETAS.items() if not any(name in betas for name in names)}
    roles = {role: kinds - closed for role, kinds in _ROLES.items()}
    for index, message in enumerate(messages):
        place = f"messages.{index}"
        role = _check_head(message, place, betas, last=index == len(messages) - 1)
        _check_content(message.get("content") or "", place, role, roles[role], current, own_types)
    if messages[0]["role"] == "assistant" and not _is_summary(messages[0]):
        raise invalid('messages: first message must use the "user" role')
    turns = merge_turns(messages, summaries="compaction" not in closed)
    if continues:
        check_pairs(turns)
        check_ending(turns, prefill=prefill)
    return turns


def _is_summary(message: dict[str, Any]) -> bool:
    blocks = blocks_of(message)
    return bool(blocks) and blocks[0].get("type") == "compaction" and blocks[0].get("content") is not None


def _check_head(message: Any, place: str, betas: Collection[str], *, last: bool) -> str:
    """The role of a message, if it has one, something to say, and no other keys."""
    if not is_object(message):
        raise invalid(f"{place}: Input should be a valid dictionary")
    role = message.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise invalid(f"{place}.role: Input should be 'user', 'assistant' or 'system'")
    for key in message:
        opened = role == "system" and _SYSTEM_KEYS.get(key) in betas
        if key not in ("role", "content") and not opened:
            raise invalid(f"{place}.{key}: Extra inputs are not permitted")
    if "content" not in message and not message.get("output_config"):
        raise invalid(f"{place}.content: Field required")
    if not message.get("content") and not (last and role == "assistant") and not message.get("output_config"):
        raise invalid(
            f"{place}: all messages must have non-empty content except for the optional final "
            "assistant message"
        )
    if message.get("clear_at", "never") not in ("never", "next_user_message", None):
        raise invalid(f"{place}.clear_at: Input should be 'next_user_message' or 'never'")
    return role


def _check_content(
    content: Any, place: str, role: str, allowed: frozenset[str], current: bool, own_types: set[str]
) -> None:
    if isinstance(content, str):
        if not content.strip() and content:
            raise invalid("messages: text content blocks must contain non-whitespace text")
        return
    if not is_array(content):
        raise invalid(f"{place}.content: Input should be a valid string or list")
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
        if kind == "text" and role == "user" and current and block.get("citations"):
            raise invalid(f"{where}.text.citations: Extra inputs are not permitted")
        check_block(block, kind, where, own_types)
        if kind == "text":
            check_text(block, "messages")


def _refuse_type(
    kind: str, role: str, place: str, where: str, allowed: frozenset[str], own_types: set[str]
) -> None:
    if kind == "tool_use":
        raise invalid(f"{place}: `tool_use` blocks can only be in `assistant` messages")
    if kind == "tool_result":
        raise invalid(f"{place}: `tool_result` blocks can only be in `user` messages")
    if kind in own_types:
        return
    raise wrong_tag(where, kind, *allowed)
