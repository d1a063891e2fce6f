"""Two projects to migrate with, real sqitch to compare with, and eyes for the registry."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from agentpg.migrate import Project
from fixtures.databases import Database, Databases
from psycopg.rows import dict_row

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
WHO = {"SQITCH_FULLNAME": "Mona Migrator", "SQITCH_EMAIL": "mona@example.org"}
_DEPLOYED_AT = {"committed_at", "created_at", "installed_at"}


@pytest.fixture(autouse=True)
def who(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in WHO.items():
        monkeypatch.setenv(name, value)


@dataclass(frozen=True)
class Tree:
    """A project's folder, as sqitch sees it, and the project, as we see it."""

    folder: Path
    project: Project

    def sqitch(self, *arguments: str, on: Database | None = None, fails: bool = False) -> str:
        command = ["sqitch", "--quiet", arguments[0]]
        environment = {**os.environ, **WHO, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        if on is not None:
            place = parse_qs(urlsplit(on.dsn).query)
            port = f"&port={place['port'][0]}" if "port" in place else ""
            environment["PATH"] = f"{on.server.bin_dir}:{environment['PATH']}"  # sqitch runs psql
            command += ["--target", f"db:pg://postgres@/{on.name}?host={place['host'][0]}{port}"]
        answer = subprocess.run(
            [*command, *arguments[1:]],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (answer.returncode != 0) is fails, answer.stdout + answer.stderr
        return answer.stdout + answer.stderr


def tree_of(folder: Path, scripts: Path | None = None) -> Tree:
    return Tree(folder, Project.load(folder / "sqitch.plan", scripts or folder))


@pytest.fixture
def nasty() -> Tree:
    """A small project with everything a plan may have."""
    return tree_of(HERE / "fixtures" / "nasty")


@pytest.fixture(params=["nasty", "agentpg"])
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Tree:
    """Each of the two: the small nasty project, and AgentPG's own (a copy: nobody edits it)."""
    if request.param == "nasty":
        return tree_of(HERE / "fixtures" / "nasty")
    for name in ("sqitch.conf", "sqitch.plan"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "sql", tmp_path / "sql")
    return tree_of(tmp_path, tmp_path / "sql")


@pytest.fixture
def copy_of_nasty(tmp_path: Path) -> Tree:
    """The same in a folder of the test's own, to be edited."""
    folder = tmp_path / "project"
    shutil.copytree(HERE / "fixtures" / "nasty", folder)
    return tree_of(folder)


@pytest.fixture
def small(tmp_path: Path) -> Callable[..., Tree]:
    """Makes a project of these changes: `small(one="create table one ();")`. Nothing is wrapped."""

    def make(*, reverts: dict[str, str] | None = None, **deploys: str) -> Tree:
        lines = ["%syntax-version=1.0.0", "%project=small", ""]
        for number, (name, script) in enumerate(deploys.items()):
            lines.append(f"{name} 2026-01-01T00:00:{number:02}Z Ann <ann@example.org> # {name}")
            for kind, text in (("deploy", script), ("revert", (reverts or {}).get(name, ""))):
                path = tmp_path / "small" / kind / f"{name}.sql"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        (tmp_path / "small" / "sqitch.plan").write_text("\n".join(lines) + "\n")
        return tree_of(tmp_path / "small")

    return make


@pytest.fixture
def two_databases(databases: Databases) -> Iterator[tuple[Database, Database]]:
    pair = databases.bare(), databases.bare()
    yield pair
    for database in pair:
        databases.drop(database)


def registry(dsn: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of the registry but the moments of deployment, in the order of deployment."""
    orders = {
        "releases": "version",
        "projects": "project",
        "changes": "committed_at",
        "tags": "committed_at, tag",
        "dependencies": "change_id, dependency",
        "events": "committed_at",
    }
    rows: dict[str, list[dict[str, Any]]] = {}
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        for table, order in orders.items():
            found = connection.execute(f"select * from sqitch.{table} order by {order}")  # type: ignore[arg-type]
            rows[table] = [{k: v for k, v in row.items() if k not in _DEPLOYED_AT} for row in found]
    return rows


def deployed(dsn: str) -> list[str]:
    return [row["change"] for row in registry(dsn)["changes"]]


def events(dsn: str) -> list[tuple[str, str]]:
    return [(row["event"], row["change"]) for row in registry(dsn)["events"]]


def dump(database: Database) -> str:
    """`pg_dump -s`, without the lines that differ from run to run."""
    answer = subprocess.run(
        [database.server.bin_dir / "pg_dump", "--schema-only", database.dsn],
        capture_output=True,
        text=True,
        check=True,
    )
    return re.sub(r"^\\(un)?restrict .*\n", "", answer.stdout, flags=re.MULTILINE)


def start_migration(database: Database, tree: Tree, script: str) -> subprocess.Popen[str]:
    """A real process that migrates; `script` is what it does with `go(**options)`."""
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from agentpg.migrate import Project, migrate\n"
        "dsn, plan, scripts = sys.argv[1:]\n"
        "project = Project.load(Path(plan), Path(scripts))\n"
        "def go(**options):\n"
        "    return migrate(dsn, project=project, **options)\n" + script
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, database.dsn, tree.folder / "sqitch.plan", tree.project.scripts],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
