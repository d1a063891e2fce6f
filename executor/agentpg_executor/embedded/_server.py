"""The embedded server itself: start, stop, connect."""

from __future__ import annotations

import atexit
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from ._cluster import (
    SUPERUSER,
    FolderLock,
    check_version,
    clear_dead_server,
    make_data_folder,
    read_or_make_password,
)
from ._errors import EmbeddedPostgresError
from ._guard import Guard
from ._identity import Identity, choose_identity
from ._process import AddressInUse, StillInUse, free_port, halt, launch
from ._programs import Programs, find_bindir

_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_SOCKET_PORT = 5432


class EmbeddedPostgres:
    """A Postgres server that lives as long as this object, or as this process, whichever ends first.

    Without a folder it is temporary: its data go when it stops. With a folder the data stay there, fully
    durable, and the next start continues with them. It listens on a Unix socket that only the server's
    account and root can reach; `tcp=True` adds 127.0.0.1 with a password (`dsn(tcp=True)`), for a psql run
    by somebody else. `durable=False` switches fsync off, for temporary servers in tests alone.

        with EmbeddedPostgres() as server:
            connection = psycopg.connect(server.dsn())
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        *,
        bindir: str | os.PathLike[str] | None = None,
        tcp: bool = False,
        port: int | None = None,
        durable: bool = True,
        settings: Mapping[str, str] | None = None,
        start_timeout: float = 60.0,
        stop_timeout: float = 30.0,
    ) -> None:
        if folder is not None and not durable:
            raise ValueError("durable=False is for temporary servers: a kept folder keeps its promises")
        if port is not None and not tcp:
            raise ValueError("port names a TCP port: it needs tcp=True")
        self._folder = None if folder is None else Path(folder).expanduser().absolute()
        self._bindir = None if bindir is None else Path(bindir).expanduser().absolute()
        self._tcp = tcp
        self._wanted_port = port
        self._durable = durable
        self._settings = dict(settings or {})
        self._start_timeout = start_timeout
        self._stop_timeout = stop_timeout
        self._mutex = threading.RLock()
        self._owner = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: Guard | None = None
        self._lock: FolderLock | None = None
        self._runtime: Path | None = None
        self._programs: Programs | None = None
        self._identity: Identity | None = None
        self._data = Path()
        self._log = Path()
        self._port = _SOCKET_PORT
        self._password = ""

    def start(self) -> Self:
        """Starts the server and returns when it takes connections. Starting twice is harmless."""
        with self._mutex:
            if self._process is not None:
                return self
            if sys.platform == "win32":
                raise EmbeddedPostgresError(
                    "the embedded Postgres does not run on Windows: give a database URL"
                )
            self._owner = os.getpid()
            atexit.register(self.stop)
            try:
                self._prepare()
                self._launch()
            except BaseException:
                self.stop()
                raise
        return self

    def stop(self) -> None:
        """Stops the server (open transactions roll back) and removes what was temporary."""
        with self._mutex:
            if self._owner != os.getpid():
                return  # a forked child: the server is its parent's
            self._halt(signal.SIGINT)
            if self._runtime is not None:
                shutil.rmtree(self._runtime, ignore_errors=True)
                self._runtime = None
            if self._guard is not None:
                self._guard.dismiss()
                self._guard = None
            if self._lock is not None:
                self._lock.release()
                self._lock = None
            atexit.unregister(self.stop)

    def restart(self, *, crash: bool = False) -> None:
        """Stops and starts again, same data, same addresses. `crash=True` kills it first, by SIGKILL."""
        with self._mutex:
            if self._process is None:
                raise EmbeddedPostgresError("the embedded Postgres is not running")
            self._halt(signal.SIGKILL if crash else signal.SIGINT)
            clear_dead_server(self._data, self._stop_timeout)
            self._launch()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The server's process id."""
        if self._process is None:
            raise EmbeddedPostgresError("the embedded Postgres is not running")
        return self._process.pid

    @property
    def bindir(self) -> Path:
        """The folder with the server's programs (psql and pg_dump too, where they were shipped)."""
        return self._programs.bindir if self._programs else (self._bindir or find_bindir())

    @property
    def version(self) -> int:
        """The major version, for example 18."""
        return self._programs.major if self._programs else Programs.at(self.bindir).major

    @property
    def data_folder(self) -> Path:
        return self._data

    @property
    def socket_folder(self) -> Path:
        if self._runtime is None:
            raise EmbeddedPostgresError("the embedded Postgres is not running")
        return self._runtime

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1, or the number in the socket's name."""
        return self._port

    @property
    def password(self) -> str:
        return self._password

    def dsn(self, dbname: str = "postgres", *, tcp: bool = False) -> str:
        """A connection URL: through the socket, or with `tcp=True` through 127.0.0.1 with the password."""
        if tcp:
            if not self._tcp:
                raise EmbeddedPostgresError("this embedded Postgres was started without tcp=True")
            address = f"{SUPERUSER}:{quote(self._password, safe='')}@127.0.0.1:{self._port}"
            return f"postgresql://{address}/{quote(dbname, safe='')}"
        place = quote(str(self.socket_folder), safe="/")
        port = "" if self._port == _SOCKET_PORT else f"&port={self._port}"
        return f"postgresql://{SUPERUSER}@/{quote(dbname, safe='')}?host={place}{port}"

    def psql_command(self, dbname: str = "postgres") -> str:
        """A shell line that opens psql on this database."""
        shipped = self.bindir / "psql"
        psql = "psql" if shutil.which("psql") or not shipped.exists() else str(shipped)
        return shlex.join([psql, self.dsn(dbname, tcp=self._tcp)])

    def createdb(self, dbname: str, *, exist_ok: bool = False) -> str:
        """Creates a database and returns its connection URL."""
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            try:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(dbname)))
            except psycopg.errors.DuplicateDatabase:
                if not exist_ok:
                    raise
        return self.dsn(dbname)

    def log_tail(self, lines: int = 30) -> str:
        """The last lines of the server's log."""
        try:
            return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])
        except FileNotFoundError:
            return ""

    def _temporary_place(self) -> str | None:
        """The folder for what goes with the server; None for the system's."""
        # The path of a Unix socket may have 107 bytes, so not the long temporary folder of macOS.
        return "/tmp" if Path("/tmp").is_dir() else None

    def _prepare(self) -> None:
        """Everything up to a complete data folder that nobody else uses."""
        programs = Programs.at(self._bindir or find_bindir())
        self._runtime = Path(tempfile.mkdtemp(prefix="agentpg-", dir=self._temporary_place())).resolve()
        if self._folder is None:
            place, home = self._runtime.parent, self._runtime
        else:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o755 if os.geteuid() == 0 else 0o700)
            place = home = self._folder.resolve()
            self._lock = FolderLock(home)
        self._data = home / "data"
        self._log = home / "server.log"
        self._password = read_or_make_password(home / "password")
        copies = self._runtime / "programs"
        self._identity, self._programs = choose_identity(programs, place, self._data, copies)
        self._identity.give(self._runtime)
        if self._data.exists():
            check_version(self._data, self._programs)
            clear_dead_server(self._data, self._stop_timeout)
        else:
            make_data_folder(
                self._data,
                self._programs,
                self._identity,
                password=self._password,
                runtime=self._runtime,
                sync=self._durable,
            )
        self._guard = Guard(self._data, remove=self._runtime)

    def _launch(self) -> None:
        assert self._programs is not None
        assert self._identity is not None
        deadline = time.monotonic() + self._start_timeout
        while True:
            if self._tcp and self._port == _SOCKET_PORT:
                self._port = self._wanted_port or free_port()
            settings = {
                "listen_addresses": "127.0.0.1" if self._tcp else "",
                "port": str(self._port),
                "unix_socket_directories": str(self.socket_folder),
                "logging_collector": "off",
                **({} if self._durable else _NOT_DURABLE),
                **self._settings,
            }
            try:
                self._process = launch(
                    self._programs,
                    self._identity,
                    self._data,
                    settings,
                    log=self._log,
                    timeout=self._start_timeout,
                )
                return
            except AddressInUse:
                if self._wanted_port is not None or time.monotonic() > deadline:
                    raise
                self._port = _SOCKET_PORT
            except StillInUse:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def _halt(self, how: signal.Signals) -> None:
        if self._process is not None:
            halt(self._process, how, timeout=self._stop_timeout)
            self._process = None
