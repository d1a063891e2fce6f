"""What a tool body learns about its call."""

from __future__ import annotations

import asyncio
import threading
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from agentpg_executor.tools import CancelSignal, ToolContext, ToolError, VariableError

VARIABLES: dict[str, Any] = {
    "tenant": "acme", "limit": 3, "ratio": 0.5, "on": True, "none": None, "ids": [1, 2],
    "owner": "7c1b4c5e-1111-4222-8333-944455556666", "day": "2026-11-22",
}  # fmt: skip


@pytest.fixture
def context() -> ToolContext:
    return ToolContext(variables=VARIABLES)


def test_integers_stay_integers(context: ToolContext):
    limit = context.variable("limit", int)
    assert limit == 3
    assert type(limit) is int
    assert context.variable_or("limit", 10) == 3


def test_values_that_json_cannot_say_are_converted(context: ToolContext):
    assert context.require("owner", UUID) == UUID("7c1b4c5e-1111-4222-8333-944455556666")
    assert context.require("day", date) == date(2026, 11, 22)
    assert context.require("ids", list[int]) == [1, 2]
    assert context.require("limit", float) == 3.0


@pytest.mark.parametrize(
    ("name", "kind"), [("tenant", int), ("on", int), ("limit", bool), ("ratio", int), ("limit", str)]
)
def test_nothing_is_coerced(context: ToolContext, name: str, kind: type):
    with pytest.raises(VariableError, match=name):
        context.variable(name, kind)


def test_a_missing_variable_has_three_answers(context: ToolContext):
    assert context.variable("nothing", str) is None
    assert context.variable("none", str) is None
    assert context.variable_or("nothing", "default") == "default"
    with pytest.raises(VariableError, match="no variable 'nothing'"):
        context.require("nothing", str)


def test_an_untyped_getter_gives_the_value_as_it_is(context: ToolContext):
    assert context.variable("ids") == [1, 2]
    assert context.require("tenant") == "acme"


def test_a_default_of_another_type_than_the_value_is_refused(context: ToolContext):
    with pytest.raises(VariableError):
        context.variable_or("tenant", 5)


def test_a_variable_error_is_an_answer_to_the_model():
    assert issubclass(VariableError, ToolError)


def test_a_thread_waits_for_cancellation():
    signal = CancelSignal()
    seen: list[bool] = []
    thread = threading.Thread(target=lambda: seen.append(signal.wait_blocking(10)))
    thread.start()
    signal.set()
    thread.join(10)
    assert seen == [True]
    assert bool(signal)


async def test_async_code_waits_for_cancellation_set_by_a_thread():
    signal = CancelSignal()
    waiter = asyncio.create_task(signal.wait())
    await asyncio.sleep(0)
    assert not waiter.done()
    thread = threading.Thread(target=signal.set)
    thread.start()
    await waiter
    thread.join()
    await signal.wait()
    with pytest.raises(ToolError):
        signal.raise_if_set()
