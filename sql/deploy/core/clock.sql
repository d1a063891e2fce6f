-- Deploy agentpg:core/clock to pg
-- requires: core/schema
begin;

-- Declared stable so that predicates on it can use an index; the value may move within a statement,
-- so functions that decide on time read it once into a variable.
create function agentpg.now()
returns timestamptz
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return clock_timestamp();
end
$$;

comment on function agentpg.now() is
  'The only clock of the engine. Tests replace this function to move time; nothing else reads the time of day.';

commit;
