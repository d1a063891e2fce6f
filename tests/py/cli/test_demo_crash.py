"""The second act of `agentpg demo`: an executor killed at work, another that takes over, nothing left."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import psutil
import psycopg
import pytest
from agentpg import AsyncClient
from agentpg_executor.cli._crash_workers import NAMES, Workers
from agentpg_executor.cli._failure import CliError
from agentpg_executor.cli.exit_codes import ExitCode

from .conftest import Cli
from .test_demo import folder_of

pytestmark = pytest.mark.timeout(180)  # each demo is several processes

CALL = r"⚙ (executor-[AB]), pid (\d+): demo_book_hotel\(city=\"Kyoto\"\), attempt "


def test_the_other_executor_takes_over_and_the_timeline_tells_it(cli: Cli) -> None:
    running = cli.start("demo", "--pace", "0", "--keep")
    url = re.search(r"postgresql://[^'\s]+", running.wait_for("psql ", stream="out"))
    assert url is not None
    with psycopg.connect(url[0]) as conn:
        settings = conn.execute("select heartbeat_interval, lease_ttl from agentpg.settings").fetchone()
        run_id = conn.execute(
            "select id from agentpg.run_details where state = 'completed' order by created_at desc"
        ).fetchone()
        assert run_id is not None
        told = conn.execute(
            "select actor, event, attempt, elapsed from agentpg.run_timeline(%s)", run_id
        ).fetchall()
    running.wait_for("Ctrl-C")
    running.signal(signal.SIGINT)
    assert running.end().code == 0
    assert cli.left_behind() == []
    assert settings is not None
    assert [value.total_seconds() for value in settings] == [5, 20]
    lost = [(actor, attempt, elapsed) for actor, event, attempt, elapsed in told if event == "worker lost"]
    begun = [(actor, attempt, elapsed) for actor, event, attempt, elapsed in told if event == "tool started"]
    assert (len(begun), len(lost)) == (2, 1), told
    first, again = begun
    assert {first[0], again[0]} == {"executor-A", "executor-B"}
    assert lost[0][0] == first[0]
    assert (first[1], lost[0][1], again[1]) == (1, 1, 2)
    assert first[2] < lost[0][2] <= again[2]


def test_what_is_shown_of_it(cli: Cli) -> None:
    terminal = cli.at_terminal("demo", "--pace", "0", columns=120)
    assert terminal.end(within=90) == 0, terminal.text
    act = terminal.text.partition("Now the worst: the executor dies")[2]
    first, second = re.search(CALL + "1", act), re.search(CALL + "2", act)
    assert first is not None, act
    assert second is not None, act
    assert first[1] != second[1]
    killed = re.search(r"\$ kill -9 (\d+)", act)
    assert killed is not None
    assert killed[1] == first[2]
    assert f'"pid": {second[2]}, "attempt": 2' in act
    took = re.search(rf"completed · {second[1]} took over (\d+\.\d) s after {first[1]} was killed", act)
    assert took is not None, act
    assert float(took[1]) < 3
    assert "worker lost" in act
    assert "psql 'postgresql://" in act
    assert cli.left_behind() == []


@pytest.mark.parametrize(
    ("number", "code", "moment"),
    [
        (signal.SIGINT, ExitCode.INTERRUPTED, "attempt 1"),
        (signal.SIGTERM, ExitCode.TERMINATED, "kill -9"),
    ],
    ids=["SIGINT while the tool runs", "SIGTERM while nobody runs it"],
)
def test_stopped_in_the_second_act_it_leaves_nothing(
    cli: Cli, number: signal.Signals, code: ExitCode, moment: str
) -> None:
    running = cli.start("demo", "--pace", "0.5")
    shown = running.wait_for("temporary, in")
    running.wait_for(moment, stream="out")
    running.signal(number)
    assert running.end().code == code
    assert not folder_of(shown).exists()
    assert cli.left_behind() == []


def test_killed_itself_it_takes_its_executors_along(cli: Cli) -> None:
    running = cli.start("demo", "--pace", "0.5")
    running.wait_for("attempt 1", stream="out")
    running.signal(signal.SIGKILL)
    running.process.wait()
    cli.wait_until_gone(within=40)
    assert cli.left_behind() == []


async def test_an_executor_that_does_not_start_is_told_with_its_reason(database: str, tmp_path: Path) -> None:
    nowhere = {"ANTHROPIC_API_KEY": "", "ANTHROPIC_AUTH_TOKEN": "", "HOME": str(tmp_path)}
    async with AsyncClient(database, listen=False) as client:
        with Workers(database, nowhere) as workers:
            workers.load()
            with pytest.raises(CliError) as told:
                await workers.start(client)
    assert told.value.what.startswith("executor-")
    assert "no Claude API key" in told.value.why
    assert not any(psutil.pid_exists(workers.pid(name)) for name in NAMES)


def test_ctrl_c_at_a_terminal_ends_all_of_it(cli: Cli) -> None:
    terminal = cli.at_terminal("demo", "--pace", "0.5")
    terminal.wait_for("kill -9", within=90)
    terminal.type("\x03")
    assert terminal.end() == ExitCode.INTERRUPTED
    assert cli.left_behind() == []
