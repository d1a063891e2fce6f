"""Context editing: old tool results and old thinking that the API clears before the model reads on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ._prefix import THINKING, blocks_of
from ._tokens import input_tokens

Json = dict[str, Any]
CLEARED = "[Old tool result content cleared]"


@dataclass(slots=True)
class Edited:
    """A prompt after its edits, and the entries of `applied_edits`."""

    params: Json
    applied: list[Json] = field(default_factory=list[Json])


def apply_edits(params: Json, edits: list[Json]) -> Edited:
    """Apply the clearing edits in their order; one that clears nothing is not told."""
    edited = Edited(params)
    for edit in edits:
        if edit["type"] == "clear_thinking_20251015":
            _clear_thinking(edited, edit)
        elif edit["type"] == "clear_tool_uses_20250919":
            _clear_tool_uses(edited, edit)
    return edited


def _clear_thinking(edited: Edited, edit: Json) -> None:
    keep: Any = edit.get("keep", {"type": "thinking_turns", "value": 1})
    if keep == "all" or keep["type"] == "all":
        return
    messages: list[Json] = edited.params["messages"]
    turns: list[list[int]] = [[]]
    for index, message in enumerate(messages):
        if message["role"] == "user" and any(block["type"] != "tool_result" for block in blocks_of(message)):
            turns.append([])
        elif message["role"] == "assistant":
            turns[-1].append(index)
    thinking = [
        [index for index in turn if any(block["type"] in THINKING for block in blocks_of(messages[index]))]
        for turn in turns
        if turn
    ]
    old = [turn for turn in thinking[: -keep["value"]] if turn]
    if not old:
        return
    gone = {index for turn in old for index in turn}
    kept = [
        {**message, "content": [block for block in blocks_of(message) if block["type"] not in THINKING]}
        if index in gone
        else message
        for index, message in enumerate(messages)
    ]
    _applied(edited, kept, {"type": edit["type"], "cleared_thinking_turns": len(old)}, 0)


def _clear_tool_uses(edited: Edited, edit: Json) -> None:
    messages: list[Json] = edited.params["messages"]
    calls = [
        block
        for message in messages
        if message["role"] == "assistant"
        for block in blocks_of(message)
        if block["type"] == "tool_use"
    ]
    trigger = edit.get("trigger", {"type": "input_tokens", "value": 100_000})
    size = len(calls) if trigger["type"] == "tool_uses" else input_tokens(edited.params)
    if size < trigger["value"]:
        return
    keep = edit.get("keep", {"type": "tool_uses", "value": 3})["value"]
    spared = edit.get("exclude_tools") or ()
    old = {call["id"] for call in calls[: len(calls) - keep if keep else None] if call["name"] not in spared}
    if not old:
        return
    inputs = edit.get("clear_tool_inputs") or ()
    kept = [
        {**message, "content": [_cleared(block, old, inputs) for block in blocks_of(message)]}
        for message in messages
    ]
    least = (edit.get("clear_at_least") or {"value": 0})["value"]
    _applied(edited, kept, {"type": edit["type"], "cleared_tool_uses": len(old)}, least)


def _cleared(block: Json, old: set[str], inputs: Any) -> Json:
    if block["type"] == "tool_result" and block["tool_use_id"] in old:
        return {**block, "content": CLEARED}
    if block["type"] == "tool_use" and block["id"] in old and (inputs is True or block["name"] in inputs):
        return {**block, "input": {}}
    return block


def _applied(edited: Edited, messages: list[Json], entry: Json, least: int) -> None:
    params = {**edited.params, "messages": messages}
    cleared = input_tokens(edited.params) - input_tokens(params)
    if cleared <= 0 or cleared < least:
        return
    edited.params = params
    edited.applied.append({**entry, "cleared_input_tokens": cleared})
