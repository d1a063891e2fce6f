"""Starting, refusing to start, and stopping."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from agentpg.errors import SchemaOutOfDate, StorageError
from agentpg_executor import _claiming
from agentpg_executor.errors import ExecutorAlreadyStarted, ExecutorConfigError
from agentpg_executor.executor import Executor
from agentpg_executor.testing import FakeClaude, Gate, call, held, reply
from agentpg_executor.tools import ToolContext, ToolDefinitionError, tool
from anthropic import AsyncAnthropic
from executor.conftest import Workplace, eventually
from psycopg.conninfo import make_conninfo


@tool
def add(a: int, b: int) -> int:
    return a + b


@pytest.fixture
def no_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE", "ANTHROPIC_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.usefixtures("no_key")
async def test_without_a_key_it_says_which_variable_to_set(database: str):
    with pytest.raises(ExecutorConfigError, match="ANTHROPIC_API_KEY"):
        await Executor(database).start()


@pytest.mark.usefixtures("no_key")
async def test_for_tools_alone_no_key_is_needed(database: str):
    async with Executor(database, tools=[add], tools_only=True) as executor:
        assert executor.instance_id is not None


@pytest.mark.parametrize(
    "options",
    [
        {"max_concurrent_runs": -1},
        {"max_concurrent_runs": 0, "max_concurrent_tools": 0},
        {"grace_period": -1},
        {"poll_interval": 0},
        {"anthropic_client": AsyncAnthropic(api_key="k"), "api_key": "k"},
    ],
)
def test_options_that_make_no_sense_are_refused_at_once(options: dict[str, Any]):
    with pytest.raises(ExecutorConfigError):
        Executor("postgresql:///x", **options)


def test_two_tools_of_one_name_are_refused_at_once():
    with pytest.raises(ToolDefinitionError, match="already registered"):
        Executor("postgresql:///x", tools=[add, tool(name="add")(lambda: None)])


async def test_a_database_without_the_schema_is_refused(bare_database: str):
    with pytest.raises(SchemaOutOfDate, match="agentpg migrate"):
        await Executor(bare_database, api_key="k").start()


async def test_a_database_that_does_not_answer_is_refused():
    with pytest.raises(StorageError):
        await Executor("postgresql://127.0.0.1:9/x?connect_timeout=2", api_key="k").start()


async def test_an_executor_starts_once(work: Workplace):
    executor = await work.started()
    with pytest.raises(ExecutorAlreadyStarted):
        await executor.start()
    await executor.stop()
    await executor.stop()
    with pytest.raises(ExecutorAlreadyStarted):
        await executor.start()


async def test_an_executor_leaves_no_instance_and_no_connection_behind(work: Workplace):
    executor = await work.started(add)
    assert work.row("select name from agentpg.instances where id = %s", executor.instance_id)
    await executor.stop()
    assert work.rows("select * from agentpg.instances") == []
    ours = "datname = current_database() and application_name ~ 'executor'"
    await eventually(lambda: not work.rows(f"select from pg_stat_activity where {ours}"), "connections ended")


async def test_draining_finishes_the_call_under_way_and_claims_nothing_more(work: Workplace):
    with Gate() as gate:
        work.fake.script([held("Finished.", gate)])
        executor = await work.started(max_concurrent_runs=1)
        agent_id = await work.agent()
        first = await work.run(agent_id)
        second = await work.run(agent_id)
        await gate.wait_reached()
        stopping = asyncio.create_task(executor.stop(grace=20))
        await asyncio.sleep(0)
        gate.open()
        await stopping
    assert (await work.end(first)).text == "Finished."
    assert work.row("select state::text, attempt from agentpg.get_run(%s)", second) == {
        "state": "pending",
        "attempt": 0,
    }
    assert executor.stats.released == 0


async def test_a_worker_with_one_place_takes_the_next_run_at_once(
    work: Workplace, monkeypatch: pytest.MonkeyPatch
):
    """When its place is freed it looks once in vain: a run that is created then must not find it resting."""
    executor = await work.started(max_concurrent_runs=1, poll_interval=3600)
    agent_id = await work.agent()
    assert (await work.end(await work.run(agent_id))).text == "You said: Hello."
    monkeypatch.setattr(_claiming, "BREATH", 60)
    for _ in range(3):
        assert (await work.end(await work.run(agent_id), timeout=20)).text == "You said: Hello."
    assert executor.stats.model_calls == 4


async def test_draining_leaves_the_tools_of_an_answer_to_others(work: Workplace):
    with Gate() as gate:
        work.fake.script([held(reply(call("add", a=1, b=2)), gate), "3"])
        executor = await work.started(add)
        run_id = await work.run(await work.agent(add))
        await gate.wait_reached()
        stopping = asyncio.create_task(executor.stop(grace=20))
        await asyncio.sleep(0)
        gate.open()
        await stopping
    assert executor.stats.tool_calls == 0
    other = await work.started(add)
    assert (await work.end(run_id)).text == "3"
    assert other.stats.tool_calls == 1


async def test_after_the_grace_period_the_work_is_given_back_and_another_goes_on_at_once(work: Workplace):
    begun = asyncio.Event()

    @tool
    async def slow(context: ToolContext) -> str:
        if begun.is_set():
            return f"attempt {context.attempt}"
        begun.set()
        await asyncio.Event().wait()
        return "never"

    with Gate() as gate:
        work.fake.script([reply(call("slow")), "Done."], match="tool")
        work.fake.script([held("Never seen.", gate)], match="model")
        work.fake.script(["Answered."], match="model")
        executor = await work.started(slow)
        agent_id = await work.agent(slow)
        in_tool = await work.run(agent_id, "tool")
        in_model = await work.run(agent_id, "model")
        await begun.wait()
        await gate.wait_reached()
        await executor.stop(grace=0.05)
        assert executor.stats.released == 2
        assert executor.stats.unexpected_errors == 0
        await work.started(slow)
        assert (await work.end(in_model)).text == "Answered."
        assert (await work.end(in_tool)).text == "Done."
    assert work.tool_results(in_tool)[0]["content"] == "attempt 1"
    assert work.attempts(in_tool) == work.attempts(in_model) == []


async def test_an_executor_embedded_in_a_cancelled_task_still_says_goodbye(work: Workplace, fake: FakeClaude):
    started = asyncio.Event()

    async def app() -> None:
        async with work.executor(add):
            started.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(app())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.rows("select * from agentpg.instances") == []


async def test_a_role_with_executor_access_alone_is_enough(work: Workplace, database: str):
    role = f"worker_{work.row('select pg_backend_pid() as pid')['pid']}"
    work.conn.execute(f"create role {role} login")
    try:
        work.conn.execute("select agentpg.grant_access(%s, 'executor')", (role,))
        work.fake.script([reply(call("add", a=1, b=2)), "3"])
        agent_id = await work.agent(add)
        work.dsn = make_conninfo(database, user=role)
        executor = await work.started(add)
        assert (await work.end(await work.run(agent_id))).text == "3"
        await executor.stop()
        assert executor.stats.unexpected_errors == 0
    finally:
        work.conn.execute(f"drop owned by {role}; drop role {role}")
