"""What the API refuses, and beside each refusal what it takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import anthropic
import httpx2
import pytest
from agentpg_executor.testing import FakeClaude, reply, server_call, text, thinking
from anthropic import AsyncAnthropic

Connect = Callable[..., AsyncAnthropic]
Json = dict[str, Any]

OLD = "claude-sonnet-4-6"
OLDER = "claude-haiku-4-5"
TOOL: Json = {"name": "weather", "input_schema": {"type": "object"}}
CALL: Json = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
RESULT: Json = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "Snow"}
SEARCH: Json = {
    "type": "server_tool_use",
    "id": "srvtoolu_1",
    "name": "web_search",
    "input": {"query": "snow"},
}
DOCUMENT: Json = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Snow"}}
MARK: Json = {"type": "ephemeral"}


def user(*content: Json | str) -> Json:
    return {"role": "user", "content": content[0] if isinstance(content[0], str) else list(content)}


def assistant(*content: Json | str) -> Json:
    return {"role": "assistant", "content": content[0] if isinstance(content[0], str) else list(content)}


def said(value: str, **more: Any) -> Json:
    return {"type": "text", "text": value, **more}


def talk(*messages: Json) -> Json:
    return {"messages": list(messages), "tools": [TOOL]}


UNANSWERED = "`tool_use` ids were found without `tool_result` blocks immediately after: toolu_1"
UNASKED = "unexpected `tool_use_id` found in `tool_result` blocks: toolu_1"

REFUSED: dict[str, tuple[Json, str]] = {
    "no max_tokens": ({"max_tokens": ...}, "max_tokens: Field required"),
    "no model": ({"model": ...}, "model: Field required"),
    "no messages": ({"messages": ...}, "messages: Field required"),
    "temperature": ({"temperature": 1.0}, "temperature: Extra inputs are not permitted"),
    "top_p": ({"top_p": 0.5}, "top_p: Extra inputs are not permitted"),
    "top_k": ({"top_k": 5}, "top_k: Extra inputs are not permitted"),
    "unknown parameter": ({"temprature": 1}, "temprature: Extra inputs are not permitted"),
    "beta parameter without its header": ({"mcp_servers": []}, "mcp_servers: Extra inputs are not permitted"),
    "max_tokens as text": ({"max_tokens": "5"}, "max_tokens: Input should be a valid integer"),
    "negative max_tokens": ({"max_tokens": -1}, "greater than or equal to 0"),
    "more output than the model has": (
        {"max_tokens": 128_001},
        "max_tokens: 128001 > 128000, which is the maximum allowed number of output tokens",
    ),
    "stream as text": ({"stream": "yes"}, "stream: Input should be a valid boolean"),
    "metadata with other keys": ({"metadata": {"run": "1"}}, "metadata.run: Extra inputs are not permitted"),
    "blank stop sequence": ({"stop_sequences": [" "]}, "non-whitespace"),
    "unknown service tier": ({"service_tier": "gold"}, "service_tier"),
    "unknown effort": ({"output_config": {"effort": "huge"}}, "output_config.effort"),
    "no message": (talk(), "at least one message is required"),
    "unknown role": ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role"),
    "unknown key in a message": (
        {"messages": [{"role": "user", "content": "x", "name": "Ann"}]},
        "messages.0.name: Extra inputs are not permitted",
    ),
    "assistant first": (talk(assistant("Hi"), user("Hi")), 'first message must use the "user" role'),
    "empty string": (talk(user("")), "messages.0: all messages must have non-empty content"),
    "empty list": (
        talk(user("Hi"), {"role": "assistant", "content": []}, user("Hi")),
        "messages.1: all messages",
    ),
    "empty text": (talk(user(said(""))), "text content blocks must be non-empty"),
    "blank text": (talk(user(said(" \n"))), "must contain non-whitespace text"),
    "empty text in the system prompt": (
        {"system": [said("")]},
        "system: text content blocks must be non-empty",
    ),
    "empty text in a result": (
        talk(user("Hi"), assistant(CALL), user({**RESULT, "content": [said("")]})),
        "text content blocks must be non-empty",
    ),
    "unknown block": (talk(user({"type": "hologram"})), "messages.0.content.0: Input tag 'hologram'"),
    "unknown key in a block": (
        talk(user(said("Hi", lang="en"))),
        "messages.0.content.0.text.lang: Extra inputs",
    ),
    "document in an assistant turn": (
        talk(user("Hi"), assistant(DOCUMENT), user("Hi")),
        "messages.1.content.0",
    ),
    "citations in a user text": (
        talk(user(said("Hi", citations=[{"type": "char_location"}]))),
        "messages.0.content.0.text.citations",
    ),
    "call in a user turn": (talk(user(CALL)), "`tool_use` blocks can only be in `assistant` messages"),
    "result in an assistant turn": (
        talk(user("Hi"), assistant(RESULT), user("Hi")),
        "`tool_result` blocks can only be in `user` messages",
    ),
    "call without a result": (talk(user("Hi"), assistant(CALL), user("Hi")), f"messages.1: {UNANSWERED}"),
    "call at the end": (talk(user("Hi"), assistant(CALL)), f"messages.1: {UNANSWERED}"),
    "one of two calls unanswered": (
        talk(
            user("Hi"), assistant({**CALL, "id": "toolu_2"}, CALL), user({**RESULT, "tool_use_id": "toolu_2"})
        ),
        f"messages.1: {UNANSWERED}.",
    ),
    "result after a text": (talk(user("Hi"), assistant(CALL), user(said("So:"), RESULT)), UNANSWERED),
    "result without a call": (talk(user(RESULT)), f"messages.0.content.0: {UNASKED}"),
    "result of an earlier call": (
        talk(user("Hi"), assistant(CALL), user(RESULT), assistant("Snow."), user(RESULT)),
        f"messages.4.content.0: {UNASKED}",
    ),
    "two results for a call": (
        talk(user("Hi"), assistant(CALL), user(RESULT, RESULT)),
        "messages.2.content.1: each tool_use must have a single result",
    ),
    "the same id twice": (
        talk(user("Hi"), assistant(CALL), user(RESULT), assistant(CALL), user(RESULT)),
        "`tool_use` ids must be unique",
    ),
    "text beside results while a search is open": (
        talk(user("Hi"), assistant(SEARCH, CALL), user(RESULT, said("And?"))),
        "may contain `tool_result` blocks only",
    ),
    "call with a bad id": (
        talk(user("Hi"), assistant({**CALL, "id": "a b"}), user(RESULT)),
        "messages.1.content.0.tool_use.id: String should match pattern",
    ),
    "call whose input is no object": (
        talk(user("Hi"), assistant({**CALL, "input": "{}"}), user(RESULT)),
        "messages.1.content.0.tool_use.input: Input should be a valid dictionary",
    ),
    "prefill": (
        talk(user("Hi"), assistant("I think")),
        "does not support assistant message prefill. The conversation must end with a user message.",
    ),
    "thinking that nobody thought": (
        talk(
            user("Hi"),
            assistant({"type": "thinking", "thinking": "Hm", "signature": "abc"}, CALL),
            user(RESULT),
        ),
        "messages.1.content.0: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be",
    ),
    "tool name with a dot": (
        {"tools": [{**TOOL, "name": "a.b"}]},
        "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'",
    ),
    "tool name of 65 characters": ({"tools": [{**TOOL, "name": "x" * 65}]}, "tools.0.custom.name"),
    "tool without a schema": ({"tools": [{"name": "a"}]}, "tools.0.custom.input_schema: Field required"),
    "tool whose schema is no object": (
        {"tools": [{"name": "a", "input_schema": {"type": "string"}}]},
        "tools.0.custom.input_schema.type: Input should be 'object'",
    ),
    "tool with an unknown key": ({"tools": [{**TOOL, "timeout": 3}]}, "tools.0.custom.timeout: Extra inputs"),
    "tool of an unknown type": (
        {"tools": [{"type": "teleport_20260101", "name": "a"}]},
        "tools.0: Input tag",
    ),
    "two tools of one name": ({"tools": [TOOL, TOOL]}, "Tool names must be unique"),
    "choice without tools": (
        {"tool_choice": {"type": "auto"}},
        "may only be specified while providing tools",
    ),
    "forced choice on a model that refuses it": (
        {"tools": [TOOL], "tool_choice": {"type": "any"}},
        "not supported for this model",
    ),
    "choice of an absent tool": (
        {"model": OLD, "tools": [TOOL], "tool_choice": {"type": "tool", "name": "x"}},
        "Tool 'x' not found",
    ),
    "budgeted thinking on a new model": (
        {"max_tokens": 4000, "thinking": {"type": "enabled", "budget_tokens": 2000}},
        '"enabled" is not supported',
    ),
    "adaptive thinking on an old model": (
        {"model": OLDER, "thinking": {"type": "adaptive"}},
        "not supported",
    ),
    "disabled thinking where it is always on": ({"thinking": {"type": "disabled"}}, "not supported"),
    "small budget": (
        {"model": OLDER, "thinking": {"type": "enabled", "budget_tokens": 1000}},
        "greater than or equal to 1024",
    ),
    "budget above max_tokens": (
        {"model": OLDER, "max_tokens": 2000, "thinking": {"type": "enabled", "budget_tokens": 2000}},
        "`max_tokens` must be greater than `thinking.budget_tokens`",
    ),
    "five cache marks": (
        {"system": [said(str(index), cache_control=MARK) for index in range(5)]},
        "A maximum of 4 blocks with cache_control may be provided. Found 5.",
    ),
    "four marks and the automatic one": (
        {"cache_control": MARK, "system": [said(str(index), cache_control=MARK) for index in range(4)]},
        "Found 5.",
    ),
    "a long mark after a short one": (
        {"system": [said("a", cache_control=MARK), said("b", cache_control={**MARK, "ttl": "1h"})]},
        "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block",
    ),
    "unknown time to live": ({"system": [said("a", cache_control={**MARK, "ttl": "2h"})]}, "'5m' or '1h'"),
}

ACCEPTED: dict[str, Json] = {
    "zero max_tokens": {"max_tokens": 0},
    "all the output the model has": {"max_tokens": 128_000},
    "user id": {"metadata": {"user_id": "u1"}},
    "system of blocks": {"system": [said("Be brief.", cache_control=MARK)]},
    "call and result": talk(user("Hi"), assistant(CALL), user(RESULT)),
    "text after results": talk(user("Hi"), assistant(CALL), user(RESULT, said("And?"))),
    "result without content": talk(
        user("Hi"), assistant(CALL), user({"type": "tool_result", "tool_use_id": "toolu_1"})
    ),
    "result of blocks": talk(
        user("Hi"), assistant(CALL), user({**RESULT, "content": [said("Snow")], "is_error": True})
    ),
    "results in two messages": talk(
        user("Hi"),
        assistant(CALL, {**CALL, "id": "toolu_2"}),
        user(RESULT),
        user({**RESULT, "tool_use_id": "toolu_2"}),
    ),
    "calls in two messages": talk(user("Hi"), assistant("Well,"), assistant(CALL), user(RESULT)),
    "results alone while a search is open": talk(user("Hi"), assistant(SEARCH, CALL), user(RESULT)),
    "a paused turn sent back": talk(user("Hi"), assistant(SEARCH)),
    "system message in between": talk(
        user("Hi"), {"role": "system", "content": "Be kind."}, assistant("Hi"), user("?")
    ),
    "document of the user": talk(user(DOCUMENT, said("What is it?"))),
    "citations in an assistant turn": talk(user("Hi"), assistant(said("Hi", citations=[])), user("Hi")),
    "prefill on an old model": {"model": OLDER, **talk(user("Hi"), assistant("I think"))},
    "forced choice on an old model": {
        "model": OLD,
        "tools": [TOOL],
        "tool_choice": {"type": "tool", "name": "weather"},
    },
    "auto choice": {"tools": [TOOL], "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
    "tool with every key": {
        "tools": [
            {
                **TOOL,
                "type": "custom",
                "description": "Weather",
                "strict": True,
                "cache_control": MARK,
                "defer_loading": False,
                "input_examples": [{}],
            }
        ]
    },
    "server tool": {"tools": [{"type": "web_search_20260209", "name": "web_search"}]},
    "name of 64 characters": {"tools": [{**TOOL, "name": "x" * 64}]},
    "adaptive thinking": {"thinking": {"type": "adaptive", "display": "summarized"}},
    "budgeted thinking": {
        "model": OLDER,
        "max_tokens": 4000,
        "thinking": {"type": "enabled", "budget_tokens": 2000},
    },
    "four cache marks": {"system": [said(str(index), cache_control=MARK) for index in range(4)]},
    "a short mark after a long one": {
        "system": [said("a", cache_control={**MARK, "ttl": "1h"}), said("b", cache_control=MARK)]
    },
}


async def post(client: AsyncAnthropic, ask: Json, change: Json, **headers: str) -> Json:
    body = {key: value for key, value in (ask | change).items() if value is not ...}
    response = await client.post(
        "/v1/messages", body=body, cast_to=httpx2.Response, options={"headers": headers}
    )
    answer: Json = response.json()
    return answer


@pytest.mark.parametrize("name", REFUSED)
async def test_it_is_refused_with_the_apis_words(
    name: str, fake: FakeClaude, client: AsyncAnthropic, ask: Json
) -> None:
    change, words = REFUSED[name]
    with pytest.raises(anthropic.BadRequestError, match=re.escape(words)) as caught:
        await post(client, ask, change)
    assert caught.value.type == "invalid_request_error"
    assert fake.journal.served().total() == 0


@pytest.mark.parametrize("name", ACCEPTED)
async def test_it_is_accepted(name: str, client: AsyncAnthropic, ask: Json) -> None:
    assert (await post(client, ask, ACCEPTED[name]))["type"] == "message"


async def test_sampling_is_taken_from_the_old_version_on_models_that_still_have_it(
    client: AsyncAnthropic, ask: Json
) -> None:
    old = {"anthropic-version": "2023-06-01"}
    assert await post(client, ask, {"model": OLD, "temperature": 0.3, "top_k": 5}, **old)
    with pytest.raises(anthropic.BadRequestError, match="deprecated for this model"):
        await post(client, ask, {"temperature": 0.3}, **old)
    with pytest.raises(anthropic.BadRequestError, match="range"):
        await post(client, ask, {"model": OLD, "temperature": 1.5}, **old)


async def test_documents_of_the_assistant_and_citations_of_the_user_pass_in_the_old_version(
    client: AsyncAnthropic, ask: Json
) -> None:
    old = {"anthropic-version": "2023-06-01"}
    assert await post(client, ask, talk(user("Hi"), assistant(DOCUMENT), user("Hi")), **old)
    assert await post(client, ask, talk(user(said("Hi", citations=[{"type": "char_location"}]))), **old)


async def test_betas_must_be_known_and_open_their_parameters(connect: Connect, ask: Json) -> None:
    async with FakeClaude(betas=["my-beta-2027-01-01"]) as fake:
        client = connect(fake)
        servers = {"mcp_servers": [{"type": "url", "url": "https://example.com", "name": "x"}]}
        assert await post(
            client, ask, servers, **{"anthropic-beta": "mcp-client-2025-11-20,my-beta-2027-01-01"}
        )
        assert fake.journal[-1].betas == ["mcp-client-2025-11-20", "my-beta-2027-01-01"]
        with pytest.raises(anthropic.BadRequestError, match=r"Unexpected value\(s\) `nobodys-beta`"):
            await post(client, ask, {}, **{"anthropic-beta": "nobodys-beta"})


async def test_thinking_must_come_back_as_it_was_sent(
    fake: FakeClaude, client: AsyncAnthropic, ask: Json
) -> None:
    fake.script([reply(thinking("First, the snow."), text("Snow.")), text("Yes."), text("Yes.")])
    content = (await client.messages.create(**ask)).to_dict()["content"]
    follow = [*ask["messages"], assistant(*content), user("Sure?")]
    assert await post(client, ask, {"messages": follow})
    edited = {**content[0], "thinking": "First, the sun."}
    with pytest.raises(anthropic.BadRequestError, match="cannot be modified"):
        await post(
            client, ask, {"messages": [*ask["messages"], assistant(edited, content[1]), user("Sure?")]}
        )
    later = [
        *ask["messages"],
        assistant(edited, content[1]),
        user("Sure?"),
        assistant("Yes."),
        user("Really?"),
    ]
    assert await post(client, ask, {"messages": later})


async def test_an_empty_end_turn_cannot_be_sent_back(
    fake: FakeClaude, client: AsyncAnthropic, ask: Json
) -> None:
    """As with the real API: a transcript has to leave such a message out."""
    follow = [*ask["messages"], {"role": "assistant", "content": []}, user("Hello?")]
    with pytest.raises(anthropic.BadRequestError, match="non-empty content"):
        await post(client, ask, {"messages": follow})


async def test_a_paused_turn_goes_on(fake: FakeClaude, client: AsyncAnthropic, ask: Json) -> None:
    fake.script([reply(server_call("web_search", query="snow"), stop_reason="pause_turn"), text("Snow.")])
    paused = await client.messages.create(**ask)
    ask["messages"].append({"role": "assistant", "content": paused.to_dict()["content"]})
    assert (await client.messages.create(**ask)).stop_reason == "end_turn"


async def test_unknown_and_retired_models_are_404_unless_allowed(
    fake: FakeClaude, client: AsyncAnthropic, connect: Connect, ask: Json
) -> None:
    for name in ("claude-nobody", "claude-mythos-preview"):
        with pytest.raises(anthropic.NotFoundError, match=f"model: {name}"):
            await post(client, ask, {"model": name})
    async with FakeClaude(allow_unknown_models=True) as lenient:
        assert (await post(connect(lenient), ask, {"model": "claude-nobody"}))["model"] == "claude-nobody"


async def test_too_large_a_body_is_413(connect: Connect, ask: Json) -> None:
    async with FakeClaude(max_body_bytes=2000) as fake:
        client = connect(fake)
        with pytest.raises(anthropic.ContentTooLargeError) as caught:
            await post(client, ask, {"system": "x" * 2000})
        assert caught.value.type == "request_too_large"
        assert caught.value.request_id == fake.journal[0].request_id
        assert await post(client, ask, {})


async def test_a_body_that_is_no_json_is_400(fake: FakeClaude, client: AsyncAnthropic) -> None:
    for content in (b"{", b"[]", b"\xff"):
        async with httpx2.AsyncClient(verify=False) as http:
            response = await http.post(
                f"{fake.base_url}/v1/messages",
                content=content,
                headers={"x-api-key": fake.api_key, "anthropic-version": "2026-10-21"},
            )
        assert response.status_code == 400
        assert response.json()["error"]["type"] == "invalid_request_error"


async def test_count_tokens_checks_as_messages_do(client: AsyncAnthropic, ask: Json) -> None:
    with pytest.raises(anthropic.BadRequestError, match="at least one message"):
        await client.messages.count_tokens(model=ask["model"], messages=[])
    with pytest.raises(anthropic.BadRequestError, match="max_tokens: Extra inputs"):
        await client.messages.count_tokens(
            model=ask["model"], messages=ask["messages"], extra_body={"max_tokens": 5}
        )
