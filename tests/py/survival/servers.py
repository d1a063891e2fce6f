"""A Postgres of the test's own, that may be killed."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from fixtures.postgres import Server
from psycopg.conninfo import conninfo_to_dict
from survival.polling import eventually

# What was committed must outlive a crash of the server; the machine itself stays up, so fsync may be off.
KEEPS_COMMITS = {"synchronous_commit": "on"}


class MortalServer(Server):
    """Loses no commit when it is killed."""

    def __init__(self, bin_dir: Path, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(bin_dir, {**KEEPS_COMMITS, **(settings or {})})

    async def stop_immediately(self) -> None:
        """What `pg_ctl stop -m immediate` does; it is down when this returns."""
        os.kill(self.pid, signal.SIGQUIT)
        await eventually(lambda: not self.running, "the server is down")

    async def come_back(self) -> None:
        await asyncio.to_thread(self.restart)

    async def crash(self) -> None:
        """Every process of it is lost at once, and it starts again."""
        await asyncio.to_thread(self.restart, crash=True)


class Standby:
    """A streaming replica of a server, in a folder that goes with it."""

    def __init__(self, primary: Server) -> None:
        self._primary = primary
        self._home = Path(tempfile.mkdtemp(prefix="agentpg-standby-", dir="/tmp"))
        self._server: Server | None = None

    def start(self) -> None:
        """A base backup, started as a standby that streams."""
        self._home.chmod(0o755)
        parts = conninfo_to_dict(self._primary.dsn())
        data = self._home / "data"
        words = ["-D", data, "-R", "-X", "stream", "--checkpoint=fast", "--no-sync"]
        words += ["-h", parts["host"], "-p", parts.get("port") or "5432", "-U", parts["user"]]
        subprocess.run([self._primary.bin_dir / "pg_basebackup", *map(str, words)], check=True)
        with (data / "postgresql.auto.conf").open("a") as settings:
            # A replica may not have fewer places for them than its primary.
            settings.write("max_prepared_transactions = 5\n")
        owner = self._primary.data_folder.stat()
        if os.geteuid() == 0:
            for path in (data, *data.rglob("*")):
                os.chown(path, owner.st_uid, owner.st_gid)
        self._server = _Kept(self._home, self._primary.bin_dir)
        self._server.start()

    @property
    def server(self) -> Server:
        assert self._server is not None
        return self._server

    async def promote(self) -> None:
        """It takes writes when this returns."""
        with self.server.connect() as conn:
            await asyncio.to_thread(conn.execute, "select pg_promote()")

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
        shutil.rmtree(self._home, ignore_errors=True)


class _Kept(Server):
    """A server in a folder that exists."""

    def __init__(self, home: Path, bin_dir: Path) -> None:
        from agentpg_executor.embedded import EmbeddedPostgres

        self.profiles = False
        settings = {"hot_standby": "on", "max_connections": "200", "log_min_messages": "fatal"}
        EmbeddedPostgres.__init__(self, home, bindir=bin_dir, settings=settings)
