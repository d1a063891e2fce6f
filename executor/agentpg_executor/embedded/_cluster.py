"""The data folder: made whole or not at all, locked by one process, freed of a dead server's traces."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

from ._errors import EmbeddedPostgresError
from ._identity import Identity
from ._programs import Programs

SUPERUSER = "postgres"


class FolderLock:
    """One process at a time uses a kept folder. The kernel frees the lock when that process ends."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / "lock").open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise EmbeddedPostgresError(
                f"the embedded Postgres in {folder} is in use by another process (pid {holder}): "
                "connect to that one, stop it, or choose another folder"
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        self._file.close()


def read_or_make_password(path: Path) -> str:
    """The superuser's password for TCP; kept beside the data, readable by the caller alone."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        password = secrets.token_urlsafe(18)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(password + "\n")
        return password


def make_data_folder(
    data: Path, programs: Programs, identity: Identity, *, password: str, runtime: Path, sync: bool
) -> None:
    """Runs initdb beside the final place and renames: a data folder that exists is complete."""
    unfinished = data.with_name(data.name + ".new")
    pwfile = runtime / "pwfile"
    pwfile.touch(mode=0o600)
    pwfile.write_text(password + "\n")
    identity.give(pwfile)
    command = identity.command(
        programs.path("initdb"),
        f"--pgdata={unfinished}",
        f"--username={SUPERUSER}",
        f"--pwfile={pwfile}",
        "--auth-local=trust",
        "--auth-host=scram-sha-256",
        "--encoding=UTF8",
        "--no-instructions",
        *([] if sync else ["--no-sync"]),
    )
    said = ""
    for locale in _locales(programs.major):
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        identity.give(unfinished)
        answer = subprocess.run(
            [*command, *locale],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=programs.environment(),
            **identity.options,
        )
        if answer.returncode == 0:
            pwfile.unlink()
            unfinished.rename(data)
            return
        said = (answer.stdout + answer.stderr).strip()
        if "locale" not in said:
            break
    shutil.rmtree(unfinished, ignore_errors=True)
    raise EmbeddedPostgresError(f"initdb failed in {data.parent}:\n{said}")


def _locales(major: int) -> list[list[str]]:
    if major >= 17:
        # The builtin provider sorts and classifies alike on every machine, whatever its C library.
        return [["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]]
    return [["--locale=C.UTF-8"], ["--locale=C"]]


def check_version(data: Path, programs: Programs) -> None:
    made_by = (data / "PG_VERSION").read_text().strip()
    if made_by != str(programs.major):
        raise EmbeddedPostgresError(
            f"the data in {data} were made by Postgres {made_by}, and {programs.bindir} is Postgres "
            f"{programs.major}: set PG_BINDIR to the programs of version {made_by}, or choose another folder"
        )


def clear_dead_server(data: Path, timeout: float) -> None:
    """Ends an orphaned server of this folder, and disowns a pid file that names an unrelated process.

    Postgres refuses to start when the pid in a stale file now belongs to anybody, which is common in
    containers, where pids are small and soon reused. It ignores the pid of its own parent, so that goes
    into the file, which stays: Postgres also reads there whether the dead server's children live on.
    The caller holds the folder's lock.
    """
    pid = server_pid(data)
    if pid is None:
        return
    deadline = time.monotonic() + timeout
    if _serves(pid, data):
        os.kill(pid, signal.SIGINT)
    while _serves(pid, data):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            deadline += timeout
        time.sleep(0.02)
    pidfile = data / "postmaster.pid"
    try:
        lines = pidfile.read_text().split("\n")
    except FileNotFoundError:
        return
    pidfile.write_text("\n".join([str(os.getpid()), *lines[1:]]))


def server_pid(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def server_is_ready(data: Path, pid: int) -> bool:
    """Whether the server with this pid has said in its pid file that it takes connections."""
    try:
        lines = (data / "postmaster.pid").read_text().split("\n")
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _serves(pid: int, data: Path) -> bool:
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == data
        except OSError:
            return False
    answer = subprocess.run(
        ["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return "postgres" in answer.stdout
