"""Every message the fake can give parses in the real SDK, as JSON and as a stream, and both say the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from agentpg_executor.testing import (
    FakeClaude,
    Turn,
    block,
    call,
    context_exceeded,
    empty,
    max_tokens_cut,
    pause,
    raw,
    redacted_thinking,
    refusal,
    reply,
    server_call,
    stop_sequence,
    text,
    thinking,
    tool_use,
    unknown_block,
    unknown_event,
    unknown_stop,
)
from anthropic import APIResponseValidationError, AsyncAnthropic
from anthropic.types import Message

Connect = Callable[..., AsyncAnthropic]

SEARCH_HIT = {
    "type": "web_search_result",
    "title": "News",
    "url": "https://example.com/",
    "encrypted_content": "YWJj",
    "page_age": None,
}
CITATION = {
    "type": "char_location",
    "cited_text": "snow",
    "document_index": 0,
    "document_title": None,
    "start_char_index": 0,
    "end_char_index": 4,
    "file_id": None,
}

TURNS: dict[str, tuple[Turn, str]] = {
    "text": (text("Grüße, 世界 🌍. " * 20), "end_turn"),
    "cited text": (text("It snows.", citations=[CITATION]), "end_turn"),
    "one call": (call("weather", city="Zürich", days=[1, 2]), "tool_use"),
    "call without arguments": (call("now"), "tool_use"),
    "call with a fixed id": (tool_use("weather", {"city": "Oslo"}, id="toolu_fixed"), "tool_use"),
    "text and parallel calls": (
        reply("Let me look.", call("weather", city="Rome"), call("weather", city="Oslo")),
        "tool_use",
    ),
    "thinking": (reply(thinking("Hm, 雪?"), text("Snow.")), "end_turn"),
    "omitted thinking": (reply(thinking(""), text("Snow.")), "end_turn"),
    "redacted thinking": (reply(redacted_thinking(), text("Snow.")), "end_turn"),
    "refusal before output": (refusal(category="cyber", explanation="No."), "refusal"),
    "refusal in the middle": (refusal("First you take", category=None), "refusal"),
    "pause": (pause(), "pause_turn"),
    "search": (
        reply(
            server_call("web_search", query="snow"),
            block({"type": "web_search_tool_result", "content": [SEARCH_HIT]}),
            text("It snows."),
        ),
        "end_turn",
    ),
    "code": (
        reply(
            server_call("code_execution", code="1"),
            block(
                {
                    "type": "code_execution_tool_result",
                    "content": {
                        "type": "code_execution_result",
                        "stdout": "1",
                        "stderr": "",
                        "return_code": 0,
                        "content": [],
                    },
                }
            ),
        ),
        "end_turn",
    ),
    "upload": (block({"type": "container_upload", "file_id": "file_011"}), "end_turn"),
    "cut text": (max_tokens_cut(text("It was a dark and")), "max_tokens"),
    "context exceeded": (context_exceeded("So far"), "model_context_window_exceeded"),
    "stop sequence": (stop_sequence("END", "All done"), "stop_sequence"),
    "empty": (empty(), "end_turn"),
    "usage": (reply("Hi", usage={"output_tokens": 77}), "end_turn"),
    "container": (
        raw(
            {
                "content": [{"type": "text", "text": "Hi"}],
                "container": {"id": "container_1", "expires_at": "2026-11-22T00:00:00Z"},
                "diagnostics": None,
            }
        ),
        "end_turn",
    ),
}


def comparable(message: Message) -> dict[str, Any]:
    """A message without what differs between two servings, and without the SDK's own additions."""
    data = message.to_dict()
    data.pop("id")
    for item in data["content"]:
        item.pop("parsed_output", None)
        if item["type"] in ("tool_use", "server_tool_use"):
            item.pop("id")
        item.pop("tool_use_id", None)
    return data


