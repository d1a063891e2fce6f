"""One tool call, whatever its body does."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from agentpg_executor.tools import (
    Tool,
    ToolCancel,
    ToolContext,
    ToolDiscard,
    ToolEnd,
    ToolError,
    ToolResult,
    ToolSnooze,
    invoke,
    tool,
)  # fmt: skip
from agentpg_executor.tools.threads import ThreadPool
from pydantic import BaseModel


@pytest.fixture
def threads() -> Iterator[ThreadPool]:
    pool = ThreadPool(8)
    yield pool
    pool.close()


def call(threads: ThreadPool, func: Any, data: Any = None, **options: Any) -> Any:
    made = func if isinstance(func, Tool) else tool(name="t")(func)
    context = options.pop("context", None) or ToolContext()
    return invoke(made, {} if data is None else data, context, threads=threads, **options)


class Point(BaseModel):
    x: int
    at: datetime


@dataclass
class Price:
    amount: Decimal
    item: UUID


WHEN = datetime(2026, 11, 22, tzinfo=UTC)
ITEM = UUID(int=7)


@pytest.mark.parametrize(
    ("value", "output"),
    [
        ("text", "text"),
        (None, ""),
        ("", ""),
        (5, "5"),
        (True, "true"),
        ({"a": [1, None]}, '{"a": [1, null]}'),
        (Point(x=1, at=WHEN), '{"x": 1, "at": "2026-11-22T00:00:00Z"}'),
        (Price(Decimal("1.50"), ITEM), '{"amount": "1.50", "item": "00000000-0000-0000-0000-000000000007"}'),
        ([], "[]"),
        (float("nan"), "null"),
        (b"\xff\x00", "_wA="),
        ("é\ud83d\ude00", "é😀"),
    ],
    ids=lambda v: type(v).__name__,
)
async def test_results_become_text(threads: ThreadPool, value: Any, output: str):
    async def later() -> Any:
        return value

    assert await call(threads, lambda: value) == ToolEnd("complete", output)
    assert await call(threads, later) == ToolEnd("complete", output)


BLOCKS: list[dict[str, Any]] = [
    {"type": "text", "text": "see"},
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
]


async def test_content_blocks_stay_blocks(threads: ThreadPool):
    assert await call(threads, lambda: BLOCKS) == ToolEnd("complete", BLOCKS)
    ends = await call(threads, lambda: ToolResult(content=[{"type": "invented", "x": 1}], is_error=True))
    assert ends == ToolEnd("complete", [{"type": "invented", "x": 1}], is_error=True)


async def test_records_that_happen_to_have_a_type_are_data(threads: ThreadPool):
    rows = [{"type": "user", "id": 1}]
    assert (await call(threads, lambda: rows)).output == '[{"type": "user", "id": 1}]'


async def test_the_input_is_validated_before_the_body_runs_and_the_fields_are_listed(threads: ThreadPool):
    ran: list[int] = []

    @tool(name="t")
    def f(city: str, days: int) -> None:
        ran.append(days)

    end = await call(threads, f, {"days": "soon", "more": 1})
    assert end.kind == "complete"
    assert end.is_error
    assert "- city: Field required" in end.output
    assert "- days: Input should be a valid integer" in end.output
    assert "- more: Extra inputs are not permitted" in end.output
    assert ran == []


async def test_the_body_gets_typed_values_and_the_context(threads: ThreadPool):
    seen: list[Any] = []

    @tool(name="t")
    def f(point: Point, context: ToolContext, n: int = 4, /) -> None:
        seen.extend([point, context, n])

    context = ToolContext(attempt=3)
    await call(threads, f, {"point": {"x": 2, "at": "2026-11-22T00:00:00Z"}}, context=context)
    assert seen == [Point(x=2, at=WHEN), context, 4]


async def test_a_raw_schema_tool_gets_one_checked_dict(threads: ThreadPool):
    def body(data: dict[str, Any], context: ToolContext) -> str:
        return f"{data['n']} {context.attempt}"

    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}, "required": ["n"]}
    raw = Tool.from_schema("raw", "Raw.", schema, body)
    assert (await call(threads, raw, {"n": 2})).output == "2 1"
    refused = await call(threads, raw, {"n": 0})
    assert refused.is_error
    assert "- n: must be at least 1" in refused.output


@pytest.mark.parametrize(
    ("raised", "end"),
    [
        (ToolError("no such city"), ToolEnd("complete", "no such city", is_error=True)),
        (ToolError(BLOCKS), ToolEnd("complete", BLOCKS, is_error=True)),
        (ToolCancel("not wanted"), ToolEnd("cancel", error="not wanted")),
        (ToolDiscard("never works"), ToolEnd("discard", error="never works")),
        (ToolSnooze(30, "busy"), ToolEnd("snooze", error="busy", delay=timedelta(seconds=30))),
        (ToolSnooze(timedelta(minutes=-1)), ToolEnd("snooze", delay=timedelta(0))),
        (KeyError("k"), ToolEnd("retry", error="KeyError: 'k'")),
        (ValueError(), ToolEnd("retry", error="ValueError")),
        (StopIteration("s"), None),
        (SystemExit(3), ToolEnd("retry", error="SystemExit: the tool tried to exit the process (code 3)")),
        (KeyboardInterrupt(), ToolEnd("retry", error="KeyboardInterrupt")),
        (GeneratorExit("g"), ToolEnd("retry", error="GeneratorExit: g")),
        (asyncio.CancelledError("c"), ToolEnd("retry", error="CancelledError: c")),
        (ExceptionGroup("many", [ValueError(), ToolDiscard("inside")]), ToolEnd("discard", error="inside")),
    ],
    ids=lambda v: type(v).__name__,
)
async def test_what_a_body_raises_decides_its_end(
    threads: ThreadPool, raised: BaseException, end: ToolEnd | None
):
    def body() -> None:
        raise raised

    async def later() -> None:
        raise raised

    for kind in (body, later):
        ended = await call(threads, kind)
        if end is None:
            assert ended.kind == "retry"
        else:
            assert ended == end


async def test_an_outcome_is_recognised_as_the_cause_of_another_error(threads: ThreadPool):
    def body() -> None:
        raise RuntimeError("wrapped") from ToolSnooze(1)

    assert (await call(threads, body)).kind == "snooze"


async def test_only_type_and_message_reach_the_model_and_secrets_are_masked(threads: ThreadPool):
    def body() -> None:
        raise RuntimeError("cannot reach postgresql://me:hunter2@db/x with sk-ant-abc123 and api_key=zzz")

    end = await call(threads, body)
    assert end.error == "RuntimeError: cannot reach postgresql://me:***@db/x with *** and api_key=***"


async def test_a_hanging_async_body_is_cancelled_at_its_timeout(threads: ThreadPool):
    cancelled = asyncio.Event()

    @tool(timeout=0.05)
    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    end = await call(threads, hang)
    assert end == ToolEnd("timeout", error="the tool hang did not finish within 0.05 s")
    assert cancelled.is_set()


async def test_an_async_body_that_refuses_to_stop_is_left_behind(threads: ThreadPool):
    release = asyncio.Event()

    async def stubborn() -> str:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        return "late"

    end = await call(threads, stubborn, default_timeout=0.05)
    assert end.kind == "timeout"
    release.set()


async def test_a_hanging_thread_is_abandoned_told_and_replaced(threads: ThreadPool):
    release = threading.Event()
    context = ToolContext()

    def hang(context: ToolContext) -> str:
        context.cancelled.wait_blocking(30)
        release.wait(30)
        return "late"

    small = ThreadPool(2)
    end = await call(small, hang, context=context, default_timeout=0.05)
    assert end.kind == "timeout"
    assert context.cancelled.is_set()
    assert small.abandoned == 1
    assert (await call(small, lambda: "works")).output == "works"
    release.set()
    await small.drained()
    small.close()


async def test_at_the_cap_a_call_is_put_off_and_not_queued_behind_hung_ones(caplog: pytest.LogCaptureFixture):
    release = threading.Event()
    small = ThreadPool(1)
    await call(small, lambda: release.wait(30), default_timeout=0.02)
    end = await call(small, lambda: "never")
    assert end.kind == "snooze"
    assert "outlived their timeout" in (end.error or "")
    assert "restart this executor" in caplog.text
    release.set()
    await small.drained()
    assert (await call(small, lambda: "again")).output == "again"
    small.close()


async def test_threads_are_reused(threads: ThreadPool):
    for _ in range(20):
        await call(threads, lambda: "x")
    assert threads.threads <= 2


async def test_cancelling_the_call_tells_the_body(threads: ThreadPool):
    context = ToolContext()
    started = threading.Event()
    seen: list[bool] = []
    ended = threading.Event()

    def body(context: ToolContext) -> None:
        started.set()
        seen.append(context.cancelled.wait_blocking(30))
        ended.set()

    running = asyncio.create_task(call(threads, body, context=context))
    await asyncio.to_thread(started.wait, 10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await asyncio.to_thread(ended.wait, 10)
    assert seen == [True]


async def test_context_variables_reach_the_thread(threads: ThreadPool):
    tenant: contextvars.ContextVar[str] = contextvars.ContextVar("tenant")
    tenant.set("acme")
    assert (await call(threads, lambda: tenant.get())).output == "acme"


async def test_nul_bytes_and_lone_surrogates_are_replaced_and_noted(threads: ThreadPool):
    end = await call(threads, lambda: "a\0b\ud800c")
    assert end.output.startswith("a�b�c\n[note: 2 ")
    blocks = await call(threads, lambda: [{"type": "text", "text": "a\0b"}])
    assert blocks.output[0] == {"type": "text", "text": "a�b"}
    assert "1 NUL" in blocks.output[1]["text"]
    keys = await call(threads, lambda: {"k\0": "v"})
    assert keys.output == '{"k\\u0000": "v"}'


async def test_megabytes_are_cut_with_a_marker(threads: ThreadPool):
    end = await call(threads, lambda: "é" * 1_000_000, limit=1001)
    text, marker = end.output.split("\n")
    assert text == "é" * 452
    assert marker == "[truncated: the result has 2,000,000 bytes, the first 904 are shown]"
    assert len(end.output.encode()) <= 1001
    blocks = await call(threads, lambda: [{"type": "text", "text": "x" * 900}] * 3, limit=1000)
    assert len(blocks.output[0]["text"]) == 900
    assert "truncated" in blocks.output[1]["text"]
    image = {"type": "image", "source": {"data": "A" * 9_000_000}}
    assert "too large" in (await call(threads, lambda: [image])).output[0]["text"]


def _loop() -> list[Any]:
    loop: list[Any] = []
    loop.append(loop)
    return loop


def _deep() -> list[Any]:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    return deep


def _forever() -> Iterator[int]:
    while True:
        yield 1


async def _async_forever() -> AsyncIterator[int]:
    while True:
        yield 1


class Hostile:
    def __repr__(self) -> str:
        raise SystemExit("from repr")

    def __str__(self) -> str:
        raise SystemExit("from str")


UNSENDABLE: dict[str, Any] = {
    "object": object(),
    "cycle": _loop(),
    "deep": _deep(),
    "generator": _forever(),
    "nested": {"rows": _forever()},
    "async generator": _async_forever(),
    "hostile": Hostile(),
    "map": map(str, [1]),
    "no type": ToolResult(content=[{"no": "type"}]),
    "no list": ToolResult(content=5),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("kind", UNSENDABLE)
async def test_what_cannot_be_sent_is_an_error_the_model_is_told_of(threads: ThreadPool, kind: str):
    value = UNSENDABLE[kind]
    end = await call(threads, lambda: value)
    assert end.kind == "complete"
    assert end.is_error
    assert "The tool returned" in end.output


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise SystemExit("from str")


async def test_an_exception_that_cannot_be_printed_is_still_only_an_error(threads: ThreadPool):
    def body() -> None:
        raise UnprintableError

    assert (await call(threads, body)).kind == "retry"


async def test_infinite_recursion_is_an_error_like_any_other(threads: ThreadPool):
    def body() -> int:
        return body() + 1

    end = await call(threads, body)
    assert end.kind == "retry"
    assert end.error.startswith("RecursionError: maximum recursion depth exceeded")


async def test_an_error_message_of_megabytes_is_cut(threads: ThreadPool):
    def body() -> None:
        raise ValueError("x" * 5_000_000 + "\0")

    end = await call(threads, body)
    assert len(end.error) < 2100


async def test_sys_exit_in_an_async_body_does_not_stop_the_loop(threads: ThreadPool):
    async def body() -> None:
        await asyncio.sleep(0)
        sys.exit(0)

    assert (await call(threads, body)).kind == "retry"


async def test_a_plain_function_may_return_an_awaitable(threads: ThreadPool):
    async def later() -> str:
        return "awaited"

    assert (await call(threads, lambda: later())).output == "awaited"
