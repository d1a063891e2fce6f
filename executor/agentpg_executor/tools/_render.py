"""Turns whatever a tool body returned into what `complete_tool` stores and the model reads."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pydantic_core import PydanticSerializationError, to_jsonable_python

from .._json import is_array, is_object
from .._text import clean_json, clean_text, cut_text, describe_error
from .outcome import ToolResult

DEFAULT_OUTPUT_LIMIT = 262_144
MEDIA_LIMIT = 8 * 1024 * 1024
MARKER_BYTES = 96

# Blocks that a tool_result may hold, with a field each must have. A plain list of records that happen
# to have a "type" is data, and becomes JSON text; ToolResult(content=[...]) sends any block as it is.
_BLOCK_FIELDS = {
    "text": "text",
    "image": "source",
    "document": "source",
    "search_result": "source",
    "tool_reference": "tool_name",
    "browser_state": "type",
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """`output` is text or a list of content blocks, free of NUL bytes and within the size limit."""

    output: str | list[dict[str, Any]]
    is_error: bool = False


def render(value: object, limit: int = DEFAULT_OUTPUT_LIMIT) -> Rendered:
    """Never raises: a value that cannot be stored becomes an error result that says why."""
    try:
        if isinstance(value, ToolResult):
            return Rendered(_render_content(value.content, limit), value.is_error)
        return Rendered(_render_value(value, limit))
    except RecursionError:
        return Rendered("The tool returned a value that is nested too deeply to be sent.", True)
    except BaseException as error:
        reason = describe_error(error, 500)
        kind = type(value).__name__
        return Rendered(
            f"The tool returned a value of type {kind} that cannot be sent as JSON. {reason}", True
        )


def _render_value(value: object, limit: int) -> str | list[dict[str, Any]]:
    if value is None:
        return ""
    if isinstance(value, str):
        return _render_text(str(value), limit)
    if is_block_list(value):
        return _render_content(value, limit)
    return _render_text(to_json_text(value), limit)


def is_block_list(value: object) -> bool:
    """Whether `value` is a non-empty list of content blocks that the API takes in a tool result."""
    if not is_array(value) or not value:
        return False
    return all(
        is_object(block)
        and isinstance(block.get("type"), str)
        and _BLOCK_FIELDS.get(block["type"], "\0") in block
        for block in value
    )


def to_json_text(value: object) -> str:
    """`value` as JSON text: models, dataclasses, dates, Decimals, UUIDs, sets, bytes included."""
    _refuse_streams(value)
    plain = _jsonable(value)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False, allow_nan=False)


def _jsonable(value: object) -> Any:
    try:
        return to_jsonable_python(value, inf_nan_mode="null", serialize_unknown=False, by_alias=True)
    except (PydanticSerializationError, UnicodeDecodeError):
        return to_jsonable_python(value, inf_nan_mode="null", bytes_mode="base64", by_alias=True)


def _refuse_streams(value: object, depth: int = 0) -> None:
    """A generator may never end, so it is refused at any depth that a result is likely to have."""
    if isinstance(value, Iterator | AsyncIterator):
        raise TypeError("it is a generator or an iterator: return a list instead")
    if depth >= 8:
        return
    if isinstance(value, Mapping):
        for item in cast("Mapping[object, object]", value).values():
            _refuse_streams(item, depth + 1)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in cast("Sequence[object]", value):
            if not isinstance(item, str | int | float):
                _refuse_streams(item, depth + 1)


def _render_text(text: str, limit: int) -> str:
    """The text within `limit` bytes, notes included: the database would cut off what is longer."""
    text, replaced = clean_text(text)
    note = f"\n[note: {replaced:,} NUL or invalid characters were replaced by U+FFFD]" if replaced else ""
    shown, size = cut_text(text, limit - len(note))
    if shown == text:
        return text + note
    shown, _ = cut_text(text, limit - len(note) - MARKER_BYTES)
    kept = len(shown.encode())
    return f"{shown}\n[truncated: the result has {size:,} bytes, the first {kept:,} are shown]{note}"


def _render_content(content: object, limit: int) -> str | list[dict[str, Any]]:
    if isinstance(content, str):
        return _render_text(content, limit)
    if not isinstance(content, Sequence) or isinstance(content, bytes):
        raise TypeError("content must be text or a list of blocks")
    left = limit
    media_left = MEDIA_LIMIT
    replaced = 0
    blocks: list[dict[str, Any]] = []
    for block in cast("Sequence[object]", content):
        plain = _jsonable(block)
        if not is_object(plain) or not isinstance(plain.get("type"), str):
            raise TypeError('every content block must be an object with a "type"')
        plain, count = clean_json(plain)
        replaced += count
        if plain["type"] == "text":
            text = _render_text(str(plain.get("text", "")), left)
            left = max(0, left - len(text.encode()))
            blocks.append({**plain, "text": text})
        elif (size := len(json.dumps(plain))) > media_left:
            blocks.append(_text_block(f"[omitted: a {plain['type']} block of {size:,} bytes is too large]"))
        else:
            media_left -= size
            blocks.append(plain)
    if replaced:
        blocks.append(_text_block(f"[note: {replaced:,} NUL or invalid characters were replaced by U+FFFD]"))
    return blocks if blocks else ""


def _text_block(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}
