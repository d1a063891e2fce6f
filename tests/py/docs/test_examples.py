"""Every file in examples/ runs, against the fake Claude and a real database."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from agentpg_executor import Executor
from agentpg_executor.testing import FakeClaude, FakeRequest, Turn, call, reply, text
from fixtures.databases import Database

# Programs start slowly where all processors are busy.
pytestmark = pytest.mark.timeout(120)

TESTED_ELSEWHERE = {"foreign_executor", "README.md"}

Run = Callable[..., str]


@pytest.fixture
def environment(database: Database, fake_claude: FakeClaude) -> dict[str, str]:
    """Where the examples find their database and their Claude."""
    path = os.pathsep.join([os.environ.get("PATH", ""), str(database.server.bin_dir)])
    return {**os.environ, **fake_claude.environment, "DATABASE_URL": database.dsn, "PATH": path}


@pytest.fixture
def run(root: Path, environment: dict[str, str]) -> Run:
    """Runs a command in the folder of the examples; what it prints, if it ends well."""

    def run(*command: str) -> str:
        place = root / "examples"
        done = subprocess.run(
            command, cwd=place, env=environment, capture_output=True, text=True, timeout=110
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_every_example_is_tested_and_listed(root: Path) -> None:
    tests = Path(__file__).read_text(encoding="utf-8")
    found = {path.name for path in (root / "examples").iterdir() if path.name != "__pycache__"}
    assert {name for name in found - TESTED_ELSEWHERE if f'"{name}"' not in tests} == set()
    listed = (root / "examples" / "README.md").read_text(encoding="utf-8")
    assert {name for name in found - {"README.md"} if f"({name})" not in listed} == set()


def test_hello(run: Run, fake_claude: FakeClaude) -> None:
    fake_claude.script(["I am the greeter."])
    answer, cost = run(sys.executable, "hello.py").splitlines()
    assert answer == "I am the greeter."
    assert re.fullmatch(r"\d+ tokens in, \d+ out, \$0\.0+\d+", cost)


def test_tools(run: Run, fake_claude: FakeClaude) -> None:
    fake_claude.script(
        [
            reply(text("Let me look."), call("in_stock", item="umbrella"), call("in_stock", item="boat")),
            call("order", item="umbrella", count=2, speed="fast"),
            "They are on their way.",
        ]
    )
    said = run(sys.executable, "tools.py")
    assert "Let me look." in said
    assert "→ order {'item': 'umbrella', 'count': 2, 'speed': 'fast'}" in said
    assert "They are on their way." in said
    record = said.splitlines()[-3:]
    assert record[0] == 'in_stock: completed, attempt 1, {"item": "umbrella", "count": 3}'
    assert record[1].endswith("there is no item 'boat'; there are umbrella, raincoat")
    assert record[2].startswith("order: completed, attempt 1, ordered 2 x umbrella (fast) for Ada")


def test_delegates(run: Run, fake_claude: FakeClaude) -> None:
    def answer(request: FakeRequest) -> Turn:
        if not request.tools:
            return text(f"Done: {request.prompt}")
        if request.position == 0:
            return reply(call("researcher", task="Otters?"), call("editor", task="Shorter."))
        return text("Otters swim.")

    fake_claude.script([answer], match=lambda _: True, repeat=True)
    said = run(sys.executable, "delegates.py").splitlines()
    assert said[0] == "Otters swim."
    assert [line.split()[:3] for line in said[1:4]] == [
        ["1", "author", "completed"],
        ["1.1", "researcher", "completed"],
        ["1.2", "editor", "completed"],
    ]
    assert said[4].startswith("3 runs, ")


async def test_transaction(run: Run, database: Database, fake_claude: FakeClaude) -> None:
    fake_claude.script(["Thank you for the raincoat!"])
    said = await beside_an_executor(database, fake_claude, lambda: run(sys.executable, "transaction.py"))
    assert said.splitlines() == [
        "order 1: the payment was refused; no order, and no run",
        "order 2: Thank you for the raincoat!",
        "1 run(s) of this agent in all",
    ]


async def test_sql_only(
    run: Run, database: Database, fake_claude: FakeClaude, environment: dict[str, str]
) -> None:
    psql = shutil.which("psql", path=environment["PATH"])
    if psql is None:
        pytest.skip("the program psql is not installed")
    fake_claude.script(["Red.", "Blue."])
    said = await beside_an_executor(
        database, fake_claude, lambda: run(psql, "--no-psqlrc", database.dsn, "-f", "sql_only.sql")
    )
    assert "waits for run" in said
    assert said.index("Red.") < said.index("Blue.")
    assert "model call" in said


def test_asyncio_app(root: Path, environment: dict[str, str], fake_claude: FakeClaude, conn: Any) -> None:
    fake_claude.script([call("opening_hours", day="Monday"), "From 9 to 18 o'clock.", "You are welcome."])
    command = [sys.executable, str(root / "examples" / "asyncio_app.py"), "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as app:
        try:
            assert app.stdout is not None
            port = int(app.stdout.readline().rpartition(" ")[2])
            with socket.create_connection(("127.0.0.1", port), 30) as visitor:
                lines = visitor.makefile("rw", encoding="utf-8")
                answers = [ask(lines, question) for question in ("When are you open?", "Thanks.")]
        finally:
            app.terminate()
        assert app.wait(20) == 0
    assert answers == ["From 9 to 18 o'clock.", "You are welcome."]
    assert conn.execute("select count(*) as n from agentpg.instances").fetchone()["n"] == 0
    assert conn.execute("select count(*) as n from agentpg.sessions").fetchone()["n"] == 1


def ask(lines: Any, question: str) -> str:
    lines.write(f"{question}\n")
    lines.flush()
    return str(lines.readline().strip())


async def beside_an_executor(database: Database, fake: FakeClaude, work: Callable[[], str]) -> str:
    import asyncio

    async with Executor(database.dsn, api_key=fake.api_key, base_url=fake.base_url):
        return await asyncio.to_thread(work)
