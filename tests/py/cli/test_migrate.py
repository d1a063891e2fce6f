"""`agentpg migrate`: deploy, check, print, and never without consent."""

from __future__ import annotations

import psycopg
import pytest
from agentpg.migrate import Project, status
from agentpg_executor.cli.exit_codes import ExitCode

from .conftest import Cli

pytestmark = pytest.mark.timeout(180)  # each command is a process of its own


@pytest.fixture
def occupied_database(bare_database: str) -> str:
    """A database with somebody's table in it."""
    with psycopg.connect(bare_database, autocommit=True) as conn:
        conn.execute("create table mine (id int)")
    return bare_database


def test_check_says_behind_then_up_to_date(cli: Cli, bare_database: str) -> None:
    cli.use(bare_database)
    behind = cli("migrate", "--check")
    assert behind.code == ExitCode.NOT_READY
    assert behind.out == ""
    assert behind.error[2] == "agentpg migrate"
    deployed = cli("migrate")
    assert deployed.code == 0
    assert deployed.out == ""
    assert "core/schema" in deployed.err
    now = cli("migrate", "--check")
    assert now.code == 0
    assert now.out.startswith("up to date at ")
    assert now.err == ""
    assert "up to date" in cli("migrate").err


def test_to_stops_at_a_change(cli: Cli, bare_database: str) -> None:
    cli.use(bare_database)
    assert cli("migrate", "--to", "core/types").code == 0
    assert status(bare_database).at == "core/types"
    assert cli("migrate", "--check").code == ExitCode.NOT_READY
    assert cli("migrate", "--to", "no/such").code == ExitCode.USAGE


def test_sql_needs_no_database_and_deploys_the_same(cli: Cli, bare_database: str) -> None:
    printed = cli("migrate", "--sql")
    assert printed.code == 0
    assert printed.err == ""
    with psycopg.connect(bare_database, autocommit=True) as conn:
        conn.execute(printed.out.encode())
    assert status(bare_database).up_to_date


def test_sql_since_prints_the_rest(cli: Cli) -> None:
    last = Project.packaged().plan.changes[-1].name
    before = Project.packaged().plan.changes[-2].name
    printed = cli("migrate", "--sql", "--since", before)
    assert printed.code == 0
    assert f"-- {last}" in printed.out
    assert "create schema agentpg" not in printed.out
    assert cli("migrate", "--since", before).code == ExitCode.USAGE


def test_a_database_with_data_is_not_touched_without_a_terminal(cli: Cli, occupied_database: str) -> None:
    cli.use(occupied_database)
    refused = cli("migrate")
    assert refused.code == ExitCode.USAGE
    assert refused.error[2] == "agentpg migrate --yes"
    assert status(occupied_database).at is None
    assert cli("migrate", "--yes").code == 0
    assert status(occupied_database).up_to_date


@pytest.mark.parametrize(("answer", "code"), [("n", ExitCode.USAGE), ("y", ExitCode.DONE)])
def test_at_a_terminal_it_asks(cli: Cli, occupied_database: str, answer: str, code: ExitCode) -> None:
    cli.use(occupied_database)
    terminal = cli.at_terminal("migrate")
    terminal.wait_for("[y/N]")
    terminal.type(f"{answer}\n")
    assert terminal.end() == code
    assert status(occupied_database).up_to_date == (answer == "y")


def test_a_database_of_another_plan_has_diverged(cli: Cli, bare_database: str) -> None:
    cli.use(bare_database)
    assert cli("migrate").code == 0
    with psycopg.connect(bare_database, autocommit=True) as conn:
        conn.execute("update sqitch.changes set script_hash = 'edited' where change = 'core/schema'")
    result = cli("migrate", "--check")
    assert result.code == ExitCode.CONFLICT
    assert "core/schema" in result.error[1]
