"""House rules of the deployed schema, read from the catalog."""

from __future__ import annotations

from fixtures.databases import Database

# Public functions that are not security definer, each with its reason.
CALLERS_RIGHTS = {
    "schema_version": "a constant",
    "now": "reads the clock and no table",
    "grant_access": "who may grant is decided by the caller's own rights",
}
# The names of functions that only read begin like this; the exceptions are listed.
READING = ("get_", "list_", "find_", "why_", "run_t", "run_iterations", "iteration_", "session_", "schema_")
WRITES = {"get_or_create_agent"}


def ask(database: Database, statement: str) -> list[str]:
    """The first column of each row."""
    with database.connect() as conn:
        return [str(next(iter(row.values()))) for row in conn.execute(statement.encode())]


def test_every_function_has_a_comment(shipped_database: Database) -> None:
    statement = """
    select p.oid::regprocedure from pg_proc p
    where p.pronamespace = 'agentpg'::regnamespace and obj_description(p.oid, 'pg_proc') is null
    """
    assert ask(shipped_database, statement) == []


def test_every_function_pins_its_search_path(shipped_database: Database) -> None:
    statement = """
    select p.oid::regprocedure from pg_proc p
    where p.pronamespace = 'agentpg'::regnamespace and p.prokind <> 'a'
      and not coalesce(p.proconfig, '{}') && '{"search_path=pg_catalog, pg_temp"}'::text[]
    """
    assert ask(shipped_database, statement) == []


def test_public_functions_run_with_the_rights_of_their_owner(shipped_database: Database) -> None:
    """So that a role needs the right to execute them and no right on any table."""
    statement = """
    select p.proname from pg_proc p
    where p.pronamespace = 'agentpg'::regnamespace and p.proname not like '\\_%'
      and p.prorettype <> 'trigger'::regtype and not p.prosecdef
    """
    assert sorted(set(ask(shipped_database, statement)) - set(CALLERS_RIGHTS)) == []


def test_internal_functions_run_with_the_rights_of_their_caller(shipped_database: Database) -> None:
    """An internal function with its owner's rights would be a door beside the public ones.

    Trigger functions cannot be called, and before Postgres 18 a deferred one runs as whoever commits.
    """
    statement = """
    select p.oid::regprocedure from pg_proc p
    where p.pronamespace = 'agentpg'::regnamespace and p.proname like '\\_%' and p.prosecdef
      and p.prorettype <> 'trigger'::regtype
    """
    assert ask(shipped_database, statement) == []


def test_functions_that_only_read_are_stable(shipped_database: Database) -> None:
    with shipped_database.connect() as conn:
        rows = conn.execute(
            """
            select p.proname, p.provolatile from pg_proc p
            where p.pronamespace = 'agentpg'::regnamespace and p.proname not like '\\_%'
            """
        ).fetchall()
    volatile = {row["proname"] for row in rows if row["provolatile"] == "v"} - WRITES
    assert sorted(name for name in volatile if name.startswith(READING)) == []


def test_no_immutable_function_reads_a_table_or_the_clock(shipped_database: Database) -> None:
    statement = """
    select p.oid::regprocedure from pg_proc p
    where p.pronamespace = 'agentpg'::regnamespace and p.provolatile = 'i'
      and p.prosrc ~ '(from|join) agentpg\\.[a-z]+ |agentpg\\.now'
    """
    assert ask(shipped_database, statement) == []


def test_a_role_without_grants_reaches_nothing(shipped_database: Database) -> None:
    with shipped_database.connect(autocommit=False) as conn:
        conn.execute("create role agentpg_test_stranger")
        reached = conn.execute(
            """
            select has_schema_privilege('agentpg_test_stranger', 'agentpg', 'usage') as schema,
              exists (
                select from pg_class c
                where c.relnamespace = 'agentpg'::regnamespace and c.relkind in ('r', 'v', 'm')
                  and has_table_privilege('agentpg_test_stranger', c.oid, 'select, insert, update, delete')
              ) as relations,
              exists (
                select from pg_proc p
                where p.pronamespace = 'agentpg'::regnamespace
                  and has_function_privilege('agentpg_test_stranger', p.oid, 'execute')
              ) as functions
            """
        ).fetchone()
        conn.rollback()
    assert reached == {"schema": False, "relations": False, "functions": False}


def test_every_constraint_has_a_name_of_ours(shipped_database: Database) -> None:
    """It begins with its table's name and is none that Postgres makes up."""
    statement = r"""
    select c.relname || ': ' || k.conname from pg_constraint k join pg_class c on c.oid = k.conrelid
    where c.relnamespace = 'agentpg'::regnamespace and k.contype in ('c', 'f', 'p', 'u', 'x')
      and (
        left(k.conname, length(c.relname) + 1) <> c.relname || '_'
        or k.conname ~ '_(check|fkey|pkey|key|excl)\d*$'
      )
    """
    assert ask(shipped_database, statement) == []


def test_every_index_says_which_query_needs_it(shipped_database: Database) -> None:
    statement = """
    select i.indexrelid::regclass from pg_index i join pg_class c on c.oid = i.indrelid
    where c.relnamespace = 'agentpg'::regnamespace
      and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
      and obj_description(i.indexrelid, 'pg_class') is null
    """
    assert ask(shipped_database, statement) == []


def test_every_table_view_and_type_has_a_comment(shipped_database: Database) -> None:
    statement = """
    select c.oid::regclass::text from pg_class c
    where c.relnamespace = 'agentpg'::regnamespace and c.relkind in ('r', 'v', 'm', 'c')
      and obj_description(case when c.relkind = 'c' then c.reltype else c.oid end,
        case when c.relkind = 'c' then 'pg_type' else 'pg_class' end) is null
    union all
    select t.oid::regtype::text from pg_type t
    where t.typnamespace = 'agentpg'::regnamespace and t.typtype in ('e', 'd')
      and obj_description(t.oid, 'pg_type') is null
    """
    assert ask(shipped_database, statement) == []


def test_every_trigger_has_a_comment(shipped_database: Database) -> None:
    statement = """
    select t.tgrelid::regclass || ': ' || t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = 'agentpg'::regnamespace and not t.tgisinternal
      and obj_description(t.oid, 'pg_trigger') is null
    """
    assert ask(shipped_database, statement) == []


def test_every_foreign_key_can_be_followed_back_by_an_index_or_is_listed(shipped_database: Database) -> None:
    """A delete or a key update of the referenced row would scan the referencing table."""
    statement = """
    select k.conname from pg_constraint k
    where k.connamespace = 'agentpg'::regnamespace and k.contype = 'f'
      and not exists (
        select from pg_index i
        where i.indrelid = k.conrelid and (i.indkey::int2[])[0] = k.conkey[1]
      )
    """
    assert set(ask(shipped_database, statement)) - NOT_FOLLOWED == set()


# Referenced rows that are never deleted, or only with their children at hand.
NOT_FOLLOWED = {"agents_prefix_fk", "runs_prefix_fk"}
