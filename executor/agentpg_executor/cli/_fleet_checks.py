"""The checks of `agentpg doctor` on the executors: silence, wake-ups, maintenance, what they offer."""

from __future__ import annotations

from collections.abc import Generator

from psycopg import Connection
from psycopg.rows import DictRow

from ._checks import FAIL, OK, WARN, Finding, one
from ._words import age, count, seconds

LIVE = """
    (select i.id, i.name, i.max_concurrent_runs
     from agentpg.instances i, agentpg.settings s
     where i.fenced_at is null and i.last_heartbeat_at > agentpg.now() - s.lease_ttl)
"""


def silent_executors(connection: Connection[DictRow]) -> Generator[Finding]:
    """Registered, and not heard of for longer than a lease: killed, frozen, or cut off."""
    rows = connection.execute(
        """
        select i.name, i.hostname, i.pid, i.last_heartbeat_at, agentpg.now() as now
        from agentpg.instances i, agentpg.settings s
        where i.fenced_at is null and i.last_heartbeat_at <= agentpg.now() - s.lease_ttl
        order by i.last_heartbeat_at
        limit 5
        """
    ).fetchall()
    for row in rows:
        place = f", pid {row['pid']} on {row['hostname']}" if row["pid"] else ""
        yield Finding(
            "executors",
            WARN,
            f"{row['name']}{place}, was last heard of {age(row['last_heartbeat_at'], row['now'])}",
            "it was killed, is frozen or has lost the database; its work goes to others",
            "start it again if nobody else did; the row goes by itself",
        )


def listeners(connection: Connection[DictRow]) -> Generator[Finding]:
    """An executor that does not listen polls."""
    if not one(connection, f"select exists (select from {LIVE} l) as any")["any"]:
        return
    row = one(
        connection,
        r"""
        select
          count(*) filter (where a.query ~* '^\s*listen\s+"?agentpg_') as listening,
          count(*) filter (where a.query = '<insufficient privilege>') as hidden,
          (select s.notifications from agentpg.settings s) as wanted
        from pg_stat_activity a
        where a.datname = current_database()
        """,
    )
    if row["wanted"] == "off":
        yield Finding(
            "listeners",
            WARN,
            "notifications are switched off",
            "executors and waits poll, which is slower",
            'psql "$DATABASE_URL" -c $\'select agentpg.configure(\\\'{"notifications": "all"}\\\')\'',
        )
    elif row["listening"]:
        yield Finding("listeners", OK, f"{count(row['listening'], 'connection')} waiting for notifications")
    elif not row["hidden"]:
        yield Finding(
            "listeners",
            WARN,
            "executors are alive, and no connection listens",
            "they only poll: their listening connection is dead or goes through a pooler",
            "agentpg worker --pooled --listen-database-url DIRECT_URL",
        )


def maintenance(connection: Connection[DictRow]) -> Generator[Finding]:
    """Somebody must take over from the dead and end what is overdue."""
    row = one(
        connection,
        f"""
        select l.expires_at, agentpg.now() as now,
          (select i.name from agentpg.instances i where i.id = l.leader_id) as leader,
          exists (select from {LIVE} x) as anybody,
          l.expires_at > agentpg.now() - s.leader_ttl as recent,
          (select count(*) from agentpg.runs r
           where r.finalized_at is null and r.deadline_at < agentpg.now() - s.lease_ttl) as overdue
        from agentpg.leadership l, agentpg.settings s
        """,
    )
    fix = "psql \"$DATABASE_URL\" -c 'select agentpg.run_maintenance()', or start agentpg worker"
    if row["overdue"]:
        yield Finding(
            "maintenance",
            FAIL,
            f"{count(row['overdue'], 'run')} past the deadline and not ended",
            "nobody runs the maintenance",
            fix,
        )
    elif row["recent"]:
        yield Finding("maintenance", OK, f"done by {row['leader'] or 'an executor that has just gone'}")
    elif row["anybody"]:
        since = f"since {age(row['expires_at'], row['now'])}" if row["expires_at"] else "yet"
        yield Finding(
            "maintenance",
            WARN,
            f"no executor has done it {since}",
            "work of lost executors is not taken over, and deadlines are not kept",
            fix,
        )


def agents_tools(connection: Connection[DictRow]) -> Generator[Finding]:
    """Before a call waits in vain: an agent lists a tool that no live executor offers."""
    if not one(connection, f"select exists (select from {LIVE} l) as any")["any"]:
        return
    rows = connection.execute(
        f"""
        select t.name, min(a.name) as agent, count(*) as agents
        from agentpg.agents a
        cross join lateral unnest(a.tools) as t(name)
        where a.deleted_at is null and not exists (
          select from agentpg.instance_tools it join {LIVE} l on l.id = it.instance_id
          where it.tool_name = t.name
        )
        group by t.name
        order by count(*) desc, t.name
        limit 5
        """.encode()
    ).fetchall()
    for row in rows:
        more = f" and {count(row['agents'] - 1, 'more agent')}" if row["agents"] > 1 else ""
        wait = seconds(one(connection, "select unserved_tool_timeout as wait from agentpg.settings")["wait"])
        yield Finding(
            "tools",
            WARN,
            f"{row['name']} of agent {row['agent']}{more} is offered by no live executor",
            f"a call of it waits, and after {wait} the model gets an error result",
            f"agentpg worker --tools MODULE, with the module of {row['name']}",
        )
