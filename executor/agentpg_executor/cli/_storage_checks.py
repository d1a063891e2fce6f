"""The checks of `agentpg doctor` on storage: dead rows, who keeps them, the queue of notifications."""

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta

from psycopg import Connection
from psycopg.rows import DictRow

from ._checks import FAIL, OK, WARN, Finding, one
from ._words import age, count, seconds

_OLD = timedelta(minutes=10)
_DEAD_ROWS, _DEAD_SHARE = 10_000, 0.5
_QUEUE_SHARE = 0.1
_HOT = ["runs", "tool_executions", "queues", "sessions", "instances", "leadership", "prompt_prefixes"]


def old_transactions(connection: Connection[DictRow], older_than: timedelta = _OLD) -> Generator[Finding]:
    row = connection.execute(
        """
        select a.pid, a.state, a.application_name, clock_timestamp() - a.xact_start as age,
          count(*) over () as count
        from pg_stat_activity a
        where coalesce(a.backend_xid, a.backend_xmin) is not null
          and a.xact_start < clock_timestamp() - %s
          and a.backend_type = 'client backend' and a.pid <> pg_backend_pid()
        order by a.xact_start
        limit 1
        """,
        (older_than,),
    ).fetchone()
    why = "vacuum cannot clean the queue tables behind it, and claims get slower"
    if row is not None:
        whose = ", ".join(part for part in (row["state"], row["application_name"]) if part)
        others = f", and {row['count'] - 1} more" if row["count"] > 1 else ""
        yield Finding(
            "transactions",
            WARN,
            f"pid {row['pid']} ({whose}) has one open for {seconds(row['age'])}{others}",
            why,
            f"psql -c 'select pg_terminate_backend({row['pid']})', once you know whose it is",
        )
    else:
        yield Finding("transactions", OK, "none holds back vacuum")


def bloat(
    connection: Connection[DictRow], least: int = _DEAD_ROWS, share: float = _DEAD_SHARE
) -> Generator[Finding]:
    """Dead rows that autovacuum should have removed, in the tables that change all the time."""
    rows = connection.execute(
        """
        select t.relname as name, t.n_dead_tup as dead,
          t.n_dead_tup::float8 / greatest(t.n_live_tup + t.n_dead_tup, 1) as share,
          greatest(t.last_autovacuum, t.last_vacuum) as vacuumed, clock_timestamp() as now
        from pg_stat_user_tables t
        where t.schemaname = 'agentpg' and t.relname = any (%s)
        order by t.n_dead_tup desc
        """,
        (_HOT,),
    ).fetchall()
    bad = [row for row in rows if row["dead"] >= least and row["share"] > share]
    for row in bad:
        vacuumed = (
            f"last vacuumed {age(row['vacuumed'], row['now'])}" if row["vacuumed"] else "never vacuumed"
        )
        yield Finding(
            "bloat",
            WARN,
            f"{count(row['dead'], 'dead row')} in agentpg.{row['name']} ({row['share']:.0%}), {vacuumed}",
            "autovacuum does not keep up, is off, or an old transaction holds it back; claims get slower",
            f"end old transactions, then psql \"$DATABASE_URL\" -c 'vacuum (analyze) agentpg.{row['name']}'",
        )
    if not bad:
        most = max((row["dead"] for row in rows), default=0)
        yield Finding("bloat", OK, f"at most {count(most, 'dead row')} in a table of the queue")
    if one(connection, "select current_setting('autovacuum') as on")["on"] != "on":
        yield Finding(
            "autovacuum",
            WARN,
            "switched off",
            "unless vacuum is run otherwise, the tables of the queue fill with dead rows until claims crawl",
            "psql -c 'alter system set autovacuum = on' -c 'select pg_reload_conf()'",
        )


def notification_queue(connection: Connection[DictRow], most: float = _QUEUE_SHARE) -> Generator[Finding]:
    """When it is full, every commit that notifies fails."""
    usage = one(connection, "select pg_notification_queue_usage() as usage")["usage"]
    if usage > most:
        yield Finding(
            "notifications",
            FAIL,
            f"their queue is {usage:.2%} full",
            "a session that listens stays in a transaction; once the queue is full, commits that notify fail",
            "select pid, state, xact_start from pg_stat_activity where state like 'idle in transaction%' "
            "and end the oldest",
        )
