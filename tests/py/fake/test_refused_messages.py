"""Which messages the API refuses, and beside each refusal what it takes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import anthropic
import pytest
from agentpg_executor.testing import FakeClaude, Problem

Json = dict[str, Any]
Post = Callable[..., Awaitable[Json]]
Judge = Callable[[Json], Problem | None]

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
    "error without content": (
        talk(user("Hi"), assistant(CALL), user({**RESULT, "content": "", "is_error": True})),
        "content cannot be empty if `is_error` is true",
    ),
    "document in an error": (
        talk(user("Hi"), assistant(CALL), user({**RESULT, "content": [DOCUMENT], "is_error": True})),
        'all content must be type "text" if `is_error` is true',
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
        "messages.1.content.0: `thinking` or `redacted_thinking` blocks in the latest assistant message",
    ),
}

ACCEPTED: dict[str, Json] = {
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
}


@pytest.mark.parametrize("name", REFUSED)
async def test_it_is_refused_with_the_apis_words(
    name: str, fake: FakeClaude, post: Post, judge: Judge
) -> None:
    change, words = REFUSED[name]
    with pytest.raises(anthropic.BadRequestError, match=re.escape(words)) as caught:
        await post(change)
    assert caught.value.type == "invalid_request_error"
    assert fake.journal.served().total() == 0
    assert judge(change) == Problem(400, "invalid_request_error", caught.value.api_message or "")


@pytest.mark.parametrize("name", ACCEPTED)
async def test_it_is_accepted(name: str, post: Post, judge: Judge) -> None:
    assert (await post(ACCEPTED[name]))["type"] == "message"
    assert judge(ACCEPTED[name]) is None
