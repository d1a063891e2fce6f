"""What holds for every command: streams, help, errors, exit codes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from agentpg import Agent, __version__
from agentpg_executor.cli import exit_codes
from agentpg_executor.cli.exit_codes import ExitCode

from .conftest import COMMAND, Cli

pytestmark = pytest.mark.timeout(180)  # each command is a process of its own

GROUPS = ("runs", "sessions", "agents", "models")


def test_without_arguments_it_helps_and_ends_with_the_next_command(cli: Cli) -> None:
    result = cli()
    assert result.code == ExitCode.DONE
    assert result.out.strip().splitlines()[-1] == "Next: agentpg demo"
    assert result.err == ""


def test_with_a_database_at_hand_the_next_command_is_another(cli: Cli) -> None:
    assert cli(env={"DATABASE_URL": "postgresql://x"}).out.strip().endswith("Next: agentpg doctor")


def test_version(cli: Cli) -> None:
    result = cli("--version")
    assert (result.code, result.out) == (0, f"agentpg {__version__}\n")


def test_every_command_explains_itself_on_stdout(cli: Cli) -> None:
    overview = cli("--help").out
    for name in ("demo", "dev", "migrate", "worker", "run", "chat", *GROUPS, "doctor"):
        assert re.search(rf"^    {name}\s", overview, re.MULTILINE), name
    result = cli("run", "--help")
    assert result.code == 0
    assert "usage: agentpg run" in result.out
    assert result.err == ""


def test_a_group_without_a_command_is_a_usage_error(cli: Cli) -> None:
    result = cli("runs")
    assert result.code == ExitCode.USAGE
    assert "cancel" in result.err
    assert result.out == ""


@pytest.mark.parametrize(
    "words",
    [
        ("bogus",),
        ("runs", "list", "--state", "bogus"),
        ("runs", "list", "--limit", "0"),
        ("run",),
        ("runs", "list", "--lim", "3"),
        ("worker", "--concurrency", "many"),
    ],
)
def test_a_wrong_command_line_is_refused_in_three_lines(cli: Cli, words: tuple[str, ...]) -> None:
    result = cli(*words)
    assert result.code == ExitCode.USAGE
    assert result.out == ""
    assert len(result.err.strip().splitlines()) == 3
    assert result.error[2].startswith("agentpg ")


def test_every_exit_code_has_a_meaning_and_is_listed(cli: Cli) -> None:
    assert set(exit_codes.MEANINGS) == set(ExitCode)
    listed = cli("help", "exit-codes").out
    for code, meaning in exit_codes.MEANINGS.items():
        assert f"{int(code):>3}  {meaning}" in listed


def test_a_reader_that_goes_away_is_no_crash(cli: Cli, database: str, helper: Agent) -> None:
    with subprocess.Popen(
        [*COMMAND, "models", "list", "--database-url", database, "-o", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=cli.environment,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.wait(30) == ExitCode.BROKEN_PIPE
        assert process.stderr.read() == ""


def test_a_password_is_never_shown(cli: Cli, bare_database: str) -> None:
    url = "postgresql://somebody:hunter2@127.0.0.1:1/app"
    for words in (("doctor",), ("migrate",), ("runs", "list"), ("demo",)):
        result = cli(*words, "--database-url", url)
        assert result.code != 0
        assert "hunter2" not in result.out + result.err, words


def test_colour_is_for_terminals_alone(cli: Cli, database: str, helper: Agent) -> None:
    cli.use(database)
    assert "\x1b" not in "".join((cli("agents", "list").out, cli("agents", "list").err))
    terminal = cli.at_terminal("agents", "list")
    assert terminal.end() == 0
    assert "\x1b[" in terminal.raw
    for plain in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        terminal = cli.at_terminal("agents", "list", env=plain)
        assert terminal.end() == 0
        assert "\x1b[" not in terminal.raw
    terminal = cli.at_terminal("agents", "list", "--no-color")
    assert terminal.end() == 0
    assert "\x1b[" not in terminal.raw


def test_the_modules_stay_small() -> None:
    folder = Path(exit_codes.__file__).parent
    for module in folder.glob("*.py"):
        assert len(module.read_text().splitlines()) < 300, module.name
