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
  v_micros bigint := (date_part('epoch', clock_timestamp()) * 1000000)::bigint;
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

-- The last 16 bits of a run's id are zero, those of an iteration's id are its number, all others are the run's.
create function agentpg._new_run_id()
returns uuid
language plpgsql
volatile
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return overlay(agentpg._uuid_v7()::text placing '0000' from 33)::uuid;
end
$$;
comment on function agentpg._new_run_id() is 'A time-ordered UUID whose last 16 bits are zero: they count the iterations of the run.';

create function agentpg._iteration_id(run_id uuid, number integer)
returns uuid
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return overlay(run_id::text placing lpad(to_hex(number), 4, '0') from 33)::uuid;
end
$$;
comment on function agentpg._iteration_id(uuid, integer) is 'The id of the model call with this number (1 to 65,535) of a run.';

create function agentpg._run_of_iteration(iteration_id uuid)
returns uuid
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return overlay(iteration_id::text placing '0000' from 33)::uuid;
end
$$;
comment on function agentpg._run_of_iteration(uuid) is 'Whose model call has this id, if anybody''s.';

create function agentpg._iteration_number(iteration_id uuid)
returns integer
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return (get_byte(uuid_send(iteration_id), 14) << 8) | get_byte(uuid_send(iteration_id), 15);
end
$$;
comment on function agentpg._iteration_number(uuid) is 'Which model call of its run has this id, from 1; 0 for the id of a run.';

create function agentpg._ids_count_iterations(run jsonb)
returns boolean
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select agentpg._iteration_number((run ->> 'id')::uuid) = 0 and not exists (
    select
    from (
      select run ->> 'iteration_id' as id, (run ->> 'iteration_number')::bigint as number
      union all
      select t.iteration ->> 'id', (t.iteration ->> 'number')::bigint from jsonb_array_elements(run -> 'iterations') as t(iteration)
      union all
      select c.call ->> 'iteration_id', agentpg._iteration_number((c.call ->> 'iteration_id')::uuid)
      from jsonb_array_elements(run -> 'tool_executions' || (run -> 'failed_attempts')) as c(call)
    ) i
    where i.number not between 1 and 65535
      or agentpg._run_of_iteration(i.id::uuid) <> (run ->> 'id')::uuid or agentpg._iteration_number(i.id::uuid) <> i.number
  )
$$;
comment on function agentpg._ids_count_iterations(jsonb) is 'Whether the ids of an exported run and of its model calls are those of a run and its model calls.';

commit;
