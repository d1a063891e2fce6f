"""Each fault, as the SDK shows it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import anthropic
import httpx2
import pytest
from agentpg_executor.testing import (
    FakeClaude,
    Gate,
    Turn,
    cut,
    drop,
    error_event,
    fault,
    garbage,
    hang,
    held,
    lost,
    reply,
    reset,
    slow,
    text,
)
from anthropic import AsyncAnthropic, AsyncStream
from anthropic.types import RawMessageStreamEvent

Connect = Callable[..., AsyncAnthropic]


async def follow(stream: AsyncStream[RawMessageStreamEvent], seen: list[str]) -> None:
    """Note each event as it comes, also when the stream breaks."""
    async for event in stream:
        seen.append(event.type)  # noqa: PERF401


async def test_a_stream_that_ends_cleanly_leaves_a_message_without_stop_reason(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    fake.script([cut(text("Half of it is never sent"), after=3)])
    async with client.messages.stream(**ask) as stream:
        events = [event.type async for event in stream]
        message = await stream.get_final_message()
    assert "message_stop" not in events
    assert message.stop_reason is None
    assert message.content[0].type == "text"
    assert message.content[0].text == "Half of it is never sent"[:24]
    assert fake.journal[0].fault == "cut"
    assert fake.journal[0].billed


@pytest.mark.parametrize("after", range(1, 7))
async def test_cut_counts_the_events_the_client_sees(
    after: int, fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    fake.script([cut(text("x" * 60), after=after)])
    stream = await client.messages.create(**ask, stream=True)
    assert len([event async for event in stream]) == after


@pytest.mark.parametrize(
    ("broken", "kind", "outcome"),
    [
        (reset(text("x" * 60), after=2), httpx2.ReadError, "reset"),
        (drop(text("x" * 60), after=2), httpx2.RemoteProtocolError, "closed"),
    ],
    ids=["reset", "drop"],
)
async def test_a_connection_lost_in_mid_stream_is_a_raw_transport_error(
    broken: Turn,
    kind: type[Exception],
    outcome: str,
    fake: FakeClaude,
    client: AsyncAnthropic,
    ask: dict[str, Any],
) -> None:
    fake.script([broken])
    seen: list[str] = []
    with pytest.raises(kind) as caught:
        await follow(await client.messages.create(**ask, stream=True), seen)
    assert not isinstance(caught.value, anthropic.AnthropicError)
    assert seen == ["message_start", "content_block_start"]
    assert fake.journal[0].outcome == outcome
    assert fake.journal[0].billed


@pytest.mark.parametrize(
    ("broken", "cause", "outcome"),
    [(reset(), httpx2.ReadError, "reset"), (drop(), httpx2.RemoteProtocolError, "closed")],
    ids=["reset", "drop"],
)
async def test_a_connection_lost_before_the_headers_is_a_connection_error_and_does_no_work(
    broken: Turn,
    cause: type[Exception],
    outcome: str,
    fake: FakeClaude,
    client: AsyncAnthropic,
    ask: dict[str, Any],
) -> None:
    fake.script([broken])
    fake.fail("models.list", broken)
    for attempt in (lambda: client.messages.create(**ask), client.models.list):
        with pytest.raises(anthropic.APIConnectionError) as caught:
            await attempt()
        assert isinstance(caught.value.__cause__, cause)
        assert fake.journal[-1].outcome == outcome
    assert fake.journal.served().total() == 0


async def test_a_lost_response_was_served_and_billed_and_its_repetition_is_billed_again(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    fake.script([lost(text("Paid for")), text("Paid again")])
    with pytest.raises(anthropic.APIConnectionError):
        await client.messages.create(**ask)
    await client.messages.create(**ask)
    assert list(fake.journal.billed().values()) == [2]
    assert fake.journal.billed(lambda entry: entry.prompt) == {"What is the weather?": 2}


async def test_an_error_event_is_a_status_error_with_status_200(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    fake.script([error_event(text("x" * 60), after=4), error_event(text("x"), after=4)])
    seen: list[str] = []
    with pytest.raises(anthropic.APIStatusError) as caught:
        await follow(await client.messages.create(**ask, stream=True), seen)
    assert type(caught.value) is anthropic.APIStatusError
    assert caught.value.status_code == 200
    assert caught.value.type == "overloaded_error"
    assert len(seen) == 4
    with pytest.raises(anthropic.OverloadedError):
        await client.messages.create(**ask)


async def test_garbage_in_a_stream_is_a_raw_json_error(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    fake.script([garbage(text("x" * 60), after=3), garbage("x")])
    with pytest.raises(json.JSONDecodeError):
        await follow(await client.messages.create(**ask, stream=True), [])
    with pytest.raises((json.JSONDecodeError, anthropic.APIError)):
        await client.messages.create(**ask)


async def test_a_json_answer_can_stop_half_way(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    fake.script([cut("x" * 400), drop("x" * 400, after=1), reset("x" * 400, after=1)])
    for outcome in ("closed", "closed", "reset"):
        with pytest.raises(anthropic.APIConnectionError):
            await client.messages.create(**ask)
        assert fake.journal[-1].outcome == outcome


async def test_silence_before_the_headers_is_a_timeout(
    fake: FakeClaude, connect: Connect, ask: dict[str, Any]
) -> None:
    fake.script([hang()])
    with pytest.raises(anthropic.APITimeoutError):
        await connect(fake, timeout=httpx2.Timeout(5, read=0.5)).messages.create(**ask)
    await asyncio.to_thread(
        fake.journal.wait_for, lambda journal: len(journal) > 0 and journal[0].outcome == "client_left"
    )


async def test_silence_in_mid_stream_is_a_read_timeout(
    fake: FakeClaude, connect: Connect, ask: dict[str, Any]
) -> None:
    fake.script([hang(text("x" * 60), after=3)])
    impatient = connect(fake, timeout=httpx2.Timeout(5, read=0.5))
    seen: list[str] = []
    with pytest.raises(httpx2.ReadTimeout):
        await follow(await impatient.messages.create(**ask, stream=True), seen)
    assert len(seen) == 3


async def test_pings_keep_a_slow_stream_alive(connect: Connect, ask: dict[str, Any]) -> None:
    async with FakeClaude(pace=1.0, ping_interval=0.05) as fake:
        fake.script([text("x" * 20)])
        impatient = connect(fake, timeout=httpx2.Timeout(5, read=0.6))
        async with impatient.messages.stream(**ask) as stream:
            message = await stream.get_final_message()
        assert message.content[0].type == "text"
        assert message.content[0].text == "x" * 20


async def test_a_slow_answer_starts_late(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    fake.script([slow(text("Late"), 0.2)])
    await client.messages.create(**ask)
    entry = fake.journal[0]
    assert entry.first_byte is not None
    assert entry.first_byte - entry.started >= 0.2


async def test_a_gate_holds_responses_until_the_test_opens_it(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    before, middle = Gate(), Gate()
    fake.script([held(text("a"), before), held(text("b" * 60), middle, after=3)])
    first = asyncio.create_task(client.messages.create(**ask))
    await before.wait_reached()
    assert not first.done()
    assert fake.journal[0].first_byte is None
    stream = aiter(await client.messages.create(**ask, stream=True))
    seen = [await anext(stream) for _ in range(3)]
    await middle.wait_reached()
    assert [event.type for event in seen][-1] == "content_block_delta"
    assert not fake.journal[1].outcome
    middle.open()
    assert [event.type async for event in stream][-1] == "message_stop"
    before.open()
    assert (await first).stop_reason == "end_turn"
    assert fake.journal.peak() == 2


async def test_connections_can_be_refused_and_accepted_again(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    await client.messages.create(**ask)
    address = fake.base_url
    fake.refuse_connections()
    with pytest.raises(anthropic.APIConnectionError):
        await client.messages.create(**ask)
    fake.accept_connections()
    await client.messages.create(**ask)
    assert fake.base_url == address
    assert fake.journal.count("messages") == 2


async def test_faults_can_be_put_on_any_route(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    fake.fail("models.list", fault(503), times=2)
    fake.fail("messages", lost(), skip=1)
    for _ in range(2):
        with pytest.raises(anthropic.ServiceUnavailableError):
            await client.models.list()
    assert (await client.models.list()).data
    await client.messages.create(**ask)
    with pytest.raises(anthropic.APIConnectionError):
        await client.messages.create(**ask)
    await client.messages.create(**ask)
    assert fake.journal.served().total() == 3


async def test_a_fault_of_the_route_breaks_the_scripted_turn(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    fake.script(["one", "two", "three"])
    heal = fake.fail("messages", cut(after=1), times=0)
    for _ in range(2):
        stream = await client.messages.create(**ask, stream=True)
        assert [event.type async for event in stream] == ["message_start"]
    heal()
    heal()
    message = await client.messages.create(**ask)
    assert message.to_dict()["content"] == [{"type": "text", "text": "three"}]


async def test_a_delay_of_the_route_leaves_the_scripted_turn_as_it_is(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    fake.script([fault(529), "two"])
    fake.fail("messages", slow("", 0.05), times=1)
    fake.fail("messages", hang(seconds=0.05), times=1)
    with pytest.raises(anthropic.OverloadedError):
        await client.messages.create(**ask)
    assert (await client.messages.create(**ask)).to_dict()["content"] == [{"type": "text", "text": "two"}]
    for entry in fake.journal:
        assert entry.first_byte is not None
        assert entry.first_byte - entry.started >= 0.05


async def test_a_fault_belongs_to_its_turn_in_a_reply(
    fake: FakeClaude, client: AsyncAnthropic, ask: dict[str, Any]
) -> None:
    fake.script([reply("It was ", cut("a dark night", after=3))])
    async with client.messages.stream(**ask) as stream:
        assert (await stream.get_final_message()).stop_reason is None
