"""The checks of `agentpg doctor` on batches: who serves them, and those that get nowhere."""

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta

from psycopg import Connection
from psycopg.rows import DictRow

from ._checks import FAIL, OK, WARN, Finding, one
from ._words import age, count, moment, seconds

_LATE = timedelta(minutes=10)
_FAILURES = 3
_EXAMPLES = 5


def batch_service(connection: Connection[DictRow]) -> Generator[Finding]:
    """Runs in batch mode need an executor that gathers, and batches one that polls."""
    row = one(
        connection,
        """
        select
          w.waiting, w.longest, w.longest > s.batch_max_wait + %(late)s as late,
          (select count(*) from agentpg.batches b where b.closed_at is null) as open,
          exists (
            select from agentpg.instances i
            where i.fenced_at is null and i.max_concurrent_batches > 0
              and i.last_heartbeat_at > agentpg.now() - s.instance_ttl
          ) as served
        from agentpg.settings s
        cross join lateral (
          select count(*) as waiting, agentpg.now() - min(p.ready_at) as longest
          from (
            select r.ready_at
            from agentpg.queues q
            join agentpg.runs r on r.queue_id = q.id
            where q.run_mode = 'batch' and q.parked_at is null
              and (q.paused_until is null or q.paused_until < agentpg.now())
              and r.ready_at <= agentpg.now()
            limit 10000
          ) p
        ) w
        """,
        late=_LATE,
    )
    waiting, unfinished = count(row["waiting"], "run"), count(row["open"], "batch", "batches")
    if not row["served"] and (row["waiting"] or row["open"]):
        yield Finding(
            "batches",
            FAIL,
            f"{waiting} to be gathered, {unfinished} not over, and no executor serves batches",
            "nobody sends what waits, and nobody fetches results, which the provider keeps for 29 days",
            "agentpg worker --max-batches 2",
        )
    elif row["late"]:
        yield Finding(
            "batches",
            WARN,
            f"{waiting} to be gathered, the first for {seconds(row['longest'])}",
            "the executors alive that serve batches have no free slot, or are stuck",
            "start another agentpg worker --max-batches 2; agentpg batches list",
        )
    else:
        yield Finding("batches", OK, f"{waiting} to be gathered, {unfinished} not over")


def unknown_batches(connection: Connection[DictRow]) -> Generator[Finding]:
    """Perhaps sent, and for long nobody could tell."""
    rows = connection.execute(
        """
        select b.id, b.unknown_since, b.candidates, b.last_error, agentpg.now() as now
        from agentpg.batches b
        where b.closed_at is null and b.state = 'unknown' and b.unknown_since < agentpg.now() - %s
        order by b.unknown_since
        limit %s
        """,
        (_LATE, _EXAMPLES),
    ).fetchall()
    for row in rows:
        since = age(row["unknown_since"], row["now"])
        if row["candidates"]:
            why = f"it may be {' or '.join(row['candidates'])}, which only its results can prove, at its end"
            fix = "wait for that one's end; it is never sent again before"
        else:
            why = f"nobody has found out at the provider since: {row['last_error'] or 'no error is known'}"
            fix = f"if the provider's console has no such batch: agentpg batches abandon {row['id']}"
        yield Finding("batches", WARN, f"batch {row['id']} was perhaps sent, {since}", why, fix)


def failing_batches(connection: Connection[DictRow]) -> Generator[Finding]:
    """Step after step fails."""
    rows = connection.execute(
        """
        select b.id, b.state, b.failures, b.last_error, b.next_poll_at
        from agentpg.batches b
        where b.closed_at is null and b.failures >= %s
          and not (b.provider_batch_id is not null and b.last_error like 'not_found_error%%')
        order by b.failures desc
        limit %s
        """,
        (_FAILURES, _EXAMPLES),
    ).fetchall()
    for row in rows:
        yield Finding(
            "batches",
            WARN,
            f"batch {row['id']} ({row['state']}) has failed {row['failures']} times in a row",
            f"{row['last_error']}; tried again at {moment(row['next_poll_at'])}",
            f"nothing, if it is an outage of the provider; agentpg batches show {row['id']}",
        )


def lost_batches(connection: Connection[DictRow]) -> Generator[Finding]:
    """The provider accepted it, and now says that it has no such batch."""
    rows = connection.execute(
        """
        select b.id, b.provider_batch_id
        from agentpg.batches b
        where b.closed_at is null and b.failures > 0 and b.provider_batch_id is not null
          and b.last_error like 'not_found_error%%'
        order by b.id
        limit %s
        """,
        (_EXAMPLES,),
    ).fetchall()
    for row in rows:
        yield Finding(
            "batches",
            FAIL,
            f"the provider does not know {row['provider_batch_id']} any more (batch {row['id']})",
            "an executor has the key of another workspace, or somebody deleted the batch",
            "give all executors a key of the workspace that sent it; "
            f"if it was deleted: agentpg batches abandon {row['id']}",
        )


def overdue_batches(connection: Connection[DictRow]) -> Generator[Finding]:
    """Not over although the provider gave up on it, or results that nobody takes over."""
    rows = connection.execute(
        """
        select b.id, b.state, b.expires_at, b.ended_at, b.last_error, agentpg.now() as now
        from agentpg.batches b
        where b.closed_at is null and (
          b.state = 'submitted' and b.expires_at < agentpg.now() - %(late)s
          or b.state = 'ended' and b.ended_at < agentpg.now() - %(late)s
        )
        order by b.id
        limit %(examples)s
        """,
        {"late": _LATE, "examples": _EXAMPLES},
    ).fetchall()
    for row in rows:
        if row["state"] == "ended":
            what = f"batch {row['id']} ended {age(row['ended_at'], row['now'])}, its results wait"
        else:
            what = f"batch {row['id']} expired {age(row['expires_at'], row['now'])} and is not over here"
        yield Finding(
            "batches",
            WARN,
            what,
            row["last_error"] or "no executor looks at it, or it takes very long",
            f"agentpg worker --max-batches 2, unless one runs; agentpg batches show {row['id']}",
        )
