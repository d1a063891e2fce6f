"""Keeps one `agentpg worker` alive as a child process, and starts it anew when its files change."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import PathFinder
from pathlib import Path

from ._screen import Screen
from .exit_codes import ExitCode

_LOOK_SECONDS = 0.3
_STOP_SECONDS = 10.0
_GRACE_SECONDS = 5


class Supervisor:
    """The child holds the other end of a pipe as its stdin: should this process die, it stops by itself."""

    def __init__(
        self,
        url: str,
        tools: Sequence[str],
        screen: Screen,
        environment: Mapping[str, str],
        *,
        reload: bool,
    ) -> None:
        self._tools = tools
        self._screen = screen
        self._environment = {**environment, "DATABASE_URL": url}
        self._reload = reload
        self._child: subprocess.Popen[bytes] | None = None

    def run(self, *, alive: Callable[[], bool]) -> int:
        """Until the process is interrupted; returns only when something else ended it, with its exit code."""
        seen = self._stamps()
        try:
            self._start()
            while alive():
                time.sleep(_LOOK_SECONDS)
                now = self._stamps() if self._reload else seen
                if now != seen:
                    changed = ", ".join(sorted(path.name for path in _differences(seen, now)))
                    self._screen.hint(f"changed: {changed}; the executor starts anew")
                    seen = now
                    self.stop()
                    self._start()
                elif (code := self._ended()) is not None:
                    return code
            self._screen.note("the database has stopped")
            return ExitCode.NOT_READY
        finally:
            self.stop()

    def _start(self) -> None:
        command = [sys.executable, "-m", "agentpg_executor.cli", "worker", "--stop-with-stdin"]
        command += [word for module in self._tools for word in ("--tools", module)]
        command += ["--name", "dev", "--grace", str(_GRACE_SECONDS)]
        if self._screen.err.is_terminal:
            command += ["--log", "text"]
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=sys.stderr,
            env=self._environment,
            start_new_session=True,  # Ctrl-C is for us, and we then stop it
        )

    def _ended(self) -> int | None:
        """The exit code of a child that ended by itself; with --reload that is waited out."""
        code = None if self._child is None else self._child.poll()
        if code is None:
            return None
        self.stop()
        if self._reload:
            self._screen.hint("the executor ended; it starts again when a file changes")
            return None
        self._screen.note("the executor ended, and so does this")
        return code

    def stop(self) -> None:
        """Drains the child; after a while it is ended for certain."""
        child, self._child = self._child, None
        if child is None:
            return
        if child.stdin is not None:
            child.stdin.close()
        if child.poll() is None:
            child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_STOP_SECONDS)
        if child.poll() is None:
            child.kill()
        child.wait()

    def _stamps(self) -> dict[Path, int]:
        stamps: dict[Path, int] = {}
        for name in self._tools:
            for path in source_files(name.partition(":")[0]):
                with contextlib.suppress(OSError):
                    stamps[path] = path.stat().st_mtime_ns
        return stamps


def source_files(module: str) -> list[Path]:
    """The files of a module, or of the whole package it is in; nothing is imported."""
    top = module.partition(".")[0]
    spec = PathFinder.find_spec(top, [str(Path.cwd()), *sys.path])
    if spec is None:
        return []
    if spec.submodule_search_locations:
        return [path for folder in spec.submodule_search_locations for path in Path(folder).rglob("*.py")]
    return [Path(spec.origin)] if spec.origin else []


def _differences(before: Mapping[Path, int], after: Mapping[Path, int]) -> set[Path]:
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
