"""The checks of `agentpg doctor` that look for work that waits in vain."""

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta

from psycopg import Connection
from psycopg.rows import DictRow

from ._checks import FAIL, OK, WARN, Finding, one
from ._words import count, seconds

_LONG = timedelta(minutes=1)
_LONG_FOR_A_PERSON = timedelta(hours=1)


def pending_runs(connection: Connection[DictRow]) -> Generator[Finding]:
    """Runs in streaming mode that nobody can take; `_batch_checks` has those in batch mode."""
    row = one(
        connection,
        """
        select
          count(*) filter (where q.run_mode = 'streaming') as streaming,
          exists (
            select from agentpg.instances i, agentpg.settings s
            where i.fenced_at is null and i.max_concurrent_runs > 0
              and i.last_heartbeat_at > agentpg.now() - s.instance_ttl
          ) as served
        from (
          select r.queue_id from agentpg.runs r
          where r.ready_at <= agentpg.now()
          limit 10000
        ) p
        join agentpg.queues q on q.id = p.queue_id
        """,
    )
    streaming = row["streaming"]
    if streaming and not row["served"]:
        yield Finding(
            "waiting runs",
            FAIL,
            f"{count(streaming, 'run')} ready, and nobody to take them",
            "no live executor that calls Claude is registered",
            "agentpg worker",
        )
    else:
        yield Finding("waiting runs", OK, f"{count(streaming, 'run')} ready, none in vain")


def stuck_runs(connection: Connection[DictRow]) -> Generator[Finding]:
    """Ready for long, though somebody could take them."""
    row = one(
        connection,
        """
        select count(*) as count, agentpg.now() - min(p.ready_at) as longest,
          (array_agg(p.id order by p.ready_at))[1] as id
        from (
          select r.id, r.ready_at
          from agentpg.runs r
          join agentpg.queues q on q.id = r.queue_id
          where q.run_mode = 'streaming'
            and q.parked_at is null and (q.paused_until is null or q.spread_until < agentpg.now())
            and r.ready_at < agentpg.now() - %(long)s
          limit 10000
        ) p
        where exists (
          select from agentpg.instances i, agentpg.settings s
          where i.fenced_at is null and i.max_concurrent_runs > 0
            and i.last_heartbeat_at > agentpg.now() - s.lease_ttl
        )
        """,
        long=_LONG,
    )
    if row["count"]:
        yield Finding(
            "waiting runs",
            WARN,
            f"{count(row['count'], 'run')} ready and not taken, the first for {seconds(row['longest'])}",
            "the executors alive have no free slot, or are stuck",
            f"start another agentpg worker; select * from agentpg.why_waiting('{row['id']}')",
        )


def unoffered_tools(connection: Connection[DictRow]) -> Generator[Finding]:
    rows = connection.execute(
        """
        select e.tool_name, count(*) as calls
        from agentpg.tool_executions e
        where e.ready_at is not null
          and not exists (
            select from agentpg.instance_tools it
            join agentpg.instances i on i.id = it.instance_id
            cross join agentpg.settings s
            where it.tool_name = e.tool_name and i.fenced_at is null
              and i.last_heartbeat_at > agentpg.now() - s.instance_ttl
          )
        group by e.tool_name
        order by count(*) desc
        limit 10
        """
    ).fetchall()
    for row in rows:
        yield Finding(
            "tools",
            FAIL,
            f"{count(row['calls'], 'call')} of {row['tool_name']} wait and no executor offers it",
            "after a while the model gets an error result instead",
            f"agentpg worker --tools MODULE, with the module of {row['tool_name']}",
        )
    if not rows:
        yield Finding("tools", OK, "no call waits for a tool that nobody offers")


def expired_leases(connection: Connection[DictRow]) -> Generator[Finding]:
    row = one(
        connection,
        """
        select
          (select count(*) from agentpg.runs r
           where r.watch_at < s.before and r.lease_expires_at < s.before) as runs,
          (select count(*) from agentpg.runs r join agentpg.tool_executions e on e.run_id = r.id
           where r.watch_at < s.before and e.state = 'running' and e.lease_expires_at < s.before) as tools
        from (select agentpg.now() - 2 * heartbeat_interval as before from agentpg.settings) s
        """,
    )
    lapsed = row["runs"] + row["tools"]
    if lapsed:
        yield Finding(
            "leases",
            WARN,
            f"of lost workers: {count(row['runs'], 'run')}, {count(row['tools'], 'tool call')}",
            "a live executor takes them over within seconds; none seems to",
            "psql \"$DATABASE_URL\" -c 'select agentpg.run_maintenance()', or start agentpg worker",
        )
    else:
        yield Finding("leases", OK, "none lapsed")


def waiting_approvals(connection: Connection[DictRow]) -> Generator[Finding]:
    row = one(
        connection,
        """
        select count(*) as count, agentpg.now() - min(a.requested_at) as longest,
          min(a.expires_at) - agentpg.now() as soonest
        from (
          select e.id from agentpg.tool_executions e
          where e.awaits_approval
          order by e.id
          limit 10000
        ) e
        join agentpg.tool_approvals a on a.tool_execution_id = e.id
        """,
    )
    waiting = count(row["count"], "tool call")
    if row["count"] and row["longest"] > _LONG_FOR_A_PERSON:
        yield Finding(
            "approvals",
            WARN,
            f"{waiting} for a person, the first for {seconds(row['longest'])}",
            f"the next one expires in {seconds(row['soonest'])}: the model gets an error result then",
            "agentpg approvals list",
        )
    else:
        yield Finding("approvals", OK, f"{waiting} for a person, none for long")


def parked_queues(connection: Connection[DictRow]) -> Generator[Finding]:
    rows = connection.execute(
        "select q.model, q.run_mode, q.parked_at, q.parked_reason from agentpg.queues q"
        " where q.parked_at is not null order by q.parked_at limit 5"
    ).fetchall()
    for row in rows:
        yield Finding(
            "queues",
            FAIL,
            f"runs of {row['model']} ({row['run_mode']}) are parked since {row['parked_at']:%Y-%m-%d %H:%M}",
            f"Claude refused the key, the bill or the permission: {row['parked_reason']}",
            "mend the cause, then agentpg runs resume, which is: select agentpg.resume_parked()",
        )


def paused_queues(connection: Connection[DictRow]) -> Generator[Finding]:
    rows = connection.execute(
        """
        select q.model, q.run_mode, q.paused_until, q.pause_reason
        from agentpg.queues q
        where q.paused_until > agentpg.now()
        order by q.paused_until desc
        limit 5
        """
    ).fetchall()
    for row in rows:
        yield Finding(
            "queues",
            WARN,
            f"calls to {row['model']} ({row['run_mode']}) are paused until {row['paused_until']:%H:%M:%S}",
            str(row["pause_reason"]),
            "nothing, if it is a rate limit: calls go on by themselves",
        )
