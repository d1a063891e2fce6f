"""The API's own compaction, at a threshold and on demand, as the fake does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anthropic
import pytest
from agentpg_executor.testing import (
    FakeClaude,
    call,
    compaction,
    reply,
    signed_thinking,
    thinking,
    validate_request,
)
from anthropic import AsyncAnthropic

Connect = Callable[..., AsyncAnthropic]
Json = dict[str, Any]

THRESHOLD = "compact-2026-01-12"
ON_DEMAND = "compact-2026-09-04"
COMPACT: Json = {"type": "compact_20260112", "trigger": {"type": "input_tokens", "value": 50_000}}
EDITS: Json = {"context_management": {"edits": [COMPACT]}}
PAUSED: Json = {"context_management": {"edits": [{**COMPACT, "pause_after_compaction": True}]}}
SUMMARIZE: Json = {"compaction": {"type": "summarize"}}
LONG = "x" * 200_000
TOOL: Json = {"name": "weather", "input_schema": {"type": "object"}}


def said(value: str) -> Json:
    return {"type": "text", "text": value}


def user(*content: Json) -> Json:
    return {"role": "user", "content": list(content)}


def assistant(*content: Json) -> Json:
    return {"role": "assistant", "content": list(content)}


@pytest.fixture
def talk() -> Json:
    messages = [user(said(LONG)), assistant(said("I see.")), user(said("And now?"))]
    return {"model": "claude-opus-5-5", "max_tokens": 1000, "messages": messages}


async def test_at_the_threshold_a_summary_comes_first_and_the_answer_behind_it(
    client: AsyncAnthropic, fake: FakeClaude, talk: Json
) -> None:
    fake.script(["Yes.", "Snow."])
    answer = await client.beta.messages.create(**talk, **EDITS, betas=[THRESHOLD])
    summary, said_then = [block.to_dict() for block in answer.content]
    assert summary["content"] == "Summary of 3 messages. The last question was: And now?"
    assert summary["encrypted_content"]
    assert (said_then["text"], answer.stop_reason) == ("Yes.", "end_turn")
    whole = (
        await client.beta.messages.count_tokens(model=talk["model"], messages=talk["messages"])
    ).input_tokens
    steps = answer.usage.to_dict()["iterations"]
    assert steps[0]["input_tokens"] == whole
    assert [step["type"] for step in steps] == ["compaction", "message"]
    assert answer.usage.input_tokens == steps[1]["input_tokens"] < 100
    assert answer.usage.output_tokens == steps[1]["output_tokens"] == 1
    assert steps[0]["output_tokens"] > 5
    talk["messages"] += [assistant(summary, said_then), user(said("Sure?"))]
    again = await client.beta.messages.create(**talk, **EDITS, betas=[THRESHOLD])
    assert [block.type for block in again.content] == ["text"]
    assert again.usage.input_tokens < 100
    assert again.usage.iterations is None


async def test_below_the_threshold_nothing_happens(client: AsyncAnthropic, talk: Json) -> None:
    talk["messages"] = [user(said("x" * 1000))]
    answer = await client.beta.messages.create(**talk, **EDITS, betas=[THRESHOLD])
    assert [block.type for block in answer.content] == ["text"]


async def test_a_script_may_bring_its_own_summary(
    client: AsyncAnthropic, fake: FakeClaude, talk: Json
) -> None:
    fake.script([reply(compaction("They spoke of x."), "Yes.")])
    answer = await client.beta.messages.create(**talk, **EDITS, betas=[THRESHOLD])
    assert [block.to_dict().get("content") for block in answer.content] == ["They spoke of x.", None]


async def test_it_pauses_behind_the_summary_if_asked_to_and_goes_on_when_sent_back(
    client: AsyncAnthropic, fake: FakeClaude, talk: Json
) -> None:
    script = fake.script(["Yes."])
    paused = await client.beta.messages.create(**talk, **PAUSED, betas=[THRESHOLD])
    assert [block.type for block in paused.content] == ["compaction"]
    assert (paused.stop_reason, paused.usage.input_tokens, paused.usage.output_tokens) == ("compaction", 0, 0)
    assert script.remaining == 1
    talk["messages"].append(assistant(*(block.to_dict() for block in paused.content)))
    answer = await client.beta.messages.create(**talk, **PAUSED, betas=[THRESHOLD])
    assert (answer.content[0].to_dict()["text"], answer.stop_reason) == ("Yes.", "end_turn")


async def test_a_script_knows_where_it_is_when_a_summary_comes_between(
    client: AsyncAnthropic, fake: FakeClaude, talk: Json
) -> None:
    fake.script(["Yes."], per_conversation=True)
    paused = await client.beta.messages.create(**talk, **PAUSED, betas=[THRESHOLD])
    talk["messages"].append(assistant(*(block.to_dict() for block in paused.content)))
    answer = await client.beta.messages.create(**talk, **PAUSED, betas=[THRESHOLD])
    assert answer.content[0].to_dict()["text"] == "Yes."


async def test_a_summary_that_failed_is_null_and_changes_nothing(
    client: AsyncAnthropic, fake: FakeClaude, talk: Json
) -> None:
    fake.script([reply(compaction(None), "Yes."), "Sure."])
    answer = await client.beta.messages.create(**talk, **EDITS, betas=[THRESHOLD])
    summary, _ = content = [block.to_dict() for block in answer.content]
    assert summary["content"] is None
    assert answer.usage.input_tokens > 50_000
    talk["messages"] += [assistant(*content), user(said("Sure?"))]
    again = await client.beta.messages.create(**talk, betas=[THRESHOLD])
    assert again.usage.input_tokens > 50_000


async def test_the_stream_says_the_same(client: AsyncAnthropic, fake: FakeClaude, talk: Json) -> None:
    fake.script([reply(compaction("They spoke of x."), thinking("Hm"), call("weather")) for _ in range(2)])
    talk["tools"] = [TOOL]
    whole = (await client.beta.messages.create(**talk, **EDITS, betas=[THRESHOLD])).to_dict()
    async with client.beta.messages.stream(**talk, **EDITS, betas=[THRESHOLD]) as stream:
        events = [event async for event in stream]
        built = (await stream.get_final_message()).to_dict()
    for message in (whole, built):
        message.pop("id")
        message["content"][2].pop("id")
    assert built == whole
    deltas = [event.delta.to_dict() for event in events if event.type == "content_block_delta"]
    assert deltas[0]["type"] == "compaction_delta"
    assert deltas[0]["content"] == "They spoke of x."


async def test_on_demand_only_a_signed_summary_comes_back(
    client: AsyncAnthropic, fake: FakeClaude, talk: Json
) -> None:
    script = fake.script(["Yes."])
    answer = await client.beta.messages.create(**talk, **SUMMARIZE, betas=[ON_DEMAND])
    (summary,) = [block.to_dict() for block in answer.content]
    assert answer.stop_reason == "compaction"
    assert summary["signature"]
    assert script.remaining == 1
    talk["messages"] = [assistant(summary), user(said("And now?"))]
    assert (await client.beta.messages.create(**talk, betas=[ON_DEMAND])).usage.input_tokens < 100


async def test_thinking_behind_the_summarized_part_stays_good(client: AsyncAnthropic, talk: Json) -> None:
    """The summary stands for the very messages it was made of, and for no other system prompt."""
    asked = {**talk, "messages": talk["messages"][:2]}
    answer = await client.beta.messages.create(**asked, **SUMMARIZE, betas=[ON_DEMAND])
    kept = [
        user(said("And now?")),
        assistant(signed_thinking(talk, "Hm."), said("Snow.")),
        user(said("Sure?")),
    ]
    swapped = {**talk, "messages": [assistant(answer.content[0].to_dict()), *kept]}
    assert validate_request(swapped, [ON_DEMAND]) is None
    assert "bound to a different" in str(validate_request({**swapped, "system": "Be brief."}, [ON_DEMAND]))
    swapped["messages"].pop(1)
    assert "bound to a different" in str(validate_request(swapped, [ON_DEMAND]))


async def test_thinking_behind_a_summary_at_the_threshold_needs_nothing_before_it(
    client: AsyncAnthropic, fake: FakeClaude, talk: Json
) -> None:
    fake.script([reply(compaction("They spoke of x."), thinking("Hm."), "Yes.")])
    answer = await client.beta.messages.create(**talk, **EDITS, betas=[THRESHOLD])
    later = [assistant(*(block.to_dict() for block in answer.content)), user(said("Sure?"))]
    assert validate_request({**talk, "messages": [*talk["messages"], *later]}, [THRESHOLD]) is None
    assert validate_request({**talk, "messages": later}, [THRESHOLD]) is None
    later[0]["content"][0]["content"] = "They spoke of y."
    assert "bound to a different" in str(validate_request({**talk, "messages": later}, [THRESHOLD]))


async def test_what_comes_before_the_summary_is_not_looked_at(talk: Json) -> None:
    unanswered = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
    talk["messages"][1]["content"].append(unanswered)
    assert "without `tool_result` blocks" in str(validate_request(talk, [THRESHOLD]))
    talk["messages"] += [assistant({"type": "compaction", "content": "So far."}), user(said("Sure?"))]
    assert validate_request(talk, [THRESHOLD]) is None


async def test_in_a_batch_it_is_the_same(client: AsyncAnthropic, fake: FakeClaude, talk: Json) -> None:
    fake.script([reply(compaction("They spoke of x."), thinking("Hm."), "Yes.")])
    batch = await client.beta.messages.batches.create(
        requests=[{"custom_id": "a", "params": {**talk, **EDITS}}], betas=[THRESHOLD]
    )
    fake.clock.advance(3600)
    (line,) = [line async for line in await client.beta.messages.batches.results(batch.id)]
    message: Json = line.to_dict()["result"]["message"]
    assert [block["type"] for block in message["content"]] == ["compaction", "thinking", "text"]
    assert [step["type"] for step in message["usage"]["iterations"]] == ["compaction", "message"]


async def test_the_summary_is_the_same_in_every_process(connect: Connect, talk: Json) -> None:
    blocks: list[Json] = []
    for _ in range(2):
        async with FakeClaude() as fake:
            answer = await connect(fake).beta.messages.create(**talk, **SUMMARIZE, betas=[ON_DEMAND])
            blocks.append(answer.content[0].to_dict())
    assert blocks[0] == blocks[1]


def summary(**more: Any) -> Json:
    return {"type": "compaction", "content": "So far.", **more}


REFUSED: dict[str, tuple[Json, list[str], str]] = {
    "edits without a beta": (EDITS, [], "context_management: Extra inputs are not permitted"),
    "edits with another beta": (EDITS, ["context-management-2025-06-27"], "edits.0: Input tag"),
    "trigger below the least": (
        {
            "context_management": {
                "edits": [{**COMPACT, "trigger": {"type": "input_tokens", "value": 49_999}}]
            }
        },
        [THRESHOLD],
        "trigger.input_tokens.value: Input should be greater than or equal to 50000",
    ),
    "trigger by tool uses": (
        {"context_management": {"edits": [{**COMPACT, "trigger": {"type": "tool_uses", "value": 9}}]}},
        [THRESHOLD],
        "trigger: Input tag 'tool_uses'",
    ),
    "unknown key of the edit": (
        {"context_management": {"edits": [{**COMPACT, "keep": 3}]}},
        [THRESHOLD],
        "compact_20260112.keep: Extra inputs",
    ),
    "pause that is no boolean": (
        {"context_management": {"edits": [{**COMPACT, "pause_after_compaction": 1}]}},
        [THRESHOLD],
        "pause_after_compaction: Input should be a valid boolean",
    ),
    "a model without it": (
        {**EDITS, "model": "claude-haiku-4-5"},
        [THRESHOLD],
        "not supported for this model",
    ),
    "on demand without the beta": (SUMMARIZE, [THRESHOLD], "compaction: Extra inputs are not permitted"),
    "on demand of another kind": ({"compaction": {"type": "forget"}}, [ON_DEMAND], "should be 'summarize'"),
    "on demand with edits": (
        {**SUMMARIZE, **EDITS},
        [ON_DEMAND, THRESHOLD],
        "combined with `context_management`",
    ),
    "on demand with stop sequences": (
        {**SUMMARIZE, "stop_sequences": ["END"]},
        [ON_DEMAND],
        "combined with `stop_sequences`",
    ),
    "on demand with a schema": (
        {**SUMMARIZE, "output_config": {"format": {"type": "json_schema", "schema": {}}}},
        [ON_DEMAND],
        "combined with `output_config.format`",
    ),
    "on demand with a forced tool": (
        {**SUMMARIZE, "model": "claude-opus-5", "tools": [TOOL], "tool_choice": {"type": "any"}},
        [ON_DEMAND],
        "forces tool use",
    ),
    "on demand in the middle of a turn": (
        {
            **SUMMARIZE,
            "messages": [
                user(said("Hi")),
                assistant({"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}),
            ],
        },
        [ON_DEMAND],
        "is not finished",
    ),
    "on demand of nothing": (
        {**SUMMARIZE, "messages": [{"role": "system", "content": "Hi"}]},
        [ON_DEMAND],
        "no `user` or `assistant` content to summarize",
    ),
    "a summary without a beta": (
        {"messages": [user(said("Hi")), assistant(summary()), user(said("Hi"))]},
        [],
        "Input tag 'compaction'",
    ),
    "an empty summary": (
        {"messages": [user(said("Hi")), assistant(summary(content="")), user(said("Hi"))]},
        [THRESHOLD],
        "compaction.content: String should have at least 1 character",
    ),
    "a summary of the user": (
        {"messages": [user(said("Hi"), summary())]},
        [THRESHOLD],
        "messages.0.content.1: Input tag 'compaction'",
    ),
    "an unknown key of a summary": (
        {"messages": [user(said("Hi")), assistant(summary(text="x")), user(said("Hi"))]},
        [THRESHOLD],
        "compaction.text: Extra inputs",
    ),
    "a made-up signature": (
        {"messages": [assistant(summary(signature="abc")), user(said("Hi"))]},
        [ON_DEMAND],
        "Invalid `signature` in `compaction` block",
    ),
    "a failed summary first": (
        {"messages": [assistant(summary(content=None)), user(said("Hi"))]},
        [THRESHOLD],
        'first message must use the "user" role',
    ),
}

ACCEPTED: dict[str, tuple[Json, list[str]]] = {
    "the edit with every key": (
        {
            "context_management": {
                "edits": [{**COMPACT, "instructions": "Be brief.", "pause_after_compaction": False}]
            }
        },
        [THRESHOLD],
    ),
    "the edit alone": ({"context_management": {"edits": [{"type": "compact_20260112"}]}}, [THRESHOLD]),
    "on demand with instructions": ({"compaction": {"type": "summarize", "instructions": " "}}, [ON_DEMAND]),
    "on demand behind a finished turn": (
        {**SUMMARIZE, "messages": [user(said("Hi")), assistant(said("Hi."))]},
        [ON_DEMAND],
    ),
    "two summaries at a threshold": (
        {
            "messages": [
                user(said("Hi")),
                assistant(summary()),
                user(said("Hi")),
                assistant(summary()),
                user(said("Hi")),
            ]
        },
        [THRESHOLD],
    ),
    "a summary first": ({"messages": [assistant(summary()), user(said("Hi"))]}, [THRESHOLD]),
    "a summary last": ({"messages": [user(said("Hi")), assistant(summary())]}, [THRESHOLD]),
    "a failed summary alone in its turn": (
        {"messages": [user(said("Hi")), assistant(summary(content=None))]},
        [THRESHOLD],
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str) -> None:
    change, betas, words = REFUSED[name]
    asked: Json = {"model": "claude-opus-5-5", "max_tokens": 10, "messages": [user(said("Hi"))]}
    assert words in str(validate_request(asked | change, betas))


@pytest.mark.parametrize("name", ACCEPTED)
def test_it_is_accepted(name: str) -> None:
    change, betas = ACCEPTED[name]
    asked: Json = {"model": "claude-opus-5-5", "max_tokens": 10, "messages": [user(said("Hi"))]}
    assert validate_request(asked | change, betas) is None


async def test_a_signed_summary_comes_first_alone_and_unchanged(client: AsyncAnthropic, talk: Json) -> None:
    answer = await client.beta.messages.create(**talk, **SUMMARIZE, betas=[ON_DEMAND])
    signed = answer.content[0].to_dict()
    last = user(said("Hi"))
    cases: list[tuple[str, list[Json], Json]] = [
        ("compaction_block_misplaced", [user(said("Hi")), assistant(signed), last], {}),
        ("compaction_block_ambiguous", [assistant(signed), last, assistant(signed), last], {}),
        ("compaction_content_mismatch", [assistant({**signed, "content": "Other."}), last], {}),
        ("compaction_signature_invalid", [assistant({**signed, "signature": "abc"}), last], {}),
    ]
    for code, messages, more in cases:
        with pytest.raises(anthropic.BadRequestError) as caught:
            await client.beta.messages.create(**{**talk, "messages": messages}, **more, betas=[ON_DEMAND])
        assert caught.value.error_code == code
    both = {**talk, **EDITS, "messages": [assistant(signed), last]}
    assert "cannot be combined with a `compact_20260112` edit" in str(
        validate_request(both, [THRESHOLD, ON_DEMAND])
    )


async def test_counting_takes_the_parameter_and_ignores_it(client: AsyncAnthropic, talk: Json) -> None:
    plain = {"model": talk["model"], "messages": talk["messages"]}
    count = client.beta.messages.count_tokens
    counted = await count(**plain, betas=[ON_DEMAND], extra_body=SUMMARIZE)
    assert counted.input_tokens == (await count(**plain)).input_tokens
