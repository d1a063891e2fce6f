"""Refusals that depend on the version, the model, the betas, or on what the fake said before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anthropic
import httpx2
import pytest
from agentpg_executor.testing import FakeClaude, reply, server_call, text, thinking
from anthropic import AsyncAnthropic

Connect = Callable[..., AsyncAnthropic]
Json = dict[str, Any]
Post = Callable[..., Awaitable[Json]]

OLD = "claude-sonnet-4-6"
DOCUMENT: Json = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Snow"}}
SINCE_2023 = {"anthropic-version": "2023-06-01"}


def user(*content: Json | str) -> Json:
    return {"role": "user", "content": content[0] if isinstance(content[0], str) else list(content)}


def assistant(*content: Json | str) -> Json:
    return {"role": "assistant", "content": content[0] if isinstance(content[0], str) else list(content)}


def said(value: str, **more: Any) -> Json:
    return {"type": "text", "text": value, **more}


async def test_sampling_is_taken_from_the_old_version_on_models_that_still_have_it(post: Post) -> None:
    assert await post({"model": OLD, "temperature": 0.3, "top_k": 5}, **SINCE_2023)
    with pytest.raises(anthropic.BadRequestError, match="deprecated for this model"):
        await post({"temperature": 0.3}, **SINCE_2023)
    with pytest.raises(anthropic.BadRequestError, match="range"):
        await post({"model": OLD, "temperature": 1.5}, **SINCE_2023)


async def test_documents_of_the_assistant_and_citations_of_the_user_pass_in_the_old_version(
    post: Post,
) -> None:
    cited = said("Hi", citations=[{"type": "char_location"}])
    for messages in ([user("Hi"), assistant(DOCUMENT), user("Hi")], [user(cited)]):
        assert await post({"messages": messages}, **SINCE_2023)


async def test_betas_must_be_known_and_open_their_parameters(connect: Connect, post: Post) -> None:
    async with FakeClaude(betas=["my-beta-2027-01-01"]) as fake:
        client = connect(fake)
        servers = {"mcp_servers": [{"type": "url", "url": "https://example.com", "name": "x"}]}
        known = {"anthropic-beta": "mcp-client-2025-11-20,my-beta-2027-01-01"}
        assert await post(servers, by=client, **known)
        assert fake.journal[-1].betas == ["mcp-client-2025-11-20", "my-beta-2027-01-01"]
        with pytest.raises(anthropic.BadRequestError, match=r"Unexpected value\(s\) `nobodys-beta`"):
            await post(by=client, **{"anthropic-beta": "nobodys-beta"})


async def test_thinking_must_come_back_as_it_was_sent(
    fake: FakeClaude, client: AsyncAnthropic, ask: Json, post: Post
) -> None:
    fake.script([reply(thinking("First, the snow."), text("Snow.")), text("Yes."), text("Yes.")])
    ask["model"] = "claude-opus-5"
    thought, answer = (await client.messages.create(**ask)).to_dict()["content"]
    edited = {**thought, "thinking": "First, the sun."}
    begun = ask["messages"]
    assert await post({"messages": [*begun, assistant(thought, answer), user("Sure?")]})
    with pytest.raises(anthropic.BadRequestError, match="cannot be modified"):
        await post({"messages": [*begun, assistant(edited, answer), user("Sure?")]})
    later = [assistant(edited, answer), user("Sure?"), assistant("Yes."), user("Really?")]
    assert await post({"messages": [*begun, *later]})


async def test_an_empty_end_turn_cannot_be_sent_back(ask: Json, post: Post) -> None:
    """A transcript has to leave such a message out."""
    with pytest.raises(anthropic.BadRequestError, match="non-empty content"):
        await post({"messages": [*ask["messages"], {"role": "assistant", "content": []}, user("Hello?")]})


async def test_a_paused_turn_goes_on(fake: FakeClaude, client: AsyncAnthropic, ask: Json) -> None:
    fake.script([reply(server_call("web_search", query="snow"), stop_reason="pause_turn"), text("Snow.")])
    paused = await client.messages.create(**ask)
    ask["messages"].append({"role": "assistant", "content": paused.to_dict()["content"]})
    assert (await client.messages.create(**ask)).stop_reason == "end_turn"


async def test_unknown_and_retired_models_are_404_unless_allowed(connect: Connect, post: Post) -> None:
    for name in ("claude-nobody", "claude-mythos-preview"):
        with pytest.raises(anthropic.NotFoundError, match=f"model: {name}"):
            await post({"model": name})
    async with FakeClaude(allow_unknown_models=True) as lenient:
        answer = await post({"model": "claude-nobody"}, by=connect(lenient))
    assert answer["model"] == "claude-nobody"


async def test_too_large_a_body_is_413(connect: Connect, post: Post) -> None:
    async with FakeClaude(max_body_bytes=2000) as fake:
        client = connect(fake)
        with pytest.raises(anthropic.ContentTooLargeError) as caught:
            await post({"system": "x" * 2000}, by=client)
        assert caught.value.type == "request_too_large"
        assert caught.value.request_id == fake.journal[0].request_id
        assert await post(by=client)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff"])
async def test_a_body_that_is_no_json_object_is_400(content: bytes, fake: FakeClaude) -> None:
    headers = {"x-api-key": fake.api_key, "anthropic-version": "2026-10-21"}
    async with httpx2.AsyncClient(verify=False) as http:
        response = await http.post(f"{fake.base_url}/v1/messages", content=content, headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


async def test_count_tokens_checks_as_messages_do(client: AsyncAnthropic, ask: Json) -> None:
    count = client.messages.count_tokens
    with pytest.raises(anthropic.BadRequestError, match="at least one message"):
        await count(model=ask["model"], messages=[])
    with pytest.raises(anthropic.BadRequestError, match="max_tokens: Extra inputs"):
        await count(model=ask["model"], messages=ask["messages"], extra_body={"max_tokens": 5})
