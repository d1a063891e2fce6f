"""plpgsql_check reads the body of every PL/pgSQL function, with the catalog beside it."""

from __future__ import annotations

import pytest
from agentpg.migrate import migrate
from fixtures.databases import Database
from psycopg import errors, sql

# A trigger function is checked once for each table that fires it.
_FINDINGS = """
select p.oid::regprocedure::text as function, t.tgrelid::regclass::text as fired_by,
  c.level, c.lineno, c.sqlstate, c.message, c.detail
from pg_catalog.pg_proc p
join pg_catalog.pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql'
left join (select distinct tgfoid, tgrelid from pg_catalog.pg_trigger) t on t.tgfoid = p.oid
cross join lateral plpgsql_check_function_tb(
  p.oid, relid => coalesce(t.tgrelid, 0), fatal_errors => false, other_warnings => true,
  performance_warnings => false, extra_warnings => true, security_warnings => true
) c
where p.pronamespace = 'agentpg'::regnamespace
  and (p.prorettype <> 'trigger'::regtype or t.tgrelid is not null)
  -- A literal returned as jsonb or as an array is read by the type's input function; nothing is lost.
  and (c.level, c.sqlstate, left(c.detail, 17)) is distinct from ('warning', '42804', 'cast "text" value')
order by 1, 2, 4
"""


def test_plpgsql_check_finds_nothing(checked_database: Database) -> None:
    with checked_database.connect() as conn:
        found = conn.execute(_FINDINGS).fetchall()
    assert not found, "\n" + "\n".join(
        f"{row['function']} line {row['lineno']} ({row['level']}): {row['message']}; {row['detail'] or ''}"
        for row in found
    )


def test_every_trigger_function_is_fired_by_a_table(checked_database: Database) -> None:
    with checked_database.connect() as conn:
        idle = conn.execute(
            """
            select p.oid::regprocedure::text as function from pg_catalog.pg_proc p
            where p.pronamespace = 'agentpg'::regnamespace and p.prorettype = 'trigger'::regtype
              and not exists (select from pg_catalog.pg_trigger t where t.tgfoid = p.oid)
            """
        ).fetchall()
    assert idle == []


def test_the_check_sees_a_defect(checked_database: Database) -> None:
    """The gate is not blind: a function that reads a column that is not there is found."""
    with checked_database.connect(autocommit=False) as conn:
        conn.execute(
            """
            create function agentpg._broken() returns void language plpgsql as $$
            begin perform r.no_such_column from agentpg.runs r; end $$
            """
        )
        found = conn.execute(_FINDINGS).fetchall()
        conn.rollback()
    assert "agentpg._broken()" in {row["function"] for row in found}


def test_no_variable_shadows_another(bare_database: Database) -> None:
    """Postgres' own check at the time of create function."""
    with bare_database.connect() as conn:
        conn.execute("load 'plpgsql'")
        name = sql.Identifier(bare_database.name)
        statement = sql.SQL("alter database {} set plpgsql.extra_errors = 'shadowed_variables'")
        conn.execute(statement.format(name))
    migrate(bare_database.dsn)
    with bare_database.connect() as conn:
        conn.execute("load 'plpgsql'")
        shadows = "create function f(a int) returns void language plpgsql as $$ declare a int; begin end $$"
        with pytest.raises(errors.DuplicateAlias):
            conn.execute(shadows)
