"""What a Python rule may look like, and that its failure is a yes."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from agentpg_executor.tools import Tool, ToolContext, ToolDefinitionError
from agentpg_executor.tools.threads import NoThreadFree, ThreadPool


def pay(amount: float, to: str = "ada", *, context: ToolContext) -> str:
    return "paid"


@pytest.fixture
def threads() -> Iterator[ThreadPool]:
    pool = ThreadPool(2)
    yield pool
    pool.close()


async def asked(threads: ThreadPool, rule: Any, data: Any, **options: Any) -> str | None:
    made = Tool[..., Any](pay, approval=rule, **options)
    return await made.asks_approval(data, ToolContext(variables={"limit": 5}), threads, 0.2)


async def above(amount: float, context: ToolContext) -> bool:
    await asyncio.sleep(0)
    return amount > context.require("limit", int)


class Above:
    async def __call__(self, *, amount: float) -> bool:
        return amount > 5


def plain(amount: float) -> bool:
    return amount > 5


def both(to: str, amount: float) -> bool:
    return amount > 5 and to == "ada"


def every(**given: Any) -> bool:
    return given["amount"] > 5 and given["to"] == "ada"


def with_default(amount: float, other: int = 1) -> bool:
    return amount > 5 * other


@pytest.mark.parametrize("rule", [above, Above(), plain, both, every, with_default])
async def test_a_rule_gets_the_checked_arguments_that_it_names(threads: ThreadPool, rule: Any):
    assert await asked(threads, rule, {"amount": 4}) is None
    assert await asked(threads, rule, {"amount": "6"}) == "the rule of pay asks for it"


def raises(amount: float) -> bool:
    raise ZeroDivisionError("division by zero")


def forgets(amount: float) -> Any:
    return None


def leaves(amount: float) -> bool:
    sys.exit(3)


async def leaves_async(amount: float) -> bool:
    sys.exit(3)


GIVEN_UP = threading.Event()


def hangs(amount: float) -> bool:
    GIVEN_UP.wait(30)
    return False


async def hangs_async(amount: float) -> bool:
    await asyncio.Event().wait()
    return False


async def cancels(amount: float) -> bool:
    raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (raises, "the rule of pay failed: ZeroDivisionError: division by zero"),
        (forgets, "the rule of pay failed: it gave None"),
        (leaves, "SystemExit"),
        (leaves_async, "SystemExit"),
        (hangs, "no answer within 0.2 s"),
        (hangs_async, "no answer within 0.2 s"),
        (cancels, "CancelledError"),
    ],
)
async def test_a_rule_that_fails_asks(threads: ThreadPool, rule: Any, said: str):
    GIVEN_UP.clear()
    reason = await asked(threads, rule, {"amount": 1})
    GIVEN_UP.set()
    assert reason is not None
    assert said in reason


async def test_without_a_free_thread_nothing_is_decided():
    pool = ThreadPool(1)
    done = threading.Event()
    busy, _ = pool.submit(lambda: done.wait(30), "busy")
    with pytest.raises(NoThreadFree):
        await asked(pool, plain, {"amount": 1})
    pool.abandon(busy)
    done.set()
    pool.close()


def of_the_input(data: dict[str, Any]) -> bool:
    return bool(data["amount"] > 5)


def body(data: dict[str, Any]) -> str:
    return "paid"


async def test_the_rule_of_a_raw_schema_gets_the_input_as_it_is(threads: ThreadPool):
    schema = {"type": "object", "properties": {"amount": {"type": "number"}}}
    made = Tool.from_schema("pay", "", schema, body, approval=of_the_input)
    assert await made.asks_approval({"amount": 5}, ToolContext(), threads, 1) is None
    assert await made.asks_approval({"amount": 6}, ToolContext(), threads, 1) is not None
    assert await made.asks_approval({"amount": "x"}, ToolContext(), threads, 1) is None


def of_another(price: float) -> bool:
    return True


def by_place(amount: float, /) -> bool:
    return True


def any_number(*all: float) -> bool:
    return True


@pytest.mark.parametrize("rule", [of_another, by_place, any_number])
def test_a_rule_that_does_not_fit_the_tool_is_refused_where_it_is_written(rule: Any):
    with pytest.raises(ToolDefinitionError, match="approval"):
        Tool[..., Any](pay, approval=rule)


def two_inputs(data: dict[str, Any], more: int) -> bool:
    return True


def test_a_rule_of_a_raw_schema_takes_one_dict():
    with pytest.raises(ToolDefinitionError, match="one dict"):
        Tool.from_schema("pay", "", {"type": "object"}, body, approval=two_inputs)


def test_the_definition_says_what_the_database_must_know():
    assert "approval" not in Tool[..., Any](pay).definition()
    assert Tool[..., Any](pay, approval=False).definition()["approval"] is False
    assert "approval" not in Tool[..., Any](pay, approval=plain).definition()
    assert Tool[..., Any](pay, approval=True).definition()["approval"] is True
    assert Tool[..., Any](pay, approval="app.f").definition()["approval"] == {"when": "app.f"}
