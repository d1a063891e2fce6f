"""A pseudo-terminal: what a command shows to somebody who sits there, and what they type."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Terminal:
    """A process at a terminal of its own; Ctrl-C goes to it as a key."""

    def __init__(self, command: Sequence[str], columns: int, *, cwd: Path, env: Mapping[str, str]) -> None:
        self._here, there = os.openpty()
        fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        self.process = subprocess.Popen(
            command, stdin=there, stdout=there, stderr=there, cwd=cwd, env=dict(env), start_new_session=True,
            preexec_fn=_take_terminal,
        )  # fmt: skip
        os.close(there)
        self.raw = ""
        self._seen = 0

    @property
    def text(self) -> str:
        """Everything shown so far, without escape sequences."""
        return _ESCAPE.sub("", self.raw).replace("\r\n", "\n")

    def type(self, keys: str) -> None:
        os.write(self._here, keys.encode())

    def wait_for(self, text: str, within: float = 30) -> None:
        """Returns once `text` has been shown, after what was waited for before."""
        deadline = time.monotonic() + within
        while (place := self.text.find(text, self._seen)) < 0:
            if not self._read(deadline):
                raise AssertionError(f"{text!r} never came in: {self.text}")
        self._seen = place + len(text)

    def end(self, within: float = 30) -> int:
        """Reads to the end and returns the exit code."""
        deadline = time.monotonic() + within
        while self._read(deadline):
            pass
        return self.process.wait(max(deadline - time.monotonic(), 1))

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(OSError):
            os.close(self._here)

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._here], [], [], max(deadline - time.monotonic(), 0))
        if not ready:
            return False
        try:
            data = os.read(self._here, 65536)
        except OSError:  # the other end is closed
            return False
        self.raw += data.decode(errors="replace")
        return bool(data)


def _take_terminal() -> None:
    """In the child: the terminal becomes its own, and Ctrl-C means what it says."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
