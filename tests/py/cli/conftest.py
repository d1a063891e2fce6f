"""The real command in processes of its own: run to its end, left running, or at a terminal.

Those that run to their end are forked from a process with all imports done, unless the start itself matters.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil
import pytest
from agentpg import Agent, Client
from agentpg_executor.testing import FakeClaude

from .forking import Forks
from .terminal import Terminal

MODEL = "claude-haiku-5-5"
COMMAND = (sys.executable, "-m", "agentpg_executor.cli")
MARK = "AGENTPG_TEST_MARK"
# Whole processes, imports and all: what starts servers, or is given what the interpreter reads.
_WHOLE = {"demo", "dev", "worker"}
_OF_THE_INTERPRETER = ("PYTHON", "LANG", "LC_")
_DROPPED = (
    "ANTHROPIC_",
    "DATABASE_URL",
    "NO_COLOR",
    "PGHOST",
    "PGPORT",
    "PGUSER",
    "PGDATABASE",
    "PGPASSWORD",
    "COLUMNS",
    "LINES",
)


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def error(self) -> list[str]:
        """The last three lines of stderr, without their labels."""
        what, why, then = self.err.strip().splitlines()[-3:]
        assert what.startswith("error: "), self.err
        assert why.startswith("  why: "), self.err
        assert then.startswith(" next: "), self.err
        return [what[7:], why[7:], then[7:]]


class Started:
    """A command that runs on; its output is read line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        assert process.stderr is not None
        self.out: IO[str] = process.stdout
        self.err: IO[str] = process.stderr

    def wait_for(self, text: str, stream: str = "err") -> str:
        """Reads on until a line holds `text`, and returns that line. Lines read are gone."""
        seen: list[str] = []
        for line in self.out if stream == "out" else self.err:
            seen.append(line)
            if text in line:
                return line
        raise AssertionError(f"{text!r} never came in: {''.join(seen)}")

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, within: float = 30) -> Result:
        """Waits for the end; what was not read yet is in the result."""
        out, err = self.process.communicate(timeout=within)
        return Result(self.process.returncode, out, err)


class Cli:
    """Runs `agentpg` with a clean environment, marked so that whatever it leaves behind can be found."""

    def __init__(self, folder: Path, forks: Forks) -> None:
        self.folder = folder
        self._forks = forks
        self.mark = uuid.uuid4().hex
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)
        }
        self.environment |= {
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            MARK: self.mark,
        }
        self._started: list[subprocess.Popen[str]] = []
        self._terminals: list[Terminal] = []

    def use(self, database: str) -> None:
        """The DATABASE_URL of all commands from here on."""
        self.environment["DATABASE_URL"] = str(database)

    def use_claude(self, fake: FakeClaude) -> None:
        self.environment |= fake.environment

    def __call__(self, *words: str, stdin: str = "", env: dict[str, str] | None = None) -> Result:
        """Runs to the end. What goes in by stdin is a pipe, even when it is empty."""
        if _WHOLE & set(words) or any(name.startswith(_OF_THE_INTERPRETER) for name in env or {}):
            return self.python(*COMMAND[1:], *words, stdin=stdin, env=env)
        environment = {**self.environment, **(env or {})}
        return Result(*self._forks.run(words, environment, self.folder, stdin, timeout=120))

    def python(self, *words: str, stdin: str = "", env: dict[str, str] | None = None) -> Result:
        """Python with the same environment."""
        done = subprocess.run(
            [sys.executable, *words],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            cwd=self.folder,
            env={**self.environment, **(env or {})},
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def start(self, *words: str, env: dict[str, str] | None = None) -> Started:
        process = subprocess.Popen(
            [*COMMAND, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env={**self.environment, **(env or {})},
            start_new_session=True,
            # Whoever runs the tests may ignore Ctrl-C, and children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self._started.append(process)
        return Started(process)

    def at_terminal(self, *words: str, columns: int = 80, env: dict[str, str] | None = None) -> Terminal:
        terminal = Terminal(
            [*COMMAND, *words], columns, cwd=self.folder, env={**self.environment, **(env or {})}
        )
        self._terminals.append(terminal)
        return terminal

    def left_behind(self) -> list[str]:
        """The command lines of the processes that came from this test's commands and still run."""
        found: list[str] = []
        for process in psutil.process_iter():
            try:
                if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == self.mark:
                    found.append(" ".join(process.cmdline()))
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return found

    def wait_until_gone(self, within: float = 20) -> None:
        """Returns once nothing of this test's commands runs any more."""
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == self.mark and process.status() != psutil.STATUS_ZOMBIE:
                    process.wait(within)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue

    def close(self) -> None:
        for process in self._started:
            process.kill()
            process.communicate()
        for terminal in self._terminals:
            terminal.close()


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    made = Forks()
    yield made
    made.close()


@pytest.fixture
def cli(tmp_path: Path, forks: Forks) -> Iterator[Cli]:
    """Runs the command in an empty folder."""
    made = Cli(tmp_path, forks)
    yield made
    made.close()


@pytest.fixture
def client(database: str) -> Iterator[Client]:
    with Client(database, listen=False) as opened:
        yield opened


@pytest.fixture
def helper(client: Client) -> Agent:
    """An agent without tools."""
    return client.create_agent("helper", model=MODEL)


WriteTools = Callable[..., str]


@pytest.fixture
def write_tools(cli: Cli) -> WriteTools:
    """Writes a module into the folder of the commands and returns its name."""

    def write(source: str, name: str = "house_tools") -> str:
        (cli.folder / f"{name}.py").write_text("from agentpg_executor import tool\n\n" + source)
        return name

    return write
