"""Which Python a subject's environment is made with: this one, unless its requirements want a newer one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

Version = tuple[int, ...]


class NotInstallable(Exception):
    """The requirements of a subject cannot be had here."""


def interpreter_for(requirements: Path) -> str:
    """The first Python that is as new as a line `# python >= 3.12` in the requirements asks for."""
    found = re.search(r"^# python >= ([\d.]+)$", requirements.read_text(), re.MULTILINE)
    wanted = _version(found[1]) if found else (3,)
    for candidate in _candidates():
        if _version_of(candidate) >= wanted:
            return candidate
    raise NotInstallable(
        f"{requirements.stem} needs Python {'.'.join(map(str, wanted))} or newer, and none was found;"
        " BENCH_PYTHON=path names one"
    )


def _candidates() -> Iterator[str]:
    yield sys.executable
    names = [
        os.environ.get("BENCH_PYTHON", ""),
        *(f"python3.{minor}" for minor in range(20, 11, -1)),
        "python3",
    ]
    for name in names:
        if path := shutil.which(name):
            yield path


def _version_of(python: str) -> Version:
    """Of an interpreter; that of one that does not start is lower than any."""
    answer = subprocess.run([python, "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"Python ([\d.]+)", answer.stdout)
    return _version(found[1]) if found and answer.returncode == 0 else ()


def _version(text: str) -> Version:
    return tuple(int(part) for part in text.split(".") if part)
