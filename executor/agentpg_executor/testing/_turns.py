"""What the fake answers: turns, built by small constructors and combined with `reply`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ._gate import Gate

Json = dict[str, Any]
FaultKind = Literal[
    "status",
    "lost",
    "reset",
    "drop",
    "cut",
    "error_event",
    "hang",
    "garbage",
    "expired",
    "canceled",
]
DERIVED = "(derived)"


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong while a turn is answered, after so many events (lines, for batch results)."""

    kind: FaultKind
    after: int | None = None
    status: int = 500
    error_type: str | None = None
    error_code: str | None = None
    message: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    retry_after: float | str | None = None
    should_retry: bool | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer. A derived stop reason is `tool_use` if the content calls a client tool, else `end_turn`."""

    content: tuple[Json, ...] = ()
    stop_reason: str | None = DERIVED
    stop_sequence: str | None = None
    stop_details: Json | None = None
    usage: Mapping[str, Any] | None = None
    message: Mapping[str, Any] | None = None
    events: tuple[tuple[int, str, Json], ...] = ()
    cut_input: bool = False
    billed: bool = True
    delay: float = 0.0
    pace: float | None = None
    gate: Gate | None = None
    gate_after: int | None = None
    fault: Fault | None = None


Part = Turn | str | Json


def as_turn(part: Part) -> Turn:
    """A string is a text, a dict a content block."""
    if isinstance(part, Turn):
        return part
    return text(part) if isinstance(part, str) else block(part)


def text(value: str, *, citations: list[Json] | None = None) -> Turn:
    """A text block."""
    content: Json = {"type": "text", "text": value}
    if citations:
        content["citations"] = citations
    return Turn((content,))


def call(tool: str, /, **arguments: Any) -> Turn:
    """A call of a client tool. Its id is made anew each time the turn is served."""
    return Turn(({"type": "tool_use", "name": tool, "input": arguments},))


def tool_use(tool: str, arguments: Json, *, id: str | None = None) -> Turn:
    """`call` with an input given as a dict, and a fixed id where a test wants one."""
    content: Json = {"type": "tool_use", "name": tool, "input": arguments}
    if id is not None:
        content["id"] = id
    return Turn((content,))


def thinking(value: str, *, signature: str | None = None) -> Turn:
    """A thinking block; without a signature it gets one that the fake checks when the block comes back."""
    content: Json = {"type": "thinking", "thinking": value}
    if signature is not None:
        content["signature"] = signature
    return Turn((content,))


def redacted_thinking(data: str | None = None) -> Turn:
    """A redacted thinking block; without data it gets some that the fake checks when the block comes back."""
    content: Json = {"type": "redacted_thinking"}
    return Turn((content if data is None else {**content, "data": data},))


def compaction(summary: str | None = "Summary of what came before.", *, pause: bool = False) -> Turn:
    """The API's own summary; None is one that failed. Alone, or with `pause`, it ends the turn.

    The fake writes one by itself where the request asks for it and its prompt is long enough. Put first into
    a `reply`, a summary of your own takes its place: `reply(compaction("They spoke of snow."), "Yes.")`.
    """
    turn = Turn(({"type": "compaction", "content": summary},))
    return replace(turn, stop_reason="compaction") if pause else turn


def server_call(tool: str, /, **arguments: Any) -> Turn:
    """A `server_tool_use` block, unanswered unless a result block follows."""
    return Turn(({"type": "server_tool_use", "name": tool, "input": arguments},))


def block(content: Json) -> Turn:
    """Any content block as it stands: result blocks, container uploads, types nobody knows yet."""
    return Turn((content,))


def reply(
    *parts: Part,
    stop_reason: str | None = DERIVED,
    usage: Mapping[str, Any] | None = None,
    pace: float | None = None,
    delay: float | None = None,
) -> Turn:
    """One turn made of several: their contents in order, and whatever else any of them sets.

    >>> reply(text("Let me see."), call("weather", city="Rome"), call("weather", city="Oslo"))
    """
    turns = [as_turn(part) for part in parts]
    whole = Turn(tuple(item for turn in turns for item in turn.content))
    for turn in turns:
        changes = {name: getattr(turn, name) for name in _OWN if getattr(turn, name) != getattr(_PLAIN, name)}
        whole = replace(whole, **changes)
    if stop_reason != DERIVED:
        whole = replace(whole, stop_reason=stop_reason)
    return replace(
        whole,
        usage=usage if usage is not None else whole.usage,
        pace=pace if pace is not None else whole.pace,
        delay=delay if delay is not None else whole.delay,
    )


_PLAIN = Turn()
_OWN = tuple(name for name in Turn.__slots__ if name != "content")


def refusal(
    partial: Part | None = None, *, category: str | None = None, explanation: str | None = None
) -> Turn:
    """The classifier declined: before any output (not billed), or after `partial`."""
    begun = as_turn(partial) if partial is not None else Turn()
    return replace(
        begun,
        stop_reason="refusal",
        stop_details={"type": "refusal", "category": category, "explanation": explanation},
        billed=bool(begun.content),
    )


def pause(*parts: Part) -> Turn:
    """`pause_turn`: the server-tool loop hit its limit. Without parts, an open web search."""
    return reply(*(parts or (server_call("web_search", query="news"),)), stop_reason="pause_turn")


def max_tokens_cut(*parts: Part) -> Turn:
    """`max_tokens`; if the last block calls a tool, its input is cut in the middle."""
    whole = reply(*parts, stop_reason="max_tokens")
    cut = bool(whole.content) and whole.content[-1].get("type") in ("tool_use", "server_tool_use")
    return replace(whole, cut_input=cut)


def context_exceeded(*parts: Part) -> Turn:
    """`model_context_window_exceeded`."""
    return reply(*parts, stop_reason="model_context_window_exceeded")


def stop_sequence(sequence: str, *parts: Part) -> Turn:
    """`stop_sequence`, naming the sequence."""
    return replace(reply(*parts, stop_reason="stop_sequence"), stop_sequence=sequence)


def empty() -> Turn:
    """An `end_turn` without content."""
    return Turn()


def unknown_stop(reason: str = "a_reason_of_tomorrow", *parts: Part) -> Turn:
    """A stop reason nobody knows yet."""
    return reply(*(parts or ("Something new.",)), stop_reason=reason)


def unknown_block(kind: str = "a_block_of_tomorrow", **fields: Any) -> Turn:
    """A content block of a type nobody knows yet."""
    return block({"type": kind, **fields})


def unknown_event(turn: Part, name: str = "an_event_of_tomorrow", *, after: int = 2, **fields: Any) -> Turn:
    """The turn, with an event nobody knows yet after `after` events of its stream."""
    whole = as_turn(turn)
    return replace(whole, events=(*whole.events, (after, name, {"type": name, **fields})))


def raw(message: Mapping[str, Any]) -> Turn:
    """A Message as given: its keys replace those the fake would make (id, usage, anything unheard of)."""
    rest = {key: value for key, value in message.items() if key not in _MESSAGE_KEYS}
    return Turn(
        tuple(message.get("content") or ()),
        stop_reason=message.get("stop_reason", DERIVED),
        stop_sequence=message.get("stop_sequence"),
        stop_details=message.get("stop_details"),
        usage=message.get("usage"),
        message=rest,
    )


_MESSAGE_KEYS = ("content", "stop_reason", "stop_sequence", "stop_details", "usage")
