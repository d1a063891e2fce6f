"""The API's checks of one content block: its keys, its sources, and what it may hold."""

from __future__ import annotations

import re
from typing import Any

from .._json import is_array, is_object
from ._errors import ApiError, invalid
from ._validate_cache import check_cache_control

Json = dict[str, Any]
_ID = re.compile(r"[a-zA-Z0-9_-]+")
_RESULT = (("tool_use_id", "content"), ("cache_control",))
KEYS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "text": (("text",), ("cache_control", "citations")),
    "image": (("source",), ("cache_control", "transformations")),
    "document": (("source",), ("title", "context", "citations", "cache_control")),
    "search_result": (("source", "title", "content"), ("citations", "cache_control")),
    "thinking": (("thinking", "signature"), ()),
    "redacted_thinking": (("data",), ()),
    "tool_use": (("id", "name", "input"), ("caller", "toolset_name", "cache_control")),
    "tool_result": (("tool_use_id",), ("content", "is_error", "toolset_name", "cache_control")),
    "server_tool_use": (("id", "name", "input"), ("caller", "cache_control")),
    "web_search_tool_result": (("tool_use_id", "content"), ("caller", "cache_control")),
    "web_fetch_tool_result": (("tool_use_id", "content"), ("caller", "cache_control")),
    "code_execution_tool_result": _RESULT,
    "bash_code_execution_tool_result": _RESULT,
    "text_editor_code_execution_tool_result": _RESULT,
    "tool_search_tool_result": _RESULT,
    "advisor_tool_result": _RESULT,
    "container_upload": (("file_id",), ("cache_control",)),
    "mcp_tool_use": (("id", "name", "input", "server_name"), ("cache_control",)),
    "mcp_tool_result": (("tool_use_id",), ("content", "is_error", "cache_control")),
    "mcp_tool_listing": (("mcp_server_name", "tools"), ()),
    "compaction": ((), ("content", "encrypted_content", "signature", "tool_changes", "cache_control")),
    "fallback": (("from", "to"), ("trigger",)),
    "tool_reference": (("tool_name",), ("cache_control",)),
    "browser_state": (("tabs",), ("state_changes", "cache_control")),
    "tool_addition": (("tool",), ("cache_control",)),
    "tool_removal": (("tool",), ("cache_control",)),
}
"""What each block must have, and what it may have besides its type."""
_RULES = {kind: (needed, frozenset({"type", *needed, *rest})) for kind, (needed, rest) in KEYS.items()}
SERVER_TOOLS = (
    "advisor",
    "bash_code_execution",
    "code_execution",
    "text_editor_code_execution",
    "tool_search_tool_bm25",
    "tool_search_tool_regex",
    "web_fetch",
    "web_search",
)
_SOURCES: dict[str, dict[str, tuple[str, ...]]] = {
    "image": {"base64": ("media_type", "data"), "url": ("url",), "file": ("file_id",)},
    "document": {
        "base64": ("media_type", "data"),
        "text": ("media_type", "data"),
        "content": ("content",),
        "url": ("url",),
        "file": ("file_id",),
    },
}
_MEDIA = {
    ("image", "base64"): ("image/jpeg", "image/png", "image/gif", "image/webp"),
    ("document", "base64"): ("application/pdf",),
    ("document", "text"): ("text/plain",),
}
_CITATIONS = (
    "char_location",
    "content_block_location",
    "page_location",
    "search_result_location",
    "web_search_result_location",
)
_IN_RESULT = frozenset({"text", "image", "search_result", "document", "tool_reference", "browser_state"})
_TYPES: dict[str, tuple[type, str]] = {
    "tool_use_id": (str, "string"),
    "name": (str, "string"),
    "signature": (str, "string"),
    "thinking": (str, "string"),
    "data": (str, "string"),
    "file_id": (str, "string"),
    "server_name": (str, "string"),
    "tool_name": (str, "string"),
    "title": (str, "string"),
    "context": (str, "string"),
    "encrypted_content": (str, "string"),
    "input": (dict, "dictionary"),
    "is_error": (bool, "boolean"),
}


def check_block(block: Json, kind: str, where: str, own_types: set[str]) -> None:
    """A block of a type that may stand here; of types nobody knows, nothing is asked."""
    if "cache_control" in block:
        check_cache_control(block, f"{where}.{kind}.")
    rules = _RULES.get(kind)
    if rules is None:
        return
    required, allowed = rules
    for key, value in block.items():
        if key not in allowed:
            raise invalid(f"{where}.{kind}.{key}: Extra inputs are not permitted")
        expected = _TYPES.get(key)
        if (
            expected is not None
            and not isinstance(value, expected[0])
            and (value is not None or key in required)
        ):
            raise invalid(f"{where}.{kind}.{key}: Input should be a valid {expected[1]}")
    for key in required:
        if key not in block:
            raise invalid(f"{where}.{kind}.{key}: Field required")
    if kind in ("tool_use", "server_tool_use", "mcp_tool_use"):
        _check_call(block, f"{where}.{kind}")
    elif kind in _SOURCES:
        _check_source(block["source"], kind, f"{where}.{kind}.source")
    elif kind == "text":
        _check_citations(block.get("citations"), f"{where}.text.citations")
    elif kind == "tool_result":
        _check_result(block, f"{where}.tool_result", own_types)
    elif kind == "search_result":
        _check_texts(block["content"], f"{where}.search_result.content")
    elif kind == "browser_state":
        _check_browser(block, f"{where}.browser_state")
    elif kind == "compaction":
        _check_summary(block.get("content"), f"{where}.compaction.content")


