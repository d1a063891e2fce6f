-- Deploy agentpg:core/uuid to pg
-- requires: core/schema
begin;

-- RFC 9562 version 7: 48 bits of Unix milliseconds, then the version digit, then what a random
-- version 4 UUID carries after its own version digit (variant bits included).
create function agentpg._uuid_v7()
returns uuid
language plpgsql
volatile
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0')
    || '7'
    || substr(gen_random_uuid()::text, 16)
  )::uuid;
end
$$;
comment on function agentpg._uuid_v7() is
  'A time-ordered UUID (RFC 9562, version 7). Ids are for locality; the engine never takes an order from them.';

-- Postgres 18 has it built in, and faster.
do $do$
begin
  if pg_catalog.current_setting('server_version_num')::int >= 180000 then
    create or replace function agentpg._uuid_v7()
    returns uuid
    language sql
    volatile
    parallel safe
    set search_path = pg_catalog, pg_temp
    as $$ select pg_catalog.uuidv7() $$;
  end if;
end
$do$;

commit;
