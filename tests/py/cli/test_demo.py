"""`agentpg demo`: from nothing to an answer, and nothing left behind."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from agentpg import Client
from agentpg_executor.cli import _crash_story
from agentpg_executor.cli.exit_codes import ExitCode
from agentpg_executor.testing import FakeClaude, reply, text, tool_use
from fixtures.crowding import Crowding

from .conftest import Cli

pytestmark = pytest.mark.timeout(180)  # each command is a process of its own

ANSWER = "Your 500 francs become 94,350 yen"
Conn = psycopg.Connection[dict[str, Any]]


def folder_of(shown: str) -> Path:
    """Where the temporary Postgres was."""
    found = re.search(r"temporary, in (\S+)", shown)
    assert found is not None, shown
    return Path(found[1])


def flat(shown: str) -> str:
    return " ".join(shown.split())


def test_it_runs_on_a_bare_machine_and_leaves_nothing(cli: Cli) -> None:
    with Crowding() as crowding:
        begun = time.monotonic()
        result = cli("demo")
        took = time.monotonic() - begun
    assert took < 30 * crowding.factor
    assert result.code == 0, result.err
    assert "\x1b" not in result.out + result.err
    assert "\r" not in result.out + result.err
    assert ANSWER in flat(result.out)
    assert re.search(r"✓ demo_weather \d\.\d s: \{", result.out)
    assert re.search(r"✓ demo_exchange_rate \d\.\d s: \{", result.out)
    assert re.search(
        r"completed · 2 model calls · 2 tool calls · \d+ tokens in, \d+ out · \$0\.\d+", result.out
    )
    assert re.search(r"select \* from agentpg\.run_timeline\('[0-9a-f-]{36}'\)", result.out)
    assert "a fake Claude" in result.err
    assert "agentpg demo --keep" in result.err
    first, _, second = result.out.partition("Now the worst")
    assert_side_by_side(first.partition("What happened")[2])
    assert re.search(r"executor-. took over \d\.\d s after executor-. was killed", second)
    assert not folder_of(result.err).exists()
    assert cli.left_behind() == []


def assert_side_by_side(timeline: str) -> None:
    """Both tools had started before either was done."""
    events = re.findall(r"^ +([\d.]+)  (\w[\w ]*?)  +(?:[\d.]+ m?s)? ", timeline, re.MULTILINE)
    started = [float(at) for at, event in events if event == "tool started"]
    ended = [float(at) for at, event in events if event == "tool completed"]
    assert len(started) == len(ended) == 2, timeline
    assert max(started) < min(ended)


@pytest.mark.parametrize(("columns", "more"), [(60, []), (120, ["--no-crash"])])
def test_at_a_terminal_it_draws_in_place_and_fits(cli: Cli, columns: int, more: list[str]) -> None:
    terminal = cli.at_terminal("demo", "--pace", "0.3", *more, columns=columns)
    terminal.wait_for("demo_exchange_rate")
    assert terminal.end() == 0, terminal.text
    assert "\x1b[32m" in terminal.raw
    assert re.search(r"\x1b\[\dF", terminal.raw), "running tools are drawn again"
    assert ANSWER in flat(terminal.text)
    long = [
        line
        for line in terminal.text.splitlines()
        if len(line.rpartition("\r")[2]) > columns and not re.search("run_timeline|psql", line)
    ]
    assert long == []
    assert cli.left_behind() == []


def test_no_color_at_a_terminal(cli: Cli) -> None:
    terminal = cli.at_terminal("demo", "--pace", "0", "--no-crash", env={"NO_COLOR": "1"})
    assert terminal.end() == 0
    assert not re.search(r"\x1b\[[0-9;]*m", terminal.raw)


def test_in_an_empty_database_of_ours_it_deploys_without_asking(cli: Cli, bare_database: str) -> None:
    cli.use(bare_database)
    first = cli("demo", "--pace", "0")
    assert first.code == 0, first.err
    assert "deployed" in first.err
    assert 'psql "$DATABASE_URL"' in first.out
    again = cli("demo", "--pace", "0")
    assert again.code == 0, again.err
    assert "up to date" in again.err
    with psycopg.connect(bare_database) as conn:
        runs = conn.execute("select state::text, agent_name from agentpg.run_details").fetchall()
        assert runs == [("completed", "agentpg-demo")] * 2
        assert conn.execute("select count(*) from agentpg.instances").fetchone() == (0,)
        assert "Now the worst" not in first.out, "its settings are not ours to change"
    assert cli.left_behind() == []


def test_a_database_with_data_is_not_touched_without_consent(cli: Cli, bare_database: str) -> None:
    with psycopg.connect(bare_database, autocommit=True) as conn:
        conn.execute("create table mine (id int)")
    cli.use(bare_database)
    refused = cli("demo", "--pace", "0")
    assert refused.code == ExitCode.USAGE
    assert "1 table" in refused.error[0]
    assert refused.error[2] == "agentpg demo --yes"
    terminal = cli.at_terminal("demo", "--pace", "0")
    terminal.wait_for("[y/N]")
    terminal.type("n\n")
    assert terminal.end() == ExitCode.USAGE
    with psycopg.connect(bare_database) as conn:
        assert conn.execute("select to_regnamespace('agentpg')").fetchone() == (None,)
    terminal = cli.at_terminal("demo", "--pace", "0")
    terminal.wait_for("[y/N]")
    terminal.type("y\n")
    assert terminal.end() == 0, terminal.text


def test_with_yes_nothing_is_asked(cli: Cli, bare_database: str) -> None:
    with psycopg.connect(bare_database, autocommit=True) as conn:
        conn.execute("create table mine (id int)")
    result = cli("demo", "--pace", "0", "--yes", "--database-url", bare_database)
    assert result.code == 0, result.err
    assert ANSWER in flat(result.out)


def test_the_runs_of_others_are_left_alone(cli: Cli, database: str, conn: Conn) -> None:
    """The fake Claude of a demo must never answer somebody's real prompt."""
    with Client(database, listen=False) as client:
        agent = client.create_agent("theirs", model="claude-haiku-5-5")
        client.run_fast(client.new_session(), agent.id, "a real prompt")
    result = cli("demo", "--pace", "0", "--database-url", database)
    assert result.code == 0, result.err
    query = "select state::text, attempt from agentpg.run_details where agent_name = 'theirs'"
    assert conn.execute(query).fetchone() == {"state": "pending", "attempt": 0}


