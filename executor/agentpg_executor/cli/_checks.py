"""The checks of `agentpg doctor`: what is looked at, why it matters, and the fix."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from psycopg import Connection, Error, sql
from psycopg.rows import DictRow

OK, WARN, FAIL = "OK", "WARN", "FAIL"
OLDEST_SUPPORTED = 140000
_SKEW_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `fix` is there unless all is well."""

    check: str
    verdict: str
    what: str
    why: str = ""
    fix: str = ""


Check = Callable[[Connection[DictRow]], Generator[Finding]]


def one(connection: Connection[DictRow], query: str, **values: Any) -> dict[str, Any]:
    """The only row of a query."""
    row = connection.execute(query.encode(), values).fetchone()
    assert row is not None
    return row


def version(connection: Connection[DictRow]) -> Generator[Finding]:
    number = connection.info.server_version
    shown = f"PostgreSQL {number // 10000}.{number % 10000}"
    if number < OLDEST_SUPPORTED:
        yield Finding("version", FAIL, shown, "AgentPG needs PostgreSQL 14 or newer", "upgrade the server")
    else:
        yield Finding("version", OK, shown)


def _here() -> datetime:
    return datetime.now(UTC)


def clock(connection: Connection[DictRow], here: Callable[[], datetime] = _here) -> Generator[Finding]:
    before = here()
    there: datetime = one(connection, "select clock_timestamp() as now")["now"]
    after = here()
    skew = max((before - there).total_seconds(), (there - after).total_seconds(), 0.0)
    if skew > _SKEW_SECONDS:
        yield Finding(
            "clock",
            WARN,
            f"this machine and the database differ by {skew:.0f} s",
            "the database's clock alone decides, but times shown and scheduled here will seem wrong",
            "switch on time synchronisation (chrony, systemd-timesyncd) on both",
        )
    else:
        yield Finding("clock", OK, f"differs by less than {max(skew, 1):.0f} s")


def notifications(connection: Connection[DictRow]) -> Generator[Finding]:
    """Through a transaction pooler a notification does not come back."""
    channel = f"agentpg_doctor_{uuid4().hex[:12]}"
    name = sql.Identifier(channel)
    try:
        connection.execute(sql.SQL("listen {}").format(name))
        connection.execute(sql.SQL("notify {}").format(name))
        heard = any(note.channel == channel for note in connection.notifies(timeout=2.0, stop_after=1))
        connection.execute(sql.SQL("unlisten {}").format(name))
    except Error as error:
        yield Finding(
            "notifications", WARN, "LISTEN is refused", str(error).strip(), "use a direct connection"
        )
        return
    own = one(connection, "select pg_backend_pid() as pid")["pid"]
    if heard and own == connection.info.backend_pid:
        yield Finding("notifications", OK, "LISTEN and NOTIFY work on this connection")
        return
    yield Finding(
        "notifications",
        WARN,
        "this connection goes through a pooler" if heard else "a notification sent here did not come back",
        "in transaction mode a pooler swallows notifications: executors and waits then poll, which is slower",
        "agentpg worker --pooled --listen-database-url DIRECT_URL",
    )


def executors(connection: Connection[DictRow]) -> Generator[Finding]:
    row = one(
        connection,
        """
        select count(*) filter (where i.max_concurrent_runs > 0) as runs, count(*) as all
        from agentpg.instances i, agentpg.settings s
        where i.fenced_at is null and i.last_heartbeat_at > agentpg.now() - s.instance_ttl
        """,
    )
    if row["runs"]:
        yield Finding("executors", OK, f"{row['all']} alive, {row['runs']} of them call Claude")
    else:
        yield Finding(
            "executors",
            WARN,
            "none is alive" if not row["all"] else "none of those alive calls Claude",
            "runs stay pending until one is started",
            "agentpg worker --tools MODULE",
        )


def api_key() -> Finding:
    from ._claude import can_call_claude
    from ._packages import EXECUTOR, have

    if not have(*EXECUTOR):
        return Finding("api key", OK, "not needed here: this install is the client alone")
    if can_call_claude():
        where = os.environ.get("ANTHROPIC_BASE_URL")
        return Finding("api key", OK, f"present, for {where}" if where else "present")
    return Finding(
        "api key",
        WARN,
        "ANTHROPIC_API_KEY is not set",
        "an executor on this machine cannot call Claude; the client does not need it",
        "export ANTHROPIC_API_KEY=sk-ant-...",
    )
