"""Controls over HTTP, for programs in other languages and fakes in other processes.

    POST /fake/scripts   a script file's content: adds its scripts and rules
    POST /fake/clear     forgets scripts, rules, faults, batches and the journal
    POST /fake/clock     {"advance": seconds}: moves the clock, answers {"now": "..."}
    GET  /fake/journal   what was asked so far, without the bodies

They take the API key as every other route does, and leave no trace in the journal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._json import is_object
from ._clock import rfc3339
from ._errors import ApiError, invalid
from ._journal import Entry
from ._messages import parse_body
from ._reply import Reply, json_reply
from ._scriptfile import load_scripts
from ._state import State

PREFIX = "/fake/"
_TOLD = (
    "kind",
    "method",
    "path",
    "status",
    "request_id",
    "model",
    "prompt",
    "stream",
    "served",
    "billed",
    "fault",
    "error_type",
    "batch_id",
    "custom_id",
    "outcome",
)


def control(state: State, clear: Callable[[], None], method: str, path: str, raw: bytes) -> Reply:
    """Answer a request to one of the controls."""
    match method, path[len(PREFIX) :]:
        case "POST", "scripts":
            _add_scripts(state, parse_body(raw))
            return json_reply({})
        case "POST", "clear":
            clear()
            return json_reply({})
        case "POST", "clock":
            change = parse_body(raw)
            seconds = change.get("advance") if is_object(change) else None
            if not isinstance(seconds, int | float):
                raise invalid("advance: Input should be a valid number")
            return json_reply({"now": rfc3339(state.clock.advance(seconds))})
        case "GET", "journal":
            return json_reply([_told(entry) for entry in state.journal])
        case _:
            raise ApiError(404)


def _add_scripts(state: State, data: Any) -> None:
    try:
        scripts, rules = load_scripts(data)
    except (ValueError, TypeError, KeyError) as error:
        raise invalid(f"not a script: {error}") from error
    for script in scripts:
        state.scripts.add(script)
    state.brain.rules.extend(rules)


def _told(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _TOLD}
