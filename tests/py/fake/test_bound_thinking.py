"""Thinking that is good only for the model and the conversation it was thought in."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import anthropic
import pytest
from agentpg_executor.testing import (
    FakeClaude,
    call,
    redacted_thinking,
    reply,
    signed_thinking,
    text,
    thinking,
    validate_request,
)
from anthropic import AsyncAnthropic

Connect = Callable[..., AsyncAnthropic]
Json = dict[str, Any]

BINDING = (
    *("claude-fable-5-1", "claude-fable-5-2", "claude-mythos-5-1", "claude-mythos-5-2"),
    *("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"),
)
CONTROLS = "thinking-binding-controls-2026-08-01"
DROP: Json = {"thinking": {"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": "drop_block"}}}
BOUND = "The block is bound to a different conversation. Remove the block, or set"
TOOL: Json = {"name": "weather", "input_schema": {"type": "object"}}
CALL: Json = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"day": 1.0, "place": "Oslo"}}


def said(value: str, **more: Any) -> Json:
    return {"type": "text", "text": value, **more}


def user(*content: Json) -> Json:
    return {"role": "user", "content": list(content)}


def assistant(*content: Json) -> Json:
    return {"role": "assistant", "content": list(content)}


@pytest.fixture
def first() -> Json:
    return {
        "model": "claude-opus-5-5",
        "max_tokens": 1000,
        "system": "Be brief.",
        "tools": [dict(TOOL)],
        "messages": [user(said("Is there snow?"))],
    }


@pytest.fixture
def talk(first: Json) -> Json:
    """Two rounds with thinking in each of the assistant's three messages."""
    messages = first["messages"]
    one = signed_thinking(first, "First, look.")
    messages += [
        assistant(one, copy.deepcopy(CALL)),
        user({"type": "tool_result", "tool_use_id": "toolu_1", "content": "Snow"}),
    ]
    messages.append(assistant(signed_thinking(first, "So."), said("Snow.")))
    messages.append(user(said("Sure?")))
    messages.append(assistant(signed_thinking(first, "Quite."), said("Yes.")))
    messages.append(user(said("And tomorrow?")))
    return first


def test_it_passes_behind_its_own_conversation(talk: Json) -> None:
    assert validate_request(talk) is None


@pytest.mark.parametrize("model", BINDING)
def test_models_that_bind_refuse_it_behind_another(model: str) -> None:
    asked: Json = {"model": model, "max_tokens": 100, "messages": [user(said("Is there snow?"))]}
    mine = [assistant(signed_thinking(asked), said("Yes.")), user(said("Sure?"))]
    assert validate_request({**asked, "messages": [*asked["messages"], *mine]}) is None
    problem = validate_request({**asked, "messages": [user(said("Is there sun?")), *mine]})
    assert problem is not None
    assert problem.status == 400
    assert problem.message.startswith(
        f"messages.1.content.0: Invalid `signature` in `thinking` block. {BOUND}"
    )


@pytest.mark.parametrize("model", ["claude-opus-5", "claude-opus-4-8", "claude-haiku-4-5"])
def test_older_models_take_it_anywhere(model: str) -> None:
    asked: Json = {"model": model, "max_tokens": 100, "messages": [user(said("Is there snow?"))]}
    mine = [assistant(signed_thinking(asked), said("Yes.")), user(said("Sure?"))]
    assert validate_request({**asked, "messages": [user(said("Is there sun?")), *mine]}) is None


