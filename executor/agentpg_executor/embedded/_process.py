"""The server as a process: launched until it takes connections, and ended for certain."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from ._cluster import server_is_ready
from ._errors import EmbeddedPostgresError
from ._identity import Identity
from ._programs import Programs


class AddressInUse(EmbeddedPostgresError):
    """Somebody took the port first."""


class StillInUse(EmbeddedPostgresError):
    """Processes of a server that died are still on their way out."""


_KINDS = (
    ("Address already in use", AddressInUse),
    ("pre-existing shared memory block", StillInUse),
)


def launch(
    programs: Programs,
    identity: Identity,
    data: Path,
    settings: Mapping[str, str],
    *,
    log: Path,
    timeout: float,
) -> subprocess.Popen[bytes]:
    """Starts the server, and returns when it takes connections; an error carries what the log says."""
    command = identity.command(programs.path("postgres"), "-D", str(data))
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with log.open("ab") as output:
        begin = output.tell()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for us, and we then stop the server
            cwd="/",
            env=programs.environment(),
            **identity.options,
        )
    deadline = time.monotonic() + timeout
    try:
        while not server_is_ready(data, process.pid):
            ended = process.poll() is not None
            if ended or time.monotonic() > deadline:
                reason = "ended at once" if ended else f"was not ready after {timeout:g} s"
                halt(process, signal.SIGQUIT, timeout=5.0)
                said = log.read_bytes()[begin:].decode(errors="replace").strip()
                kind = next((kind for text, kind in _KINDS if text in said), EmbeddedPostgresError)
                raise kind(f"the embedded Postgres in {data} {reason}; its log says:\n{said[-4000:]}")
            time.sleep(0.01)
    except BaseException:
        halt(process, signal.SIGQUIT, timeout=5.0)
        raise
    return process


def halt(process: subprocess.Popen[bytes], how: signal.Signals, *, timeout: float) -> None:
    """Ends the server: with this signal, and after the timeout (seconds) with SIGKILL."""
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
