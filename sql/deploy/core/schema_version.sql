-- Deploy agentpg:core/schema_version to pg
-- requires: core/schema
begin;

create function agentpg.schema_version()
returns integer
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select 1
$$;
comment on function agentpg.schema_version() is
  'The version of the SQL surface. Code works with its own version and the neighbours of it.';

commit;