CHANGES: dict[str, Callable[[Json], Any]] = {
    "the system prompt": lambda talk: talk.update(system="Be long."),
    "a tool": lambda talk: talk["tools"][0].update(description="The weather"),
    "one more tool": lambda talk: talk["tools"].append({**TOOL, "name": "time"}),
    "the first question": lambda talk: talk["messages"][0]["content"][0].update(text="Is there sun?"),
    "a tool result": lambda talk: talk["messages"][2]["content"][0].update(content="Sun"),
    "a call's input": lambda talk: talk["messages"][1]["content"][1].update(input={}),
    "an answer": lambda talk: talk["messages"][3]["content"][1].update(text="Sun."),
    "a message left out": lambda talk: talk["messages"].pop(4),
    "thinking left out from between": lambda talk: talk["messages"][3]["content"].pop(0),
    "thinking moved": lambda talk: talk["messages"][5]["content"].reverse(),
}
ALLOWED: dict[str, Callable[[Json], Any]] = {
    "cache marks": lambda talk: (
        talk["messages"][0]["content"][0].update(cache_control={"type": "ephemeral"}),
        talk["tools"][0].update(cache_control={"type": "ephemeral", "ttl": "1h"}),
    ),
    "the system prompt as blocks": lambda talk: talk.update(system=[said("Be brief.")]),
    "a text as a string": lambda talk: talk["messages"][0].update(content="Is there snow?"),
    "a message in two": lambda talk: talk["messages"].__setitem__(
        slice(3, 4), [assistant(block) for block in talk["messages"][3]["content"]]
    ),
    "a number's form": lambda talk: talk["messages"][1]["content"][1].update(
        input={"place": "Oslo", "day": 1}
    ),
    "the order of keys": lambda talk: talk["messages"][1]["content"].__setitem__(
        1, dict(reversed(talk["messages"][1]["content"][1].items()))
    ),
    "nulls": lambda talk: talk["messages"][3]["content"][1].update(citations=None),
    "the first thinking left out": lambda talk: talk["messages"][1]["content"].pop(0),
    "all thinking left out": lambda talk: [
        message["content"].__delitem__(0) for message in talk["messages"] if message["role"] == "assistant"
    ],
    "another effort": lambda talk: talk.update(output_config={"effort": "low"}),
    "what comes after it": lambda talk: talk["messages"][-1]["content"].append(said("Please.")),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_before_it_is_refused(name: str, talk: Json) -> None:
    CHANGES[name](talk)
    assert BOUND in str(validate_request(talk))


@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_no_change_is_taken(name: str, talk: Json) -> None:
    ALLOWED[name](talk)
    assert validate_request(talk) is None


def test_the_signature_is_the_same_in_every_process(first: Json) -> None:
    again = {**first, "messages": [{"role": "user", "content": "Is there snow?"}]}
    assert signed_thinking(first, "Hm") == signed_thinking(again, "Hm")
    assert signed_thinking(first, "Hm") != signed_thinking(first, "Oh")
    assert signed_thinking(first, "Hm") != signed_thinking({**first, "model": "claude-fable-5-1"}, "Hm")


def test_an_edit_is_refused_everywhere_on_models_that_bind(talk: Json) -> None:
    talk["messages"][1]["content"][0]["thinking"] = "First, guess."
    problem = validate_request(talk)
    assert problem is not None
    assert problem.message == "messages.1.content.0: Invalid `signature` in `thinking` block"


def test_the_controls_want_their_beta_and_good_values(talk: Json) -> None:
    assert "block_binding: Extra inputs" in str(validate_request({**talk, **DROP}))
    assert validate_request({**talk, **DROP}, [CONTROLS]) is None
    odd = copy.deepcopy(DROP)
    odd["thinking"]["block_binding"]["prefix_mismatch_behavior"] = "ignore"
    assert "'error' or 'drop_block'" in str(validate_request({**talk, **odd}, [CONTROLS]))
    odd["thinking"]["block_binding"] = {"prefix": 1}
    assert "block_binding.prefix: Extra inputs" in str(validate_request({**talk, **odd}, [CONTROLS]))


async def test_with_drop_block_the_rest_goes_on_without_it(
    fake: FakeClaude, client: AsyncAnthropic, talk: Json
) -> None:
    fake.script([text("Snow again.")])
    CHANGES["an answer"](talk)
    with pytest.raises(anthropic.BadRequestError, match="bound to a different conversation"):
        await client.beta.messages.create(**talk, betas=[CONTROLS])
    answer = await client.beta.messages.create(**talk, **DROP, betas=[CONTROLS])
    told = [each.to_dict() for each in answer.input_transformations or []]
    assert told == [
        {
            "type": "thinking_dropped",
            "path": "messages.5.content.0",
            "reason": "prefix_binding_mismatch",
        }
    ]
    CHANGES["the system prompt"](talk)
    counted = await client.beta.messages.count_tokens(
        **{key: talk[key] for key in ("model", "messages", "system", "tools")}, **DROP, betas=[CONTROLS]
    )
    ALLOWED["all thinking left out"](talk)
    bare = {key: talk[key] for key in ("model", "messages", "system", "tools")}
    assert counted.input_tokens == (await client.beta.messages.count_tokens(**bare)).input_tokens


async def test_without_anything_dropped_the_list_is_there_and_empty(
    client: AsyncAnthropic, talk: Json
) -> None:
    answer = await client.beta.messages.create(**talk, betas=[CONTROLS])
    assert answer.input_transformations == []
    assert (await client.beta.messages.create(**talk)).input_transformations is None


@pytest.mark.parametrize(
    ("model", "dropped"),
    [
        ("claude-opus-5-5", False),
        ("claude-fable-5-1", False),
        ("claude-fable-5-2", True),
        ("claude-opus-5", True),
    ],
)
async def test_thinking_of_a_model_that_cannot_be_read_is_left_out_in_silence(
    model: str, dropped: bool, client: AsyncAnthropic, talk: Json
) -> None:
    answer = await client.beta.messages.create(**{**talk, "model": model}, betas=[CONTROLS])
    reasons = [each.reason for each in answer.input_transformations or []]
    assert reasons == (["model_binding_mismatch"] * 3 if dropped else [])


async def test_what_the_fake_says_itself_comes_back_after_a_restart(connect: Connect, first: Json) -> None:
    turns = [
        reply(thinking("First, look."), call("weather")),
        reply(redacted_thinking(), thinking(""), "Snow."),
    ]
    async with FakeClaude() as before:
        before.script(turns)
        client = connect(before)
        answer = (await client.messages.create(**first)).to_dict()["content"]
        result = {"type": "tool_result", "tool_use_id": answer[1]["id"], "content": "Snow"}
        first["messages"] += [assistant(*answer), user(result)]
        answer = (await client.messages.create(**first)).to_dict()["content"]
        first["messages"] += [assistant(*answer), user(said("Sure?"))]
    async with FakeClaude() as later:
        assert await connect(later).messages.create(**first)
        first["messages"][0]["content"][0]["text"] = "Is there sun?"
        with pytest.raises(anthropic.BadRequestError, match="bound to a different conversation"):
            await connect(later).messages.create(**first)


async def test_a_signature_that_a_script_chose_is_bound_as_well(
    fake: FakeClaude, client: AsyncAnthropic, first: Json
) -> None:
    fake.script([reply(thinking("Hm", signature="abc"), redacted_thinking("def"), "Yes."), "Sure."])
    answer = (await client.messages.create(**first)).to_dict()["content"]
    first["messages"] += [assistant(*answer), user(said("Sure?"))]
    assert await client.messages.create(**first)
    first["system"] = "Be long."
    with pytest.raises(anthropic.BadRequestError, match="bound to a different conversation"):
        await client.messages.create(**first)


async def test_thinking_that_is_not_to_be_shown_is_empty_and_good(
    client: AsyncAnthropic, fake: FakeClaude, first: Json
) -> None:
    fake.script([reply(thinking("First, look."), "Snow."), "Sure."])
    hidden: Json = {"thinking": {"type": "adaptive", "display": "omitted"}}
    thought, answer = (await client.messages.create(**first, **hidden)).to_dict()["content"]
    assert thought["thinking"] == ""
    first["messages"] += [assistant(thought, answer), user(said("Sure?"))]
    assert await client.messages.create(**first, **hidden)
