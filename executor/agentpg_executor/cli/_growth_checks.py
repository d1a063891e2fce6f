"""The check of `agentpg doctor` on growth: tables that have become large while all is kept for ever."""

from __future__ import annotations

from collections.abc import Generator

from psycopg import Connection
from psycopg.rows import DictRow

from ._checks import OK, WARN, Finding, one

_LARGE = 20 * 1024**3

_SIZES = """
select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint as bytes,
  pg_size_pretty(coalesce(sum(pg_total_relation_size(c.oid)), 0)) as size,
  (array_agg(c.relname order by pg_total_relation_size(c.oid) desc))[1] as largest
from pg_catalog.pg_class c
where c.relnamespace = 'agentpg'::regnamespace and c.relkind = 'r'
"""


def growth(connection: Connection[DictRow], large: int = _LARGE) -> Generator[Finding]:
    """Nothing is deleted until somebody says so, and nobody may have thought of it."""
    sizes = one(connection, _SIZES)
    kept = one(
        connection,
        """
        select count(p.max_age) = 0 as for_ever from agentpg.retention_policies p
        where p.kind in ('sessions', 'runs', 'archives')
        """,
    )
    if kept["for_ever"] and sizes["bytes"] >= large:
        yield Finding(
            "growth",
            WARN,
            f"the tables take {sizes['size']}, most of it agentpg.{sizes['largest']}",
            "all sessions, runs and archives are kept for ever",
            "agentpg retention set sessions 365, then agentpg retention apply --dry-run to see what goes",
        )
        return
    rule = "kept for ever" if kept["for_ever"] else "deleted by age: agentpg retention list"
    yield Finding("growth", OK, f"the tables take {sizes['size']}; what they hold is {rule}")
