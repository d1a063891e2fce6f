"""docs/tutorial.md works as it is written: its files, its commands, in its order."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ANSWER = "Two umbrellas are waiting for you: reserved 2 x umbrella for Ada."


@pytest.mark.timeout(150)
def test_the_tutorial(docs: Path, tmp_path: Path) -> None:
    page = (docs / "tutorial.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(.*)\n((?:(?!```).*\n)*)```$", page, re.MULTILINE)
    for info, text in blocks:
        if " " in info:
            (tmp_path / info.partition(" ")[2]).write_text(text, encoding="utf-8")
    lines = [line for info, text in blocks if not info for line in text.splitlines()]

    def line(beginning: str) -> list[str]:
        (found,) = (each for each in lines if each.startswith(beginning))
        return shlex.split(found)

    bin_dir = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": os.pathsep.join([bin_dir, os.environ.get("PATH", "")])}
    environment.pop("DATABASE_URL", None)
    port = free_port()

    def run(beginning: str) -> str:
        done = subprocess.run(
            line(beginning), cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    fake = [port if word == "8787" else word for word in line("python -m agentpg_executor.testing")]
    with started(fake, tmp_path, environment) as said:
        assert said == f"http://127.0.0.1:{port}"
        for word in line("export ANTHROPIC_BASE_URL")[1:]:
            name, _, value = word.replace("8787", port).partition("=")
            environment[name] = value
        with started(line("agentpg dev"), tmp_path, environment) as said:
            name, _, value = shlex.split(said)[1].partition("=")
            environment[name] = value
            until_offered(value, {"in_stock", "reserve"})
            run("agentpg agents create")
            assert run("agentpg run clerk").strip() == ANSWER
            assert "clerk" in run("agentpg runs list")
            assert run("python ask.py").startswith(f"{ANSWER}\nin_stock {{'item': 'umbrella'}} -> ")
        assert "2 passed" in run("pytest test_shop.py")


def free_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return str(taken.getsockname()[1])


@contextmanager
def started(command: list[str], folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """A program of another terminal, and the first line it prints; ended by Ctrl-C."""
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0


def until_offered(dsn: str, names: set[str]) -> None:
    """A person takes longer to change terminals than the executor to start."""
    import time

    import psycopg

    deadline = time.monotonic() + 30
    with psycopg.connect(dsn, autocommit=True) as conn:
        while {row[0] for row in conn.execute("select tool_name from agentpg.instance_tools")} != names:
            assert time.monotonic() < deadline, "the executor of agentpg dev did not start within 30 s"
            time.sleep(0.05)
