"""Scripts and rules from a JSON file.

The file is a list of turns, or an object:

    {"scripts": [{"turns": [...], "match": "weather", "model": null, "repeat": false,
                  "per_conversation": true}],
     "rules": [{"when": "weather in (\\w+)", "say": "Let me look.", "calls": [["weather", {"city": "{1}"}]],
                "answer": "{weather}"}]}

A turn is a string (a text), or an object with one of these keys, and any of `delay`, `pace`, `usage` and
`stop_reason`:

    {"text": "..."}  {"thinking": "..."}  {"redacted_thinking": true}  {"block": {...}}
    {"compaction": "a summary", "pause": true}  {"call": "tool", "input": {...}, "id": "..."}
    {"reply": [turn, ...]}  {"pause": [turn, ...]}  {"max_tokens_cut": [turn, ...]}
    {"context_exceeded": [turn, ...]}  {"stop_sequence": "END", "parts": [turn, ...]}  {"empty": true}
    {"refusal": {"category": "cyber", "explanation": "...", "partial": turn}}  {"raw": {...a Message...}}
    {"unknown_stop": "reason", "parts": [turn, ...]}  {"unknown_event": turn, "name": "...", "after": 2}
    {"fault": {"status": 529, "retry_after": 3}}  {"expired": true}  {"canceled": true}
    {"cut" | "reset" | "drop" | "lost" | "error_event" | "garbage" | "hang": turn, "after": 3, "seconds": 2}
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from .._json import is_array, is_object
from ._faults import canceled, cut, drop, error_event, expired, fault, garbage, hang, lost, reset
from ._rules import Rule
from ._script import Script
from ._turns import (
    Turn,
    block,
    compaction,
    context_exceeded,
    empty,
    max_tokens_cut,
    pause,
    raw,
    redacted_thinking,
    refusal,
    reply,
    stop_sequence,
    text,
    thinking,
    tool_use,
    unknown_event,
    unknown_stop,
)

Json = dict[str, Any]
_COMMON = ("delay", "pace", "usage", "stop_reason")


def load_file(path: Path) -> tuple[list[Script], list[Rule]]:
    """The scripts and rules of a file; `ValueError` names what it does not understand."""
    return load_scripts(json.loads(path.read_text(encoding="utf-8")))


def load_scripts(data: Any) -> tuple[list[Script], list[Rule]]:
    """The scripts and rules of parsed JSON."""
    if is_array(data):
        data = {"scripts": [{"turns": data}]}
    if not is_object(data):
        raise ValueError("a script file is a list of turns, or an object with scripts and rules")
    _only(data, "script file", "scripts", "rules")
    scripts = [_script(dict(item)) for item in data.get("scripts") or ()]
    rules = [_rule(dict(item)) for item in data.get("rules") or ()]
    return scripts, rules


def _script(item: Json) -> Script:
    turns = [load_turn(turn) for turn in item.pop("turns")]
    _only(item, "script", "match", "model", "repeat", "per_conversation")
    return Script(turns, **item)


def _rule(item: Json) -> Rule:
    _only(item, "rule", "when", "say", "calls", "answer")
    calls = [(name, inputs) for name, inputs in item.pop("calls", ())]
    return Rule(calls=calls, **item)


def load_turn(item: Any) -> Turn:
    """One turn of a script file."""
    if isinstance(item, str):
        return text(item)
    if not is_object(item):
        raise ValueError(f"not a turn: {item!r}")
    rest = dict(item)
    common = {key: rest.pop(key) for key in _COMMON if key in rest}
    for kind, load in _KINDS.items():
        if kind in rest:
            turn = load(rest.pop(kind), rest)
            if rest:
                raise ValueError(f"a {kind} turn has no {', '.join(sorted(rest))}")
            return replace(turn, **common) if common else turn
    raise ValueError(f"not a turn: {item!r}; it needs one of {', '.join(_KINDS)}")


def _parts(items: list[Any] | None) -> list[Turn]:
    return [load_turn(item) for item in items or ()]


def _group(make: Callable[..., Turn]) -> Callable[[Any, Json], Turn]:
    return lambda parts, rest: make(*_parts(parts))


def _call(name: str, rest: Json) -> Turn:
    return tool_use(name, rest.pop("input", {}), id=rest.pop("id", None))


def _refusal(details: Json, rest: Json) -> Turn:
    partial = details.get("partial")
    return refusal(
        None if partial is None else load_turn(partial),
        category=details.get("category"),
        explanation=details.get("explanation"),
    )


def _broken(make: Callable[..., Turn], *names: str) -> Callable[[Any, Json], Turn]:
    """A fault around a turn; `true` stands for a turn of no interest."""

    def load(inner: Any, rest: Json) -> Turn:
        options = {name: rest.pop(name) for name in names if name in rest}
        return make(**options) if inner is True else make(load_turn(inner), **options)

    return load


_KINDS: dict[str, Callable[[Any, Json], Turn]] = {
    "compaction": lambda summary, rest: compaction(summary, pause=rest.pop("pause", False)),
    "reply": _group(reply),
    "pause": _group(pause),
    "max_tokens_cut": _group(max_tokens_cut),
    "context_exceeded": _group(context_exceeded),
    "stop_sequence": lambda sequence, rest: stop_sequence(sequence, *_parts(rest.pop("parts", None))),
    "unknown_stop": lambda reason, rest: unknown_stop(reason, *_parts(rest.pop("parts", None))),
    "unknown_event": _broken(unknown_event, "name", "after"),
    "refusal": _refusal,
    "empty": lambda _, rest: empty(),
    "cut": _broken(cut, "after"),
    "reset": _broken(reset, "after"),
    "drop": _broken(drop, "after"),
    "lost": _broken(lost),
    "garbage": _broken(garbage, "after"),
    "hang": _broken(hang, "after", "seconds"),
    "error_event": _broken(error_event, "after", "error_type", "error_code", "message"),
    "fault": lambda options, rest: fault(**options),
    "expired": lambda _, rest: expired(),
    "canceled": lambda _, rest: canceled(),
    "raw": lambda message, rest: raw(message),
    "block": lambda content, rest: block(content),
    "call": _call,
    "redacted_thinking": lambda _, rest: redacted_thinking(rest.pop("data", None)),
    "thinking": lambda value, rest: thinking(value, signature=rest.pop("signature", None)),
    "text": lambda value, rest: text(value, citations=rest.pop("citations", None)),
}


def _only(item: Json, what: str, *known: str) -> None:
    unknown = sorted(set(item) - set(known))
    if unknown:
        raise ValueError(f"a {what} has no {', '.join(unknown)}; it may have {', '.join(known)}")
