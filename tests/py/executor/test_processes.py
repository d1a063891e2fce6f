"""Real processes, real signals."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from agentpg_executor.testing import FakeClaude, Gate, call, held, reply
from executor.conftest import Workplace, eventually
from executor.worker import wait_for_release
from fixtures.clock import Clock

Launch = Callable[[float], Awaitable[Process]]


@pytest.fixture(autouse=True)
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return tmp_path / "release"


@pytest.fixture
async def launch(work: Workplace, fake: FakeClaude, release: Path) -> AsyncIterator[Launch]:
    """Starts a worker and returns once it has registered."""
    launched: list[Process] = []

    async def start(grace: float) -> Process:
        known = len(work.rows("select id from agentpg.instances"))
        environment = {
            **os.environ,
            **fake.environment,
            "DATABASE_URL": work.dsn,
            "RELEASE_FILE": str(release),
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        worker = Path(__file__).with_name("worker.py")
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(worker), str(grace), env=environment, stdout=PIPE, stderr=PIPE
        )
        launched.append(process)
        await eventually(
            lambda: (
                len(work.rows("select id from agentpg.instances")) > known or process.returncode is not None
            ),
            "the worker registered",
            30,
        )
        return process

    yield start
    for process in launched:
        if process.returncode is None:
            process.kill()
            await process.communicate()


def state(work: Workplace, run_id: object) -> str:
    return str(work.row("select state::text from agentpg.get_run(%s)", run_id)["state"])


async def test_sigterm_drains_and_the_process_ends_well(work: Workplace, launch: Launch):
    with Gate() as gate:
        work.fake.script([held("Finished.", gate)])
        process = await launch(20)
        agent_id = await work.agent()
        first = await work.run(agent_id)
        await gate.wait_reached()
        process.send_signal(signal.SIGTERM)
        second = await work.run(agent_id)
        gate.open()
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert out == b"ended\n"
    assert state(work, first) == "completed"
    assert state(work, second) == "pending"
    assert work.rows("select * from agentpg.instances") == []


async def test_after_sigterm_and_the_grace_period_another_worker_goes_on_at_once(
    work: Workplace, launch: Launch, release: Path
):
    work.fake.script([reply(call("wait_for_release")), "Done."])
    process = await launch(0.2)
    run_id = await work.run(await work.agent(wait_for_release))
    await eventually(lambda: state(work, run_id) == "pending_tools", "the tool runs")
    process.send_signal(signal.SIGTERM)
    _, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    await asyncio.to_thread(release.touch)
    await launch(5)
    assert (await work.end(run_id)).text == "Done."
    assert work.tool_results(run_id)[0]["content"] == "released"
    assert work.attempts(run_id) == []


async def test_a_second_signal_stops_now_and_fails_nothing(work: Workplace, launch: Launch):
    with Gate() as gate:
        work.fake.script([held("Never.", gate)])
        process = await launch(600)
        run_id = await work.run(await work.agent())
        await gate.wait_reached()
        process.send_signal(signal.SIGINT)
        drained = await process.stderr.readuntil(b"draining") if process.stderr else b""
        assert drained
        process.send_signal(signal.SIGTERM)
        _, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    row = work.row("select state::text, attempt from agentpg.get_run(%s)", run_id)
    assert row == {"state": "pending", "attempt": 0}


async def test_the_work_of_a_killed_worker_goes_on_once_its_lease_lapses(
    work: Workplace, launch: Launch, release: Path, clock: Clock
):
    work.fake.script([reply(call("wait_for_release")), "Done."])
    process = await launch(5)
    run_id = await work.run(await work.agent(wait_for_release))
    await eventually(lambda: state(work, run_id) == "pending_tools", "the tool runs")
    process.kill()
    await process.communicate()
    await asyncio.to_thread(release.touch)
    clock.advance(3600)
    work.conn.execute("select agentpg.run_maintenance()")
    await launch(5)
    assert (await work.end(run_id)).text == "Done."


async def test_a_running_executor_rescues_the_work_of_a_killed_one(
    work: Workplace, launch: Launch, release: Path, clock: Clock
):
    work.configure(lease_ttl="2 seconds", heartbeat_interval="500 milliseconds", poll_interval="1 second")
    work.fake.script([reply(call("wait_for_release")), "Done."])
    process = await launch(5)
    run_id = await work.run(await work.agent(wait_for_release))
    await eventually(lambda: state(work, run_id) == "pending_tools", "the tool runs")
    process.kill()
    await process.communicate()
    await asyncio.to_thread(release.touch)
    clock.advance(60)
    await launch(5)
    assert (await work.end(run_id)).text == "Done."
    (lost,) = work.attempts(run_id)
    assert (lost["kind"], lost["attempt"]) == ("rescue", 1)
