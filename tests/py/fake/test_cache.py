"""The prompt cache: what is written, read and paid in full, on a clock the test holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from agentpg_executor.testing import Clock, FakeClaude, Gate, held, text
from anthropic import AsyncAnthropic
from anthropic.types import Usage

Json = dict[str, Any]
LONG = {"type": "ephemeral", "ttl": "1h"}
SHORT = {"type": "ephemeral"}


@pytest.fixture
async def fake() -> AsyncIterator[FakeClaude]:
    """A fake whose clock stands still and whose caches take any prefix."""
    clock = Clock()
    clock.freeze()
    async with FakeClaude(clock=clock, cache_minimum=0) as running:
        yield running


def marked(value: str, control: Json) -> Json:
    return {"type": "text", "text": value, "cache_control": control}


def split(usage: Usage) -> tuple[int, int, int, int]:
    """Read, written for 5 minutes, written for 1 hour, paid in full."""
    written = usage.cache_creation
    assert written is not None
    short, long = written.ephemeral_5m_input_tokens, written.ephemeral_1h_input_tokens
    assert usage.cache_creation_input_tokens == short + long
    assert usage.cache_read_input_tokens is not None
    return usage.cache_read_input_tokens, short, long, usage.input_tokens


async def usage(client: AsyncAnthropic, ask: Json, **change: Any) -> tuple[int, int, int, int]:
    return split((await client.messages.create(**(ask | change))).usage)


async def total(client: AsyncAnthropic, ask: Json, **change: Any) -> int:
    counted = ask | change
    del counted["max_tokens"]
    return (await client.messages.count_tokens(**counted)).input_tokens


@pytest.mark.parametrize(("control", "lifetime"), [(SHORT, 300), (LONG, 3600)])
async def test_an_entry_is_read_until_it_expires_and_reading_renews_it(
    control: Json, lifetime: int, fake: FakeClaude, client: AsyncAnthropic, ask: Json
) -> None:
    system = [marked("You are helpful. " * 50, control)]
    first = await usage(client, ask, system=system)
    size = first[1] + first[2]
    assert size > 200
    assert first == ((0, size, 0, first[3]) if control is SHORT else (0, 0, size, first[3]))
    assert size + first[3] == await total(client, ask, system=system)
    fake.clock.advance(lifetime - 1)
    assert await usage(client, ask, system=system) == (size, 0, 0, first[3])
    fake.clock.advance(lifetime - 1)
    assert await usage(client, ask, system=system) == (size, 0, 0, first[3])
    fake.clock.advance(lifetime)
    assert await usage(client, ask, system=system) == first


async def test_another_model_tool_or_text_before_the_mark_misses(
    fake: FakeClaude, client: AsyncAnthropic, ask: Json
) -> None:
    system = [marked("You are helpful. " * 50, SHORT)]
    await usage(client, ask, system=system)
    tools = [{"name": "weather", "input_schema": {"type": "object"}}]
    assert (await usage(client, ask, system=system, model="claude-sonnet-5"))[0] == 0
    assert (await usage(client, ask, system=system, tools=tools))[0] == 0
    assert (await usage(client, ask, system=[marked("You are kind. " * 50, SHORT)]))[0] == 0
    assert (await usage(client, ask, system=system, output_config={"effort": "low"}))[0] == 0
    assert (await usage(client, ask, system=system))[0] > 0


async def test_the_automatic_mark_moves_with_the_conversation(
    fake: FakeClaude, client: AsyncAnthropic, ask: Json
) -> None:
    first = await usage(client, ask, cache_control=SHORT)
    assert first[0] == 0
    assert first[1] == await total(client, ask)
    assert first[3] == 0
    longer = [
        *ask["messages"],
        {"role": "assistant", "content": "Snow."},
        {"role": "user", "content": "And tomorrow?"},
    ]
    second = await usage(client, ask, messages=longer, cache_control=SHORT)
    assert second[0] == first[1]
    assert second[0] + second[1] == await total(client, ask, messages=longer)


async def test_both_lifetimes_in_one_request(fake: FakeClaude, client: AsyncAnthropic, ask: Json) -> None:
    system = [marked("a" * 400, LONG), marked("b" * 400, SHORT)]
    read, short, long, _ = await usage(client, ask, system=system)
    assert read == 0
    assert short > 100
    assert long > 100
    fake.clock.advance(400)
    assert (await usage(client, ask, system=system))[:3] == (long, short, 0)


async def test_the_look_back_ends_after_twenty_blocks(
    fake: FakeClaude, client: AsyncAnthropic, ask: Json
) -> None:
    def blocks(count: int) -> list[Json]:
        return [{"type": "text", "text": f"Block {index}"} for index in range(count)]

    await usage(client, ask, system=[*blocks(4), marked("Block 4", SHORT)])
    near = [*blocks(23), marked("Block 23", SHORT)]
    far = [*blocks(25), marked("Block 25", SHORT)]
    assert (await usage(client, ask, system=far))[0] == 0
    assert (await usage(client, ask, system=near))[0] > 0


async def test_a_mark_changes_neither_count_nor_hash(
    fake: FakeClaude, client: AsyncAnthropic, ask: Json
) -> None:
    plain = [{"type": "text", "text": "x" * 400}]
    assert await total(client, ask, system=plain) == await total(
        client, ask, system=[marked("x" * 400, SHORT)]
    )
    await usage(client, ask, system=[marked("x" * 400, SHORT)])
    moved = [{"text": "x" * 400, "type": "text"}, marked("y", SHORT)]
    assert (await usage(client, ask, system=moved))[0] > 0


async def test_a_short_prefix_is_not_cached(ask: Json, connect: Any) -> None:
    async with FakeClaude() as fake:
        client = connect(fake)
        below, above = "x" * 4 * 400, "x" * 4 * 600
        for _ in range(2):
            assert (await usage(client, ask, system=[marked(below, SHORT)]))[:3] == (0, 0, 0)
        assert (await usage(client, ask, system=[marked(above, SHORT)]))[1] > 512
        assert (await usage(client, ask, system=[marked(above, SHORT)]))[0] > 512


async def test_an_entry_can_be_read_once_its_response_has_begun(
    fake: FakeClaude, client: AsyncAnthropic, ask: Json
) -> None:
    gate = Gate()
    fake.script([held(text("slow"), gate)])
    system = [marked("You are helpful. " * 50, SHORT)]
    first = asyncio.create_task(usage(client, ask, system=system))
    await gate.wait_reached()
    assert (await usage(client, ask, system=system))[0] == 0
    gate.open()
    await first
    assert (await usage(client, ask, system=system))[0] > 0


async def test_batches_share_the_cache(fake: FakeClaude, client: AsyncAnthropic, ask: Json) -> None:
    params = ask | {"system": [marked("You are helpful. " * 50, LONG)]}
    batch = await client.messages.batches.create(
        requests=[{"custom_id": name, "params": params} for name in ("a", "b")]  # type: ignore[misc]
    )
    fake.batches.end_all()
    found: dict[str, tuple[int, int, int, int]] = {}
    async for line in await client.messages.batches.results(batch.id):
        assert line.result.type == "succeeded"
        found[line.custom_id] = split(line.result.message.usage)
    size = found["a"][2]
    assert size > 200
    assert found["a"][0] == 0
    assert found["b"][:3] == (size, 0, 0)
