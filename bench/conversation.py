"""Starts a subject, and speaks with it: one line at a time, and never longer than the time it has."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .environments import ROOT

# What is measured is this checkout, whatever is installed.
_PATH = os.pathsep.join(str(path) for path in (ROOT, ROOT / "python_client", ROOT / "executor"))


class SubjectFailed(Exception):
    """It ended in an error, said nothing in time, or said something else."""


class CannotDo(Exception):
    """The subject has nothing for this case, and says why."""


class Conversation:
    """A subject's process and all that it starts, ended when this ends."""

    def __init__(self, command: Sequence[str | Path], seconds: float) -> None:
        self._seconds = seconds
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        environment = {**os.environ, "PYTHONPATH": _PATH, "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def hear(self, phase: str) -> dict[str, Any]:
        """What it says of that phase, whatever it prints before."""
        while True:
            try:
                line = self._lines.get(timeout=self._seconds)
            except queue.Empty:
                raise SubjectFailed(
                    f"said nothing of its {phase} in {self._seconds:g} s; {self._said()}"
                ) from None
            if line is None:
                raise SubjectFailed(f"ended before its {phase}; {self._said()}")
            message = parse(line)
            if message is None:
                continue
            if message["phase"] == "cannot":
                raise CannotDo(str(message.get("note", "")))
            if message["phase"] != phase:
                raise SubjectFailed(f"said {message['phase']} in place of {phase}")
            return message

    def go(self) -> None:
        """Lets it go on."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write("go\n")
            self._process.stdin.flush()

    def wait(self, seconds: float) -> None:
        """Until it has ended by itself. Raises if that was no success."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise SubjectFailed(f"did not exit within {seconds:g} s; {self._said()}") from None
        if code != 0:
            raise SubjectFailed(f"exit status {code}; {self._said()}")

    def _said(self) -> str:
        self._errors.seek(0)
        return f"standard error: {self._errors.read()[-3000:].strip() or 'nothing'}"

    def __enter__(self) -> Conversation:
        return self

    def __exit__(self, *_: object) -> None:
        # Whatever it left behind is in its process group.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self._errors.close()


def parse(line: str) -> dict[str, Any] | None:
    """The message in a line of output; None if it is none."""
    if not line.startswith("{"):
        return None
    try:
        message: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return message if "phase" in message else None