def test_with_a_key_the_real_api_answers(cli: Cli, fake_claude: FakeClaude) -> None:
    fake_claude.script(
        [
            reply(
                "Looking.",
                tool_use("demo_weather", {"city": "Oslo"}),
                tool_use("demo_weather", {"city": "Rome"}),
            ),
            text("As the API says."),
        ]
    )
    _crash_story.script(fake_claude)
    cli.use_claude(fake_claude)
    result = cli("demo", "--pace", "0")
    assert result.code == 0, result.err
    assert "the real Claude API" in result.err
    assert "As the API says." in result.out
    assert "executor-" in result.out.partition("Now the worst")[2]
    assert fake_claude.journal.count("messages") == 4


def test_a_refused_key_is_an_error_of_its_own(cli: Cli, fake_claude: FakeClaude) -> None:
    cli.use_claude(fake_claude)
    result = cli("demo", "--pace", "0", env={"ANTHROPIC_API_KEY": "sk-ant-wrong"})
    assert result.code == ExitCode.AUTH
    assert result.error[0] == "Claude refused the API key"
    assert "You " not in result.out
    assert cli.left_behind() == []


@pytest.mark.parametrize(
    ("number", "code", "moment"),
    [
        (signal.SIGINT, ExitCode.INTERRUPTED, "Executor with"),
        (signal.SIGTERM, ExitCode.TERMINATED, "Executor with"),
        (signal.SIGTERM, ExitCode.TERMINATED, "temporary, in"),
    ],
    ids=["SIGINT while it plays", "SIGTERM while it plays", "SIGTERM while it deploys"],
)
def test_stopped_in_the_middle_it_leaves_nothing(
    cli: Cli, number: signal.Signals, code: ExitCode, moment: str
) -> None:
    running = cli.start("demo", "--pace", "20")
    shown = running.wait_for("temporary, in")
    if moment not in shown:
        running.wait_for(moment)
    running.signal(number)
    assert running.end().code == code
    assert not folder_of(shown).exists()
    assert cli.left_behind() == []


def test_keep_holds_the_server_until_ctrl_c(cli: Cli) -> None:
    running = cli.start("demo", "--pace", "0", "--keep", "--no-crash")
    line = running.wait_for("psql ", stream="out")
    url = re.search(r"postgresql://[^'\s]+", line)
    assert url is not None
    with psycopg.connect(url[0]) as conn:
        assert conn.execute("select state::text from agentpg.run_details").fetchall() == [("completed",)]
    running.wait_for("Ctrl-C")
    running.signal(signal.SIGINT)
    assert running.end().code == 0
    assert cli.left_behind() == []


def test_without_the_packages_it_says_what_to_install(cli: Cli) -> None:
    without = "import sys; sys.modules['aiohttp'] = None; from agentpg_executor.cli import main; "
    result = cli.python("-c", without + "sys.exit(main(['demo']))")
    assert result.code == ExitCode.NOT_READY
    assert result.error[2] == "pip install 'agentpg[demo]'"
