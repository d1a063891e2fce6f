"""What works where only psycopg is installed, as after `pip install agentpg`."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import agentpg
import agentpg_executor
import pytest
from agentpg import Agent, Client
from agentpg_executor.cli.exit_codes import ExitCode

from .conftest import MODEL, Cli

pytestmark = pytest.mark.timeout(180)  # each command is a process of its own

_PACKAGES = ("psycopg", "psycopg_pool", "psycopg_binary", "typing_extensions")


@pytest.fixture
def bare(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """Commands run by a Python that sees the client's own dependencies and no other package."""
    folder = tmp_path_factory.mktemp("site")
    for name in _PACKAGES:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        source = Path(spec.origin).parent if spec.submodule_search_locations else Path(spec.origin)
        (folder / source.name).symlink_to(source)
        libraries = source.with_name(f"{source.name}.libs")
        if libraries.is_dir():
            (folder / libraries.name).symlink_to(libraries)
    roots = [Path(package.__file__ or "").parents[1] for package in (agentpg, agentpg_executor)]
    cli.environment["PYTHONPATH"] = ":".join(map(str, (folder, *roots)))
    return cli


def run(bare: Cli, *words: str) -> tuple[int, str, str]:
    result = bare.python("-S", "-m", "agentpg_executor.cli", *words)
    return result.code, result.out, result.err


def test_there_is_nothing_but_psycopg(bare: Cli) -> None:
    result = bare.python("-S", "-c", "import anthropic")
    assert "ModuleNotFoundError" in result.err
    assert sys.executable


def test_the_database_commands_work(bare: Cli, bare_database: str) -> None:
    bare.use(bare_database)
    for words in (
        ("--version",),
        ("migrate",),
        ("migrate", "--check"),
        ("agents", "create", "helper", "--model", MODEL),
        ("agents", "list"),
        ("run", "helper", "hello", "--detach"),
        ("runs", "list"),
        ("sessions", "list"),
        ("models", "list"),
    ):
        code, _, err = run(bare, *words)
        assert code == 0, (words, err)
    code, out, err = run(bare, "doctor")
    assert code == ExitCode.RUN_FAILED, err  # the detached run has nobody to take it
    assert "the client alone" in out


def test_a_run_waits_for_the_fleet(bare: Cli, database: str, client: Client) -> None:
    bare.use(database)
    agent: Agent = client.create_agent("helper", model=MODEL)
    code, _, err = run(bare, "run", agent.name, "hello", "--timeout", "0.2")
    assert code == ExitCode.TIMEOUT, err


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("worker",), "executor"),
        (("demo",), "demo"),
        (("dev",), "demo"),
        (("run", "helper", "hello", "--tools", "x"), "executor"),
    ],
)
def test_what_needs_more_names_the_extra(
    bare: Cli, database: str, client: Client, words: tuple[str, ...], extra: str
) -> None:
    client.create_agent("helper", model=MODEL)
    bare.use(database)
    code, out, err = run(bare, *words)
    assert code == ExitCode.NOT_READY, err
    assert out == ""
    assert err.strip().endswith(f"pip install 'agentpg[{extra}]'")
