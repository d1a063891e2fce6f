"""Scripts and rules from a JSON file make the same turns as Python does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from agentpg_executor.testing import (
    FakeClaude,
    Turn,
    block,
    call,
    canceled,
    compaction,
    context_exceeded,
    cut,
    drop,
    empty,
    error_event,
    expired,
    fault,
    garbage,
    hang,
    lost,
    max_tokens_cut,
    pause,
    raw,
    redacted_thinking,
    refusal,
    reply,
    reset,
    slow,
    stop_sequence,
    text,
    thinking,
    tool_use,
    unknown_event,
    unknown_stop,
)
from agentpg_executor.testing._scriptfile import load_scripts, load_turn
from anthropic import AsyncAnthropic

TURNS: list[tuple[Any, Turn]] = [
    ("Hi", text("Hi")),
    ({"text": "Hi"}, text("Hi")),
    ({"thinking": "Hm", "signature": "abc"}, thinking("Hm", signature="abc")),
    ({"redacted_thinking": True}, redacted_thinking()),
    ({"redacted_thinking": True, "data": "abc"}, redacted_thinking("abc")),
    ({"compaction": "So far."}, compaction("So far.")),
    ({"compaction": None, "pause": True}, compaction(None, pause=True)),
    ({"call": "x", "input": {"a": 1}}, call("x", a=1)),
    ({"call": "x", "id": "toolu_1"}, tool_use("x", {}, id="toolu_1")),
    ({"block": {"type": "new"}}, block({"type": "new"})),
    ({"reply": ["Hi", {"call": "x"}], "pace": 0.5}, reply("Hi", call("x"), pace=0.5)),
    ({"pause": []}, pause()),
    ({"pause": ["Hi"]}, pause("Hi")),
    ({"max_tokens_cut": [{"call": "x"}]}, max_tokens_cut(call("x"))),
    ({"context_exceeded": ["Hi"]}, context_exceeded("Hi")),
    ({"refusal": {"category": "bio", "partial": "Hi"}}, refusal("Hi", category="bio")),
    ({"stop_sequence": "END", "parts": ["Hi"]}, stop_sequence("END", "Hi")),
    ({"unknown_stop": "moon"}, unknown_stop("moon")),
    ({"unknown_event": "Hi", "name": "new", "after": 1}, unknown_event("Hi", "new", after=1)),
    ({"empty": True}, empty()),
    ({"raw": {"id": "msg_1", "content": []}}, raw({"id": "msg_1", "content": []})),
    ({"text": "Hi", "delay": 2.0}, slow("Hi", 2.0)),
    ({"text": "Hi", "usage": {"output_tokens": 1}}, reply("Hi", usage={"output_tokens": 1})),
    ({"text": "Hi", "stop_reason": "moon"}, unknown_stop("moon", "Hi")),
    ({"fault": {"status": 529, "retry_after": 3}}, fault(529, retry_after=3)),
    ({"cut": "Hi", "after": 2}, cut("Hi", after=2)),
    ({"reset": True}, reset()),
    ({"drop": "Hi", "after": 2}, drop("Hi", after=2)),
    ({"lost": "Hi"}, lost("Hi")),
    ({"error_event": "Hi", "error_type": "api_error"}, error_event("Hi", error_type="api_error")),
    ({"garbage": True, "after": 1}, garbage(after=1)),
    ({"hang": "Hi", "seconds": 1}, hang("Hi", seconds=1)),
    ({"expired": True}, expired()),
    ({"canceled": True}, canceled()),
]


@pytest.mark.parametrize(("written", "turn"), TURNS, ids=[json.dumps(written) for written, _ in TURNS])
def test_a_turn_of_a_file_is_the_turn_of_its_constructor(written: Any, turn: Turn) -> None:
    assert load_turn(written) == turn


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ([{"txt": "Hi"}], "not a turn"),
        ([{"text": "Hi", "colour": "red"}], "a text turn has no colour"),
        ([7], "not a turn: 7"),
        ({"script": []}, "has no script; it may have scripts, rules"),
        ({"scripts": [{"turns": [], "when": "x"}]}, "a script has no when"),
        ({"rules": [{"if": "x"}]}, "a rule has no if"),
        ("Hi", "list of turns"),
    ],
)
def test_what_it_does_not_understand_is_named(written: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        load_scripts(written)


async def test_a_file_scripts_a_fake(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "script.json"
    path.write_text(
        json.dumps(
            {
                "scripts": [{"turns": ["one"], "match": "weather"}, {"turns": ["all"], "repeat": True}],
                "rules": [{"when": "x", "answer": "rule"}],
            }
        )
    )
    fake.load(path)
    said: list[str] = []
    for _ in range(3):
        message = await client.messages.create(**ask)
        said.append(message.to_dict()["content"][0]["text"])
    assert said == ["one", "all", "all"]
