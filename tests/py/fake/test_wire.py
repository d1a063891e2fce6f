"""The wire itself: keys, headers, ids, the order and the cutting of events."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import anthropic
import httpx2
import pytest
from agentpg_executor.testing import FakeClaude, call, empty, fault, reply, text, thinking
from anthropic import AsyncAnthropic

Connect = Callable[..., AsyncAnthropic]
VERSION = {"anthropic-version": "2026-10-21"}

LIMIT_HEADERS = [
    f"anthropic-ratelimit-{what}-{part}"
    for what in ("requests", "tokens", "input-tokens", "output-tokens")
    for part in ("limit", "remaining", "reset")
]


def is_whole_text(chunk: bytes) -> bool:
    """Whether no character is split."""
    try:
        return bool(chunk.decode())
    except UnicodeDecodeError:
        return False


async def events(fake: FakeClaude, ask: dict[str, Any]) -> tuple[list[tuple[str, Any]], list[bytes]]:
    """The raw events of a stream, and the chunks they came in."""
    chunks: list[bytes] = []
    async with (
        httpx2.AsyncClient(verify=False) as http,
        http.stream(
            "POST",
            f"{fake.base_url}/v1/messages",
            json=ask | {"stream": True},
            headers={"x-api-key": fake.api_key, **VERSION},
        ) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        chunks.extend([chunk async for chunk in response.aiter_raw()])
    found: list[tuple[str, Any]] = []
    for record in b"".join(chunks).decode().removesuffix("\n\n").split("\n\n"):
        name, data = record.split("\n")
        assert name.startswith("event: ")
        assert data.startswith("data: ")
        found.append((name[7:], json.loads(data[6:])))
    return found, chunks


async def test_events_come_in_the_apis_order(fake: FakeClaude, ask: dict[str, Any]) -> None:
    fake.script([reply(thinking("Hm"), text("x" * 30), call("weather", city="Oslo"))])
    found, _ = await events(fake, ask)
    assert [name for name, _ in found] == [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "content_block_start",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "content_block_start",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert all(data["type"] == name for name, data in found)
    deltas = [data["delta"] for name, data in found if name == "content_block_delta"]
    assert [delta["type"] for delta in deltas] == [
        "thinking_delta",
        "signature_delta",
        "text_delta",
        "text_delta",
        "input_json_delta",
        "input_json_delta",
    ]
    assert deltas[4]["partial_json"] == ""
    assert json.loads(deltas[5]["partial_json"]) == {"city": "Oslo"}


async def test_the_stream_begins_without_an_end_and_ends_with_the_whole_usage(
    fake: FakeClaude, ask: dict[str, Any]
) -> None:
    fake.script([reply(thinking("Hmm."), text("x" * 400))])
    found, _ = await events(fake, ask)
    begun = found[0][1]["message"]
    assert begun["content"] == []
    assert begun["stop_reason"] is None
    assert begun["usage"]["output_tokens"] == 1
    assert begun["usage"]["input_tokens"] > 0
    ended = found[-2][1]
    assert ended["delta"]["stop_reason"] == "end_turn"
    assert ended["usage"]["output_tokens"] == 101
    assert ended["usage"]["output_tokens_details"] == {"thinking_tokens": 1}
    assert ended["usage"]["input_tokens"] == begun["usage"]["input_tokens"]


async def test_an_empty_answer_has_no_block_but_its_ping(fake: FakeClaude, ask: dict[str, Any]) -> None:
    fake.script([empty()])
    found, _ = await events(fake, ask)
    assert [name for name, _ in found] == ["message_start", "ping", "message_delta", "message_stop"]


@pytest.mark.parametrize("size", [1, 7])
async def test_chunks_split_lines_and_characters_and_the_sdk_reads_them(
    size: int, connect: Connect, ask: dict[str, Any]
) -> None:
    said = "Grüße, 世界 🌍! "
    async with FakeClaude(chunk_bytes=size) as fake:
        fake.script([text(said), text(said)])
        _, chunks = await events(fake, ask)
        assert {len(chunk) for chunk in chunks[:-1]} == {size}
        assert not all(map(is_whole_text, chunks))
        async with connect(fake).messages.stream(**ask) as stream:
            assert await stream.get_final_text() == said


async def test_every_response_carries_its_id_and_the_limits(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    answered = await client.messages.with_raw_response.create(**ask)
    streamed = await client.messages.create(**ask, stream=True)
    async for _ in streamed:
        pass
    fake.script([fault(500)])
    with pytest.raises(anthropic.InternalServerError) as failed:
        await client.messages.create(**ask)
    with pytest.raises(anthropic.NotFoundError) as missing:
        await client.get("/v1/nothing", cast_to=httpx2.Response)
    with pytest.raises(anthropic.AuthenticationError) as refused:
        await client.with_options(api_key="wrong").messages.create(**ask)
    seen = [
        answered.headers,
        streamed.response.headers,
        failed.value.response.headers,
        missing.value.response.headers,
        refused.value.response.headers,
    ]
    ids = [headers["request-id"] for headers in seen]
    assert ids == [entry.request_id for entry in fake.journal]
    assert len(set(ids)) == 5
    for headers in seen:
        assert headers["anthropic-organization-id"]
        assert headers["anthropic-workspace-id"]
        assert [name for name in LIMIT_HEADERS if name not in headers] == []


async def test_a_key_may_come_either_way_and_must_be_right(fake: FakeClaude, ask: dict[str, Any]) -> None:
    cases: list[tuple[dict[str, str], int]] = [
        ({"x-api-key": fake.api_key}, 200),
        ({"authorization": f"Bearer {fake.api_key}"}, 200),
        ({"x-api-key": "wrong"}, 401),
        ({"authorization": "Bearer wrong"}, 401),
        ({"authorization": f"Basic {fake.api_key}"}, 401),
        ({"x-api-key": "wrong", "authorization": f"Bearer {fake.api_key}"}, 401),
        ({}, 401),
    ]
    async with httpx2.AsyncClient(verify=False) as http:
        for headers, status in cases:
            response = await http.post(f"{fake.base_url}/v1/messages", json=ask, headers=headers | VERSION)
            assert response.status_code == status, headers
            if status == 401:
                assert response.json()["error"]["type"] == "authentication_error"


async def test_the_version_must_be_there_and_known(fake: FakeClaude, ask: dict[str, Any]) -> None:
    async with httpx2.AsyncClient(verify=False) as http:
        for version, status in ((None, 400), ("2031-01-01", 400), ("2023-06-01", 200), ("2026-10-21", 200)):
            headers = {"x-api-key": fake.api_key} | ({"anthropic-version": version} if version else {})
            response = await http.post(f"{fake.base_url}/v1/messages", json=ask, headers=headers)
            assert response.status_code == status, version
            assert fake.journal[-1].version == version


async def test_a_query_is_ignored(fake: FakeClaude, ask: dict[str, Any]) -> None:
    async with httpx2.AsyncClient(verify=False) as http:
        response = await http.post(
            f"{fake.base_url}/v1/messages?beta=true", json=ask, headers={"x-api-key": fake.api_key, **VERSION}
        )
    assert response.status_code == 200
    assert fake.journal[0].path == "/v1/messages"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/v1/messages"),
        ("POST", "/v1/messages/"),
        ("PUT", "/v1/messages/batches/x"),
        ("GET", "/v1/messages/batches/x/y"),
        ("POST", "/v1/complete"),
    ],
)
async def test_an_unknown_path_is_404(method: str, path: str, fake: FakeClaude) -> None:
    async with httpx2.AsyncClient(verify=False) as http:
        response = await http.request(
            method, fake.base_url + path, headers={"x-api-key": fake.api_key, **VERSION}
        )
    assert response.status_code == 404
    assert response.json()["error"]["type"] == "not_found_error"
