-- Deploy agentpg:core/uuid to pg
-- requires: core/schema
begin;

-- RFC 9562 version 7: 48 bits of Unix milliseconds, the version digit, 12 bits of the millisecond's fraction (its
-- section 6.2, method 3), then what a random version 4 UUID carries from its variant bits on. The fraction puts
-- what one statement makes in order, as Postgres 18's own function does: what falls due together is claimed by id.
create function agentpg._uuid_v7()
returns uuid
language plpgsql
volatile
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_micros bigint := (extract(epoch from clock_timestamp()) * 1000000)::bigint;
begin
  return (
    lpad(to_hex(v_micros / 1000), 12, '0')
    || '7' || lpad(to_hex(v_micros % 1000 * 4096 / 1000), 3, '0')
    || substr(gen_random_uuid()::text, 19)
  )::uuid;
end
$$;
comment on function agentpg._uuid_v7() is
  'A time-ordered UUID (RFC 9562, version 7), in order to the microsecond. Ids are for locality; the one order taken from them is the turn of what fell due at the same moment.';

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