@pytest.mark.parametrize("name", TURNS)
async def test_json_and_stream_parse_strictly_and_agree(
    name: str, fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    turn, stop_reason = TURNS[name]
    fake.script([turn, turn])
    whole = await client.messages.create(**ask)
    async with client.messages.stream(**ask) as stream:
        async for _ in stream:
            pass
        streamed = await stream.get_final_message()
    assert whole.stop_reason == stop_reason
    assert [item.type for item in whole.content] == [item["type"] for item in turn.content]
    assert comparable(streamed) == comparable(whole)
    assert streamed.id != whole.id


async def test_texts_calls_and_signatures_arrive_as_scripted(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    fake.script([reply(thinking("Hm"), text("Grüße 🌍"), call("weather", city="Zürich"))])
    async with client.messages.stream(**ask) as stream:
        message = await stream.get_final_message()
    thought, said, called = message.content
    assert thought.type == "thinking"
    assert thought.thinking == "Hm"
    assert thought.signature
    assert said.type == "text"
    assert said.text == "Grüße 🌍"
    assert called.type == "tool_use"
    assert called.input == {"city": "Zürich"}
    assert called.id.startswith("toolu_01")
    assert len(called.id) == len("toolu_01") + 22
    assert message.id.startswith("msg_01")


async def test_a_stop_reason_of_tomorrow_fails_strict_validation_and_passes_otherwise(
    fake: FakeClaude, client: AsyncAnthropic, connect: Connect, ask: dict[str, Any]
) -> None:
    fake.script([unknown_stop("moon_phase"), unknown_stop("moon_phase"), unknown_stop("moon_phase")])
    with pytest.raises(APIResponseValidationError):
        await client.messages.create(**ask)
    lenient = connect(fake, _strict_response_validation=False)
    assert (await lenient.messages.create(**ask)).stop_reason == "moon_phase"
    async with lenient.messages.stream(**ask) as stream:
        assert (await stream.get_final_message()).stop_reason == "moon_phase"


async def test_a_block_of_tomorrow_keeps_every_field_and_may_come_back(
    fake: FakeClaude, connect: Connect, ask: dict[str, Any]
) -> None:
    lenient = connect(fake, _strict_response_validation=False)
    fake.script([reply("Look:", unknown_block("hologram", rays=[1, 2])), text("Nice.")])
    message = await lenient.messages.create(**ask)
    content = message.to_dict(warnings=False)["content"]
    assert content[1] == {"type": "hologram", "rays": [1, 2]}
    ask["messages"] += [{"role": "assistant", "content": content}, {"role": "user", "content": "And?"}]
    assert (await lenient.messages.create(**ask)).to_dict()["content"][0]["text"] == "Nice."


async def test_an_event_of_tomorrow_passes_through_the_sdk(
    fake: FakeClaude, connect: Connect, ask: dict[str, Any]
) -> None:
    lenient = connect(fake, _strict_response_validation=False)
    fake.script([unknown_event(text("Hi"), "weather_report", after=2, sunny=True)])
    stream = await lenient.messages.create(**ask, stream=True)
    kinds = [event.type async for event in stream]
    assert kinds[:4] == ["message_start", "content_block_start", "weather_report", "content_block_delta"]
    assert kinds[-1] == "message_stop"


async def test_a_cut_tool_call_breaks_off_in_the_middle_of_its_json(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    fake.script([max_tokens_cut(call("write", path="a.txt", body="x" * 40))] * 2)
    stream = await client.messages.create(**ask, stream=True)
    pieces = ""
    stop_reason = None
    async for event in stream:
        if event.type == "content_block_delta" and event.delta.type == "input_json_delta":
            pieces += event.delta.partial_json
        if event.type == "message_delta":
            stop_reason = event.delta.stop_reason
    assert stop_reason == "max_tokens"
    assert pieces.startswith('{"path": "a.txt"')
    assert not pieces.endswith("}")
    whole = await client.messages.create(**ask)
    assert whole.stop_reason == "max_tokens"
    assert whole.content[0].type == "tool_use"
    assert whole.content[0].input == {}


async def test_the_limits_of_the_request_are_obeyed(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    fake.script([text("abcdefgh" * 10), text("one END two"), text("never seen")])
    short = await client.messages.create(**{**ask, "max_tokens": 5})
    assert short.stop_reason == "max_tokens"
    assert short.usage.output_tokens == 5
    stopped = await client.messages.create(**ask, stop_sequences=["END"])
    assert stopped.stop_reason == "stop_sequence"
    assert stopped.stop_sequence == "END"
    assert stopped.content[0].type == "text"
    assert stopped.content[0].text == "one "
    warmed = await client.messages.create(**{**ask, "max_tokens": 0})
    assert warmed.stop_reason == "max_tokens"
    assert warmed.content == []


async def test_a_refusal_before_output_costs_nothing(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    fake.script([refusal(category="bio")])
    message = await client.messages.create(**ask)
    assert message.stop_details is not None
    assert message.stop_details.category == "bio"
    assert message.usage.output_tokens == 0
    assert fake.journal.served().total() == 1
    assert fake.journal.billed().total() == 0


async def test_calls_through_the_beta_client_parse_too(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    beta = client.beta.messages
    fake.script([reply(thinking("Hm"), text("Hi"), call("x", a=1))] * 2)
    assert (await beta.create(**ask, betas=["context-management-2025-06-27"])).stop_reason == "tool_use"
    async with beta.stream(**ask) as stream:
        assert (await stream.get_final_message()).stop_reason == "tool_use"
    assert (await beta.count_tokens(model=ask["model"], messages=ask["messages"])).input_tokens > 0
    assert fake.journal[0].betas == ["context-management-2025-06-27"]
    batch = await beta.batches.create(requests=[{"custom_id": "a", "params": ask}])  # type: ignore[list-item]
    fake.batches.end_all()
    assert (await beta.batches.retrieve(batch.id)).processing_status == "ended"
    assert (await client.beta.models.list()).data


async def test_models_and_token_counts_parse_strictly(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    models = [model async for model in client.models.list(limit=4)]
    ids = [model.id for model in models]
    assert len(ids) == len(set(ids)) > 10
    assert "claude-opus-5-5" in ids
    assert "claude-mythos-preview" not in ids
    retired = [model.id async for model in client.models.list(lifecycle=["retired"])]
    assert retired == ["claude-mythos-preview"]
    one = await client.models.retrieve("claude-opus-5-5")
    assert one.max_input_tokens == 1_000_000
    assert one.capabilities is not None
    assert not one.capabilities.thinking.types.enabled.supported
    counted = await client.messages.count_tokens(model=ask["model"], messages=ask["messages"])
    assert counted.input_tokens == (await client.messages.create(**ask)).usage.input_tokens