def check_text(block: Json, place: str) -> None:
    """A text with something in it."""
    if not isinstance(block["text"], str):
        raise invalid(f"{place}: Input should be a valid string")
    if not block["text"]:
        raise invalid(f"{place}: text content blocks must be non-empty")
    if not block["text"].strip():
        raise invalid(f"{place}: text content blocks must contain non-whitespace text")


def tag_of(value: Any) -> str | None:
    """The type that an object says it is of."""
    kind = value.get("type") if is_object(value) else None
    return kind if isinstance(kind, str) else None


def wrong_tag(where: str, found: Any, *expected: str) -> ApiError:
    """The refusal of a type that may not stand here."""
    tags = ", ".join(f"'{name}'" for name in sorted(expected))
    return invalid(
        f"{where}: Input tag '{found}' found using 'type' does not match any of the expected tags: {tags}"
    )


def _check_call(block: Json, where: str) -> None:
    if not isinstance(block["id"], str) or not _ID.fullmatch(block["id"]):
        raise invalid(f"{where}.id: String should match pattern '^[a-zA-Z0-9_-]+$'")
    if not block["name"]:
        raise invalid(f"{where}.name: String should have at least 1 character")
    if block["type"] == "server_tool_use" and block["name"] not in SERVER_TOOLS:
        names = ", ".join(f"'{name}'" for name in SERVER_TOOLS)
        raise invalid(f"{where}.name: Input should be one of {names}")


def _check_source(source: Any, kind: str, where: str) -> None:
    known = _SOURCES[kind]
    found = tag_of(source)
    if found is None or found not in known:
        raise wrong_tag(where, found, *known)
    for key in source:
        if key != "type" and key not in known[found]:
            raise invalid(f"{where}.{found}.{key}: Extra inputs are not permitted")
    for key in known[found]:
        if key not in source:
            raise invalid(f"{where}.{found}.{key}: Field required")
        if key != "content" and not isinstance(source[key], str):
            raise invalid(f"{where}.{found}.{key}: Input should be a valid string")
    media = _MEDIA.get((kind, found))
    if media is not None and source["media_type"] not in media:
        raise invalid(
            f"{where}.{found}.media_type: Input should be {' or '.join(repr(each) for each in media)}"
        )


def _check_citations(citations: Any, where: str) -> None:
    if citations is None:
        return
    if not is_array(citations):
        raise invalid(f"{where}: Input should be a valid list")
    for index, citation in enumerate(citations):
        found = tag_of(citation)
        if found not in _CITATIONS:
            raise wrong_tag(f"{where}.{index}", found, *_CITATIONS)


def _check_texts(content: Any, where: str) -> None:
    if not is_array(content):
        raise invalid(f"{where}: Input should be a valid list")
    for position, inner in enumerate(content):
        if not is_object(inner) or inner.get("type") != "text":
            raise invalid(f"{where}.{position}.type: Input should be 'text'")
        check_block(inner, "text", f"{where}.{position}", set())


def _check_result(block: Json, where: str, own_types: set[str]) -> None:
    content = block.get("content")
    if block.get("is_error") and not content:
        raise invalid(f"{where}: content cannot be empty if `is_error` is true")
    if content is None or isinstance(content, str):
        return
    if not is_array(content):
        raise invalid(f"{where}.content: Input should be a valid string or list")
    states = 0
    for position, inner in enumerate(content):
        kind = tag_of(inner)
        if kind is None or (kind not in _IN_RESULT and kind not in own_types):
            raise wrong_tag(f"{where}.content.{position}", kind, *_IN_RESULT)
        check_block(inner, kind, f"{where}.content.{position}", own_types)
        if kind == "text":
            check_text(inner, "messages")
        states += kind == "browser_state"
    if states > 1 or (states and block.get("is_error")):
        raise invalid(f"{where}.content: at most one `browser_state` block, and none in an error")
    if block.get("is_error") and any(inner["type"] != "text" for inner in content):
        raise invalid(f'{where}: all content must be type "text" if `is_error` is true')


def _check_browser(block: Json, where: str) -> None:
    tabs = block["tabs"]
    if not is_array(tabs) or not all(is_object(tab) for tab in tabs):
        raise invalid(f"{where}.tabs: Input should be a valid list")
    if tabs and sum(tab.get("active") is True for tab in tabs) != 1:
        raise invalid(f"{where}.tabs: exactly one tab must be active")
    changes = block.get("state_changes")
    if changes is not None and (not is_array(changes) or not changes):
        raise invalid(f"{where}.state_changes: List should have at least 1 item")


def _check_summary(content: Any, where: str) -> None:
    if content is None:
        return
    if not isinstance(content, str):
        raise invalid(f"{where}: Input should be a valid string")
    if not content:
        raise invalid(f"{where}: String should have at least 1 character")
