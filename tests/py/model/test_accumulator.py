"""The accumulator against the SDK's own stream helper, on the same bytes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from agentpg_executor.model import Accumulator, ModelCaller, StreamBroken
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
)  # fmt: skip
from anthropic import AsyncAnthropic

REQUEST: dict[str, Any] = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 200,
    "messages": [{"role": "user", "content": "hello"}],
    "tools": [
        {"name": "weather", "description": "w", "input_schema": {"type": "object"}},
        {"type": "web_search_20250305", "name": "web_search"},
    ],
}
CITATION = {
    "type": "char_location", "cited_text": "a", "document_index": 0, "document_title": None,
    "start_char_index": 0, "end_char_index": 1, "file_id": None,
}  # fmt: skip
SEARCH_RESULT = {
    "type": "web_search_tool_result",
    "tool_use_id": "srvtoolu_01aaaaaaaaaaaaaaaaaaaaaa",
    "content": [{"type": "web_search_result", "url": "https://x", "title": "x", "encrypted_content": "zz"}],
}

TURNS: dict[str, Turn] = {
    "text": text("Hello, wörld 😀, how are you today? " * 5),
    "empty": empty(),
    "empty text": text(""),
    "citations": text("cited", citations=[CITATION, {**CITATION, "end_char_index": 2}]),
    "one call": reply("Let me see.", call("weather", city="Röm", days=3, deep={"a": [1, 2.5, None, True]})),
    "call without input": reply(call("weather")),
    "parallel calls": reply(call("weather", city="Rome"), call("weather", city="Oslo")),
    "big integer": reply(tool_use("weather", {"n": 12345678901234567890123})),
    "thinking": reply(thinking("First this, then that."), "So."),
    "empty thinking": reply(thinking("", signature="c2lnbmVk"), "So."),
    "redacted": reply(redacted_thinking(), "So."),
    "server tool": reply(server_call("web_search", query="x"), block(SEARCH_RESULT), "Found."),
    "pause": pause(),
    "stop sequence": stop_sequence("END", "before"),
    "max tokens": max_tokens_cut("long"),
    "cut call": max_tokens_cut("x", call("weather", city="A very long name", days=3, list=[1, 2, 3])),
    "context exceeded": context_exceeded("x"),
    "refusal": refusal(category="cyber", explanation="no"),
    "refusal after output": refusal("partial", category=None),
    "unknown stop": unknown_stop(),
    "unknown block": reply("x", unknown_block("widget", data={"k": [1]})),
    "unknown event": unknown_event("x"),
    "usage": reply(
        "x",
        usage={
            "input_tokens": 5, "output_tokens": 7, "cache_read_input_tokens": 11,
            "cache_creation_input_tokens": 13, "server_tool_use": {"web_search_requests": 2},
        },
    ),
    "container": raw(
        {"content": [{"type": "text", "text": "x"}],
         "container": {"id": "c_1", "expires_at": "2026-11-22T00:00:00Z"}}
    ),
    "unheard-of field": raw({"content": [{"type": "text", "text": "x", "mood": "sunny"}], "aura": {"a": 1}}),
}  # fmt: skip


@pytest.fixture
async def fake() -> AsyncIterator[FakeClaude]:
    async with FakeClaude() as running:
        yield running


async def recorded(fake: FakeClaude, turn: Turn) -> bytes:
    fake.script([turn])
    async with httpx2.AsyncClient(timeout=10) as http:
        response = await http.post(
            f"{fake.base_url}/v1/messages",
            json={**REQUEST, "stream": True},
            headers={"x-api-key": fake.api_key, "anthropic-version": "2026-10-21"},
        )
        assert response.status_code == 200, response.text
        return response.content


def replaying(body: bytes) -> AsyncAnthropic:
    def answer(request: httpx2.Request) -> httpx2.Response:
        headers = {"content-type": "text/event-stream", "request-id": "req_1"}
        return httpx2.Response(200, headers=headers, content=body)

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    return AsyncAnthropic(api_key="k", max_retries=0, http_client=http)


@pytest.mark.parametrize("name", TURNS)
async def test_the_message_equals_what_the_sdk_helper_builds(fake: FakeClaude, name: str):
    body = await recorded(fake, TURNS[name])
    async with replaying(body) as client:
        async with client.messages.stream(**REQUEST) as stream:
            theirs = (await stream.get_final_message()).to_dict(mode="json", warnings=False)
        ours = await ModelCaller(client).call(REQUEST)
    assert ours.message["content"] == theirs["content"]
    assert ours.message == theirs
    assert ours.request_id == "req_1"


def sse(*events: dict[str, Any]) -> bytes:
    return "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events).encode()


START = {
    "type": "message_start",
    "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
        "stop_reason": None, "stop_sequence": None,
        "usage": {
            "input_tokens": 10, "output_tokens": 1, "cache_read_input_tokens": 4, "service_tier": "standard",
        },
    },
}  # fmt: skip
DONE = {
    "type": "message_delta",
    "delta": {"stop_reason": "end_turn", "stop_sequence": None},
    "usage": {"output_tokens": 9, "cache_read_input_tokens": None},
}
STOP = {"type": "message_stop"}


def built(*events: dict[str, Any]) -> dict[str, Any]:
    accumulator = Accumulator()
    for event in events:
        accumulator.feed(event)
    return accumulator.message()


def test_usage_counters_replace_and_absent_ones_survive():
    usage = built(START, DONE, STOP)["usage"]
    assert usage == {
        "input_tokens": 10, "output_tokens": 9, "cache_read_input_tokens": 4, "service_tier": "standard",
    }  # fmt: skip


def test_usage_counters_nobody_knows_yet_are_kept():
    delta = {**DONE, "usage": {"output_tokens": 1, "iterations": [{"type": "message"}]}}
    assert built(START, delta, STOP)["usage"]["iterations"] == [{"type": "message"}]


def test_an_unknown_block_grows_by_its_unknown_deltas():
    message = built(
        START,
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "gem", "data": "a", "n": [1]},
        },
        {"type": "content_block_delta", "index": 0, "delta": {"type": "gem_delta", "data": "b", "n": [2]}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "gem_delta", "seal": "s"}},
        {"type": "content_block_stop", "index": 0},
        DONE,
        STOP,
    )
    assert message["content"] == [{"type": "gem", "data": "ab", "n": [1, 2], "seal": "s"}]


def test_unknown_deltas_of_known_blocks_are_set_aside_as_they_came():
    accumulator = Accumulator()
    odd = {"type": "content_block_delta", "index": 0, "delta": {"type": "odd_delta", "x": 1}}
    start = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "a"}}
    for event in (START, start, odd, {"type": "aside", "y": 2}, DONE, STOP):
        accumulator.feed(event)
    assert accumulator.message()["content"] == [{"type": "text", "text": "a"}]
    assert accumulator.unrecognised == [odd, {"type": "aside", "y": 2}]


def test_top_level_fields_of_message_delta_reach_the_message():
    delta = {**DONE, "context_management": {"applied_edits": []}}
    delta["delta"] = {**DONE["delta"], "container": {"id": "c"}, "novelty": 1}
    message = built(START, delta, STOP)
    assert message["context_management"] == {"applied_edits": []}
    assert message["container"] == {"id": "c"}
    assert message["novelty"] == 1


TOOL = {
    "type": "content_block_start",
    "index": 0,
    "content_block": {"type": "tool_use", "id": "t", "name": "n", "input": {}},
}


def piece(text: str) -> dict[str, Any]:
    return {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "input_json_delta", "partial_json": text},
    }


def stopped(reason: str | None) -> dict[str, Any]:
    return {**DONE, "delta": {"stop_reason": reason, "stop_sequence": None}}


@pytest.mark.parametrize(
    "events",
    [
        (),
        (START,),
        (START, DONE),
        (START, stopped(None), STOP),
        (START, STOP),
        (DONE, STOP),
        ({"type": "message_start"}, DONE, STOP),
        (START, piece("{}"), DONE, STOP),
        (START, TOOL, piece('{"a": '), piece("oops}"), DONE, STOP),
        (START, TOOL, piece('{"delete": "/tmp'), stopped("tool_use"), STOP),
    ],
    ids=["nothing", "start", "no stop", "null reason", "no reason", "no start", "empty start",
         "unknown index", "torn input", "cut input of a call"],
)  # fmt: skip
def test_an_incomplete_stream_is_never_a_message(events: tuple[dict[str, Any], ...]):
    with pytest.raises(StreamBroken):
        built(*events)


def test_what_max_tokens_cut_is_kept_as_far_as_it_came():
    message = built(START, TOOL, piece('{"a": 1, "b": "xy'), stopped("max_tokens"), STOP)
    assert message["content"][0]["input"] == {"a": 1}


async def test_nul_and_lone_surrogates_become_replacement_characters():
    body = sse(
        START,
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a\0\ud83d"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "\ude00\ud800"}},
        {"type": "content_block_stop", "index": 0},
        DONE,
        STOP,
    )
    async with replaying(body) as client:
        reply = await ModelCaller(client).call(REQUEST)
    assert reply.message["content"][0]["text"] == "a�😀�"
    assert reply.replaced == 2
