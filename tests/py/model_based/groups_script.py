"""Scripts for a few runs: what the model answers and the tools return, and under which rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st


class Long(str):
    """A text that is not printed whole."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{len(self)} characters>"


STOPS = (
    "end_turn",
    "stop_sequence",
    "max_tokens",
    "pause_turn",
    "refusal",
    "moon_phase",
    "model_context_window_exceeded",
)
USAGES: tuple[Any, ...] = (
    {"input_tokens": 100, "output_tokens": 5},
    None,
    {},
    {
        "input_tokens": 7,
        "cache_creation_input_tokens": 50,
        "cache_read_input_tokens": 900,
        "output_tokens": 3,
        "cache_creation": {"ephemeral_1h_input_tokens": 20},
    },
    {
        "input_tokens": 9,
        "output_tokens": 2,
        "iterations": [
            {"type": "compaction", "input_tokens": 40, "output_tokens": 8},
            {"type": "message", "input_tokens": 9, "output_tokens": 2},
        ],
    },
    {"input_tokens": 9, "output_tokens": 2, "speed": "fast"},
    {"input_tokens": 9, "output_tokens": 2, "service_tier": "priority"},
    {"input_tokens": 9, "output_tokens": 2, "server_tool_use": {"web_search_requests": 2}},
)
FRILLS: tuple[Any, ...] = (
    {"type": "text", "text": "I look it up."},
    {"type": "text", "text": " \n"},
    {"type": "text"},
    {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}},
    {"type": "unheard_of", "more": [1]},
    {"type": "text", "text": Long("long " * 2500)},
    {"type": "unheard_of", "data": Long("data" * 3000)},
)
OUTPUTS: tuple[Any, ...] = (
    "Found.",
    "",
    None,
    {"found": 3},
    17,
    [1, 2],
    [],
    [{"type": "text", "text": "As a block."}],
    [{"type": "text", "text": "Text."}, {"type": "video"}],
    [{"type": "text", "text": "Text.", "unknown": 1}],
    Long("many words " * 900),
    Long("x" * 7850),
    {"e": "é" * 60},
)
SAID: tuple[Any, ...] = (
    None,
    [],
    [{"kind": "text", "data": {"text": "I look"}}],
    [{"kind": "thinking", "data": {"text": "Hm."}}, {"kind": "text", "data": {"text": "I"}}, {"kind": "gap"}],
)
DELEGATE = "helper"
SMALL = {"target_tokens": 300, "summarizer_max_tokens": 100, "keep_last": 2, "protected_tokens": 50}


@dataclass
class Answer:
    """What the model says."""

    frills: list[Any]
    names: list[str]
    stop: str
    usage: Any = field(default_factory=lambda: {"input_tokens": 100, "output_tokens": 5})
    container: bool = False
    max_tools: int | None = None
    said: Any = None

    @property
    def plain(self) -> bool:
        """Whether it is an everyday step in a run without rules of its own."""
        calls = self.stop == "tool_use" and bool(self.names) and set(self.names) <= {"lookup", "write"}
        blank = any(f["type"] == "text" and not f.get("text", "").strip() for f in self.frills)
        large = any(len(f.get("text", f.get("data", ""))) > 1000 for f in self.frills)
        fits = self.max_tools is None or self.max_tools >= len(self.names) or self.stop == "end_turn"
        ends = self.stop == "end_turn" and not self.names and bool(self.frills)
        return (calls or ends) and not blank and not large and not self.container and fits

    def body(self, number: int) -> dict[str, Any]:
        calls = [
            {"type": "tool_use", "id": f"toolu_{number}_{place}", "name": name, "input": {"task": str(place)}}
            for place, name in enumerate(self.names)
        ]
        more: dict[str, Any] = {} if self.usage is None else {"usage": self.usage}
        if self.container:
            more["container"] = {"id": "container_1", "expires_at": "2027-01-01T00:00:00Z"}
        return {
            "id": f"msg_{number}",
            "type": "message",
            "role": "assistant",
            "content": self.frills + calls,
            "stop_reason": self.stop,
        } | more


@dataclass
class Script:
    """One session: its rules, and what happens in it."""

    agent: str
    options: dict[str, Any]
    queued: bool
    metadata: dict[str, Any]
    answers: list[Answer]
    outputs: list[tuple[Any, bool | None]]

    @property
    def plain(self) -> bool:
        return (
            self.agent == "plain"
            and not self.queued
            and not self.metadata
            and not set(self.options) - {"events"}
        )


LAST = Answer([{"type": "text", "text": "Done."}], [], "end_turn")
_usual = st.sampled_from(("lookup", "lookup", "write"))
_odd = st.sampled_from(("lookup", "write", "orphan", "danger", "secret", "ghost", DELEGATE, DELEGATE))
_plain_answers = st.builds(
    Answer,
    st.lists(st.sampled_from([FRILLS[0], FRILLS[3], FRILLS[5]]), max_size=2),
    st.lists(_usual, min_size=1, max_size=3),
    st.just("tool_use"),
    st.sampled_from(USAGES),
    said=st.sampled_from(SAID),
)
_odd_answers = st.builds(
    Answer,
    st.lists(st.sampled_from(FRILLS), max_size=2),
    st.lists(_usual | _odd, max_size=3),
    st.sampled_from(("tool_use", "tool_use", *STOPS)),
    st.sampled_from(USAGES),
    st.sampled_from((False, False, False, True)),
    st.sampled_from((None, None, 0, 1, 2, 3)),
    st.sampled_from(SAID),
)
_options = st.sampled_from(
    (
        {},
        {},
        {},
        {},
        {"events": False},
        {"max_iterations": 1},
        {"max_iterations": 2},
        {"max_tokens": 100000},
        {"max_cost_usd": 5},
        {"request": {"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}}},
        {"approval": ["lookup"]},
        {"compaction": {"max_context_tokens": 1100} | SMALL},
        {"compaction": {"max_context_tokens": 2500} | SMALL},
        {"auto_compaction": False},
        {"max_continuations": 0},
    )
)
_scripts = st.builds(
    Script,
    st.sampled_from(("plain", "plain", "plain", "asks", "cautious", "manager", "manager")),
    _options,
    st.sampled_from((False, False, True)),
    st.sampled_from(({}, {}, {"tenant_id": "acme"})),
    st.lists(_plain_answers | _plain_answers | _odd_answers, min_size=1, max_size=4),
    st.lists(
        st.tuples(
            st.sampled_from(OUTPUTS[:5]) | st.sampled_from(OUTPUTS), st.sampled_from((False, None, True))
        ),
        min_size=1,
        max_size=6,
    ),
)


@dataclass
class Plan:
    """What is done in both databases."""

    scripts: list[Script]
    notifications: str
    queue: str | None
    watched: bool


plans = st.builds(
    Plan,
    st.lists(_scripts, min_size=2, max_size=4),
    st.sampled_from(("all", "all", "wakeups", "off")),
    st.sampled_from((None, None, None, None, "parked", "paused")),
    st.booleans(),
)
