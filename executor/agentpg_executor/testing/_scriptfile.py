"""Scripts and rules from a JSON file.

The file is a list of turns, or an object:

    {"scripts": [{"turns": [...], "match": "weather", "model": null, "repeat": false, "per_conversation": true}],
     "rules": [{"when": "weather in (\\w+)", "say": "Let me look.", "calls": [["weather", {"city": "{1}"}]],
                "answer": "{weather}"}]}

A turn is a string (a text), or an object with one of these keys, and any of `delay`, `pace`, `usage`, `stop_reason`:

    {"text": "..."}  {"thinking": "..."}  {"call": "tool", "input": {...}, "id": "..."}  {"block": {...}}
    {"reply": [turn, ...]}  {"pause": [turn, ...]}  {"max_tokens_cut": [turn, ...]}  {"context_exceeded": [turn, ...]}
    {"refusal": {"category": "cyber", "explanation": "...", "partial": turn}}  {"raw": {...a Message...}}
    {"empty": true}  {"unknown_stop": "reason"}  {"stop_sequence": "END", "parts": [turn, ...]}
    {"fault": {"status": 529, "retry_after": 3}}
    {"cut" | "reset" | "lost" | "error_event" | "garbage" | "hang": turn, "after": 3, "seconds": 2}
    {"expired": true}  {"canceled": true}
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from .._json import is_array, is_object
from . import _faults as faults
from . import _turns as turns
from ._rules import Rule
from ._script import Script
from ._turns import Turn

_FAULTS: dict[str, Callable[..., Turn]] = {
    "cut": faults.cut,
    "reset": faults.reset,
    "lost": faults.lost,
    "error_event": faults.error_event,
    "garbage": faults.garbage,
    "hang": faults.hang,
}
_GROUPS: dict[str, Callable[..., Turn]] = {
    "reply": turns.reply,
    "pause": turns.pause,
    "max_tokens_cut": turns.max_tokens_cut,
    "context_exceeded": turns.context_exceeded,
}
_COMMON = ("delay", "pace", "usage", "stop_reason")


def load_file(path: Path) -> tuple[list[Script], list[Rule]]:
    """The scripts and rules of a file; `ValueError` names what it does not understand."""
    return load_scripts(json.loads(path.read_text(encoding="utf-8")))


def load_scripts(data: Any) -> tuple[list[Script], list[Rule]]:
    """The scripts and rules of parsed JSON."""
    if is_array(data):
        data = {"scripts": [{"turns": data}]}
    if not is_object(data) or not set(data) <= {"scripts", "rules"}:
        raise ValueError("a script file is a list of turns, or an object with scripts and rules")
    scripts = [_script(dict(item)) for item in data.get("scripts") or ()]
    rules = [_rule(dict(item)) for item in data.get("rules") or ()]
    return scripts, rules


def _script(item: dict[str, Any]) -> Script:
    listed = [load_turn(turn) for turn in item.pop("turns")]
    _only(item, "script", "match", "model", "repeat", "per_conversation")
    return Script(listed, **item)


def _rule(item: dict[str, Any]) -> Rule:
    _only(item, "rule", "when", "say", "calls", "answer")
    calls = [(name, inputs) for name, inputs in item.pop("calls", ())]
    return Rule(calls=calls, **item)


def load_turn(item: Any) -> Turn:
    """One turn of a script file."""
    if isinstance(item, str):
        return turns.text(item)
    if not is_object(item):
        raise ValueError(f"not a turn: {item!r}")
    rest = dict(item)
    common = {key: rest.pop(key) for key in _COMMON if key in rest}
    turn = _special(rest)
    return replace(turn, **common) if common else turn


def _special(item: dict[str, Any]) -> Turn:
    for kind, make in _FAULTS.items():
        if kind in item:
            inner = item.pop(kind)
            _only(item, kind, "after", "seconds", "error_type", "error_code", "message")
            return make(load_turn(inner), **item) if inner not in (None, True) else make(**item)
    for kind, make in _GROUPS.items():
        if kind in item:
            parts = item.pop(kind)
            _only(item, kind)
            return make(*(load_turn(part) for part in parts))
    match item:
        case {"text": str(value), **rest}:
            return turns.text(value, **rest)
        case {"thinking": str(value), **rest}:
            return turns.thinking(value, **rest)
        case {"call": str(name), **rest}:
            _only(rest, "call", "input", "id")
            return turns.tool_use(name, rest.get("input") or {}, id=rest.get("id"))
        case {"block": dict(block)}:
            return turns.block(block)
        case {"raw": dict(message)}:
            return turns.raw(message)
        case {"fault": dict(fault)}:
            return faults.fault(**fault)
        case {"refusal": dict(details)}:
            partial = details.get("partial")
            return turns.refusal(
                load_turn(partial) if partial is not None else None,
                category=details.get("category"),
                explanation=details.get("explanation"),
            )
        case {"stop_sequence": str(sequence), **rest}:
            return turns.stop_sequence(sequence, *(load_turn(part) for part in rest.get("parts") or ()))
        case {"unknown_stop": str(reason)}:
            return turns.unknown_stop(reason)
        case {"empty": True}:
            return turns.empty()
        case {"expired": True}:
            return faults.expired()
        case {"canceled": True}:
            return faults.canceled()
        case _:
            raise ValueError(f"not a turn: {item!r}")


def _only(item: dict[str, Any], what: str, *known: str) -> None:
    unknown = sorted(set(item) - set(known))
    if unknown:
        raise ValueError(
            f"a {what} has no {', '.join(unknown)}; it may have {', '.join(known) or 'nothing else'}"
        )
