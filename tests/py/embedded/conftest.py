"""What the tests of the embedded server share."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

_OWNER = """
import sys
from agentpg_executor.embedded import EmbeddedPostgres
folder = sys.argv[1] or None
server = EmbeddedPostgres(folder, durable=folder is not None).start()
print(server.pid, server._guard.pid, server.socket_folder, server.dsn(), flush=True)
{then}
"""


StartOwner = Callable[..., "Owner"]

# What only root can try; as an ordinary user, every other test here shows that it works for one.
collect_ignore = [] if os.geteuid() == 0 else ["test_root.py"]


class Owner:
    """A Python process that started a server and told us about it."""

    def __init__(self, folder: Path | None, then: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _OWNER.format(then=then), str(folder or "")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.stdout: IO[str] = self.process.stdout
        said = self.stdout.readline().split()
        assert len(said) == 4, self.process.communicate()[1]
        self.server_pid, self.guard_pid = int(said[0]), int(said[1])
        self.runtime, self.dsn = Path(said[2]), said[3]


@pytest.fixture
def start_owner() -> Iterator[StartOwner]:
    """Starts a process that owns a server; `then` is what its script does afterwards."""
    owners: list[Owner] = []

    def start(folder: Path | None = None, then: str = "sys.stdin.read()") -> Owner:
        owners.append(Owner(folder, then))
        return owners[-1]

    yield start
    for owner in owners:
        owner.process.kill()
        owner.process.communicate()
        shutil.rmtree(owner.runtime, ignore_errors=True)  # of an owner that was killed with its guard
