"""What `agentpg doctor --deep` adds: it reads whole tables."""

from __future__ import annotations

from collections.abc import Generator

from psycopg import Connection
from psycopg.rows import DictRow

from ._checks import FAIL, OK, Finding
from ._words import count


def invariants(connection: Connection[DictRow]) -> Generator[Finding]:
    rows = connection.execute(
        """
        select v.rule, count(*) as count, min(v.detail) as detail,
          min(coalesce(v.run_id, v.session_id)::text) as example
        from agentpg.invariant_violations v
        group by v.rule
        order by v.rule
        """
    ).fetchall()
    for row in rows:
        yield Finding(
            "invariants",
            FAIL,
            f"{row['rule']}: {count(row['count'], 'time')}, for one {row['example']} ({row['detail']})",
            "this may never be: a defect, or somebody changed the tables by hand",
            "report it with the output of: select * from agentpg.invariant_violations "
            f"where rule = '{row['rule']}'",
        )
    if not rows:
        yield Finding("invariants", OK, "all hold")
